// Stencils and holes: what the build leaves behind for the run-time half of the JIT.
//
// In: nothing. Out: the types of the generated tables (_native/jit_stencils.h). A stencil's parts
// stand in shared arrays, at offsets, so that no pointer has to be relocated when the library is
// loaded.
#ifndef MVM_STENCIL_H
#define MVM_STENCIL_H

#include <stdbool.h>
#include <stdint.h>

// The data part of a stencil must be placed at a multiple of this.
enum { MVM_STENCIL_DATA_ALIGNMENT = 16 };

// A gap in a stencil's code. `value` says what belongs there (mvm_hole_value), `kind` how it is
// written (mvm_hole_kind); what is written is the value plus `addend`, also for relative kinds.
typedef struct mvm_hole {
    uint16_t offset;  // bytes from the start of the code
    uint16_t symbol;  // index in mvm_stencil_symbols, when `value` is MVM_HOLE_SYMBOL
    uint8_t kind;
    uint8_t value;
    int32_t addend;
} mvm_hole;

// Flags of a stencil.
enum {
    MVM_STENCIL_CONTINUES = 1,  // can fall through to the code after it
};

// Machine code to copy. Offsets count in bytes into mvm_stencil_code and mvm_stencil_data, and in
// holes into mvm_stencil_holes, where a stencil's holes stand in the order of their offsets.
typedef struct mvm_stencil {
    uint32_t code;
    uint32_t data;
    uint32_t holes;
    uint16_t code_size;
    uint16_t data_size;
    uint16_t hole_count;
    uint16_t flags;
} mvm_stencil;

// The C functions that holes refer to, by index; defined in the generated jit_symbols.c.
extern void *const mvm_stencil_symbols[];
// And their names, one after the other, each with its 0 at the end.
extern const char mvm_stencil_symbol_names[];
extern const uint32_t mvm_stencil_symbol_count;

// True when `immediate` fits every hole of the stencil that asks for the constant input.
// `all_holes` is the whole table, mvm_stencil_holes.
bool mvm_stencil_accepts_immediate(const mvm_stencil *stencil, const mvm_hole *all_holes,
                                   int64_t immediate);

#endif
