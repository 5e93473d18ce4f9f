// What the runtime's tests share: a VM without an interpreter, and ways to ask whether a word of
// the runtime gives, shows or fails as it should.
//
// In: a condition, or a helper with its operands. Out: the number of failed checks, each of which
// is printed where it fails.
#ifndef MVM_TEST_CHECK_H
#define MVM_TEST_CHECK_H

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap_space.h"
#include "helpers.h"
#include "vm.h"

extern int failures;
extern int fields_forgotten;  // times that traces would have had to forget one

// What each of the test program's files checks.
void check_numbers(mvm_vm *vm);
void check_objects(mvm_vm *vm);
void check_large_objects(mvm_vm *vm);
void check_strings(mvm_vm *vm);
void check_long_strings(mvm_vm *vm);
void check_records(mvm_vm *vm);
void check_maps(mvm_vm *vm);
void check_large_maps(mvm_vm *vm);
void check_heap(mvm_vm *vm);
void check_output(mvm_vm *vm);
void check_free_ranges(void);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            failures++;                                                                            \
            printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                         \
        }                                                                                          \
    } while (0)

typedef bool unary(mvm_vm *vm, mvm_value value, mvm_value *result);
typedef bool binary(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);

// --- a VM that is only a stack, a heap and captured output -----------------------------------
mvm_vm *new_vm(void);
void free_vm(mvm_vm *vm);
void empty_stack(mvm_vm *vm);
// Puts a value on the stack, where the collector sees it; returns it.
mvm_value keep(mvm_vm *vm, mvm_value value);
// A new string, an empty list, and as many lists in each other; each kept.
mvm_value text(mvm_vm *vm, const char *bytes);
mvm_value list(mvm_vm *vm);
mvm_value nested(mvm_vm *vm, int depth);

static inline mvm_value of_int(int64_t integer) { return mvm_from_int(integer); }
static inline mvm_value of_float(double number) { return mvm_from_float(number); }

// --- questions -------------------------------------------------------------------------------
// True when the pending error is of this kind and has this in its message; clears it.
bool failed(mvm_vm *vm, mvm_error_kind kind, const char *message);
// True when `print` shows the value so.
bool shows(mvm_vm *vm, mvm_value value, const char *expected);
// True when the word gives what is shown so, or fails so.
bool gives(mvm_vm *vm, binary *word, mvm_value left, mvm_value right, const char *shown);
bool gives_one(mvm_vm *vm, unary *word, mvm_value value, const char *shown);
bool fails(mvm_vm *vm, binary *word, mvm_value left, mvm_value right, mvm_error_kind kind,
           const char *message);
bool fails_one(mvm_vm *vm, unary *word, mvm_value value, mvm_error_kind kind, const char *message);

#endif
