// Which locals are still needed at an instruction.
#ifndef MVM_LIVENESS_H
#define MVM_LIVENESS_H

#include "trace.h"

enum { MVM_TRACKED_LOCALS = 64 };  // of the others nothing is known: they count as needed

// For each unit where an instruction of the function starts, the locals that some way on from there
// reads before it writes them, errors that are caught included: bit i for local i. NULL when out of
// memory. All traces of a function need the same: it is kept with the trace that is being made.
const uint64_t *mvm_live_locals(mvm_trace *trace, const mvm_code *code);

// Forget what is kept of `code`, which is about to be freed; of all code where it is NULL.
void mvm_forget_live_locals(mvm_trace *trace, const mvm_code *code);

#endif
