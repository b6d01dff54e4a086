/* A tree of the prefixes that a search has seen; node 0 is the first one made, the empty prefix. */

#ifndef CAPTCHA_MODEL_PREFIX_TREE_H
#define CAPTCHA_MODEL_PREFIX_TREE_H

#include "core.h"

#define CORE_NONE SIZE_MAX

typedef struct {
    size_t parent, id;
    size_t entry; /* Where the prefix is in the beams; CORE_NONE if it is not. */
    size_t slot;  /* Where it is among the grown ones of its state; CORE_NONE if it is not yet. */
} Node;

/* All zero, it is empty. */
typedef struct {
    Node *nodes;
    size_t count, room;
    size_t *table; /* Numbers of nodes by the hash of (parent, id); CORE_NONE is free. */
    size_t slots;  /* A power of two, at least twice the number of nodes. */
} Tree;

/* Find or make the node of a prefix. */
int core_node_of(Tree *tree, size_t parent, size_t id, size_t *found);
void core_free_tree(Tree *tree);

#endif
