// Code objects: one function's instructions, constants, line table and static frame size.
//
// Instructions are 16-bit units: an opcode, then the instruction's operands and inline caches,
// whose places the generated tables know (generated/metadata.h). A 32-bit operand takes two units,
// low half first. Jump offsets are in units, relative to the end of the jumping instruction.
#ifndef MVM_CODE_H
#define MVM_CODE_H

#include <stddef.h>

#include "api.h"
#include "value.h"

typedef struct mvm_code mvm_code;

enum { MVM_RETIRED = INT32_MAX };

struct mvm_code {
    char *name;
    char *path;      // the source file, as errors show it
    uint32_t index;  // in vm->functions; MVM_RETIRED once redefined
    uint32_t parameters, results;
    uint32_t locals;      // parameters included
    uint32_t max_stack;   // operand stack slots
    uint32_t frame_size;  // on the value stack: locals, the spare slot, the operand stack
    uint16_t *units;      // rewritten by specialisation
    uint16_t *original;   // as the front end made them
    uint32_t unit_count;
    mvm_value *constants;
    uint32_t constant_count;
    mvm_position *positions;  // sorted by offset; the first is at offset 0
    uint32_t position_count;
    mvm_handler_range *handlers;  // the inner ones first
    uint32_t handler_count;
    uint32_t capture_count;  // of the functions made of it, once there is one
    bool in_use;             // of retired code: the last collection found a reference to it
    mvm_value reference;  // this function as a value without captures, once there is one; else nil
    struct mvm_executor *
        *executors;  // made in this function; an executor instruction's counter indexes it
    uint32_t executor_count;
    const struct mvm_entry_point *entry;  // of the trace from its start on, for calls from traces
};

// NULL when out of memory.
mvm_code *mvm_code_new(const mvm_function_spec *spec);
void mvm_code_free(mvm_code *code);
bool mvm_code_add_constant(mvm_code *code, mvm_value constant);
// Set every counter in the code to its start.
void mvm_code_start_counters(mvm_code *code, uint32_t warm_up, uint32_t loop_threshold,
                             uint32_t entry_threshold);
// The innermost handler of an error at unit `offset`; NULL when there is none.
const mvm_handler_range *mvm_code_handler(const mvm_code *code, uint32_t offset);
// The source position of the instruction that unit `ip` belongs to.
const mvm_position *mvm_code_position(const mvm_code *code, const uint16_t *ip);

#endif
