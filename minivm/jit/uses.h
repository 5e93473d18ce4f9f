// Counting who needs a value: uops, exits and the loop's end.
#ifndef MVM_USES_H
#define MVM_USES_H

#include "trace.h"

// counts[value number] for every value of the trace, exits and loop values included.
void mvm_count_uses(const mvm_trace *trace, uint16_t *counts);
// The same without the uops before `start`.
void mvm_count_uses_from(const mvm_trace *trace, uint32_t start, uint16_t *counts);

// The value numbers a uop takes: `inputs` has room for MVM_MAX_INPUTS; returns how many.
static inline uint32_t mvm_typed_inputs(const mvm_uop *uop, uint16_t *inputs) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    uint32_t count = 0;
    for (uint32_t i = 0; i < info->input_count; i++) {
        bool is_immediate = uop->is_immediate && i == info->input_count - 1u;
        if (info->inputs[i] != MVM_TYPE_ANY && !is_immediate && uop->inputs[i] != MVM_NO_VALUE) {
            inputs[count++] = uop->inputs[i];
        }
    }
    return count;
}

static inline bool mvm_defines_value(const mvm_uop *uop) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    return info->output_count && info->output != MVM_TYPE_ANY;
}

#endif
