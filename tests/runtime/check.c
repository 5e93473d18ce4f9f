// What the runtime's tests share (check.h).
//
// In: helpers with their operands. Out: whether they did what they should; what they did instead is
// printed.
#include "check.h"

#include "roots.h"

#include "../../minivm/jit/exits.h"
#include "../../minivm/jit/jit.h"

enum { STACK_SLOTS = 1024 };

int failures;

// These VMs have no traces, and the runtime asks before it calls.
void mvm_jit_forget(mvm_jit *jit, const mvm_code *code) { (void)jit, (void)code; }
int fields_forgotten;
void mvm_jit_forget_field(mvm_jit *jit, uint32_t type, uint32_t place) {
    (void)jit, (void)type, (void)place;
    fields_forgotten++;
}
// Nor have they calls that traces have made.
void mvm_fill_frames(mvm_frame *frame) { (void)frame; }

mvm_vm *new_vm(void) {
    mvm_vm *vm = calloc(1, sizeof *vm);
    vm->stack = calloc(STACK_SLOTS, sizeof *vm->stack);
    vm->stack_end = vm->stack + STACK_SLOTS;
    vm->stack_top = vm->stack;
    if (!mvm_heap_init(&vm->heap) || !mvm_output_init(&vm->output, -1)) abort();
    return vm;
}

void free_vm(mvm_vm *vm) {
    mvm_output_destroy(&vm->output);
    mvm_heap_destroy(&vm->heap);
    free(vm->stack);
    free(vm);
}

mvm_value keep(mvm_vm *vm, mvm_value value) {
    *++vm->stack_top = value;
    return value;
}

mvm_value text(mvm_vm *vm, const char *bytes) {
    return keep(vm, mvm_from_string(mvm_string_new(vm, bytes, (int64_t)strlen(bytes))));
}

mvm_value list(mvm_vm *vm) { return keep(vm, mvm_from_list(mvm_list_new(vm, MVM_LIST_EMPTY, 0))); }

void empty_stack(mvm_vm *vm) { vm->stack_top = vm->stack; }

mvm_value nested(mvm_vm *vm, int depth) {
    mvm_value outer = list(vm);
    for (int i = 0; i < depth; i++) {
        mvm_value inner = outer;
        outer = mvm_from_list(mvm_list_of(vm, &inner, 1));
        *vm->stack_top = outer;
    }
    return outer;
}

bool failed(mvm_vm *vm, mvm_error_kind kind, const char *message) {
    bool found = vm->error.kind == kind && strstr(vm->error.message, message);
    if (!found) printf("found %d: %s\n", vm->error.kind, vm->error.message);
    vm->error.kind = MVM_ERROR_NONE;
    return found;
}

bool shows(mvm_vm *vm, mvm_value value, const char *expected) {
    vm->output.used = 0;
    int root = mvm_root_keep(vm, value);  // as a word's operands are: printing may collect
    bool printed = mvm_print(vm, value, false);
    mvm_root_drop(vm, root);
    if (!printed) return false;
    bool same = vm->output.used == strlen(expected) &&
                memcmp(vm->output.buffer, expected, vm->output.used) == 0;
    if (!same) printf("shown: %.*s\n", (int)vm->output.used, vm->output.buffer);
    return same;
}

bool gives(mvm_vm *vm, binary *word, mvm_value left, mvm_value right, const char *shown) {
    mvm_value result;
    return word(vm, left, right, &result) && shows(vm, result, shown);
}

bool gives_one(mvm_vm *vm, unary *word, mvm_value value, const char *shown) {
    mvm_value result;
    return word(vm, value, &result) && shows(vm, result, shown);
}

bool fails(mvm_vm *vm, binary *word, mvm_value left, mvm_value right, mvm_error_kind kind,
           const char *message) {
    mvm_value result;
    return !word(vm, left, right, &result) && failed(vm, kind, message);
}

bool fails_one(mvm_vm *vm, unary *word, mvm_value value, mvm_error_kind kind, const char *message) {
    mvm_value result;
    return !word(vm, value, &result) && failed(vm, kind, message);
}
