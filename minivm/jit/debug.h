// What debuggers and profilers need to know of machine code. Python binds this beside api.h, which
// every stencil includes.
//
// In: an observer, and object files for gdb. Out: executors as they come and go, where their code
// comes from, and what gdb looks for in a process.
#ifndef MVM_DEBUG_H
#define MVM_DEBUG_H

#include "../runtime/api.h"

// cffi: begin
// Told of each executor when it can be entered (`made`), and again just before it is freed.
typedef void mvm_executor_observer(mvm_executor *executor, bool made);

// Set it before anything runs: only executors made from then on keep what describes their code.
MVM_API void mvm_set_observer(mvm_vm *vm, mvm_executor_observer *observer);

// The origin of uop number `uop` as emitted; and of an origin in an inlined call, that of the
// instruction which called, 0xffff in the function that the trace starts in.
MVM_API uint16_t mvm_executor_uop_origin(const mvm_executor *executor, uint32_t uop);
MVM_API uint16_t mvm_executor_caller(const mvm_executor *executor, uint16_t origin);

// An object file that gdb knows of. By one thread of the process at a time; the bytes are copied.
// NULL when out of memory.
typedef struct mvm_gdb_object mvm_gdb_object;
MVM_API mvm_gdb_object *mvm_gdb_add(const uint8_t *bytes, uint64_t size);
MVM_API void mvm_gdb_remove(mvm_gdb_object *object);
// cffi: end

#endif
