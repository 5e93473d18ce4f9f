// Checks of indices, for loops. In: a check in a loop and what the ranges pass knows there. Out: a
// check in front of the loop that holds for every index the loop comes to, or nothing.
//
//                              v9 = _LEN_LIST v2
//                              _GUARD_TRUE_LE_INT v4 v9
//   > v5 = _LT_INT v1 v4     > v5 = _LT_INT v1 v4
//     _GUARD_TRUE v5           _GUARD_TRUE v5
//     _CHECK_INDEX v2 v1
//
// The list has to be the same in all iterations, and as long; the index must not be negative. It is
// less than what a guard has compared it with, than what it starts from if it only falls, or than
// the end of its interval. As with all checks in front of a loop, the loop might not have come to
// this one; one that would fail as the trace is made is not made, nor one for a short loop.
#include <string.h>

#include "intervals.h"

enum {
    LONGEST_SUM = 3,       // additions that an index is followed through
    LEAST_ITERATIONS = 16  // for what is checked in front of the loop to be less work
};

// --- what is known of the loop
// --------------------------------------------------------------------

// Whether a value of the loop's end is at most what it was at the top.
static bool falls(const range_pass *pass, const mvm_loop_value *carried) {
    uint16_t definition = pass->definitions[carried->from];
    if (!definition) return false;
    const mvm_uop *uop = &pass->trace->uops[definition - 1];
    interval result;
    if (uop->inputs[0] != carried->to || !uop->is_immediate) return false;
    switch (uop->opcode) {
    case MVM_UOP_SUB_INT: return uop->immediate >= 0;
    case MVM_UOP_ADD_INT: return uop->immediate <= 0;
    case MVM_UOP_SUB_WRAP_INT: return uop->immediate >= 0 && range_of_result(pass, uop, &result);
    case MVM_UOP_ADD_WRAP_INT: return uop->immediate <= 0 && range_of_result(pass, uop, &result);
    default: return false;
    }
}

void index_bounds_begin(range_pass *pass) {
    const mvm_trace *trace = pass->trace;
    pass->bound_count = 0;
    pass->lengths_vary = !trace->bounds || !trace->closes || trace->is_cautious;
    memset(pass->is_fixed, 0, trace->value_count * sizeof *pass->is_fixed);
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        const mvm_uop_info *info = &mvm_uop_infos[trace->uops[i].opcode];
        bool defines = info->output_count && info->output != MVM_TYPE_ANY;
        if (i < trace->loop_start && defines) pass->is_fixed[trace->uops[i].output] = true;
        if (i >= trace->loop_start && info->writes & MVM_MEMORY_LENGTHS) pass->lengths_vary = true;
    }
    for (uint32_t i = 0; i < trace->value_count; i++) {
        pass->is_fixed[i] |= trace->values[i].kind == MVM_VALUE_CONSTANT;
    }
    // What is known in front of the loop of a value that falls holds for all it becomes.
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        pass->is_fixed[trace->loop_values[i].to] = false;
        pass->is_falling[i] = falls(pass, &trace->loop_values[i]);
    }
}

void index_bounds_enter_loop(range_pass *pass) {
    memset(pass->limits, 0, pass->trace->value_count * sizeof *pass->limits);
}

void index_bounds_compared(range_pass *pass, uint16_t less, uint16_t limit, bool may_be_equal) {
    if (less == MVM_NO_VALUE || limit == MVM_NO_VALUE) return;
    pass->limits[less] = (index_limit){limit, may_be_equal};
}

static bool has_top_as_limit(const range_pass *pass, uint16_t value) {
    const mvm_trace *trace = pass->trace;
    if (pass->is_fixed[value]) return true;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        if (trace->loop_values[i].to == value) return pass->is_falling[i];
    }
    return false;
}

// --- the bound of one index
// -----------------------------------------------------------------------

// The value that an index is another one and a constant of, without overflow; NO_VALUE: none.
static uint16_t base_of(const range_pass *pass, uint16_t index, int64_t *addend) {
    uint16_t definition = pass->definitions[index];
    if (!definition) return MVM_NO_VALUE;
    const mvm_uop *uop = &pass->trace->uops[definition - 1];
    interval result;
    if (!uop->is_immediate || !range_of_result(pass, uop, &result)) return MVM_NO_VALUE;
    switch (uop->opcode) {
    case MVM_UOP_ADD_INT:
    case MVM_UOP_ADD_WRAP_INT: *addend += uop->immediate; break;
    case MVM_UOP_SUB_INT:
    case MVM_UOP_SUB_WRAP_INT: *addend -= uop->immediate; break;
    default: return MVM_NO_VALUE;
    }
    return uop->inputs[0];
}

// In front of the loop: `bound->value + bound->addend` must be less than the length.
static bool find_bound(const range_pass *pass, uint16_t index, index_bound *bound) {
    int64_t addend = 0;
    for (int i = 0; i < LONGEST_SUM && index != MVM_NO_VALUE; i++) {
        index_limit limit = pass->limits[index];
        if (limit.value != MVM_NO_VALUE && has_top_as_limit(pass, limit.value)) {
            bound->value = limit.value;
            bound->addend = addend - !limit.may_be_equal;
            return true;
        }
        if (has_top_as_limit(pass, index)) {
            bound->value = index;
            bound->addend = addend;
            return true;
        }
        index = base_of(pass, index, &addend);
    }
    return false;
}

// What a value from in front of the loop is now, if it is known.
static bool value_now(const mvm_trace *trace, uint16_t number, mvm_value *value) {
    const mvm_trace_value *known = &trace->values[number];
    *value = known->constant;
    if (known->kind == MVM_VALUE_CONSTANT) return true;
    for (uint32_t i = 0; i < trace->loop_start; i++) {
        const mvm_uop *uop = &trace->uops[i];
        const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
        if (!info->output_count || info->output == MVM_TYPE_ANY || uop->output != number) continue;
        bool unboxes = uop->opcode == mvm_type_infos[info->output].unbox;
        if (!unboxes || uop->inputs[0] >= trace->code->locals) return false;
        *value = trace->vm->frame->slots[uop->inputs[0]];
        return value->tag == mvm_type_infos[info->output].tag;
    }
    return false;
}

// Whether the check would hold, and the loop may be long enough.
static bool is_worth_it(const mvm_trace *trace, const index_bound *bound) {
    mvm_value list, value;
    if (!value_now(trace, bound->list, &list) || !value_now(trace, bound->value, &value))
        return false;
    int64_t sum;
    return bound->addend == (int32_t)bound->addend &&
           !__builtin_add_overflow(value.integer, bound->addend, &sum) && sum >= LEAST_ITERATIONS &&
           sum < list.list->length;
}

static bool is_known(const range_pass *pass, const index_bound *bound) {
    for (uint32_t i = 0; i < pass->bound_count; i++) {
        const index_bound *other = &pass->bounds[i];
        if (other->list == bound->list && other->value == bound->value &&
            other->addend >= bound->addend) {
            return true;
        }
    }
    return false;
}

bool index_bounds_moves(range_pass *pass, const mvm_uop *check) {
    if (check->opcode != MVM_UOP_CHECK_INDEX || check->is_immediate || pass->lengths_vary)
        return false;
    index_bound bound = {.list = check->inputs[0]};
    uint16_t index = check->inputs[1];
    bool is_possible =
        pass->is_fixed[bound.list] && pass->of[index].low >= 0 && find_bound(pass, index, &bound);
    if (!is_possible) return false;
    if (is_known(pass, &bound)) return true;
    if (pass->bound_count == MOST_BOUNDS || !is_worth_it(pass->trace, &bound)) return false;
    pass->bounds[pass->bound_count++] = bound;
    return true;
}

// --- the checks in front of the loop
// --------------------------------------------------------------

static uint16_t new_int(mvm_trace *trace) {
    if (trace->value_count >= MVM_TRACE_VALUES) {
        mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
        return MVM_NO_VALUE;
    }
    trace->values[trace->value_count] =
        (mvm_trace_value){.kind = MVM_VALUE_REGISTER, .type = MVM_TYPE_INT};
    return (uint16_t)trace->value_count++;
}

uint32_t index_bounds_checks(range_pass *pass, mvm_uop *checks) {
    mvm_trace *trace = pass->trace;
    uint16_t origin = trace->uops[trace->loop_start].origin;
    uint32_t count = 0;
    for (uint32_t i = 0; i < pass->bound_count; i++) {
        const index_bound *bound = &pass->bounds[i];
        uint16_t limit = bound->value, length = new_int(trace);
        bool is_sum = bound->addend != 0 && bound->addend != -1;
        if (is_sum) {
            limit = new_int(trace);
            checks[count++] = (mvm_uop){.opcode = MVM_UOP_ADD_INT,
                                        .inputs = {bound->value},
                                        .output = limit,
                                        .is_immediate = true,
                                        .immediate = bound->addend,
                                        .exit = trace->entry_exit,
                                        .origin = origin};
        }
        checks[count++] = (mvm_uop){.opcode = MVM_UOP_LEN_LIST,
                                    .inputs = {bound->list},
                                    .output = length,
                                    .exit = MVM_NO_EXIT,
                                    .origin = origin};
        bool is_strict = bound->addend != -1;
        checks[count++] =
            (mvm_uop){.opcode = is_strict ? MVM_UOP_GUARD_TRUE_LT_INT : MVM_UOP_GUARD_TRUE_LE_INT,
                      .inputs = {limit, length},
                      .exit = trace->entry_exit,
                      .origin = origin};
    }
    return count;
}
