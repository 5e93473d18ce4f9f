// The dead code pass. In: uops over values. Out: without those whose result nothing needs and whose
// absence nothing notices, and without loop values that no iteration reads.
#include "uses.h"

static bool is_removable(const mvm_uop *uop) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    if (!mvm_defines_value(uop)) return false;
    // A load that checks a type guards its result alone.
    if (uop->opcode == mvm_type_infos[info->output].unbox) return true;
    const uint64_t noticed =
        MVM_FLAG_WRITES | MVM_FLAG_EXITS | MVM_FLAG_ERRORS | MVM_FLAG_ALLOCATES;
    return (info->flags & (MVM_FLAG_PURE | MVM_FLAG_READS)) && !(info->flags & noticed);
}

static bool remove_uops(mvm_trace *trace, const uint16_t *uses) {
    uint32_t kept = 0, loop_start = trace->loop_start;
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        const mvm_uop *uop = &trace->uops[i];
        if (i == loop_start) trace->loop_start = kept;
        if (is_removable(uop) && uses[uop->output] == 0) continue;
        trace->uops[kept++] = *uop;
    }
    bool changed = kept != trace->uop_count;
    trace->uop_count = kept;
    return changed;
}

static bool remove_loop_values(mvm_trace *trace, const uint16_t *uses) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        if (uses[trace->loop_values[i].to]) trace->loop_values[kept++] = trace->loop_values[i];
    }
    bool changed = kept != trace->loop_value_count;
    trace->loop_value_count = kept;
    return changed;
}

bool mvm_optimize_dead(mvm_trace *trace) {
    uint16_t uses[MVM_TRACE_VALUES];
    bool changed = true;
    while (changed) {
        mvm_count_uses(trace, uses);
        changed = remove_uops(trace, uses);
        changed |= remove_loop_values(trace, uses);
    }
    return true;
}
