// Maps.
//
// In: keys and values. Out: maps, or an error.
#include "helpers.h"
#include "vm.h"

bool mvm_build_map(mvm_vm *vm, const mvm_value *values, int64_t count, mvm_value *result) {
    (void)values, (void)count, (void)result;
    return mvm_fail(vm, MVM_ERROR_VALUE, "no maps yet");
}
