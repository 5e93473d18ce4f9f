// Program output: a buffer in front of a file descriptor, or of memory the caller reads.
#ifndef MVM_OUTPUT_H
#define MVM_OUTPUT_H

#include <stddef.h>

#include "api.h"
#include "value.h"

typedef struct mvm_output {
    char *buffer;
    size_t used, capacity;
    int descriptor;         // -1: keep everything in the buffer (capture)
    mvm_host_output *host;  // where the buffer goes in place of the descriptor, if not NULL
    bool in_line;           // the last character written was not a line break
    bool by_lines;          // every line goes out at once, as on a terminal
} mvm_output;

bool mvm_output_init(mvm_output *output, int descriptor);
void mvm_output_destroy(mvm_output *output);
// False with an "output" error recorded when the descriptor can't be written (a broken pipe).
bool mvm_output_write(mvm_vm *vm, const char *bytes, size_t count);
bool mvm_output_flush(mvm_vm *vm);

#endif
