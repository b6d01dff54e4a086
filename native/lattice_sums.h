/* What the lattices of texts, in one case or in any, have in common. */

#ifndef CAPTCHA_MODEL_LATTICE_SUMS_H
#define CAPTCHA_MODEL_LATTICE_SUMS_H

#include "core.h"

#define CORE_BLOCK 512 /* Classes summed together; what they need fits in the first cache. */

#if defined(_MSC_VER)
#define RESTRICT __restrict
#else
#define RESTRICT restrict
#endif

/* Return a logarithm, with -inf for an impossible text. */
double core_logarithm(double probability, double scale);
/* Find the largest log-probability of each step, and their sum. */
void core_find_best(const double *log_probabilities, size_t steps, size_t classes, double *best,
                    double *scale);
/* Do that, and write the probabilities (T, C) divided by the largest of their step. */
void core_fill_likely(const double *log_probabilities, size_t steps, size_t classes, double *best,
                      double *scale, double *likely);
/* Sum over all runs of `count` classes from `first` in a gap; see `_runs.py`.
 *
 * `gap` (3, T) is what comes into the gap, and leaves behind an insertion and a substitution; `sums`
 * (3, CORE_BLOCK) holds the runs and the sums of both. */
void core_sum_runs(const double *likely, size_t steps, size_t classes, const double *gap,
                   size_t first, size_t count, double *sums);
/* Write the logarithms of some sums, and return whether all of them are exact. */
int core_write_logarithms(const double *sums, size_t count, double scale, double *out);
/* Return where the edits of text n stand in those of all texts. */
Edits core_edits_of(const Edits *all, size_t longest, size_t classes, size_t n);
/* Complete the edits of a text: its own sum, and the positions up to `longest` that it lacks. */
void core_complete(const Edits *edits, size_t length, size_t longest, size_t classes, double text,
                   int exact);

#endif
