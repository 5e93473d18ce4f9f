// The combining pass. In: uops over values. Out: guards that do their comparison themselves, or
// load what they check, where nothing else needs that, so that no bool is made.
//
//   v3 = _LT_INT v1 v2
//   _GUARD_TRUE v3                 _GUARD_TRUE_LT_INT v1 v2
//
//   v5 = _LOAD_BOOLS v6 v7
//   _GUARD_TRUE v5                 _GUARD_TRUE_LOAD_BOOLS v6 v7
//
//   v4 = _NOT_BOOL v3
//   _GUARD_TRUE v4                 _GUARD_FALSE v3
#include <string.h>

#include "uses.h"

// The guard `guard` takes over from `definition`, which nothing else uses; false when they don't
// combine.
static bool combine(mvm_uop *guard, const mvm_uop *definition) {
    if (definition->opcode == MVM_UOP_NOT_BOOL) {
        bool is_true = guard->opcode == MVM_UOP_GUARD_TRUE;
        guard->opcode = is_true ? MVM_UOP_GUARD_FALSE : MVM_UOP_GUARD_TRUE;
        guard->inputs[0] = definition->inputs[0];
        return true;
    }
    uint16_t combined = mvm_combination_of(definition->opcode, guard->opcode);
    if (combined == MVM_NO_UOP) return false;
    guard->opcode = combined;
    memcpy(guard->inputs, definition->inputs, sizeof guard->inputs);
    guard->is_immediate = definition->is_immediate;
    guard->immediate = definition->immediate;
    return true;
}

// Whether the uop at `definition` gives the same at the guard. A load does if nothing between could
// change what it reads, move it, or free it: the list may not be needed any more.
static bool may_move(const mvm_trace *trace, uint32_t definition, uint32_t guard) {
    const uint64_t disturbing = MVM_FLAG_WRITES | MVM_FLAG_ALLOCATES | MVM_FLAG_CALLS;
    if (!mvm_uop_infos[trace->uops[definition].opcode].reads) return true;
    for (uint32_t i = definition + 1; i < guard; i++) {
        if (mvm_uop_infos[trace->uops[i].opcode].flags & disturbing) return false;
    }
    return true;
}

bool mvm_optimize_combine(mvm_trace *trace) {
    uint16_t uses[MVM_TRACE_VALUES], definitions[MVM_TRACE_VALUES];
    bool removed[MVM_TRACE_UOPS];
    memset(definitions, 0, trace->value_count * sizeof *definitions);
    memset(removed, 0, trace->uop_count * sizeof *removed);
    mvm_count_uses(trace, uses);
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        mvm_uop *uop = &trace->uops[i];
        if (mvm_defines_value(uop)) definitions[uop->output] = (uint16_t)(i + 1);
        while (uop->opcode == MVM_UOP_GUARD_TRUE || uop->opcode == MVM_UOP_GUARD_FALSE) {
            uint16_t condition = uop->inputs[0], definition = definitions[condition];
            // A value the loop carries is defined in front of it: its comparison can't move in.
            bool is_in_front = definition <= trace->loop_start && i >= trace->loop_start;
            if (uses[condition] != 1 || !definition || is_in_front) break;
            if (!may_move(trace, definition - 1u, i)) break;
            if (!combine(uop, &trace->uops[definition - 1])) break;
            removed[definition - 1] = true;
        }
    }
    uint32_t kept = 0, loop_start = trace->loop_start;
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        if (i == loop_start) trace->loop_start = kept;
        if (!removed[i]) trace->uops[kept++] = trace->uops[i];
    }
    trace->uop_count = kept;
    return true;
}
