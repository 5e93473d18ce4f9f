// The dead code pass. In: uops over values. Out: without those whose result nothing needs and whose
// absence nothing notices, and without loop values that no iteration reads.
#include "uses.h"

static bool is_removable(const mvm_trace *trace, uint32_t index) {
    const mvm_uop *uop = &trace->uops[index];
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    if (!mvm_defines_value(uop)) return false;
    // What a loop carries is checked for its own sake alone. Elsewhere a wrong type has to leave,
    // to an error or another form, even where nothing comes of the value: `"a" 1 +% drop`.
    bool enters_loop = trace->closes && index < trace->loop_start;
    if (uop->opcode == mvm_type_infos[info->output].unbox) return enters_loop;
    if (uop->opcode == mvm_type_infos[info->output].fetch) return true;
    const uint64_t noticed =
        MVM_FLAG_WRITES | MVM_FLAG_EXITS | MVM_FLAG_ERRORS | MVM_FLAG_ALLOCATES;
    return (info->flags & (MVM_FLAG_PURE | MVM_FLAG_READS)) && !(info->flags & noticed);
}

static bool remove_uops(mvm_trace *trace, const uint16_t *uses) {
    uint32_t kept = 0, kept_before_loop = 0;
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        if (i == trace->loop_start) kept_before_loop = kept;
        if (is_removable(trace, i) && uses[trace->uops[i].output] == 0) continue;
        if (kept != i) trace->uops[kept] = trace->uops[i];
        kept++;
    }
    trace->loop_start = kept_before_loop;
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
