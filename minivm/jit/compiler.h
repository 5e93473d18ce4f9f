// What another compiler makes machine code from. Python binds this beside api.h, which every
// stencil includes.
//
// In: the uops of a trace, as they are run. Out: its machine code, which the VM enters as it does
// its own.
#ifndef MVM_COMPILER_H
#define MVM_COMPILER_H

#include "../runtime/api.h"

// cffi: begin
// An exit. Where `side` is not 0, the trace may come to have a side trace there: `side` is the
// address of a pointer to that one's code, null until then. It gets the virtual registers in
// `registers` (general ones from bit 0 on, vector ones from bit 8 on); nothing reads the others.
typedef struct mvm_final_exit {
    uint64_t side;
    uint16_t first_uop;
    uint16_t registers;
} mvm_final_exit;

// Uops as in the last stage, but with every address in them. A uop's `exit` is an index in `exits`;
// `link` is the address of the code that a uop with the flag `link` goes on in.
typedef struct mvm_final_uops {
    const mvm_uop *uops;
    uint32_t uop_count, loop_start, cold_start;
    const mvm_final_exit *exits;
    uint32_t exit_count;
    uint64_t link;
} mvm_final_uops;

// A trace's machine code: a function with the parameters of a stencil (template.c), and
// `preserve_none` as they are, of which the first two are set; its size in bytes.
typedef struct mvm_compiled {
    uint64_t entry;
    uint32_t code_size;
} mvm_compiled;

// Makes machine code of a trace for MVM_ENGINE_LLVM, which lives as long as the VM. False: it
// can't, and the program goes on in tier one.
typedef bool mvm_compiler(const mvm_final_uops *uops, mvm_compiled *compiled);

MVM_API void mvm_set_compiler(mvm_vm *vm, mvm_compiler *compiler);
// The C functions that uops call: their number, and each one's name and address.
MVM_API uint32_t mvm_helper_count(void);
MVM_API const char *mvm_helper_name(uint32_t index);
MVM_API uint64_t mvm_helper_address(uint32_t index);
// cffi: end

#endif
