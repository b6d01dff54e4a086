/* Memory whose sizes cannot overflow. */

#include <stdlib.h>

#include "core.h"

void *core_allocate(size_t count, size_t size)
{
    if (size != 0 && count > (size_t)PTRDIFF_MAX / size) {
        return NULL;
    }
    return malloc(count * size > 0 ? count * size : 1);
}

double *core_zeros(size_t a, size_t b)
{
    if (a >= (size_t)PTRDIFF_MAX - 1 || b >= (size_t)PTRDIFF_MAX - 1 ||
        a + 1 > (size_t)PTRDIFF_MAX / sizeof(double) / (b + 1)) {
        return NULL;
    }
    return calloc((a + 1) * (b + 1), sizeof(double));
}

void *core_grown(void *items, size_t *room, size_t needed, size_t size)
{
    size_t most = (size_t)PTRDIFF_MAX / size;
    if (items != NULL && needed <= *room) {
        return items;
    }
    if (needed > most) {
        return NULL;
    }
    /* Twice as much each time, so that adding items one by one stays cheap. */
    size_t larger = *room > most / 2 ? most : *room * 2;
    if (larger < needed) {
        larger = needed;
    }
    if (larger < 16 && most >= 16) {
        larger = 16;
    }
    void *grown = realloc(items, larger * size);
    if (grown != NULL) {
        *room = larger;
    }
    return grown;
}
