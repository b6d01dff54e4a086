/* The probability of all texts that an automaton accepts; the reference is
 * captcha_model/decoding/lattices/partition.py.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define NO_POWER (-((int64_t)1 << 30)) /* Of a sum that is zero: below all others. */
#define LOG_2 0.693147180559945309417

/* By state and last class, the sums over all paths to it, divided by a power of two. Each state has
 * a power of its own, so that an unlikely one does not become zero. */
typedef struct {
    const Automaton *automaton;
    double *sums, *next; /* (S, C). */
    double *others;      /* (S, C), the sum over all other classes: what a new one may follow. */
    double *likely;      /* (C,), the probabilities of a step. */
    int64_t *powers, *scales; /* (S,), of `sums` and of `next`. */
} Partition;

static double power_of_two(int64_t exponent)
{
    return exponent < -2000 ? 0.0 : ldexp(1.0, exponent < 2000 ? (int)exponent : 2000);
}

/* Add up from both sides, because the difference from the whole would be lost in rounding. */
static void sum_others(const double *sums, size_t classes, double *others)
{
    double left = 0.0, right = 0.0;
    for (size_t c = 0; c < classes; c++) {
        others[c] = left;
        left += sums[c];
    }
    for (size_t c = classes; c-- > 0;) {
        others[c] += right;
        right += sums[c];
    }
}

/* Divide the sums of a state by a power of two, so that a float holds them. */
static void rescale(Partition *work, size_t state)
{
    size_t classes = work->automaton->classes;
    double *sums = work->sums + state * classes, most = 0.0;
    for (size_t c = 0; c < classes; c++) {
        most = sums[c] > most ? sums[c] : most;
    }
    int exponent = 0;
    frexp(most, &exponent);
    double factor = power_of_two(-(int64_t)exponent);
    if (exponent < -1000) { /* That power is no float: two of its factors are. */
        factor = power_of_two(-(int64_t)exponent - 1000);
    }
    for (size_t c = 0; c < classes; c++) {
        sums[c] *= factor;
        sums[c] *= exponent < -1000 ? power_of_two(1000) : 1.0;
    }
    work->powers[state] = most > 0.0 ? work->scales[state] + exponent : NO_POWER;
}

static void step(Partition *work, const double *log_probabilities)
{
    const Automaton *automaton = work->automaton;
    size_t classes = automaton->classes, states = automaton->states;
    for (size_t c = 0; c < classes; c++) {
        work->likely[c] = exp(log_probabilities[c]);
    }
    memcpy(work->scales, work->powers, states * sizeof *work->scales);
    for (size_t e = 0; e < automaton->edge_count; e++) {
        const size_t *edge = automaton->edges + 3 * e;
        int64_t power = work->powers[edge[0]];
        work->scales[edge[1]] = power > work->scales[edge[1]] ? power : work->scales[edge[1]];
    }
    for (size_t s = 0; s < states; s++) {
        const double *sums = work->sums + s * classes;
        double *next = work->next + s * classes, *others = work->others + s * classes;
        if (work->powers[s] == NO_POWER) {
            memset(next, 0, classes * sizeof *next);
            continue;
        }
        sum_others(sums, classes, others);
        double factor = power_of_two(work->powers[s] - work->scales[s]);
        for (size_t c = 0; c < classes; c++) {
            next[c] = sums[c] * factor;
        }
        next[0] = (sums[0] + others[0]) * factor;
    }
    for (size_t e = 0; e < automaton->edge_count; e++) {
        const size_t *edge = automaton->edges + 3 * e;
        if (work->powers[edge[0]] == NO_POWER) {
            continue;
        }
        const unsigned char *members = automaton->members + edge[2] * classes;
        const double *others = work->others + edge[0] * classes;
        double *next = work->next + edge[1] * classes;
        double factor = power_of_two(work->powers[edge[0]] - work->scales[edge[1]]);
        for (size_t c = 0; c < classes; c++) {
            next[c] += members[c] ? others[c] * factor : 0.0;
        }
    }
    for (size_t s = 0; s < states; s++) {
        for (size_t c = 0; c < classes; c++) {
            work->next[s * classes + c] *= work->likely[c];
        }
    }
    double *sums = work->sums;
    work->sums = work->next;
    work->next = sums;
    for (size_t s = 0; s < states; s++) {
        if (work->scales[s] != NO_POWER) {
            rescale(work, s);
        }
    }
}

/* Return the logarithm of the sum over the accepting states. */
static double total_of(const Partition *work)
{
    const Automaton *automaton = work->automaton;
    int64_t most = NO_POWER;
    for (size_t s = 0; s < automaton->states; s++) {
        if (automaton->accepting[s] && work->powers[s] > most) {
            most = work->powers[s];
        }
    }
    double total = 0.0;
    for (size_t s = 0; s < automaton->states; s++) {
        double sum = 0.0;
        for (size_t c = 0; c < automaton->classes; c++) {
            sum += work->sums[s * automaton->classes + c];
        }
        total += automaton->accepting[s] ? sum * power_of_two(work->powers[s] - most) : 0.0;
    }
    double found = log(total) + (double)most * LOG_2;
    return total > 0.0 && found > LOG_ZERO / 2 ? found : -INFINITY;
}

int core_log_partition(const double *log_probabilities, size_t count, size_t steps,
                       const Automaton *automaton, double *out)
{
    size_t states = automaton->states, classes = automaton->classes;
    Partition work = {
        .automaton = automaton,
        .sums = core_zeros(states, classes),
        .next = core_zeros(states, classes),
        .others = core_zeros(states, classes),
        .likely = core_zeros(classes, 0),
        .powers = core_allocate(states, sizeof(int64_t)),
        .scales = core_allocate(states, sizeof(int64_t)),
    };
    int failed = work.sums == NULL || work.next == NULL || work.others == NULL ||
                 work.likely == NULL || work.powers == NULL || work.scales == NULL;
    for (size_t n = 0; n < count && !failed; n++) {
        memset(work.sums, 0, states * classes * sizeof(double));
        for (size_t s = 0; s < states; s++) {
            work.powers[s] = NO_POWER;
        }
        work.sums[0] = 1.0;
        work.powers[0] = 0;
        for (size_t t = 0; t < steps; t++) {
            step(&work, log_probabilities + (n * steps + t) * classes);
        }
        out[n] = total_of(&work);
    }
    free(work.sums);
    free(work.next);
    free(work.others);
    free(work.likely);
    free(work.powers);
    free(work.scales);
    return failed ? -1 : 0;
}
