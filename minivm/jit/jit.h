// Tier two as the rest of the VM sees it.
//
// In: a loop's end or a function's entry that has become hot. Out: an executor that runs in its
// place.
#ifndef MVM_JIT_H
#define MVM_JIT_H

#include "../runtime/api.h"
#include "../runtime/vm.h"
#include "profile_api.h"

typedef struct mvm_jit mvm_jit;

// NULL when out of memory.
mvm_jit *mvm_jit_new(mvm_vm *vm, const mvm_options *options);
void mvm_jit_free(mvm_jit *jit);
void mvm_jit_statistics(const mvm_jit *jit, mvm_statistics *statistics);

// Make a trace for the JUMP_BACKWARD or ENTER at `ip` and put its executor in the instruction's
// place, or set the instruction's counter back. `vm->jit` may be NULL. `sp` is the topmost value's
// slot.
void mvm_jit_hot(mvm_vm *vm, uint16_t *ip, const mvm_value *sp);

// The trace was just left through `taken` as often as a side trace needs: make one that goes on
// from there, or try again later. The frames and slots are as tier one takes them up.
void mvm_jit_hot_exit(mvm_vm *vm, struct mvm_exit *taken);

// Invalidate the executors that rely on `code`: that start in it, or have it inlined.
void mvm_jit_forget(mvm_jit *jit, const mvm_code *code);

// Invalidate the executors that rely on the field having held values of one type only.
void mvm_jit_forget_field(mvm_jit *jit, uint32_t type, uint32_t place);

// Free the executors that rely on `code`, which is about to be freed; they are invalid already.
void mvm_jit_drop(mvm_jit *jit, const mvm_code *code);

// Run the executor that the executor instruction at `ip` names; afterwards vm->exit says through
// which exit it was left, and vm->frame where. False, with nothing done, when the frames and slots
// the trace may touch do not fit on the stacks.
bool mvm_jit_run(mvm_vm *vm, const uint16_t *ip, mvm_value *slots);

// The VM's profile, which the next run goes into; NULL: none.
void mvm_jit_set_profile(mvm_jit *jit, mvm_profile *profile);
mvm_profile *mvm_jit_profile(const mvm_jit *jit);
// Does what mvm_jit_run does and tells the profile. profile.c
bool mvm_jit_run_profiled(mvm_vm *vm, const uint16_t *ip, mvm_value *slots);
// Whether `address` is in the code cache. Safe in a signal handler, unless a trace is being made.
bool mvm_jit_has_code(const mvm_jit *jit, uintptr_t address);

#endif
