// Equality of lists, maps and records (deep_equal.h).
//
// In: two of them. Out: whether no difference can be found. Pairs that must be equal stand in a
// queue: a pair met inside another goes to its end, unless it follows from those that are in the
// queue already. So no recursion is needed, and containers that contain themselves end. What must
// be equal to each other is one class of a union-find (Hopcroft and Karp, "A Linear Algorithm for
// Testing Equivalence of Finite Automata", 1971), so there are fewer pairs than two for each
// container, also where two cycles of different lengths meet in all combinations.
#include "deep_equal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "list_packing.h"
#include "map.h"
#include "vm.h"

enum { PAIRS_AT_FIRST = 16 };

// Two values of one tag.
typedef struct pair {
    mvm_value left, right;
} pair;

// A container, in a tree of those that must be equal; the root is its own parent.
typedef struct node {
    uint64_t address;
    size_t parent;
} node;

// The first PAIRS_AT_FIRST pairs need no memory and no nodes: few enough to compare twice. From
// then on there is room for the nodes of `capacity` pairs, and `index`, twice as large as `nodes`,
// is an open-addressing hash table of nodes' positions + 1.
typedef struct pair_queue {
    const mvm_vm *vm;
    pair *pairs;
    size_t count, capacity;
    node *nodes;
    size_t node_count;
    size_t *index;
    pair first[PAIRS_AT_FIRST];
} pair_queue;

// Where the container's node is in the index, or belongs.
static size_t *find(const pair_queue *queue, uint64_t address) {
    size_t mask = 4 * queue->capacity - 1;
    uint64_t hash = address * 0x9e3779b97f4a7c15u;
    for (size_t i = (size_t)(hash >> 20) & mask;; i = (i + 1) & mask) {
        size_t position = queue->index[i];
        if (position == 0 || queue->nodes[position - 1].address == address) {
            return &queue->index[i];
        }
    }
}

// The root above the container's node, which is made if there is none.
static size_t root_of(pair_queue *queue, uint64_t address) {
    node *nodes = queue->nodes;
    size_t *position = find(queue, address);
    if (*position == 0) {
        nodes[queue->node_count] = (node){address, queue->node_count};
        *position = ++queue->node_count;
    }
    size_t at = *position - 1;
    while (nodes[at].parent != at) {
        nodes[at].parent = nodes[nodes[at].parent].parent;
        at = nodes[at].parent;
    }
    return at;
}

// Notes that the two must be equal. False when that was known: that a container is equal to itself
// is not, as it may hold a NaN, but only before it has been in a pair.
static bool join(pair_queue *queue, pair joined) {
    size_t before = queue->node_count;
    size_t left = root_of(queue, joined.left.bits), right = root_of(queue, joined.right.bits);
    if (left == right && queue->node_count == before) return false;
    queue->nodes[left].parent = right;
    return true;
}

// Room for twice as many pairs, and for their nodes.
static bool grow(pair_queue *queue) {
    size_t capacity = 2 * queue->capacity;
    pair *old = queue->pairs == queue->first ? NULL : queue->pairs;
    pair *pairs = realloc(old, capacity * sizeof *pairs);
    if (!pairs) return false;
    if (!old) memcpy(pairs, queue->first, sizeof queue->first);
    queue->pairs = pairs;
    node *nodes = realloc(queue->nodes, 2 * capacity * sizeof *nodes);
    if (!nodes) return false;
    queue->nodes = nodes;
    size_t *index = calloc(4 * capacity, sizeof *index);
    if (!index) return false;
    free(queue->index);
    queue->index = index;
    queue->capacity = capacity;
    for (size_t i = 0; i < queue->node_count; i++) *find(queue, nodes[i].address) = i + 1;
    if (!old) {
        for (size_t i = 0; i < queue->count; i++) join(queue, pairs[i]);
    }
    return true;
}

// False when out of memory.
static bool add(pair_queue *queue, pair added) {
    if (queue->count == queue->capacity && !grow(queue)) return false;
    if (!queue->index || join(queue, added)) queue->pairs[queue->count++] = added;
    return true;
}

// What is not a list, map or record is compared at once; so is a list that can have none in it.
static bool equal_or_queued(pair_queue *queue, mvm_value left, mvm_value right);

static bool equal_elements(pair_queue *queue, const mvm_list *left, const mvm_list *right) {
    if (left->length != right->length) return false;
    if (left->header.packing == MVM_LIST_INTS && right->header.packing == MVM_LIST_INTS) {
        return left->length == 0 ||
               memcmp(left->ints, right->ints, (size_t)left->length * sizeof *left->ints) == 0;
    }
    for (int64_t i = 0; i < left->length; i++) {
        if (!equal_or_queued(queue, mvm_list_get(left, i), mvm_list_get(right, i))) return false;
    }
    return true;
}

static bool equal_entries(pair_queue *queue, const mvm_map *left, mvm_map *right) {
    if (left->length != right->length) return false;
    for (int64_t i = 0; i < left->entry_count; i++) {
        const mvm_map_entry *entry = &left->entries[i];
        if (mvm_map_is_tombstone(entry)) continue;
        const mvm_value *found = mvm_map_find(right, entry->key);
        if (!found || !equal_or_queued(queue, entry->value, *found)) return false;
    }
    return true;
}

static bool equal_fields(pair_queue *queue, const mvm_record *left, const mvm_record *right) {
    if (left->header.record_type != right->header.record_type) return false;
    uint32_t count = mvm_type_of_record(queue->vm, left)->field_count;
    for (uint32_t i = 0; i < count; i++) {
        if (!equal_or_queued(queue, left->fields[i], right->fields[i])) return false;
    }
    return true;
}

static bool equal_inside(pair_queue *queue, pair compared) {
    mvm_value left = compared.left, right = compared.right;
    switch (left.tag) {
    case MVM_TAG_LIST: return equal_elements(queue, left.list, right.list);
    case MVM_TAG_MAP: return equal_entries(queue, left.map, right.map);
    default:
        assert(left.tag == MVM_TAG_RECORD);
        return equal_fields(queue, left.record, right.record);
    }
}

static bool holds_scalars(mvm_value list) {
    if (list.tag != MVM_TAG_LIST) return false;
    mvm_list_packing packing = mvm_list_packing_of(list.list);
    return packing != MVM_LIST_VALUES && !mvm_packs_objects(packing);
}

// False when the two differ, or may and there is no memory to remember them. The recursion through
// equal_elements ends at once: one of the lists has no containers in it.
static bool equal_or_queued(pair_queue *queue, mvm_value left, mvm_value right) {
    if (left.tag != right.tag || !mvm_contains_values(left)) {
        return mvm_equal(queue->vm, left, right);
    }
    if (holds_scalars(left) || holds_scalars(right)) {
        return equal_elements(queue, left.list, right.list);
    }
    return add(queue, (pair){left, right});
}

bool mvm_deep_equal(const mvm_vm *vm, mvm_value left, mvm_value right) {
    pair_queue queue;
    queue.vm = vm;
    queue.pairs = queue.first;
    queue.count = 0;
    queue.capacity = PAIRS_AT_FIRST;
    queue.nodes = NULL;
    queue.node_count = 0;
    queue.index = NULL;
    bool equal = equal_inside(&queue, (pair){left, right});
    for (size_t next = 0; equal && next < queue.count; next++) {
        equal = equal_inside(&queue, queue.pairs[next]);
    }
    if (queue.pairs != queue.first) free(queue.pairs);
    free(queue.nodes);
    free(queue.index);
    return equal;
}
