// Run-time errors: one pending error a VM, with its kind, message and where it happened.
#ifndef MVM_ERROR_H
#define MVM_ERROR_H

#include "value.h"

typedef struct mvm_vm mvm_vm;

// The kinds and the name each shows, also as `e .kind`. THROWN is what a program has thrown: its
// kind stands in the Error record.
#define MVM_ERROR_KINDS(X)                                                                         \
    X(NONE, "none")                                                                                \
    X(OVERFLOW, "overflow")                                                                        \
    X(DIVISION_BY_ZERO, "division by zero")                                                        \
    X(INDEX, "index")                                                                              \
    X(TYPE, "type")                                                                                \
    X(VALUE, "value")                                                                              \
    X(STACK_DEPTH, "stack depth")                                                                  \
    X(MEMORY, "memory")                                                                            \
    X(ASSERTION, "assertion")                                                                      \
    X(OUTPUT, "output")                                                                            \
    X(KEY, "key")                                                                                  \
    X(FIELD, "field")                                                                              \
    X(METHOD, "method")                                                                            \
    X(FILE, "file")                                                                                \
    X(HOST, "host")                                                                                \
    X(THROWN, "error")                                                                             \
    X(INTERRUPT, "interrupt")                                                                      \
    X(TIMEOUT, "timeout")                                                                          \
    X(EXIT, "exit")

typedef enum mvm_error_kind {
#define X(name, text) MVM_ERROR_##name,
    MVM_ERROR_KINDS(X)
#undef X
} mvm_error_kind;

typedef struct mvm_error {
    mvm_error_kind kind;
    char message[256];  // one line, no trailing full stop, UTF-8
    mvm_value thrown;   // the Error record, when the program threw it; else nil
    int64_t status;     // of an EXIT
} mvm_error;

// Record an error (printf format); an error already pending stays. Always returns false, so that
// `return mvm_fail(…)` reads well in functions that return success.
bool mvm_fail(mvm_vm *vm, mvm_error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// "'+' needs numbers, found int and string"
bool mvm_fail_types(mvm_vm *vm, const char *word, const char *needs, mvm_value left,
                    mvm_value right);
bool mvm_fail_type(mvm_vm *vm, const char *word, const char *needs, mvm_value found);
// "call(2 -- 1) of a function (1 -- 1)", or of no function at all
bool mvm_fail_call(mvm_vm *vm, mvm_value called, uint32_t arguments, uint32_t results);
bool mvm_fail_index(mvm_vm *vm, int64_t index, int64_t length);
// The program is to stop: an "interrupt" or "timeout" error, by what vm->interrupt says.
bool mvm_fail_interrupted(mvm_vm *vm);
const char *mvm_error_kind_name(mvm_error_kind kind);
const char *mvm_type_name(mvm_type type);

#endif
