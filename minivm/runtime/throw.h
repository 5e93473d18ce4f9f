// Errors on their way: from where they were recorded to the handler that catches them.
#ifndef MVM_THROW_H
#define MVM_THROW_H

#include "vm.h"

// The innermost handler of the pending error among the frames of the innermost run, and its frame;
// NULL when there is none, or the error is one that no program may catch.
const mvm_handler_range *mvm_find_handler(const mvm_vm *vm, mvm_frame **frame);
// Unwind to the handler's frame and take the pending error, as an Error record. Sets vm->frame.
mvm_value mvm_catch(mvm_vm *vm, const mvm_handler_range *handler, mvm_frame *frame);
// Keep the traceback of the pending error, which no handler in this run catches.
void mvm_note_uncaught(mvm_vm *vm);
// The Error record that stands in when there is no memory for another; false when there is not
// even memory for this one.
bool mvm_prepare_errors(mvm_vm *vm);

#endif
