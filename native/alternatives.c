/* The likeliest of a text's neighbours; the reference is captcha_model/decoding/alternatives.py. */

#include <math.h>
#include <stdlib.h>

#include "core.h"

/* Return the first of the largest values. */
static size_t argmax(const double *values, size_t count)
{
    size_t best = 0;
    for (size_t c = 1; c < count; c++) {
        best = values[c] > values[best] ? c : best;
    }
    return best;
}

int core_in_positions(const double *substitutions, const size_t *ids, size_t count, size_t longest,
                      size_t classes, size_t kept, double *own, int64_t *best, double *confidences)
{
    double *probabilities = core_zeros(classes, 0);
    if (probabilities == NULL) {
        return -1;
    }
    for (size_t at = 0; at < count * longest; at++) {
        const double *row = substitutions + at * classes;
        double most = LOG_ZERO, sum = 0.0;
        for (size_t c = 0; c < classes; c++) {
            most = row[c] > most ? row[c] : most;
        }
        for (size_t c = 0; c < classes; c++) {
            probabilities[c] = exp(row[c] - most);
            sum += probabilities[c];
        }
        /* The highest is 1, so the sum is at least 1, except where a text has no such position. */
        sum = sum > 1.0 ? sum : 1.0;
        for (size_t c = 0; c < classes; c++) {
            probabilities[c] /= sum;
        }
        own[at] = probabilities[ids[at]];
        probabilities[ids[at]] = 0.0;
        for (size_t k = 0; k < kept; k++) {
            size_t found = argmax(probabilities, classes);
            best[at * kept + k] = (int64_t)found;
            confidences[at * kept + k] = probabilities[found];
            probabilities[found] = 0.0;
        }
    }
    free(probabilities);
    return 0;
}

/* Keep the larger one of the best value so far and those of some edits. */
static void look(const double *values, size_t count, size_t start, int64_t *chosen, double *most)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] > *most) {
            *most = values[i];
            *chosen = (int64_t)(start + i);
        }
    }
}

void core_best_edits(const double *substitutions, const double *insertions, const double *deletions,
                     const size_t *ids, size_t count, size_t longest, size_t classes,
                     int64_t *chosen, double *values)
{
    size_t same_length = longest * classes, inserted = (longest + 1) * classes;
    for (size_t n = 0; n < count; n++) {
        int64_t any = 0, other = (int64_t)same_length;
        double most = -INFINITY, other_most = -INFINITY;
        for (size_t position = 0; position < longest; position++) {
            const double *row = substitutions + (n * longest + position) * classes;
            size_t own = ids[n * longest + position], start = position * classes;
            /* Its own character is no edit. */
            look(row, own, start, &any, &most);
            look(row + own + 1, classes - own - 1, start + own + 1, &any, &most);
        }
        look(insertions + n * inserted, inserted, same_length, &other, &other_most);
        look(deletions + n * longest, longest, same_length + inserted, &other, &other_most);
        chosen[n] = other_most > most ? other : any;
        values[n] = other_most > most ? other_most : most;
        chosen[count + n] = other;
        values[count + n] = other_most;
    }
}
