/* Prefixes of texts as nodes of a tree, which share their beginnings.
 *
 * A hash table finds the node of a prefix that was dropped before, because its children may still
 * be there.
 */

#include <stdlib.h>

#include "prefix_tree.h"

static size_t slot_of(const Tree *tree, size_t parent, size_t id)
{
    uint64_t hash = (uint64_t)parent * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ (hash >> 32) ^ (uint64_t)id) * UINT64_C(0xBF58476D1CE4E5B9);
    size_t slot = (size_t)(hash ^ (hash >> 29)) & (tree->slots - 1);
    while (tree->table[slot] != CORE_NONE) {
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
        table[i] = CORE_NONE;
    }
    for (size_t n = 0; n < tree->count; n++) {
        table[slot_of(tree, tree->nodes[n].parent, tree->nodes[n].id)] = n;
    }
    return 0;
}

int core_node_of(Tree *tree, size_t parent, size_t id, size_t *found)
{
    if (grow_table(tree)) {
        return -1;
    }
    RESERVE(tree->nodes, tree->room, tree->count + 1);
    size_t slot = slot_of(tree, parent, id);
    if (tree->table[slot] == CORE_NONE) {
        tree->nodes[tree->count] = (Node){parent, id, CORE_NONE, CORE_NONE};
        tree->table[slot] = tree->count++;
    }
    *found = tree->table[slot];
    return 0;
}

void core_free_tree(Tree *tree)
{
    free(tree->nodes);
    free(tree->table);
}
