/* CTC lattices of texts whose letters may be in either case.
 *
 * The reference is captcha_model/decoding/lattices/case_ctc.py, which also says why. Position i of
 * a text has a blank before it and two states, one for each case, at 3 i, 3 i + 1 and 3 i + 2; the
 * last blank is at 3 L. The probabilities of a step are divided by the largest.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lattice_sums.h"

#define CASES 2

/* One image with its text, and the memory that all of them share. */
typedef struct {
    size_t steps, classes, length;
    size_t *members; /* (L, 2), the classes of the cases of each character; 0 is none. */
    size_t width;    /* Of a row of `before` and `after`: 3 L + 8, zero behind the last state. */
    double scale, *best, *likely; /* See `core_fill_likely`. */
    double *before;               /* (T + 1, width), alpha. */
    double *after;                /* (T + 1, width), beta. */
    double *sums, *gap;           /* See `core_sum_runs`. */
    double *visits;               /* (2 L + 1), of blanks and characters. */
} Work;

static void take_text(Work *work, const Lattices *lattices, size_t n)
{
    const size_t *ids = lattices->ids + n * lattices->longest;
    work->length = lattices->lengths[n];
    for (size_t i = 0; i < work->length; i++) {
        memcpy(work->members + CASES * i, lattices->cases + CASES * ids[i],
               CASES * sizeof(size_t));
    }
}

/* Whether two characters are the same letter: they may touch in different cases only. */
static int are_same(const Work *work, size_t one, size_t other)
{
    const size_t *a = work->members + CASES * one, *b = work->members + CASES * other;
    return (a[0] > a[1] ? a[0] : a[1]) == (b[0] > b[1] ? b[0] : b[1]);
}

/* The sum over the cases of a character that may touch a class. */
static double beside(const Work *work, const double *row, size_t position, size_t class)
{
    const size_t *members = work->members + CASES * position;
    const double *runs = row + 3 * position + 1;
    return class == members[0] ? runs[1] : class == members[1] ? runs[0] : runs[0] + runs[1];
}

/* What comes to a case of a character, before the step's own probability. */
static double arriving(const Work *work, const double *from, size_t i, size_t k)
{
    double sum = from[3 * i + 1 + k] + from[3 * i];
    if (i > 0) {
        const double *runs = from + 3 * (i - 1) + 1;
        sum += are_same(work, i - 1, i) ? runs[1 - k] : runs[0] + runs[1];
    }
    return sum;
}

/* What comes to a blank, likewise. */
static double arriving_blank(const double *from, size_t i)
{
    return from[3 * i] + (i > 0 ? from[3 * i - 2] + from[3 * i - 1] : 0.0);
}

static void go_forward(const Work *work, const double *p, const double *from, double *to)
{
    for (size_t i = 0; i <= work->length; i++) {
        to[3 * i] = arriving_blank(from, i) * p[0];
        for (size_t k = 0; k < CASES && i < work->length; k++) {
            size_t class = work->members[CASES * i + k];
            to[3 * i + 1 + k] = class ? arriving(work, from, i, k) * p[class] : 0.0;
        }
    }
}

static void go_backward(const Work *work, const double *p, const double *from, double *to)
{
    for (size_t i = 0; i <= work->length; i++) {
        to[3 * i] = (from[3 * i] + from[3 * i + 1] + from[3 * i + 2]) * p[0];
        for (size_t k = 0; k < CASES && i < work->length; k++) {
            size_t class = work->members[CASES * i + k];
            const double *next = from + 3 * (i + 1);
            double sum = from[3 * i + 1 + k] + next[0];
            int same = i + 1 < work->length && are_same(work, i, i + 1);
            sum += same ? next[2 - k] : next[1] + next[2];
            to[3 * i + 1 + k] = class ? sum * p[class] : 0.0;
        }
    }
}

/* The paths that end in the last character or in the blank behind it. */
static double total_of(const Work *work, const double *last)
{
    return arriving_blank(last, work->length);
}

int core_case_log_probability(const Lattices *lattices, double *out, unsigned char *exact)
{
    size_t steps = lattices->steps, classes = lattices->classes, longest = lattices->longest;
    if (longest > (size_t)PTRDIFF_MAX / 64) {
        return -1;
    }
    Work work = {.steps = steps, .classes = classes, .width = 3 * longest + 8};
    work.members = core_allocate(longest, CASES * sizeof(size_t));
    work.best = core_zeros(steps, 0);
    work.likely = core_zeros(steps, classes);
    work.before = core_zeros(1, work.width);
    int failed = !work.members || !work.best || !work.likely || !work.before;
    for (size_t n = 0; n < lattices->count && !failed; n++) {
        size_t image = lattices->images == 1 ? 0 : n;
        if (n == 0 || image != 0) {
            core_fill_likely(lattices->log_probabilities + image * steps * classes, steps, classes,
                             work.best, &work.scale, work.likely);
        }
        take_text(&work, lattices, n);
        memset(work.before, 0, 2 * work.width * sizeof(double));
        work.before[0] = 1.0;
        for (size_t t = 0; t < steps; t++) {
            double *from = work.before + t % 2 * work.width;
            double *to = work.before + (t + 1) % 2 * work.width;
            go_forward(&work, work.likely + t * classes, from, to);
        }
        double total = total_of(&work, work.before + steps % 2 * work.width);
        out[n] = core_logarithm(total, work.scale);
        exact[n] = total > LEAST && total < MOST;
    }
    free(work.members);
    free(work.best);
    free(work.likely);
    free(work.before);
    return failed ? -1 : 0;
}

static void forward_backward(Work *work)
{
    size_t steps = work->steps, width = work->width, classes = work->classes;
    memset(work->before, 0, (steps + 1) * width * sizeof(double));
    memset(work->after, 0, (steps + 1) * width * sizeof(double));
    work->before[0] = 1.0;
    for (size_t t = 0; t < steps; t++) {
        double *from = work->before + t * width;
        go_forward(work, work->likely + t * classes, from, from + width);
    }
    work->after[steps * width + 3 * work->length] = 1.0;
    for (size_t t = steps; t-- > 0;) {
        double *to = work->after + t * width;
        go_backward(work, work->likely + t * classes, to + width, to);
    }
}

/* Sum over the runs of a class in a gap that has it as a neighbour; see `core_sum_runs`. */
static void sum_run_of(const Work *work, size_t gap, size_t class, double *inserted,
                       double *replaced)
{
    size_t length = work->length, width = work->width;
    double run = 0.0;
    *inserted = *replaced = 0.0;
    for (size_t t = 0; t < work->steps; t++) {
        const double *from = work->before + t * width, *to = work->after + (t + 1) * width;
        double coming = from[3 * gap] + (gap > 0 ? beside(work, from, gap - 1, class) : 0.0);
        run = work->likely[t * work->classes + class] * (run + coming);
        *inserted += run * (to[3 * gap] + (gap < length ? beside(work, to, gap, class) : 0.0));
        *replaced += run * (to[3 * gap + 3] +
                            (gap + 1 < length ? beside(work, to, gap + 1, class) : 0.0));
    }
}

/* Write all insertions in a gap, and all substitutions of the character behind it. */
static int write_gap(const Work *work, size_t gap, double *insertions, double *substitutions)
{
    size_t length = work->length, width = work->width, steps = work->steps;
    int exact = 1;
    for (size_t t = 0; t < steps; t++) {
        const double *to = work->after + (t + 1) * width + 3 * gap;
        work->gap[t] = arriving_blank(work->before + t * width, gap);
        work->gap[steps + t] = to[0] + to[1] + to[2];
        work->gap[2 * steps + t] = to[3] + to[4] + to[5];
    }
    for (size_t first = 0; first < work->classes; first += CORE_BLOCK) {
        size_t left = work->classes - first, count = left < CORE_BLOCK ? left : CORE_BLOCK;
        double *inserted = work->sums + CORE_BLOCK, *replaced = work->sums + 2 * CORE_BLOCK;
        core_sum_runs(work->likely, steps, work->classes, work->gap, first, count, work->sums);
        /* Those of the classes beside the gap are wrong here and replaced below, as is class 0. */
        for (size_t at = gap > 0 ? gap - 1 : 0; at < length && at <= gap + 1; at++) {
            for (size_t k = 0; k < CASES; k++) {
                size_t class = work->members[CASES * at + k];
                if (class >= first && class - first < count) {
                    sum_run_of(work, gap, class, &inserted[class - first],
                               &replaced[class - first]);
                }
            }
        }
        if (first == 0) {
            inserted[0] = replaced[0] = 0.0;
        }
        exact &= core_write_logarithms(inserted, count, work->scale, insertions + first);
        if (gap < length) {
            exact &= core_write_logarithms(replaced, count, work->scale, substitutions + first);
        }
    }
    return exact;
}

/* The text without the character of a position: paths go from before it to behind it. */
static double without(const Work *work, size_t i)
{
    size_t length = work->length, width = work->width, steps = work->steps;
    int is_last = i + 1 == length;
    int crosses = i > 0 && !is_last && are_same(work, i - 1, i + 1);
    double sum = 0.0;
    for (size_t t = 0; t <= steps; t++) {
        const double *from = work->before + t * width, *to = work->after + t * width;
        /* Behind the last position there is only the end. */
        double following = is_last ? (t == steps ? 1.0 : 0.0) : to[3 * i + 4] + to[3 * i + 5];
        if (crosses) {
            sum += from[3 * i] * following + from[3 * i - 2] * to[3 * i + 5] +
                   from[3 * i - 1] * to[3 * i + 4];
        } else {
            sum += arriving_blank(from, i) * following;
        }
    }
    return sum;
}

/* The mean first and last step of each character over all paths of the text. */
static void write_spans(const Work *work, double total, double *begins, double *ends)
{
    size_t length = work->length, width = work->width;
    memset(work->visits, 0, (2 * length + 1) * sizeof(double));
    for (size_t t = 0; t < work->steps; t++) {
        const double *from = work->before + t * width, *to = work->after + t * width;
        for (size_t i = 0; i < length; i++) {
            work->visits[2 * i] += arriving_blank(from, i) * to[3 * i];
            for (size_t k = 0; k < CASES; k++) {
                work->visits[2 * i + 1] += arriving(work, from, i, k) * to[3 * i + 1 + k];
            }
        }
    }
    double spent = 0.0;
    for (size_t i = 0; i < length; i++) {
        spent += work->visits[2 * i];
        begins[i] = spent / total;
        spent += work->visits[2 * i + 1];
        ends[i] = spent / total;
    }
}

/* Write everything about a text. */
static void write_neighbours(Work *work, const Edits *edits, size_t longest)
{
    size_t length = work->length, classes = work->classes;
    forward_backward(work);
    double total = total_of(work, work->before + work->steps * work->width);
    int exact = total > LEAST && total < MOST;
    for (size_t gap = 0; gap <= length; gap++) {
        exact &= write_gap(work, gap, edits->insertions + gap * classes,
                           gap < length ? edits->substitutions + gap * classes : NULL);
    }
    for (size_t position = 0; position < length; position++) {
        double removed = without(work, position);
        exact &= removed < MOST;
        edits->deletions[position] = core_logarithm(removed, work->scale);
    }
    write_spans(work, total, edits->begins, edits->ends);
    core_complete(edits, length, longest, classes, core_logarithm(total, work->scale), exact);
}

int core_case_neighbours(const Lattices *lattices, const Edits *out)
{
    size_t steps = lattices->steps, classes = lattices->classes, longest = lattices->longest;
    if (longest > (size_t)PTRDIFF_MAX / 64) {
        return -1;
    }
    Work work = {.steps = steps, .classes = classes, .width = 3 * longest + 8};
    work.members = core_allocate(longest, CASES * sizeof(size_t));
    work.best = core_zeros(steps, 0);
    work.likely = core_zeros(steps, classes);
    work.before = core_zeros(steps, work.width);
    work.after = core_zeros(steps, work.width);
    work.sums = core_zeros(2, CORE_BLOCK);
    work.gap = core_zeros(2, steps);
    work.visits = core_zeros(work.width, 0);
    int failed = !work.members || !work.best || !work.likely || !work.before || !work.after ||
                 !work.sums || !work.gap || !work.visits;
    for (size_t n = 0; n < lattices->count && !failed; n++) {
        core_fill_likely(lattices->log_probabilities + n * steps * classes, steps, classes,
                         work.best, &work.scale, work.likely);
        take_text(&work, lattices, n);
        Edits edits = core_edits_of(out, longest, classes, n);
        write_neighbours(&work, &edits, longest);
    }
    free(work.members);
    free(work.best);
    free(work.likely);
    free(work.before);
    free(work.after);
    free(work.sums);
    free(work.gap);
    free(work.visits);
    return failed ? -1 : 0;
}
