// Recording run-time errors (error.h).
//
// In: a kind and a printf format. Out: the VM's pending error, unless one is pending already: the
// first one is the cause.
#include "error.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vm.h"

// A message too long for its array was cut anywhere: takes off the part of a code point at its end.
static void trim_code_point(char *message) {
    size_t length = strlen(message), tail = 0;
    while (tail < length && ((unsigned char)message[length - 1 - tail] & 0xc0) == 0x80) tail++;
    if (tail == length) return;
    unsigned char lead = (unsigned char)message[length - 1 - tail];
    size_t needed = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (tail < needed) message[length - 1 - tail] = '\0';
}

bool mvm_fail(mvm_vm *vm, mvm_error_kind kind, const char *format, ...) {
    assert(kind != MVM_ERROR_NONE);
    if (vm->error.kind != MVM_ERROR_NONE) return false;
    vm->error.kind = kind;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(vm->error.message, sizeof vm->error.message, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof vm->error.message) trim_code_point(vm->error.message);
    return false;
}

static const char *value_type_name(mvm_value value) { return mvm_type_name(mvm_type_of(value)); }

bool mvm_fail_types(mvm_vm *vm, const char *word, const char *needs, mvm_value left,
                    mvm_value right) {
    return mvm_fail(vm, MVM_ERROR_TYPE, "'%s' needs %s, found %s and %s", word, needs,
                    value_type_name(left), value_type_name(right));
}

bool mvm_fail_type(mvm_vm *vm, const char *word, const char *needs, mvm_value found) {
    return mvm_fail(vm, MVM_ERROR_TYPE, "'%s' needs %s, found %s", word, needs,
                    value_type_name(found));
}

bool mvm_fail_call(mvm_vm *vm, mvm_value called, uint32_t arguments, uint32_t results) {
    if (called.tag != MVM_TAG_FUNCTION) return mvm_fail_type(vm, "call", "a function", called);
    const mvm_code *code = called.function->code;
    return mvm_fail(vm, MVM_ERROR_TYPE, "call(%u -- %u) of the function %.100s(%u -- %u)",
                    arguments, results, code->name, code->parameters, code->results);
}

bool mvm_fail_index(mvm_vm *vm, int64_t index, int64_t length) {
    return mvm_fail(vm, MVM_ERROR_INDEX,
                    "index %" PRId64 " is out of range for a list of length %" PRId64, index,
                    length);
}

bool mvm_fail_interrupted(mvm_vm *vm) {
    if (vm->interrupt == MVM_INTERRUPT_TIMEOUT) {
        return mvm_fail(vm, MVM_ERROR_TIMEOUT, MVM_TIMEOUT_TEXT);
    }
    return mvm_fail(vm, MVM_ERROR_INTERRUPT, MVM_INTERRUPT_TEXT);
}

const char *mvm_error_kind_name(mvm_error_kind kind) {
#define X(name, text) text,
    static const char *const names[] = {MVM_ERROR_KINDS(X)};
#undef X
    assert((size_t)kind < sizeof names / sizeof *names);
    return names[kind];
}

// A refined type has the name of what it refines: how a list is packed is no business of the
// program's.
const char *mvm_type_name(mvm_type type) {
#define X(name, base, class, tag) #base,
    static const char *const names[] = {"any", MVM_TYPES(X)};
#undef X
    _Static_assert(sizeof names / sizeof *names == MVM_TYPE_COUNT, "a name for every type");
    assert(type < MVM_TYPE_COUNT);
    return names[type];
}
