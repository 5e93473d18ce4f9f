// The heap: allocation and the precise, non-moving mark-sweep collector.
//
// Small objects live in blocks of equal cells, large ones in malloc memory of their own; a list's
// elements are malloc memory that the list owns and the heap counts. A collection starts when the
// bytes in use pass `next_collection` (twice what the last one left), at every allocation in
// stress mode, and once more before the heap limit is reported as an error.
#ifndef MVM_HEAP_H
#define MVM_HEAP_H

#include "object.h"

typedef struct mvm_heap {
    size_t bytes_in_use;     // cells, large objects and element storage
    size_t next_collection;  // bytes_in_use that starts the next collection
    size_t limit;            // bytes_in_use that is an error; 0: none
    bool stress;             // collect at every allocation
    bool collecting;
    uint64_t collections;  // how many so far
    uint64_t objects_freed;
    struct mvm_heap_space *space;  // private to heap.c
} mvm_heap;

bool mvm_heap_init(mvm_heap *heap);
void mvm_heap_destroy(mvm_heap *heap);
// `size` bytes with the header filled in and the rest zero; NULL with an error recorded.
mvm_object *mvm_heap_allocate(mvm_vm *vm, mvm_object_kind kind, size_t size);
// Element storage: like realloc, but counted against the limit; may collect before it grows.
// NULL (with `old` untouched and an error recorded) when there is no room.
void *mvm_heap_resize(mvm_vm *vm, void *old, size_t old_size, size_t new_size);
void mvm_gc_collect(mvm_vm *vm);
// For root walkers (vm.c): mark one value / `count` values.
void mvm_gc_mark(mvm_vm *vm, mvm_value value);
void mvm_gc_mark_all(mvm_vm *vm, const mvm_value *values, size_t count);

#endif
