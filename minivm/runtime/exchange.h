// The exchange: values on their way between the VM and the program that hosts it.
//
// Two arrays whose values the collector keeps alive. The exchange itself is a stack: arguments and
// results of calls, and structures being built. Handles are values that the host refers to for as
// long as it wants. Both belong to the thread that uses the VM.
#ifndef MVM_EXCHANGE_H
#define MVM_EXCHANGE_H

#include "api.h"
#include "value.h"

typedef struct mvm_value_array {
    mvm_value *values;
    uint32_t count, capacity;
} mvm_value_array;

typedef struct mvm_exchange {
    mvm_value_array stack;
    mvm_value_array handles;  // a free one is an int: the number of the next free one
    uint32_t free_handle;     // handles.count: there is none
} mvm_exchange;

void mvm_exchange_destroy(mvm_exchange *exchange);
// Puts `count` values on top; false with a "memory" error recorded.
bool mvm_exchange_push(mvm_vm *vm, const mvm_value *values, uint32_t count);

#endif
