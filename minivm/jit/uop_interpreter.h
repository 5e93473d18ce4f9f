// The uop interpreter: runs a trace's uops, after register allocation, without machine code. It is
// the oracle for the machine code (`--jit=uops`) and folds constants for the optimiser.
#ifndef MVM_UOP_INTERPRETER_H
#define MVM_UOP_INTERPRETER_H

#include "executor.h"

// Run from the executor's first uop until a uop goes back to tier one. A failed check goes on in
// the exit's side trace or, where there is none, at the exit's own uops; the loop's end at its top.
void mvm_uops_run(mvm_vm *vm, mvm_value *slots, const mvm_executor *executor);

// Compute a pure uop, whose typed inputs are `inputs`; false when it would exit.
bool mvm_uop_evaluate(mvm_vm *vm, const mvm_uop *uop, const mvm_value *inputs, uint64_t *bits);

#endif
