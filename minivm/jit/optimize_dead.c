// The dead code pass. In: uops over values. Out: without those whose result nothing needs and whose
// absence nothing notices, without checks of values that nothing else takes, and without loop
// values that no iteration reads.
#include "uses.h"

static bool is_removable(const mvm_trace *trace, const mvm_uop *uop) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    if (!mvm_defines_value(uop)) return false;
    // What a loop only carries is loaded with its type, but no instruction asks for that.
    if (uop->opcode == mvm_type_infos[info->output].unbox) {
        return !trace->values[uop->output].is_wanted;
    }
    if (uop->opcode == mvm_type_infos[info->output].fetch) return true;
    const uint64_t noticed =
        MVM_FLAG_WRITES | MVM_FLAG_EXITS | MVM_FLAG_ERRORS | MVM_FLAG_ALLOCATES;
    return (info->flags & (MVM_FLAG_PURE | MVM_FLAG_READS)) && !(info->flags & noticed);
}

// The same for a check of the type that it is carried with.
static bool is_carried_check(const mvm_trace *trace, const mvm_uop *uop) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    if (!(info->flags & MVM_FLAG_GUARD) || (info->flags & MVM_FLAG_IDENTITY)) return false;
    return info->input_count == 1 && info->exit_reason == MVM_EXIT_TYPE &&
           !trace->values[uop->inputs[0]].is_wanted;
}

static void count_uses(const mvm_trace *trace, uint16_t *uses) {
    mvm_count_uses(trace, uses);
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        if (is_carried_check(trace, &trace->uops[i])) uses[trace->uops[i].inputs[0]]--;
    }
}

// Nobody has checked the type, then: a side trace must not take it as known.
static void forget(mvm_trace *trace, const mvm_uop *uop) {
    if (uop->opcode == mvm_type_infos[mvm_uop_infos[uop->opcode].output].unbox) {
        trace->values[uop->output].type = MVM_TYPE_ANY;
    }
}

static bool remove_uops(mvm_trace *trace, const uint16_t *uses) {
    uint32_t kept = 0, kept_before_loop = 0;
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        const mvm_uop *uop = &trace->uops[i];
        if (i == trace->loop_start) kept_before_loop = kept;
        if (is_removable(trace, uop) && uses[uop->output] == 0) {
            forget(trace, uop);
            continue;
        }
        if (is_carried_check(trace, uop) && uses[uop->inputs[0]] == 0) continue;
        if (kept != i) trace->uops[kept] = *uop;
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
        count_uses(trace, uses);
        changed = remove_uops(trace, uses);
        changed |= remove_loop_values(trace, uses);
    }
    return true;
}
