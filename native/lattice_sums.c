/* Sums over the steps of a lattice; `lattice_sums.h` says what they are. */

#include <math.h>

#include "lattice_sums.h"

double core_logarithm(double probability, double scale)
{
    double found = log(probability) + scale;
    return found > LOG_ZERO / 2 ? found : -INFINITY;
}

void core_find_best(const double *log_probabilities, size_t steps, size_t classes, double *best,
                    double *scale)
{
    *scale = 0.0;
    for (size_t t = 0; t < steps; t++) {
        const double *row = log_probabilities + t * classes;
        double most = row[0];
        for (size_t c = 1; c < classes; c++) {
            most = row[c] > most ? row[c] : most;
        }
        best[t] = most;
        *scale += most;
    }
}

void core_fill_likely(const double *log_probabilities, size_t steps, size_t classes, double *best,
                      double *scale, double *likely)
{
    core_find_best(log_probabilities, steps, classes, best, scale);
    for (size_t t = 0; t < steps; t++) {
        for (size_t c = 0; c < classes; c++) {
            likely[t * classes + c] = exp(log_probabilities[t * classes + c] - best[t]);
        }
    }
}

void core_sum_runs(const double *likely, size_t steps, size_t classes, const double *gap,
                   size_t first, size_t count, double *sums)
{
    double *RESTRICT run = sums, *RESTRICT inserted = sums + CORE_BLOCK;
    double *RESTRICT replaced = sums + 2 * CORE_BLOCK;
    for (size_t c = 0; c < count; c++) {
        run[c] = inserted[c] = replaced[c] = 0.0;
    }
    for (size_t t = 0; t < steps; t++) {
        const double *RESTRICT p = likely + t * classes + first;
        double coming = gap[t];
        double insertion = gap[steps + t], substitution = gap[2 * steps + t];
        for (size_t c = 0; c < count; c++) {
            double now = p[c] * (run[c] + coming);
            run[c] = now;
            inserted[c] += now * insertion;
            replaced[c] += now * substitution;
        }
    }
}

int core_write_logarithms(const double *sums, size_t count, double scale, double *out)
{
    int exact = 1;
    for (size_t c = 0; c < count; c++) {
        exact &= sums[c] < MOST;
        out[c] = core_logarithm(sums[c], scale);
    }
    return exact;
}

Edits core_edits_of(const Edits *all, size_t longest, size_t classes, size_t n)
{
    return (Edits){
        .text = all->text + n,
        .substitutions = all->substitutions + n * longest * classes,
        .insertions = all->insertions + n * (longest + 1) * classes,
        .deletions = all->deletions + n * longest,
        .begins = all->begins + n * longest,
        .ends = all->ends + n * longest,
        .exact = all->exact + n,
    };
}

static void fill(double *values, size_t count, double value)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = value;
    }
}

void core_complete(const Edits *edits, size_t length, size_t longest, size_t classes, double text,
                   int exact)
{
    size_t missing = longest - length;
    fill(edits->substitutions + length * classes, missing * classes, -INFINITY);
    fill(edits->insertions + (length + 1) * classes, missing * classes, -INFINITY);
    fill(edits->deletions + length, missing, -INFINITY);
    fill(edits->begins + length, missing, 0.0);
    fill(edits->ends + length, missing, 0.0);
    *edits->text = text;
    *edits->exact = (unsigned char)exact;
}
