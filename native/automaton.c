/* The automata of constraints; the reference is captcha_model/decoding/automaton.py. */

#include <stdlib.h>

#include "core.h"

int core_check_automaton(const Automaton *automaton)
{
    size_t classes = automaton->classes, before = 0;
    /* By class, one more than the last state that has an edge with it. */
    size_t *last = core_allocate(classes, sizeof *last);
    if (last == NULL) {
        return -1;
    }
    for (size_t c = 0; c < classes; c++) {
        last[c] = 0;
    }
    int wrong = automaton->states < 1;
    for (size_t e = 0; e < automaton->edge_count && !wrong; e++) {
        const size_t *edge = automaton->edges + 3 * e;
        wrong = edge[0] < before || edge[0] >= automaton->states ||
                edge[1] >= automaton->states || edge[2] >= automaton->sets;
        before = edge[0];
        const unsigned char *members = automaton->members + (wrong ? 0 : edge[2] * classes);
        for (size_t c = 0; c < classes && !wrong; c++) {
            if (members[c]) {
                /* The blank is no character, and no character leads to two states. */
                wrong = c == 0 || last[c] == edge[0] + 1;
                last[c] = edge[0] + 1;
            }
        }
    }
    free(last);
    return wrong;
}

void core_first_edges(const Automaton *automaton, size_t *first)
{
    size_t e = 0;
    for (size_t state = 0; state <= automaton->states; state++) {
        while (e < automaton->edge_count && automaton->edges[3 * e] < state) {
            e++;
        }
        first[state] = e;
    }
}
