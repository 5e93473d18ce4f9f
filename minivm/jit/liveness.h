// Which locals are still needed at an instruction.
#ifndef MVM_LIVENESS_H
#define MVM_LIVENESS_H

#include "../runtime/metadata.h"
#include "../runtime/vm.h"

enum { MVM_TRACKED_LOCALS = 64 };  // of the others nothing is known: they count as needed

// For each unit where an instruction of the function starts, the locals that some way on from there
// reads before it writes them, errors that are caught included: bit i for local i. NULL when out of
// memory; the caller frees it.
uint64_t *mvm_find_live_locals(const mvm_code *code);

#endif
