// The pass for ranges of ints and signs of floats. In: uops over values, invariants in front of the
// loop. Out: arithmetic that can't overflow without its check, roots and divisions that can't fail
// without theirs (float_signs.c), and no checks of what the ranges say.
//
//                                  _CHECK_UP_TO v2 #2^30          (v2 is 1000 as the trace is made)
//   > v5 = _LT_INT v1 v2         > v5 = _LT_INT v1 v2
//     _GUARD_TRUE v5               _GUARD_TRUE v5
//     v6 = _ADD_INT v1 v1          v6 = _ADD_WRAP_INT v1 v1
//     _REFINE_NATURAL v6
//     v7 = _ADD_WRAP_INT v1 1      v7 = _ADD_WRAP_INT v1 1
//
// An interval for each value, narrowed by guards as the walk comes to them. What a loop carries has
// the interval of its first value joined with that of what it becomes; the walk is repeated until
// that holds, and a bound that keeps moving is given up. What comes into the loop from locals is
// assumed to stay as small as it is now: guards in front of the loop check it, if that is of use.
// So whoever comes to the loop has to pass them. Checks of indices move there, too
// (index_bounds.c).
#include <string.h>

#include "intervals.h"

enum { ROUNDS_OF_JOINING = 2, MOST_ROUNDS = 8 };

static const int64_t limits[] = {INT64_C(1) << 30, INT32_MAX};

// --- what comes into the loop
// -------------------------------------------------------------------------

// The local's value now, for a value loaded from it in front of the loop.
static bool value_now(const mvm_trace *trace, const mvm_uop *uop, int64_t *number) {
    if (uop->opcode != MVM_UOP_UNBOX_INT || uop->inputs[0] >= trace->code->locals) return false;
    mvm_value value = trace->vm->frame->slots[uop->inputs[0]];
    *number = value.integer;
    return value.tag == MVM_TAG_INT;
}

static void assume(range_pass *pass) {
    const mvm_trace *trace = pass->trace;
    pass->assumed_count = 0;
    if (!trace->closes || !trace->is_loop_entry || trace->is_cautious) return;
    for (uint32_t i = 0; i < trace->loop_start && pass->assumed_count < MOST_ASSUMED; i++) {
        int64_t number;
        if (!value_now(trace, &trace->uops[i], &number)) continue;
        for (uint32_t j = 0; j < sizeof limits / sizeof *limits; j++) {
            if (number > limits[j] || number < -limits[j]) continue;
            pass->assumed[pass->assumed_count++] =
                (assumption){trace->uops[i].output, {number < 0 ? -limits[j] : 0, limits[j]}};
            break;
        }
    }
}

// --- what the loop makes of it
// ------------------------------------------------------------------------

// A value the loop carries: what it has been taken to be, and whether its first value is known.
static bool widen(range_pass *pass, uint32_t round) {
    const mvm_trace *trace = pass->trace;
    bool grows = false;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        interval *guess = &pass->carried[i];
        interval found = pass->of[trace->loop_values[i].from];
        if (found.low >= guess->low && found.high <= guess->high) continue;
        grows = true;
        bool joins = round < ROUNDS_OF_JOINING;
        if (found.low < guess->low) guess->low = joins ? found.low : INT64_MIN;
        if (found.high > guess->high) guess->high = joins ? found.high : INT64_MAX;
    }
    return grows;
}

static void walk_front(range_pass *pass) {
    const mvm_trace *trace = pass->trace;
    range_begin(pass);
    for (uint32_t i = 0; i < trace->loop_start; i++) {
        const mvm_uop *uop = &trace->uops[i];
        range_after(pass, i);
        for (uint32_t j = 0; j < pass->assumed_count; j++) {
            bool defines = uop->opcode == MVM_UOP_UNBOX_INT;
            if (defines && pass->assumed[j].value == uop->output) {
                range_set(pass, uop->output, pass->assumed[j].range);
            }
        }
    }
}

// From the walk of the front: what the loop's values are at its top.
static void enter_loop(range_pass *pass) {
    const mvm_trace *trace = pass->trace;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        range_set(pass, trace->loop_values[i].to, pass->carried[i]);
    }
}

// Find intervals that hold in every iteration; false when they don't settle.
static bool settle(range_pass *pass) {
    const mvm_trace *trace = pass->trace;
    walk_front(pass);
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        pass->carried[i] = pass->of[trace->loop_values[i].to];
    }
    for (uint32_t round = 0; round < MOST_ROUNDS; round++) {
        if (round > 0) walk_front(pass);
        enter_loop(pass);
        for (uint32_t i = trace->loop_start; i < trace->uop_count; i++) {
            range_after(pass, i);
        }
        if (!widen(pass, round)) return true;
    }
    return false;
}

// --- what that allows
// ---------------------------------------------------------------------------------

static uint16_t wrapping_form(uint16_t opcode) {
    switch (opcode) {
    case MVM_UOP_ADD_INT: return MVM_UOP_ADD_WRAP_INT;
    case MVM_UOP_SUB_INT: return MVM_UOP_SUB_WRAP_INT;
    case MVM_UOP_MUL_INT: return MVM_UOP_MUL_WRAP_INT;
    default: return MVM_NO_UOP;
    }
}

// The form of a uop that does not check what can't fail; NO_UOP: there is none.
static uint16_t without_check(const range_pass *pass, const mvm_uop *uop) {
    uint16_t wrapping = wrapping_form(uop->opcode);
    if (wrapping == MVM_NO_UOP) return sign_without_check(pass, uop);
    interval result;
    return range_of_result(pass, uop, &result) ? wrapping : MVM_NO_UOP;
}

// Whether the uop is needed; what of it is not goes.
static bool simplify(range_pass *pass, mvm_uop *uop, uint32_t *changes) {
    if (range_is_certain(pass, uop) || index_bounds_moves(pass, uop)) {
        ++*changes;
        return false;
    }
    uint16_t unchecked = without_check(pass, uop);
    if (unchecked != MVM_NO_UOP) {
        uop->opcode = unchecked;
        uop->exit = MVM_NO_EXIT;
        mvm_reduce_multiplication(uop);
        ++*changes;
    }
    return true;
}

// The front stays as it is: its uops run before the guards of what is assumed.
static uint32_t simplify_loop(range_pass *pass) {
    mvm_trace *trace = pass->trace;
    uint32_t kept = trace->loop_start, changes = 0;
    index_bounds_begin(pass);
    walk_front(pass);
    enter_loop(pass);
    index_bounds_enter_loop(pass);
    for (uint32_t i = trace->loop_start; i < trace->uop_count; i++) {
        mvm_uop uop = trace->uops[i];
        bool is_needed = simplify(pass, &uop, &changes);
        trace->uops[kept] = uop;
        range_after(pass, kept);
        kept += is_needed;
    }
    trace->uop_count = kept;
    return changes;
}

// Whether something may depend on the value's range.
static bool takes(const mvm_trace *trace, uint16_t value) {
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        if (trace->loop_values[i].from == value) return true;
    }
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        const mvm_uop *uop = &trace->uops[i];
        const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
        for (uint32_t j = 0; j < info->input_count; j++) {
            if (mvm_type_infos[info->inputs[j]].base == MVM_TYPE_INT && uop->inputs[j] == value) {
                return true;
            }
        }
    }
    return false;
}

static mvm_uop guard_of(const mvm_trace *trace, uint16_t opcode, uint16_t value, int64_t bound) {
    return (mvm_uop){.opcode = opcode,
                     .inputs = {value},
                     .is_immediate = true,
                     .immediate = bound,
                     .exit = trace->entry_exit,
                     .origin = trace->uops[trace->loop_start].origin};
}

// What the loop relies on: of a value that it carries, only the bounds that hold in all iterations.
static interval relied_on(const range_pass *pass, const assumption *about) {
    const mvm_trace *trace = pass->trace;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        if (trace->loop_values[i].to == about->value) return pass->carried[i];
    }
    return about->range;
}

// Check at the end of the front what was assumed.
static void add_guards(range_pass *pass) {
    mvm_trace *trace = pass->trace;
    mvm_uop guards[2 * MOST_ASSUMED + UOPS_A_BOUND * MOST_BOUNDS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < pass->assumed_count; i++) {
        const assumption *about = &pass->assumed[i];
        if (!takes(trace, about->value)) {
            range_set(pass, about->value, (interval){INT64_MIN, INT64_MAX});
            continue;
        }
        interval of_use = relied_on(pass, about);
        bool is_low = of_use.low > INT64_MIN, is_high = of_use.high < INT64_MAX;
        if (is_low && is_high && about->range.low == 0) {
            guards[count++] = guard_of(trace, MVM_UOP_CHECK_UP_TO, about->value, about->range.high);
            continue;
        }
        if (is_low) {
            guards[count++] =
                guard_of(trace, MVM_UOP_GUARD_TRUE_GE_INT, about->value, about->range.low);
        }
        if (is_high) {
            guards[count++] =
                guard_of(trace, MVM_UOP_GUARD_TRUE_LE_INT, about->value, about->range.high);
        }
    }
    count += index_bounds_checks(pass, &guards[count]);
    mvm_uop *top = &trace->uops[trace->loop_start];
    memmove(top + count, top, (trace->uop_count - trace->loop_start) * sizeof *top);
    memcpy(top, guards, count * sizeof *guards);
    trace->uop_count += count;
    trace->loop_start += count;
}

// For side traces, and for links in these.
static void keep_ranges(const range_pass *pass, uint32_t value_count) {
    mvm_trace *trace = pass->trace;
    for (uint32_t i = 1; i < value_count; i++) {
        interval range = pass->made[i];
        bool fits = range.low >= INT32_MIN && range.high <= INT32_MAX && range.low < range.high;
        trace->values[i].low = fits ? (int32_t)range.low : 0;
        trace->values[i].high = fits ? (int32_t)range.high : 0;
    }
}

bool mvm_optimize_ranges(mvm_trace *trace) {
    range_pass pass;
    pass.trace = trace;
    assume(&pass);
    if (!settle(&pass)) return true;
    uint32_t changes = simplify_loop(&pass), value_count = trace->value_count;
    if (changes > 0) add_guards(&pass);
    if (changes > 0 || pass.assumed_count == 0) keep_ranges(&pass, value_count);
    return !trace->abort;
}
