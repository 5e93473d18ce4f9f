// What uops.def says, for the C side: the shapes of the generated tables (generated/metadata.c).
#ifndef MVM_METADATA_H
#define MVM_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "../generated/flags.h"
#include "../generated/opcodes.h"
#include "../generated/types.h"

enum {
    MVM_MAX_INPUTS = 3,
    MVM_MAX_OPERANDS = 3,
    MVM_NO_UOP = 0xffff,
    MVM_NO_UNIT = 0xff,
    MVM_ADDRESS = 0,
};

// Where a uop's operand comes from: `bits` (16 or 32) at `unit` of the instruction plus `addend`,
// the address of that unit (bits MVM_ADDRESS), or `addend` alone when `unit` is MVM_NO_UNIT.
typedef struct mvm_operand_source {
    uint8_t unit;
    uint8_t bits;
    int16_t addend;
} mvm_operand_source;

// One uop of an instruction.
typedef struct mvm_uop_step {
    uint16_t uop;
    mvm_operand_source operands[MVM_MAX_OPERANDS];
} mvm_uop_step;

typedef enum mvm_where {
    MVM_WHERE_STACK,
    MVM_WHERE_LOCAL,
    MVM_WHERE_CONSTANT,
    MVM_WHERE_NUMBER,
} mvm_where;

// What a specialised form asks of a value: the one `index` below the top, the local or constant
// whose number the operand gives, or the operand itself.
typedef struct mvm_requirement {
    uint8_t where;
    uint8_t index;
    uint8_t type;
    mvm_operand_source operand;
} mvm_requirement;

typedef struct mvm_instruction_info {
    const char *name;
    uint16_t generic;  // itself without a family
    bool adaptive;     // has a family: unit 1 is the counter
    uint8_t units;
    uint8_t counter_unit;  // of a loop's or entry's counter; MVM_NO_UNIT: none
    uint16_t first_step, step_count;
    uint16_t first_requirement, requirement_count;
} mvm_instruction_info;

typedef struct mvm_uop_info {
    const char *name;
    uint64_t flags;  // MVM_FLAG_*
    uint8_t input_count, output_count, operand_count;
    uint8_t inputs[MVM_MAX_INPUTS];  // mvm_type; ANY: stands in a slot
    uint8_t output;                  // mvm_type
    uint8_t operand_bits[MVM_MAX_OPERANDS];
    uint8_t exit_reason;
    int8_t tied;                    // the input whose register the output shares; -1: none
    uint8_t shuffle[6];             // of a shuffle: which input each output is
    uint8_t type;                   // of a type guard: what it checks
    uint8_t count_operand;          // of an array input: which operand counts its values
    uint16_t falls_through, taken;  // of a branch: the guard for either way
    uint32_t reads, writes;         // classes of memory, MVM_MEMORY_*
} mvm_uop_info;

typedef struct mvm_type_info {
    const char *name;
    uint8_t base;  // itself when not refined
    bool vector;   // lives in a vector register
    uint8_t tag;
    uint16_t guard, unbox, fetch, box, refine;  // uops; MVM_NO_UOP where there is none
} mvm_type_info;

typedef struct mvm_combination {
    uint16_t first, second, combined;
} mvm_combination;

extern const mvm_instruction_info mvm_instruction_infos[];
extern const mvm_uop_step mvm_uop_steps[];
extern const mvm_requirement mvm_requirements[];
extern const mvm_uop_info mvm_uop_infos[];
extern const mvm_type_info mvm_type_infos[];
extern const mvm_combination mvm_combinations[];
extern const uint32_t mvm_combination_count;

static inline bool mvm_uop_has(uint16_t uop, uint64_t flags) {
    return (mvm_uop_infos[uop].flags & flags) != 0;
}

// The uop that does what `first` and then `second` on its result do; MVM_NO_UOP: there is none.
uint16_t mvm_combination_of(uint16_t first, uint16_t second);

// The operand's value in the instruction at `ip`; 16-bit ones unsigned, 32-bit ones signed.
int64_t mvm_read_operand(const uint16_t *ip, mvm_operand_source source);

#endif
