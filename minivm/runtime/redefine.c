// Redefinition: other code for a function, and the end of the code it had.
//
// In: a function's number and its new code. Out: that code in its place, the executors that ran the
// old one invalidated, and the old one kept for as long as a frame, a function value or a traceback
// refers to it. Which retired code is still referred to, every collection finds out (gc.c).
#include <stdlib.h>

#include "../jit/jit.h"
#include "api.h"
#include "vm.h"

enum { RETIRED_AT_FIRST = 64 };  // how much retired code there may be before some is freed

static bool retire(mvm_vm *vm, mvm_code *code) {
    size_t size = (vm->retired_count + 1) * sizeof *vm->retired;
    mvm_code **retired = realloc(vm->retired, size);
    if (!retired) return false;
    vm->retired = retired;
    retired[vm->retired_count++] = code;
    return true;
}

// Frees what nothing refers to. No trace runs now that could have some of it inlined.
static void free_unused(mvm_vm *vm) {
    uint32_t kept = 0;
    mvm_gc_collect(vm);
    for (uint32_t i = 0; i < vm->retired_count; i++) {
        mvm_code *code = vm->retired[i];
        if (code->in_use) {
            vm->retired[kept++] = code;
        } else {
            if (vm->jit) mvm_jit_drop(vm->jit, code);
            mvm_code_free(code);
        }
    }
    vm->retired_count = kept;
    vm->retired_limit = 2 * kept > RETIRED_AT_FIRST ? 2 * kept : RETIRED_AT_FIRST;
}

bool mvm_redefine(mvm_vm *vm, uint32_t index, const mvm_function_spec *spec) {
    mvm_code *code = mvm_code_new(spec), *old = vm->functions[index];
    if (!code || !retire(vm, old)) {
        if (code) mvm_code_free(code);
        return false;
    }
    mvm_code_start_counters(code, vm->warm_up, vm->loop_threshold, vm->entry_threshold);
    code->index = index;
    old->index = MVM_RETIRED;
    vm->functions[index] = code;
    if (vm->jit) mvm_jit_forget(vm->jit, old);
    bool is_running = vm->frame != vm->frames;
    if (!is_running && vm->retired_count > vm->retired_limit) free_unused(vm);
    return true;
}
