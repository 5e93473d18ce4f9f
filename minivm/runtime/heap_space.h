// The inside of the heap: blocks, free lists, large objects and the mark stack.
//
// In: nothing but heap.h's contract. Out: the structures heap.c allocates from, gc.c marks and
// sweeps, and string.c keeps its caches in. Nothing else includes this file (tests may).
#ifndef MVM_HEAP_SPACE_H
#define MVM_HEAP_SPACE_H

#include "heap.h"
#include "list_packing.h"

enum {
    MVM_BLOCK_SIZE = 32 * 1024,  // bytes, its header included
    MVM_CELL_STEP = 16,          // size classes are this far apart, and cells so aligned
    MVM_CELL_LARGEST = 512,      // bytes; what is larger has malloc memory of its own
    MVM_SIZE_CLASSES = MVM_CELL_LARGEST / MVM_CELL_STEP + 1,
    MVM_CELL_FREE = 0xff,  // the `kind` of a cell no object lives in
    MVM_ASCII_CHARACTERS = 128,
    MVM_COLLECTION_SMALLEST = 4 * 1024 * 1024,  // bytes_in_use before the first collection
    MVM_SPARE_BLOCKS = MVM_COLLECTION_SMALLEST / MVM_BLOCK_SIZE,  // empty ones a collection keeps
};

// A cell no object lives in, linked into its size class's free list.
typedef struct mvm_free_cell {
    mvm_object header;
    struct mvm_free_cell *next;
} mvm_free_cell;

// `cell_count` cells of `cell_size` bytes follow.
typedef struct mvm_block {
    struct mvm_block *next;
    uint32_t cell_size;
    uint32_t cell_count;
} mvm_block;

// An object of more than MVM_CELL_LARGEST bytes follows.
typedef struct mvm_large {
    struct mvm_large *next;
    size_t size;  // the object's bytes
} mvm_large;

_Static_assert(sizeof(mvm_block) % MVM_CELL_STEP == 0, "cells follow a block's header, aligned");
_Static_assert(sizeof(mvm_large) % MVM_CELL_STEP == 0, "the object follows the header, aligned");

// Marked objects that lead to others still to be marked. When it cannot grow, `overflowed` is set
// and the collector finds what did not fit by going through the heap again.
typedef struct mvm_mark_stack {
    mvm_object **objects;
    size_t count, capacity;
    size_t largest;  // capacity it may grow to
    bool overflowed;
} mvm_mark_stack;

// Where the last look into a non-ASCII string ended, so that reading one in order is linear.
typedef struct mvm_string_cursor {
    const mvm_string *string;  // NULL: nowhere
    int64_t index;             // code points before it
    int64_t offset;            // bytes before it
} mvm_string_cursor;

typedef struct mvm_heap_space {
    mvm_free_cell *free_cells[MVM_SIZE_CLASSES];  // class i: cells of i * MVM_CELL_STEP bytes
    mvm_block *blocks[MVM_SIZE_CLASSES];
    mvm_large *large;
    mvm_mark_stack marks;
    size_t physical_memory;                        // bytes; SIZE_MAX where it can't be found out
    mvm_string *characters[MVM_ASCII_CHARACTERS];  // one-character strings made so far
    mvm_string_cursor cursor;
} mvm_heap_space;

static inline char *mvm_block_cell(mvm_block *block, uint32_t index) {
    return (char *)(block + 1) + (size_t)index * block->cell_size;
}

static inline mvm_object *mvm_large_object(mvm_large *large) { return (mvm_object *)(large + 1); }

// True when `extra` more bytes fit the limit and the machine; no collection is tried.
bool mvm_heap_has_room(const mvm_heap *heap, size_t extra);
// Records that `size` bytes could not be had. Always returns false.
bool mvm_heap_fail(mvm_vm *vm, size_t size);

#endif
