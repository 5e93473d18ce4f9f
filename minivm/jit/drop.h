// Keeping tier two within its bounds.
#ifndef MVM_DROP_H
#define MVM_DROP_H

#include "state.h"

// Bytes of machine code and metadata that are in use.
uint64_t mvm_jit_bytes(const mvm_jit *jit);
// Invalidate the root traces that go on, themselves or in a side trace, in what is invalid.
void mvm_invalidate_linked(mvm_jit *jit);
// Before a trace is made: where there is no room, free what nothing has entered for some time. The
// root trace `needed`, if not NULL, stays. False: there is no room for another trace now. No trace
// may be running.
bool mvm_make_room(mvm_jit *jit, const mvm_executor *needed);
// A root trace that rests has been entered from tier one: others may come in again.
void mvm_executor_wake(mvm_executor *executor, const mvm_vm *vm);

#endif
