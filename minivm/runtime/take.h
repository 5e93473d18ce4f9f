// Objects made where a free cell is at hand, without a call: for tier one and for stencils.
//
// In: what the object holds. Out: the object; or false, and then the functions of helpers.h make
// it, which may collect.
#ifndef MVM_TAKE_H
#define MVM_TAKE_H

#include "vm.h"

// The largest number of values behind a header of `header` bytes in a cell.
#define MVM_MOST_VALUES(header) ((MVM_CELL_LARGEST - (header)) / sizeof(mvm_value))

static inline void mvm_copy_values(mvm_value *to, const mvm_value *from, uint32_t count) {
#pragma clang loop unroll(disable) vectorize(disable)
    for (uint32_t i = 0; i < count; i++) to[i] = from[i];
}

static inline bool mvm_take_record(mvm_heap *heap, uint32_t type, const mvm_value *fields,
                                   uint32_t count, mvm_record **result) {
    if (count > MVM_MOST_VALUES(sizeof(mvm_record))) return false;
    uint32_t room = count ? count : 1;  // as in mvm_new_record: a cell has room for a link
    mvm_object *cell = mvm_heap_take_cell(heap, sizeof(mvm_record) + room * sizeof *fields);
    if (!cell) return false;
    *cell = (mvm_object){.kind = MVM_OBJECT_RECORD, .record_type = type};
    mvm_copy_values(((mvm_record *)cell)->fields, fields, count);
    *result = (mvm_record *)cell;
    return true;
}

static inline bool mvm_take_closure(mvm_vm *vm, uint32_t function, const mvm_value *captures,
                                    uint32_t count, mvm_function **result) {
    if (count > MVM_MOST_VALUES(sizeof(mvm_function))) return false;
    size_t size = sizeof(mvm_function) + count * sizeof *captures;
    mvm_function *taken = (mvm_function *)mvm_heap_take_cell(&vm->heap, size);
    if (!taken) return false;
    taken->header = (mvm_object){.kind = MVM_OBJECT_FUNCTION};
    taken->code = vm->functions[function];
    taken->code->capture_count = count;
    taken->capture_count = count;
    mvm_copy_values(taken->captures, captures, count);
    *result = taken;
    return true;
}

#endif
