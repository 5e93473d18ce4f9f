// Objects made where a free cell is at hand, without a call: for tier one and for stencils.
//
// In: what the object holds. Out: the object. `take` gives false where there is no cell, and then
// the functions of helpers.h make it, which may collect. `sink` is for the exits of traces, which
// can neither fail nor collect.
#ifndef MVM_TAKE_H
#define MVM_TAKE_H

#include "vm.h"

// The largest number of values behind a header of `header` bytes in a cell.
#define MVM_MOST_VALUES(header) ((MVM_CELL_LARGEST - (header)) / sizeof(mvm_value))

static inline void mvm_copy_values(mvm_value *to, const mvm_value *from, uint32_t count) {
#pragma clang loop unroll(disable) vectorize(disable)
    for (uint32_t i = 0; i < count; i++) to[i] = from[i];
}

static inline mvm_object *mvm_sink_object(mvm_heap *heap, size_t size) {
    mvm_object *cell = mvm_heap_take_cell(heap, size);
    return __builtin_expect(!cell, false) ? mvm_heap_find_cell(heap, size) : cell;
}

// --- records ------------------------------------------------------------------------------------

static inline size_t mvm_record_size(uint32_t count) {
    uint32_t room = count ? count : 1;  // as in mvm_new_record: a cell has room for a link
    return sizeof(mvm_record) + room * sizeof(mvm_value);
}

static inline mvm_record *mvm_init_record(mvm_object *cell, uint32_t type, const mvm_value *fields,
                                          uint32_t count) {
    *cell = (mvm_object){.kind = MVM_OBJECT_RECORD, .record_type = type};
    mvm_copy_values(((mvm_record *)cell)->fields, fields, count);
    return (mvm_record *)cell;
}

static inline bool mvm_take_record(mvm_heap *heap, uint32_t type, const mvm_value *fields,
                                   uint32_t count, mvm_record **result) {
    if (count > MVM_MOST_VALUES(sizeof(mvm_record))) return false;
    mvm_object *cell = mvm_heap_take_cell(heap, mvm_record_size(count));
    if (!cell) return false;
    *result = mvm_init_record(cell, type, fields, count);
    return true;
}

static inline mvm_record *mvm_sink_record(mvm_heap *heap, uint32_t type, const mvm_value *fields,
                                          uint32_t count) {
    return mvm_init_record(mvm_sink_object(heap, mvm_record_size(count)), type, fields, count);
}

// --- functions ----------------------------------------------------------------------------------

static inline mvm_function *mvm_init_closure(mvm_vm *vm, mvm_object *cell, uint32_t function,
                                             const mvm_value *captures, uint32_t count) {
    mvm_function *taken = (mvm_function *)cell;
    taken->header = (mvm_object){.kind = MVM_OBJECT_FUNCTION};
    taken->code = vm->functions[function];
    taken->code->capture_count = count;
    taken->capture_count = count;
    mvm_copy_values(taken->captures, captures, count);
    return taken;
}

static inline bool mvm_take_closure(mvm_vm *vm, uint32_t function, const mvm_value *captures,
                                    uint32_t count, mvm_function **result) {
    if (count > MVM_MOST_VALUES(sizeof(mvm_function))) return false;
    size_t size = sizeof(mvm_function) + count * sizeof *captures;
    mvm_object *cell = mvm_heap_take_cell(&vm->heap, size);
    if (!cell) return false;
    *result = mvm_init_closure(vm, cell, function, captures, count);
    return true;
}

static inline mvm_function *mvm_sink_closure(mvm_vm *vm, uint32_t function,
                                             const mvm_value *captures, uint32_t count) {
    size_t size = sizeof(mvm_function) + count * sizeof *captures;
    return mvm_init_closure(vm, mvm_sink_object(&vm->heap, size), function, captures, count);
}

// --- cells of variables -------------------------------------------------------------------------

static inline mvm_cell *mvm_init_cell(mvm_object *object, mvm_value value) {
    *object = (mvm_object){.kind = MVM_OBJECT_CELL};
    ((mvm_cell *)object)->value = value;
    return (mvm_cell *)object;
}

static inline bool mvm_take_cell(mvm_heap *heap, mvm_value value, mvm_cell **result) {
    mvm_object *object = mvm_heap_take_cell(heap, sizeof(mvm_cell));
    if (!object) return false;
    *result = mvm_init_cell(object, value);
    return true;
}

static inline mvm_cell *mvm_sink_cell(mvm_heap *heap, mvm_value value) {
    return mvm_init_cell(mvm_sink_object(heap, sizeof(mvm_cell)), value);
}

#endif
