// Equality of lists (list_equal.h).
//
// In: two lists. Out: whether no difference can be found. Pairs of lists that must be equal stand
// in a queue: a pair met inside another goes to its end, unless it is in the queue already. So no
// recursion is needed, lists that contain themselves end, and shared ones are compared once.
#include "list_equal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "list_packing.h"

enum { PAIRS_AT_FIRST = 16 };

typedef struct pair {
    const mvm_list *left, *right;
} pair;

// The first PAIRS_AT_FIRST pairs need no memory and no index: few enough to compare twice. From
// then on `index`, twice as large as `pairs`, is an open-addressing hash table of positions + 1.
typedef struct pair_queue {
    pair *pairs;
    size_t count, capacity;
    size_t *index;
    pair first[PAIRS_AT_FIRST];
} pair_queue;

// Where the pair is in the index, or belongs.
static size_t *find(const pair_queue *queue, pair wanted) {
    size_t mask = 2 * queue->capacity - 1;
    uint64_t hash = (uint64_t)(uintptr_t)wanted.left * 0x9e3779b97f4a7c15u;
    hash = (hash ^ (uint64_t)(uintptr_t)wanted.right) * 0xbf58476d1ce4e5b9u;
    for (size_t i = (size_t)(hash >> 20) & mask;; i = (i + 1) & mask) {
        size_t position = queue->index[i];
        if (position == 0) return &queue->index[i];
        const pair *found = &queue->pairs[position - 1];
        if (found->left == wanted.left && found->right == wanted.right) return &queue->index[i];
    }
}

static bool grow(pair_queue *queue) {
    size_t capacity = 2 * queue->capacity;
    pair *old = queue->pairs == queue->first ? NULL : queue->pairs;
    pair *pairs = realloc(old, capacity * sizeof *pairs);
    if (!pairs) return false;
    if (!old) memcpy(pairs, queue->first, sizeof queue->first);
    queue->pairs = pairs;
    size_t *index = calloc(2 * capacity, sizeof *index);
    if (!index) return false;
    free(queue->index);
    queue->index = index;
    queue->capacity = capacity;
    for (size_t i = 0; i < queue->count; i++) *find(queue, pairs[i]) = i + 1;
    return true;
}

// False when out of memory.
static bool add(pair_queue *queue, pair added) {
    if (queue->index && *find(queue, added) != 0) return true;
    if (queue->count == queue->capacity && !grow(queue)) return false;
    queue->pairs[queue->count++] = added;
    if (queue->index) *find(queue, added) = queue->count;
    return true;
}

static bool packed(const mvm_list *list) { return list->header.packing != MVM_LIST_VALUES; }

static bool equal_elements(pair_queue *queue, pair compared);

// False when the lists differ, or may and there is no memory to remember them.
static bool equal_or_queued(pair_queue *queue, pair inner) {
    if (inner.left->length != inner.right->length) return false;
    if (packed(inner.left) || packed(inner.right)) return equal_elements(queue, inner);
    return add(queue, inner);
}

// Recursion ends at once: one of the lists is packed, and so has no lists in it.
static bool equal_values(pair_queue *queue, mvm_value left, mvm_value right) {
    if (left.tag != MVM_TAG_LIST || right.tag != MVM_TAG_LIST) return mvm_equal(left, right);
    return equal_or_queued(queue, (pair){left.list, right.list});
}

static bool equal_elements(pair_queue *queue, pair compared) {
    const mvm_list *left = compared.left, *right = compared.right;
    assert(left->length == right->length);
    if (left->header.packing == MVM_LIST_INTS && right->header.packing == MVM_LIST_INTS) {
        return left->length == 0 ||
               memcmp(left->ints, right->ints, (size_t)left->length * sizeof *left->ints) == 0;
    }
    for (int64_t i = 0; i < left->length; i++) {
        if (!equal_values(queue, mvm_list_get(left, i), mvm_list_get(right, i))) return false;
    }
    return true;
}

bool mvm_list_equal(const mvm_list *left, const mvm_list *right) {
    pair_queue queue = {.capacity = PAIRS_AT_FIRST};
    queue.pairs = queue.first;
    bool equal = equal_or_queued(&queue, (pair){left, right});
    for (size_t next = 0; equal && next < queue.count; next++) {
        equal = equal_elements(&queue, queue.pairs[next]);
    }
    if (queue.pairs != queue.first) free(queue.pairs);
    free(queue.index);
    return equal;
}
