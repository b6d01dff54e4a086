/* Softmax and best paths; the reference is captcha_model/decoding/best_path.py. */

#include <math.h>

#include "core.h"

static double value_at(const void *values, int single, size_t index)
{
    return single ? (double)((const float *)values)[index] : ((const double *)values)[index];
}

void core_log_softmax(const void *logits, int single, size_t count, size_t classes,
                      double temperature, double *out)
{
    if (classes == 0) {
        return;
    }
    for (size_t row = 0; row < count; row++) {
        double *values = out + row * classes;
        double most = -INFINITY;
        for (size_t c = 0; c < classes; c++) {
            values[c] = value_at(logits, single, row * classes + c) / temperature;
            if (values[c] > most) {
                most = values[c];
            }
        }
        double sum = 0.0;
        for (size_t c = 0; c < classes; c++) {
            sum += exp(values[c] - most);
        }
        most += log(sum);
        for (size_t c = 0; c < classes; c++) {
            values[c] -= most;
        }
    }
}

/* Return the first of the largest values, or the first that is not a number. */
static size_t argmax(const void *scores, int single, size_t start, size_t classes)
{
    size_t best = 0;
    double most = -INFINITY;
    for (size_t c = 0; c < classes; c++) {
        double value = value_at(scores, single, start + c);
        if (value != value) {
            return c;
        }
        if (value > most) {
            most = value;
            best = c;
        }
    }
    return best;
}

void core_best_paths(const void *scores, int single, size_t count, size_t steps, size_t classes,
                     size_t *ids, size_t *lengths)
{
    for (size_t n = 0; n < count; n++) {
        size_t last = 0;
        lengths[n] = 0;
        for (size_t t = 0; t < steps; t++) {
            size_t best = argmax(scores, single, (n * steps + t) * classes, classes);
            if (best != 0 && best != last) {
                ids[n * steps + lengths[n]++] = best;
            }
            last = best;
        }
    }
}
