/* Prefix beam search; the reference is captcha_model/decoding/beam_search.py.
 *
 * The additions and the ties are those of the reference, so the texts and their order are too.
 * A constraint's automaton is deterministic: a prefix is in one state, and in one beam.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "prefix_tree.h"

#define NONE CORE_NONE
static const double LEAST_PROBABILITY = 1e-30;

/* A prefix with the probability of all paths to it that end in a blank, and in its last id. One
 * that is new has no node yet, so that those which are not kept need none. */
typedef struct {
    size_t node, parent, id;
    double blank, last;
} Entry;

/* Prefixes of one state, whose probabilities are multiplied by exp(level). */
typedef struct {
    Entry *entries;
    size_t count, room;
    double level;
} Beam;

/* The beam of a state, as a part of all entries that were kept. */
typedef struct {
    size_t state, start, count;
    double level;
} Kept;

typedef struct {
    const Automaton *automaton;
    size_t steps, classes, width;
    double negligible, nearly;
    size_t *first_edge; /* By state; see `core_first_edges`. */
    Tree tree;
    Entry *entries; /* Of all states, after the last step. */
    size_t count, room;
    Kept *kept; /* The states that have a beam, in the order in which they were reached. */
    size_t kept_count;
    Beam *grown; /* By state, what this step makes of the beams. */
    size_t *reached, reached_count;
    Beam part; /* What it makes of one beam in one state. */
    size_t *order, order_room; /* The numbers of entries, the most likely first. */
    double *keys;
    size_t keys_room;
    size_t *first_child, *sibling; /* By entry, those one character longer in any beam. */
    size_t first_room, sibling_room;
    size_t *present; /* By class, the child of a prefix in a beam; NONE if it has none. */
    size_t *begins, begins_room; /* The classes that may begin at a step, set by set. */
    size_t *first_begin;         /* By set, where its classes start. */
} Search;

static double at_least(double probability)
{
    return probability > LEAST_PROBABILITY ? probability : LEAST_PROBABILITY;
}

/* Find which entries are children of others. */
static int find_children(Search *search)
{
    RESERVE(search->first_child, search->first_room, search->count);
    RESERVE(search->sibling, search->sibling_room, search->count);
    for (size_t e = 0; e < search->count; e++) {
        search->first_child[e] = NONE;
    }
    for (size_t e = 0; e < search->count; e++) {
        if (search->entries[e].node != 0) {
            size_t parent = search->tree.nodes[search->entries[e].parent].entry;
            if (parent != NONE) {
                search->sibling[e] = search->first_child[parent];
                search->first_child[parent] = e;
            }
        }
    }
    return 0;
}

/* Find the classes of each set that may begin: those that are not negligible, and those that are
 * nearly as likely as the likeliest. */
static int find_begins(Search *search, const double *row)
{
    size_t classes = search->classes, count = 0;
    for (size_t set = 0; set < search->automaton->sets; set++) {
        const unsigned char *members = search->automaton->members + set * classes;
        double most = -1.0;
        for (size_t c = 1; c < classes; c++) {
            most = members[c] && row[c] > most ? row[c] : most;
        }
        double least = search->nearly * most;
        search->first_begin[set] = count;
        RESERVE(search->begins, search->begins_room, count + classes);
        for (size_t c = 1; c < classes; c++) {
            if (members[c] && (row[c] > search->negligible || row[c] >= least)) {
                search->begins[count++] = c;
            }
        }
    }
    search->first_begin[search->automaton->sets] = count;
    return 0;
}

/* Let the prefixes of a beam stay what they are. */
static int stay(Search *search, const Kept *from, const double *row)
{
    Beam *part = &search->part;
    RESERVE(part->entries, part->room, from->count);
    double blank = at_least(row[0]);
    for (size_t e = 0; e < from->count; e++) {
        Entry entry = search->entries[from->start + e];
        double repeat = entry.node == 0 ? 0.0 : entry.last * at_least(row[entry.id]);
        entry.blank = (entry.blank + entry.last) * blank;
        entry.last = repeat;
        part->entries[e] = entry;
    }
    part->count = from->count;
    return 0;
}

/* Begin longer prefixes by an edge; those in the same state add to the ones that stay there. */
static int begin(Search *search, const Kept *from, const size_t *edge, const double *row)
{
    Beam *part = &search->part;
    int same = edge[1] == from->state;
    double least = 0.0;
    if (same && from->count >= search->width) {
        /* One must be likelier than the last of those that stay. */
        least = INFINITY;
        for (size_t e = 0; e < from->count; e++) {
            double both = part->entries[e].blank + part->entries[e].last;
            least = both < least ? both : least;
        }
    }
    for (size_t e = from->start; e < from->start + from->count; e++) {
        const Entry entry = search->entries[e];
        double both = entry.blank + entry.last;
        for (size_t c = search->first_child[e]; c != NONE; c = search->sibling[c]) {
            search->present[search->entries[c].id] = c;
        }
        size_t end = search->first_begin[edge[2] + 1];
        for (size_t k = search->first_begin[edge[2]]; k < end; k++) {
            size_t id = search->begins[k], child = search->present[id];
            /* The same character once more is a new one only after a blank. */
            double begun = (entry.node != 0 && entry.id == id ? entry.blank : both);
            begun *= at_least(row[id]);
            if (same && child != NONE) {
                if (begun > 0.0) {
                    part->entries[child - from->start].last += begun;
                }
            } else if (begun > least) {
                size_t node = child == NONE ? NONE : search->entries[child].node;
                RESERVE(part->entries, part->room, part->count + 1);
                part->entries[part->count++] = (Entry){node, entry.node, id, 0.0, begun};
            }
        }
        for (size_t c = search->first_child[e]; c != NONE; c = search->sibling[c]) {
            search->present[search->entries[c].id] = NONE;
        }
    }
    return 0;
}

/* Add what came from one beam to what has come to a state. */
static int merge(Search *search, size_t state, double level)
{
    Beam *into = &search->grown[state], *part = &search->part;
    Node *nodes = search->tree.nodes;
    if (part->count == 0) {
        return 0;
    }
    double factor = 1.0;
    if (into->count == 0) {
        Beam empty = *into;
        *into = *part;
        *part = empty;
        into->level = level;
        search->reached[search->reached_count++] = state;
        for (size_t e = 0; e < into->count; e++) {
            if (into->entries[e].node != NONE) {
                nodes[into->entries[e].node].slot = e;
            }
        }
        return 0;
    }
    if (level > into->level) {
        double smaller = exp(into->level - level);
        for (size_t e = 0; e < into->count; e++) {
            into->entries[e].blank *= smaller;
            into->entries[e].last *= smaller;
        }
        into->level = level;
    } else {
        factor = exp(level - into->level);
    }
    RESERVE(into->entries, into->room, into->count + part->count);
    for (size_t e = 0; e < part->count; e++) {
        Entry entry = part->entries[e];
        entry.blank *= factor;
        entry.last *= factor;
        if (entry.node == NONE || nodes[entry.node].slot == NONE) {
            if (entry.node != NONE) {
                nodes[entry.node].slot = into->count;
            }
            into->entries[into->count++] = entry;
        } else {
            Entry *known = &into->entries[nodes[entry.node].slot];
            known->blank += entry.blank;
            known->last += entry.last;
        }
    }
    return 0;
}

/* Take one step with the beam of a state. */
static int grow(Search *search, const Kept *from, const double *row)
{
    const size_t *edges = search->automaton->edges;
    size_t start = search->first_edge[from->state], end = search->first_edge[from->state + 1];
    if (stay(search, from, row)) {
        return -1;
    }
    for (size_t e = start; e < end; e++) {
        if (edges[3 * e + 1] == from->state && begin(search, from, edges + 3 * e, row)) {
            return -1;
        }
    }
    if (merge(search, from->state, from->level)) {
        return -1;
    }
    for (size_t e = start; e < end; e++) {
        if (edges[3 * e + 1] == from->state) {
            continue;
        }
        search->part.count = 0;
        if (begin(search, from, edges + 3 * e, row) ||
            merge(search, edges[3 * e + 1], from->level)) {
            return -1;
        }
    }
    return 0;
}

static int reserve_keys(Search *search, size_t count)
{
    RESERVE(search->keys, search->keys_room, count);
    RESERVE(search->order, search->order_room, count);
    return 0;
}

/* Keep the most likely prefixes of a state, with probabilities that a float can hold. */
static int keep_best(Search *search, size_t state, size_t width)
{
    Beam *grown = &search->grown[state];
    size_t count = grown->count, kept = count < width ? count : width;
    if (reserve_keys(search, count)) {
        return -1;
    }
    RESERVE(search->entries, search->room, search->count + kept);
    double most = 0.0;
    for (size_t i = 0; i < count; i++) {
        search->keys[i] = grown->entries[i].blank + grown->entries[i].last;
        search->order[i] = i;
        most = search->keys[i] > most ? search->keys[i] : most;
    }
    if (count > width) {
        core_rank(search->order, search->keys, count, width);
    }
    int fits = (most > 1e-100 && most < 1e100) || most == 0.0;
    search->kept[search->kept_count++] =
        (Kept){state, search->count, kept, fits ? grown->level : grown->level + log(most)};
    for (size_t k = 0; k < kept; k++) {
        Entry entry = grown->entries[search->order[k]];
        if (entry.node == NONE &&
            core_node_of(&search->tree, entry.parent, entry.id, &entry.node)) {
            return -1;
        }
        if (!fits) {
            entry.blank /= most;
            entry.last /= most;
        }
        search->tree.nodes[entry.node].entry = search->count;
        search->entries[search->count++] = entry;
    }
    grown->count = 0;
    return 0;
}

/* The width of each beam: more states than a text of T steps has lengths share what those have. */
static size_t width_of_each(const Search *search)
{
    size_t states = search->reached_count, lengths = search->steps + 1;
    if (states <= lengths) {
        return search->width;
    }
    size_t each = search->width / states * lengths + search->width % states * lengths / states;
    return each > 1 ? each : 1;
}

static int step(Search *search, const double *row)
{
    if (find_children(search) || find_begins(search, row)) {
        return -1;
    }
    search->reached_count = 0;
    for (size_t k = 0; k < search->kept_count; k++) {
        if (grow(search, &search->kept[k], row)) {
            return -1;
        }
    }
    for (size_t e = 0; e < search->count; e++) {
        Node *node = &search->tree.nodes[search->entries[e].node];
        node->entry = node->slot = NONE;
    }
    size_t width = width_of_each(search);
    search->count = search->kept_count = 0;
    for (size_t k = 0; k < search->reached_count; k++) {
        if (keep_best(search, search->reached[k], width)) {
            return -1;
        }
    }
    return 0;
}

/* Write the texts of the accepting states, the most likely first. */
static int write_texts(Search *search, Texts *found)
{
    size_t count = 0, total = 0;
    if (reserve_keys(search, search->count)) {
        return -1;
    }
    for (size_t k = 0; k < search->kept_count; k++) {
        const Kept kept = search->kept[k];
        for (size_t e = kept.start; e < kept.start + kept.count; e++) {
            Entry entry = search->entries[e];
            double both = entry.blank + entry.last;
            if (both > 0.0 && search->automaton->accepting[kept.state]) {
                search->keys[count] = kept.level + log(both);
                search->entries[count++] = entry;
            }
        }
    }
    core_rank(search->order, search->keys, count, count);
    found->starts = core_allocate(count + 1, sizeof(size_t));
    if (found->starts == NULL) {
        return -1;
    }
    const Node *nodes = search->tree.nodes;
    for (size_t k = 0; k < count; k++) {
        found->starts[k] = total;
        for (size_t n = search->entries[search->order[k]].node; n != 0; n = nodes[n].parent) {
            total++;
        }
    }
    found->starts[count] = total;
    found->ids = core_allocate(total, sizeof(size_t));
    if (found->ids == NULL) {
        return -1;
    }
    for (size_t k = 0; k < count; k++) {
        size_t at = found->starts[k + 1];
        for (size_t n = search->entries[search->order[k]].node; n != 0; n = nodes[n].parent) {
            found->ids[--at] = nodes[n].id;
        }
    }
    found->count = count;
    return 0;
}

static int run(Search *search, const double *probabilities, Texts *found)
{
    size_t states = search->automaton->states, root;
    search->first_edge = core_allocate(states + 1, sizeof(size_t));
    search->kept = core_allocate(states, sizeof(Kept));
    search->grown = core_allocate(states, sizeof(Beam));
    search->reached = core_allocate(states, sizeof(size_t));
    search->present = core_allocate(search->classes, sizeof(size_t));
    search->first_begin = core_allocate(search->automaton->sets + 1, sizeof(size_t));
    if (search->grown != NULL) {
        memset(search->grown, 0, states * sizeof(Beam));
    }
    if (search->first_edge == NULL || search->kept == NULL || search->grown == NULL ||
        search->reached == NULL || search->present == NULL || search->first_begin == NULL ||
        core_node_of(&search->tree, NONE, 0, &root)) {
        return -1;
    }
    RESERVE(search->entries, search->room, 1);
    for (size_t c = 0; c < search->classes; c++) {
        search->present[c] = NONE;
    }
    core_first_edges(search->automaton, search->first_edge);
    search->entries[0] = (Entry){root, NONE, 0, 1.0, 0.0};
    search->kept[0] = (Kept){0, 0, 1, 0.0};
    search->count = search->kept_count = 1;
    search->tree.nodes[root].entry = 0;
    for (size_t t = 0; t < search->steps; t++) {
        if (step(search, probabilities + t * search->classes)) {
            return -1;
        }
    }
    return write_texts(search, found);
}

static void free_search(Search *search)
{
    for (size_t s = 0; search->grown != NULL && s < search->automaton->states; s++) {
        free(search->grown[s].entries);
    }
    core_free_tree(&search->tree);
    free(search->first_edge);
    free(search->entries);
    free(search->kept);
    free(search->grown);
    free(search->reached);
    free(search->part.entries);
    free(search->order);
    free(search->keys);
    free(search->first_child);
    free(search->sibling);
    free(search->present);
    free(search->begins);
    free(search->first_begin);
}

int core_beam_search(const double *probabilities, size_t steps, size_t classes, size_t width,
                     double negligible, double nearly, const Automaton *automaton, Texts *found)
{
    static const size_t edge[3] = {0, 0, 0};
    static const unsigned char accepting[1] = {1};
    unsigned char *every = core_allocate(classes, 1);
    memset(found, 0, sizeof *found);
    if (every == NULL) {
        return -1;
    }
    memset(every, 1, classes);
    Automaton anything = {1, 1, 1, classes, edge, every, accepting};
    Search search = {
        .automaton = automaton != NULL ? automaton : &anything,
        .steps = steps,
        .classes = classes,
        .width = width,
        .negligible = negligible,
        /* Without a constraint there is always something else than a negligible character. */
        .nearly = automaton != NULL ? nearly : INFINITY,
    };
    int failed = run(&search, probabilities, found);
    free_search(&search);
    free(every);
    if (failed) {
        core_free_texts(found);
    }
    return failed ? -1 : 0;
}

void core_free_texts(Texts *texts)
{
    free(texts->starts);
    free(texts->ids);
    memset(texts, 0, sizeof *texts);
}
