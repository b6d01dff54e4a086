/* The compiled core: the same functions as the NumPy code, which is its reference.
 *
 * Everything that works on numbers is free of Python's API and runs without the interpreter's lock.
 * It trusts the sizes that `module.c` has checked, and returns 0, or -1 if memory is short.
 */

#ifndef CAPTCHA_MODEL_CORE_H
#define CAPTCHA_MODEL_CORE_H

#include <stddef.h>
#include <stdint.h>

/* The logarithm of probability 0; see `LOG_ZERO` in captcha_model/decoding/lattices. */
#define LOG_ZERO (-1e30)
/* The range in which plain products are exact; see captcha_model/decoding/lattices/_products.py. */
#define LEAST 1e-80
#define MOST 1e200

/* Return memory for count * size bytes, at least one; NULL if there is not so much. */
void *core_allocate(size_t count, size_t size);
/* Return memory for (a + 1) * (b + 1) doubles that are all zero, likewise. */
double *core_zeros(size_t a, size_t b);
/* Return the items moved to where there is room for `needed` of them, and how much there is now;
 * NULL if there is not so much memory, and then they stay where they are. */
void *core_grown(void *items, size_t *room, size_t needed, size_t size);
/* Make room in a growing array, or return -1 from the function. */
#define RESERVE(items, room, needed)                                              \
    do {                                                                          \
        void *grown_ = core_grown((items), &(room), (needed), sizeof *(items));   \
        if (grown_ == NULL) {                                                     \
            return -1;                                                            \
        }                                                                         \
        (items) = grown_;                                                         \
    } while (0)

/* Log-softmax of `count` rows of `classes` logits, which are divided by the temperature. */
void core_log_softmax(const void *logits, int single, size_t count, size_t classes,
                      double temperature, double *out);
/* The ids of the best path of each image; `lengths` says how many of the `steps` there are. */
void core_best_paths(const void *scores, int single, size_t count, size_t steps, size_t classes,
                     size_t *ids, size_t *lengths);

/* The texts that a search found: text k has the ids from starts[k] to starts[k + 1]. */
typedef struct {
    size_t count;
    size_t *starts;
    size_t *ids;
} Texts;

/* What texts are allowed: a deterministic automaton over the classes; see automaton.py.
 *
 * Edge e leads from state edges[3 e] to edges[3 e + 1] by every class of set edges[3 e + 2]. The
 * edges are in the order of the states that they come from; the first state is 0. */
typedef struct {
    size_t states, edge_count, sets, classes;
    const size_t *edges;
    const unsigned char *members;   /* (sets, classes): whether a class is in a set. */
    const unsigned char *accepting; /* By state, whether a text may end there. */
} Automaton;

/* Return 1 if it is not what it must be; indices that are too large included. */
int core_check_automaton(const Automaton *automaton);
/* Fill in the number of the first edge of each state, and their total behind them. */
void core_first_edges(const Automaton *automaton, size_t *first);

/* Put the numbers of the `width` entries with the largest keys in order, the largest first. */
void core_rank(size_t *order, const double *keys, size_t count, size_t width);
/* Without an automaton every text is allowed, and `nearly` is not used. */
int core_beam_search(const double *probabilities, size_t steps, size_t classes, size_t width,
                     double negligible, double nearly, const Automaton *automaton, Texts *found);
void core_free_texts(Texts *texts);

/* N images (T, C) and their texts: ids (N, L) padded with 0, and their lengths. */
typedef struct {
    const double *log_probabilities;
    size_t images, count, steps, classes, longest;
    const size_t *ids, *lengths;
    const size_t *cases; /* (C, 2), the classes of the cases of each; 0 is none. NULL if not used. */
} Lattices;

/* The log-probabilities that the texts of images (N, T, C) are accepted. */
int core_log_partition(const double *log_probabilities, size_t count, size_t steps,
                       const Automaton *automaton, double *out);

/* What `Neighbours` holds. */
typedef struct {
    double *text, *substitutions, *insertions, *deletions, *begins, *ends;
    unsigned char *exact;
} Edits;

/* The log-probabilities of `count` texts; if there is one image, it is that of all of them. */
int core_log_probability(const Lattices *lattices, double *out);
int core_neighbours(const Lattices *lattices, const Edits *out);
/* The same for texts in any case, and for which texts the log-probability is exact. */
int core_case_log_probability(const Lattices *lattices, double *out, unsigned char *exact);
int core_case_neighbours(const Lattices *lattices, const Edits *out);

/* The confidence of each character, and the `kept` likeliest others with theirs. */
int core_in_positions(const double *substitutions, const size_t *ids, size_t count, size_t longest,
                      size_t classes, size_t kept, double *own, int64_t *best, double *confidences);
/* The likeliest edit of each text, and the likeliest that changes its length: (2, N) each. */
void core_best_edits(const double *substitutions, const double *insertions, const double *deletions,
                     const size_t *ids, size_t count, size_t longest, size_t classes,
                     int64_t *chosen, double *values);

#define RANKS 5
#define SUMS 14
/* What the statistics of images are computed from; see image_statistics.py. */
int core_image_sums(const unsigned char *pixels, size_t count, size_t height, size_t width,
                    size_t channels, const size_t *ranks, int64_t *out);
/* Whether each image has a pixel of another colour than the first. */
void core_two_colours(const unsigned char *pixels, size_t count, size_t area, size_t channels,
                      unsigned char *out);
/* Where an image of up to 3 channels has ink: left, top, right, bottom; all 0 if it has none. The
 * ground is the median colour of every `step`-th pixel. */
void core_ink_box(const unsigned char *pixels, size_t height, size_t width, size_t channels,
                  size_t step, int contrast, int64_t *out);

#endif
