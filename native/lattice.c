/* CTC lattices of texts: their probabilities, and those of all texts one edit away.
 *
 * The reference is captcha_model/decoding/lattices: `_forward.py`, `_products.py`, `_runs.py` and
 * `ctc.py`, which also derive the recursions. The states of a text of L characters are 2 L + 1:
 * a blank before, between and after them. The probabilities of a step are divided by the largest.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lattice_sums.h"

/* One image with its text, and the memory that all of them share. */
typedef struct {
    const double *log_probabilities;
    size_t steps, classes, length, longest;
    const size_t *ids;
    size_t width;     /* Of a row of `before` and `after`: at least 2 L + 4. */
    double scale;     /* The logarithm of the product of the largest probability of each step. */
    double *best;     /* By step, the logarithm of the largest probability. */
    double *likely;   /* (T, C), the probabilities divided by it. */
    double *before;   /* (T + 1, width), alpha. */
    double *after;    /* (T + 1, width), beta. */
    double *sums;     /* (3, CORE_BLOCK): runs, and the sums over them. */
    double *gap;      /* (3, T): what comes into a gap, leaves behind an insertion, a substitution. */
    double *visits;   /* (2 L + 1). */
} Work;

/* Whether a path may go to a state without the one before it: a blank between two characters. */
static int may_skip(const size_t *ids, size_t state)
{
    return state % 2 == 1 && state >= 3 && ids[state / 2] != ids[state / 2 - 1];
}

static size_t class_of(const size_t *ids, size_t state)
{
    return state % 2 == 1 ? ids[state / 2] : 0;
}

/* The sum over all paths of a text, in plain products. `alpha` has room for its states. */
static double total_of_products(const double *log_probabilities, size_t steps, size_t classes,
                                const double *best, const size_t *ids, size_t length, double *alpha)
{
    size_t states = 2 * length + 1;
    memset(alpha, 0, states * sizeof *alpha);
    alpha[0] = 1.0;
    for (size_t t = 0; t < steps; t++) {
        const double *row = log_probabilities + t * classes;
        double blank = exp(row[0] - best[t]);
        for (size_t s = states; s-- > 0;) {
            double sum = alpha[s];
            if (s >= 1) {
                sum += alpha[s - 1];
            }
            if (may_skip(ids, s)) {
                sum += alpha[s - 2];
            }
            /* No path has come here yet: most states at the first steps. */
            if (sum != 0.0) {
                sum *= s % 2 == 1 ? exp(row[ids[s / 2]] - best[t]) : blank;
            }
            alpha[s] = sum;
        }
    }
    return alpha[states - 1] + (length > 0 ? alpha[states - 2] : 0.0);
}

static double log_add(double a, double b)
{
    double most = a > b ? a : b;
    if (most == -INFINITY) {
        return most;
    }
    return most + log(exp(a - most) + exp(b - most));
}

/* The same in logarithms, for texts that plain products cannot hold. */
static double total_of_logarithms(const double *log_probabilities, size_t steps, size_t classes,
                                  const size_t *ids, size_t length, double *alpha)
{
    size_t states = 2 * length + 1;
    for (size_t s = 0; s < states; s++) {
        alpha[s] = -INFINITY;
    }
    alpha[0] = 0.0;
    for (size_t t = 0; t < steps; t++) {
        const double *row = log_probabilities + t * classes;
        for (size_t s = states; s-- > 0;) {
            double sum = alpha[s];
            if (s >= 1) {
                sum = log_add(sum, alpha[s - 1]);
            }
            if (may_skip(ids, s)) {
                sum = log_add(sum, alpha[s - 2]);
            }
            alpha[s] = sum + row[class_of(ids, s)];
        }
    }
    double total = alpha[states - 1];
    if (length > 0) {
        total = log_add(total, alpha[states - 2]);
    }
    return total > LOG_ZERO / 2 ? total : -INFINITY;
}

int core_log_probability(const Lattices *lattices, double *out)
{
    size_t steps = lattices->steps, classes = lattices->classes;
    double *best = core_zeros(steps, 0), *alpha = core_zeros(2, lattices->longest);
    int failed = best == NULL || alpha == NULL;
    double scale = 0.0;
    for (size_t n = 0; n < lattices->count && !failed; n++) {
        size_t image = lattices->images == 1 ? 0 : n;
        const double *rows = lattices->log_probabilities + image * steps * classes;
        const size_t *ids = lattices->ids + n * lattices->longest;
        size_t length = lattices->lengths[n];
        if (n == 0 || image != 0) {
            core_find_best(rows, steps, classes, best, &scale);
        }
        double total = total_of_products(rows, steps, classes, best, ids, length, alpha);
        if (total > LEAST && total < MOST) {
            out[n] = core_logarithm(total, scale);
        } else {
            out[n] = total_of_logarithms(rows, steps, classes, ids, length, alpha);
        }
    }
    free(best);
    free(alpha);
    return failed ? -1 : 0;
}

/* Sum over the paths up to each step, and over those from each step on. */
static void forward_backward(Work *work)
{
    size_t states = 2 * work->length + 1, width = work->width, steps = work->steps;
    const size_t *ids = work->ids;
    memset(work->before, 0, (steps + 1) * width * sizeof(double));
    memset(work->after, 0, (steps + 1) * width * sizeof(double));
    work->before[0] = 1.0;
    for (size_t t = 0; t < steps; t++) {
        const double *p = work->likely + t * work->classes;
        const double *from = work->before + t * width;
        double *to = work->before + (t + 1) * width;
        to[0] = from[0] * p[0];
        for (size_t s = 1; s < states; s++) {
            double sum = from[s] + from[s - 1] + (may_skip(ids, s) ? from[s - 2] : 0.0);
            to[s] = sum * p[class_of(ids, s)];
        }
    }
    work->after[steps * width + states - 1] = 1.0;
    for (size_t t = steps; t-- > 0;) {
        const double *p = work->likely + t * work->classes;
        const double *from = work->after + (t + 1) * width;
        double *to = work->after + t * width;
        for (size_t s = 0; s < states; s++) {
            int skips = s + 2 < states && may_skip(ids, s + 2);
            double sum = from[s] + from[s + 1] + (skips ? from[s + 2] : 0.0);
            to[s] = sum * p[class_of(ids, s)];
        }
    }
}

/* The same for a class that is beside the gap, from which a blank must separate it. */
static void sum_run_of(const Work *work, size_t gap, size_t class, double *inserted,
                       double *replaced)
{
    size_t length = work->length, width = work->width;
    int as_previous = gap > 0 && work->ids[gap - 1] == class;
    int as_own = gap < length && work->ids[gap] == class;
    int as_next = gap + 1 < length && work->ids[gap + 1] == class;
    double run = 0.0;
    *inserted = *replaced = 0.0;
    for (size_t t = 0; t < work->steps; t++) {
        const double *from = work->before + t * width + 2 * gap;
        const double *to = work->after + (t + 1) * width + 2 * gap;
        double coming = from[0] + (gap > 0 && !as_previous ? from[-1] : 0.0);
        run = work->likely[t * work->classes + class] * (run + coming);
        *inserted += run * (to[0] + (as_own ? 0.0 : to[1]));
        *replaced += run * (to[2] + (as_next ? 0.0 : to[3]));
    }
}

/* Write all insertions in a gap, and all substitutions of the character behind it. */
static int write_gap(const Work *work, size_t gap, double total, double *insertions,
                     double *substitutions)
{
    size_t length = work->length, width = work->width, steps = work->steps;
    int exact = 1;
    for (size_t t = 0; t < steps; t++) {
        const double *from = work->before + t * width + 2 * gap;
        const double *to = work->after + (t + 1) * width + 2 * gap;
        work->gap[t] = from[0] + (gap > 0 ? from[-1] : 0.0);
        work->gap[steps + t] = to[0] + to[1];
        work->gap[2 * steps + t] = to[2] + to[3];
    }
    for (size_t first = 0; first < work->classes; first += CORE_BLOCK) {
        size_t left = work->classes - first, count = left < CORE_BLOCK ? left : CORE_BLOCK;
        core_sum_runs(work->likely, steps, work->classes, work->gap, first, count,
                      work->sums);
        /* Those of the classes beside the gap are wrong here and replaced below, as is class 0. */
        for (size_t at = gap > 0 ? gap - 1 : 0; at < length && at <= gap + 1; at++) {
            size_t class = work->ids[at];
            if (class >= first && class - first < count) {
                sum_run_of(work, gap, class, &work->sums[CORE_BLOCK + class - first],
                           &work->sums[2 * CORE_BLOCK + class - first]);
            }
        }
        if (first == 0) {
            work->sums[CORE_BLOCK] = work->sums[2 * CORE_BLOCK] = 0.0;
        }
        exact &= core_write_logarithms(work->sums + CORE_BLOCK, count, work->scale, insertions + first);
        if (gap < length) {
            exact &= core_write_logarithms(work->sums + 2 * CORE_BLOCK, count, work->scale,
                                      substitutions + first);
        }
    }
    if (gap < length) {
        /* A substitution by the same character is the text itself, without rounding. */
        substitutions[work->ids[gap]] = core_logarithm(total, work->scale);
    }
    return exact;
}

/* The text without the character of a position: paths go from before it to behind it. */
static double without(const Work *work, size_t position)
{
    size_t length = work->length, width = work->width, steps = work->steps;
    const size_t *ids = work->ids;
    int is_last = position + 1 == length;
    int touches = position > 0 && (is_last || ids[position - 1] != ids[position + 1]);
    double sum = 0.0;
    for (size_t t = 0; t <= steps; t++) {
        const double *from = work->before + t * width + 2 * position;
        double to = work->after[t * width + 2 * position + 3];
        if (is_last) {
            to = t == steps ? 1.0 : 0.0; /* Behind the last position there is only the end. */
        }
        sum += (from[0] + (touches ? from[-1] : 0.0)) * to;
    }
    return sum;
}

/* The mean first and last step of each character over all paths of the text. */
static void write_spans(const Work *work, double total, double *begins, double *ends)
{
    size_t states = 2 * work->length + 1, width = work->width;
    const size_t *ids = work->ids;
    memset(work->visits, 0, states * sizeof(double));
    for (size_t t = 0; t < work->steps; t++) {
        const double *from = work->before + t * width, *to = work->after + t * width;
        for (size_t s = 0; s < states; s++) {
            double arrived = from[s] + (s > 0 ? from[s - 1] : 0.0);
            arrived += may_skip(ids, s) ? from[s - 2] : 0.0;
            work->visits[s] += arrived * to[s];
        }
    }
    double spent = 0.0;
    for (size_t s = 0; s + 1 < states; s++) {
        spent += work->visits[s];
        (s % 2 == 0 ? begins : ends)[s / 2] = spent / total;
    }
}

/* Write everything about a text. */
static void write_neighbours(Work *work, const Edits *edits)
{
    size_t length = work->length, classes = work->classes;
    core_fill_likely(work->log_probabilities, work->steps, classes, work->best, &work->scale,
                     work->likely);
    forward_backward(work);
    const double *last = work->before + work->steps * work->width + 2 * length;
    double total = last[0] + (length > 0 ? last[-1] : 0.0);
    int exact = total > LEAST && total < MOST;
    for (size_t gap = 0; gap <= length; gap++) {
        exact &= write_gap(work, gap, total, edits->insertions + gap * classes,
                           gap < length ? edits->substitutions + gap * classes : NULL);
    }
    for (size_t position = 0; position < length; position++) {
        double removed = without(work, position);
        exact &= removed < MOST;
        edits->deletions[position] = core_logarithm(removed, work->scale);
    }
    write_spans(work, total, edits->begins, edits->ends);
    core_complete(edits, length, work->longest, classes, core_logarithm(total, work->scale), exact);
}

int core_neighbours(const Lattices *lattices, const Edits *out)
{
    size_t steps = lattices->steps, classes = lattices->classes, longest = lattices->longest;
    Work work = {.steps = steps, .classes = classes, .longest = longest};
    if (longest > (size_t)PTRDIFF_MAX / 32) {
        return -1;
    }
    work.width = 2 * longest + 4;
    work.best = core_zeros(steps, 0);
    work.likely = core_zeros(steps, classes);
    work.before = core_zeros(steps, work.width);
    work.after = core_zeros(steps, work.width);
    work.sums = core_zeros(2, CORE_BLOCK);
    work.gap = core_zeros(2, steps);
    work.visits = core_zeros(work.width, 0);
    int failed = !work.best || !work.likely || !work.before || !work.after || !work.sums ||
                 !work.gap || !work.visits;
    for (size_t n = 0; n < lattices->count && !failed; n++) {
        work.log_probabilities = lattices->log_probabilities + n * steps * classes;
        work.ids = lattices->ids + n * longest;
        work.length = lattices->lengths[n];
        Edits edits = core_edits_of(out, longest, classes, n);
        write_neighbours(&work, &edits);
    }
    free(work.best);
    free(work.likely);
    free(work.before);
    free(work.after);
    free(work.sums);
    free(work.gap);
    free(work.visits);
    return failed ? -1 : 0;
}
