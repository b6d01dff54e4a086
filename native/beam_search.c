/* Prefix beam search without a constraint; the reference is captcha_model/decoding/beam_search.py.
 *
 * The additions and the ties are those of the reference, so the texts and their order are too.
 * Prefixes are nodes of a tree: a parent and the last id. Node 0 is the empty prefix. A hash table
 * finds the node of a prefix that was dropped before, because its children may still be there.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define NONE SIZE_MAX
static const double LEAST_PROBABILITY = 1e-30;

typedef struct {
    size_t parent, id;
    size_t entry; /* Where the prefix is in the beam; NONE if it is not. */
} Node;

/* A prefix with the probability of all paths to it that end in a blank, and in its last id. One
 * that is new has no node yet, so that those which are not kept need none. */
typedef struct {
    size_t node, parent, id;
    double blank, last;
} Entry;

typedef struct {
    Node *nodes;
    size_t count, room;
    size_t *table; /* Numbers of nodes by the hash of (parent, id); NONE is free. */
    size_t slots;  /* A power of two, at least twice the number of nodes. */
} Tree;

typedef struct {
    Tree tree;
    Entry *beam, *grown;
    size_t beam_count, beam_room, grown_count, grown_room;
    size_t *order, order_room; /* The numbers of entries, the most likely first. */
    double *keys;
    size_t keys_room;
    size_t *first_child, *sibling; /* Of the entries of the beam, those that are also in it. */
    size_t first_room, sibling_room;
    size_t *present; /* By class, the child of a prefix in the beam; NONE if it has none. */
    size_t *begins;  /* The classes that may begin at a step. */
    double level;
} Search;

static size_t slot_of(const Tree *tree, size_t parent, size_t id)
{
    uint64_t hash = (uint64_t)parent * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ (hash >> 32) ^ (uint64_t)id) * UINT64_C(0xBF58476D1CE4E5B9);
    size_t slot = (size_t)(hash ^ (hash >> 29)) & (tree->slots - 1);
    while (tree->table[slot] != NONE) {
        const Node *node = &tree->nodes[tree->table[slot]];
        if (node->parent == parent && node->id == id) {
            break;
        }
        slot = (slot + 1) & (tree->slots - 1);
    }
    return slot;
}

static int grow_table(Tree *tree)
{
    if (tree->slots / 2 > tree->count) {
        return 0;
    }
    size_t slots = tree->slots ? tree->slots : 64;
    while (slots / 2 <= tree->count) {
        if (slots > SIZE_MAX / 4) {
            return -1;
        }
        slots *= 2;
    }
    size_t *table = core_allocate(slots, sizeof *table);
    if (table == NULL) {
        return -1;
    }
    free(tree->table);
    tree->table = table;
    tree->slots = slots;
    for (size_t i = 0; i < slots; i++) {
        table[i] = NONE;
    }
    for (size_t n = 0; n < tree->count; n++) {
        table[slot_of(tree, tree->nodes[n].parent, tree->nodes[n].id)] = n;
    }
    return 0;
}

/* Find or make the node of a prefix. */
static int node_of(Tree *tree, size_t parent, size_t id, size_t *found)
{
    if (grow_table(tree)) {
        return -1;
    }
    RESERVE(tree->nodes, tree->room, tree->count + 1);
    size_t slot = slot_of(tree, parent, id);
    if (tree->table[slot] == NONE) {
        tree->nodes[tree->count] = (Node){parent, id, NONE};
        tree->table[slot] = tree->count++;
    }
    *found = tree->table[slot];
    return 0;
}

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

/* Put the numbers of the `width` entries with the largest keys in order, the largest first. */
static void sort_best(size_t *order, const double *keys, size_t count, size_t width)
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

static int reserve_keys(Search *search, size_t count)
{
    RESERVE(search->keys, search->keys_room, count);
    RESERVE(search->order, search->order_room, count);
    return 0;
}

/* Let every prefix of the beam stay what it is, and find which of them are children of others. */
static int stay(Search *search, const double *row)
{
    size_t count = search->beam_count;
    RESERVE(search->first_child, search->first_room, count);
    RESERVE(search->sibling, search->sibling_room, count);
    RESERVE(search->grown, search->grown_room, count);
    double blank = row[0] > LEAST_PROBABILITY ? row[0] : LEAST_PROBABILITY;
    for (size_t e = 0; e < count; e++) {
        search->first_child[e] = NONE;
    }
    for (size_t e = 0; e < count; e++) {
        Entry entry = search->beam[e];
        double repeat = 0.0;
        if (entry.node != 0) {
            double p = row[entry.id];
            repeat = entry.last * (p > LEAST_PROBABILITY ? p : LEAST_PROBABILITY);
            size_t parent = search->tree.nodes[entry.parent].entry;
            if (parent != NONE) {
                search->sibling[e] = search->first_child[parent];
                search->first_child[parent] = e;
            }
        }
        entry.blank = (entry.blank + entry.last) * blank;
        entry.last = repeat;
        search->grown[e] = entry;
    }
    search->grown_count = count;
    return 0;
}

/* Begin longer prefixes. If `width` prefixes stay, one must be likelier than the last of them. */
static int begin(Search *search, const double *row, size_t begin_count, size_t width)
{
    double least = 0.0;
    if (search->beam_count >= width) {
        least = INFINITY;
        for (size_t e = 0; e < search->beam_count; e++) {
            double both = search->grown[e].blank + search->grown[e].last;
            least = both < least ? both : least;
        }
    }
    for (size_t e = 0; e < search->beam_count; e++) {
        const Entry entry = search->beam[e];
        double both = entry.blank + entry.last;
        for (size_t c = search->first_child[e]; c != NONE; c = search->sibling[c]) {
            search->present[search->beam[c].id] = c;
        }
        for (size_t k = 0; k < begin_count; k++) {
            size_t id = search->begins[k], child = search->present[id];
            double p = row[id] > LEAST_PROBABILITY ? row[id] : LEAST_PROBABILITY;
            /* The same character once more is a new one only after a blank. */
            double begun = (entry.node != 0 && entry.id == id ? entry.blank : both) * p;
            if (child != NONE) {
                if (begun > 0.0) {
                    search->grown[child].last += begun;
                }
            } else if (begun > least) {
                size_t count = search->grown_count;
                RESERVE(search->grown, search->grown_room, count + 1);
                search->grown[count] = (Entry){NONE, entry.node, id, 0.0, begun};
                search->grown_count = count + 1;
            }
        }
        for (size_t c = search->first_child[e]; c != NONE; c = search->sibling[c]) {
            search->present[search->beam[c].id] = NONE;
        }
    }
    return 0;
}

/* Keep the most likely prefixes, with probabilities that a float can hold. */
static int keep_best(Search *search, size_t width)
{
    size_t count = search->grown_count, kept = count < width ? count : width;
    if (reserve_keys(search, count)) {
        return -1;
    }
    RESERVE(search->beam, search->beam_room, kept);
    double most = 0.0;
    for (size_t i = 0; i < count; i++) {
        search->keys[i] = search->grown[i].blank + search->grown[i].last;
        search->order[i] = i;
        most = search->keys[i] > most ? search->keys[i] : most;
    }
    if (count > width) {
        sort_best(search->order, search->keys, count, width);
    }
    int fits = (most > 1e-100 && most < 1e100) || most == 0.0;
    if (!fits) {
        search->level += log(most);
    }
    for (size_t e = 0; e < search->beam_count; e++) {
        search->tree.nodes[search->beam[e].node].entry = NONE;
    }
    search->beam_count = 0;
    for (size_t k = 0; k < kept; k++) {
        Entry entry = search->grown[search->order[k]];
        if (entry.node == NONE && node_of(&search->tree, entry.parent, entry.id, &entry.node)) {
            return -1;
        }
        if (!fits) {
            entry.blank /= most;
            entry.last /= most;
        }
        search->tree.nodes[entry.node].entry = k;
        search->beam[k] = entry;
        search->beam_count = k + 1;
    }
    return 0;
}

/* Write the texts of the beam, the most likely first. */
static int write_texts(Search *search, Texts *found)
{
    size_t count = 0, total = 0;
    if (reserve_keys(search, search->beam_count)) {
        return -1;
    }
    for (size_t e = 0; e < search->beam_count; e++) {
        Entry entry = search->beam[e];
        double both = entry.blank + entry.last;
        if (both > 0.0) {
            search->keys[count] = search->level + log(both);
            search->beam[count++] = entry;
        }
    }
    sort_best(search->order, search->keys, count, count);
    found->starts = core_allocate(count + 1, sizeof(size_t));
    if (found->starts == NULL) {
        return -1;
    }
    const Node *nodes = search->tree.nodes;
    for (size_t k = 0; k < count; k++) {
        found->starts[k] = total;
        for (size_t n = search->beam[search->order[k]].node; n != 0; n = nodes[n].parent) {
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
        for (size_t n = search->beam[search->order[k]].node; n != 0; n = nodes[n].parent) {
            found->ids[--at] = nodes[n].id;
        }
    }
    found->count = count;
    return 0;
}

static int run(Search *search, const double *probabilities, size_t steps, size_t classes,
               size_t width, double negligible, Texts *found)
{
    size_t root;
    search->present = core_allocate(classes, sizeof(size_t));
    search->begins = core_allocate(classes, sizeof(size_t));
    if (search->present == NULL || search->begins == NULL ||
        node_of(&search->tree, NONE, 0, &root)) {
        return -1;
    }
    RESERVE(search->beam, search->beam_room, 1);
    for (size_t c = 0; c < classes; c++) {
        search->present[c] = NONE;
    }
    search->beam[0] = (Entry){root, NONE, 0, 1.0, 0.0};
    search->beam_count = 1;
    search->tree.nodes[root].entry = 0;
    for (size_t t = 0; t < steps; t++) {
        const double *row = probabilities + t * classes;
        size_t begin_count = 0;
        for (size_t c = 1; c < classes; c++) {
            if (row[c] > negligible) {
                search->begins[begin_count++] = c;
            }
        }
        if (stay(search, row) || begin(search, row, begin_count, width) ||
            keep_best(search, width)) {
            return -1;
        }
    }
    return write_texts(search, found);
}

int core_beam_search(const double *probabilities, size_t steps, size_t classes, size_t width,
                     double negligible, Texts *found)
{
    Search search;
    memset(&search, 0, sizeof search);
    memset(found, 0, sizeof *found);
    int failed = run(&search, probabilities, steps, classes, width, negligible, found);
    free(search.tree.nodes);
    free(search.tree.table);
    free(search.beam);
    free(search.grown);
    free(search.order);
    free(search.keys);
    free(search.first_child);
    free(search.sibling);
    free(search.present);
    free(search.begins);
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
