// Functions as values, and the cells of the variables they share.
//
// In: a function's number and what it captures. Out: function and cell objects; or an error when
// there is no room.
#include <assert.h>
#include <string.h>

#include "api.h"
#include "helpers.h"
#include "vm.h"

bool mvm_new_cell(mvm_vm *vm, mvm_value value, mvm_value *result) {
    mvm_cell *cell = (mvm_cell *)mvm_heap_allocate(vm, MVM_OBJECT_CELL, sizeof *cell);
    if (!cell) return false;
    cell->value = value;
    *result = mvm_from_cell(cell);
    return true;
}

bool mvm_make_closure(mvm_vm *vm, uint32_t function, const mvm_value *captures, int64_t count,
                      mvm_value *result) {
    assert(function < vm->function_count);
    size_t size = sizeof(mvm_function) + (size_t)count * sizeof *captures;
    mvm_function *made = (mvm_function *)mvm_heap_allocate(vm, MVM_OBJECT_FUNCTION, size);
    if (!made) return false;
    made->code = vm->functions[function];
    made->capture_count = count;
    made->code->capture_count = (uint32_t)count;
    if (count) memcpy(made->captures, captures, (size_t)count * sizeof *captures);
    *result = mvm_from_function(made);
    return true;
}

bool mvm_add_function_reference(mvm_vm *vm, uint32_t function, uint32_t referenced) {
    mvm_code *code = vm->functions[referenced];
    if (code->reference.tag == MVM_TAG_NIL &&
        !mvm_make_closure(vm, referenced, NULL, 0, &code->reference)) {
        return false;
    }
    return mvm_code_add_constant(vm->functions[function], code->reference);
}
