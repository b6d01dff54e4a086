/* The most likely of some entries. */

#include "core.h"

/* Whether entry a comes after entry b: it is less likely, or as likely and later. */
static int is_after(const double *keys, size_t a, size_t b)
{
    return keys[a] < keys[b] || (!(keys[a] > keys[b]) && a > b);
}

/* Restore a heap with the last entry on top, below position `at`. */
static void sift(size_t *heap, const double *keys, size_t at, size_t count)
{
    for (;;) {
        size_t last = at, child = 2 * at + 1;
        if (child < count && is_after(keys, heap[child], heap[last])) {
            last = child;
        }
        if (child + 1 < count && is_after(keys, heap[child + 1], heap[last])) {
            last = child + 1;
        }
        if (last == at) {
            return;
        }
        size_t moved = heap[at];
        heap[at] = heap[last];
        heap[last] = moved;
        at = last;
    }
}

void core_rank(size_t *order, const double *keys, size_t count, size_t width)
{
    size_t kept = count < width ? count : width;
    for (size_t i = 0; i < kept; i++) {
        order[i] = i;
    }
    for (size_t at = kept / 2; at-- > 0;) {
        sift(order, keys, at, kept);
    }
    for (size_t i = kept; i < count; i++) {
        if (is_after(keys, order[0], i)) {
            order[0] = i;
            sift(order, keys, 0, kept);
        }
    }
    for (size_t left = kept; left-- > 1;) {
        size_t last = order[0];
        order[0] = order[left];
        order[left] = last;
        sift(order, keys, 0, left);
    }
}
