// Tracebacks: the calls in progress where an error happened, kept after the frames are gone.
#ifndef MVM_TRACEBACK_H
#define MVM_TRACEBACK_H

#include <stdint.h>

#include "value.h"

typedef struct mvm_vm mvm_vm;
typedef struct mvm_code mvm_code;

enum { MVM_TRACEBACK_INNERMOST = 50, MVM_TRACEBACK_OUTERMOST = 50 };

// A call in progress, at unit `offset` of its code.
typedef struct mvm_call_in_progress {
    mvm_code *code;
    uint32_t offset;
} mvm_call_in_progress;

// Innermost first. Of more than fit, `omitted` between the inner ones and the outer ones are left
// out.
typedef struct mvm_traceback {
    mvm_call_in_progress calls[MVM_TRACEBACK_INNERMOST + MVM_TRACEBACK_OUTERMOST];
    uint32_t count, omitted;
} mvm_traceback;

// The calls in progress now, of all runs.
void mvm_traceback_take(const mvm_vm *vm, mvm_traceback *traceback);
// As a list of strings such as "inner (prog.mvm:3:7)"; NULL when out of memory.
mvm_list *mvm_traceback_list(mvm_vm *vm, const mvm_traceback *traceback);

#endif
