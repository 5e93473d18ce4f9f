// The uop interpreter: runs a trace's uops, after register allocation, without machine code. It is
// the oracle for the machine code (`--jit=uops`) and folds constants for the optimiser.
#ifndef MVM_UOP_INTERPRETER_H
#define MVM_UOP_INTERPRETER_H

#include "trace.h"

// Run from uops[0] until a uop leaves the trace. A failed check goes on at uops[exits[its exit]];
// the loop's end at uops[loop_start].
void mvm_uops_run(mvm_vm *vm, mvm_value *slots, const mvm_uop *uops, uint32_t loop_start,
                  const uint16_t *exits);

// Compute a pure uop, whose typed inputs are `inputs`; false when it would exit.
bool mvm_uop_evaluate(mvm_vm *vm, const mvm_uop *uop, const mvm_value *inputs, uint64_t *bits);

#endif
