// The heap: allocation and the precise, non-moving mark-sweep collector.
//
// Small objects live in blocks of equal cells, large ones in malloc memory of their own; a list's
// elements are malloc memory that the list owns and the heap counts. A collection starts when the
// bytes in use pass `next_collection`, at every allocation in stress mode, and once more before the
// heap limit is reported as an error. It marks; blocks are swept when cells are wanted.
#ifndef MVM_HEAP_H
#define MVM_HEAP_H

#include "object.h"

enum {
    MVM_CELL_STEP = 8,       // size classes are this far apart, and cells so aligned
    MVM_CELL_LARGEST = 512,  // bytes; what is larger has malloc memory of its own
    MVM_SIZE_CLASSES = MVM_CELL_LARGEST / MVM_CELL_STEP + 1,
};

// A cell no object lives in, linked into a free list.
typedef struct mvm_free_cell {
    mvm_object header;
    struct mvm_free_cell *next;
} mvm_free_cell;

typedef struct mvm_heap {
    // Free cells for objects that own no malloc memory, by size class: list i has cells of
    // i * MVM_CELL_STEP bytes. Always empty under stress.
    mvm_free_cell *free_cells[MVM_SIZE_CLASSES];
    // Cells, large objects and element storage. A free list's cells are counted when it is filled,
    // so this is exact only after a collection and never too small.
    size_t bytes_in_use;
    size_t next_collection;  // bytes_in_use that starts the next collection
    size_t limit;            // bytes_in_use that is an error; 0: none
    bool stress;             // collect at every allocation
    bool exhausted;          // an allocation failed, and little has been freed since
    bool collecting;
    bool is_late;                  // cells were found without the collection that was due
    uint64_t collections;          // how many so far
    uint64_t objects;              // alive after the last one
    uint64_t collection_time;      // nanoseconds all of them took
    uint64_t longest_collection;   // nanoseconds
    struct mvm_heap_space *space;  // private to the heap
    // The strings of one ASCII character, and the empty one: always there, and marked for good.
    mvm_string characters[MVM_ASCII_CHARACTERS];
    mvm_string empty_string;
} mvm_heap;

_Static_assert(sizeof(mvm_free_cell *) == MVM_CELL_STEP, "mvm_heap_take_cell: a list every step");

// A cell of `size` bytes, a multiple of MVM_CELL_STEP up to MVM_CELL_LARGEST, with anything in it:
// header and contents are the caller's to write before the next allocation. For objects that own no
// malloc memory. NULL when mvm_heap_allocate has to be asked, which finds more cells.
static inline mvm_object *mvm_heap_take_cell(mvm_heap *heap, size_t size) {
    mvm_free_cell **list = (mvm_free_cell **)((char *)heap->free_cells + size);
    mvm_free_cell *cell = *list;
    if (!cell) return NULL;
    *list = cell->next;
    return &cell->header;
}

// The same where there is none at hand, for who can neither collect nor fail. Where a collection is
// due, `is_late` says that mvm_heap_catch_up should follow.
MVM_KEEPS_REGISTERS mvm_object *mvm_heap_find_cell(mvm_heap *heap, size_t size);
void mvm_heap_catch_up(mvm_vm *vm);
// Before that: some memory for when the machine has no more. False when there is none now.
bool mvm_heap_keep_reserve(mvm_heap *heap);

bool mvm_heap_init(mvm_heap *heap);
void mvm_heap_destroy(mvm_heap *heap);
// `size` bytes with the header filled in and the rest zero; NULL with an error recorded.
mvm_object *mvm_heap_allocate(mvm_vm *vm, mvm_object_kind kind, size_t size);
// Element storage: like realloc, but counted against the limit; may collect before it grows.
// NULL (with `old` untouched and an error recorded) when there is no room.
void *mvm_heap_resize(mvm_vm *vm, void *old, size_t old_size, size_t new_size);
// The same for maps, whose entries are aligned: new storage for what stood in `old_size` bytes,
// which are the caller's to copy and free.
void *mvm_heap_new_storage(mvm_vm *vm, size_t old_size, size_t new_size);
// Like mvm_heap_resize for what no object owns: text in the making, captured output.
void *mvm_heap_resize_buffer(mvm_vm *vm, void *old, size_t old_size, size_t new_size);
void mvm_heap_free_buffer(mvm_vm *vm, void *old, size_t size);
// Whether so many bytes more can be had without a collection, and within the limit.
bool mvm_heap_can_grow(const mvm_vm *vm, size_t extra);
void mvm_gc_collect(mvm_vm *vm);
// For root walkers (vm.c): mark one value / `count` values.
void mvm_gc_mark(mvm_vm *vm, mvm_value value);
void mvm_gc_mark_all(mvm_vm *vm, const mvm_value *values, size_t count);

#endif
