// What a program reads: a buffer in front of a file descriptor, and waiting that can be
// interrupted.
#ifndef MVM_INPUT_H
#define MVM_INPUT_H

#include <stddef.h>

#include "value.h"

typedef struct mvm_vm mvm_vm;

typedef struct mvm_input {
    int descriptor;
    char *buffer;       // NULL until something is read
    size_t next, used;  // [next, used) is read and not yet taken
} mvm_input;

void mvm_input_destroy(mvm_input *input);
// Waits until the descriptor can be read. False with an error recorded when the program is to stop.
bool mvm_wait_readable(mvm_vm *vm, int descriptor);
// Waits. False with an error recorded when the program is to stop.
bool mvm_wait_seconds(mvm_vm *vm, double seconds);

#endif
