// Signs of floats, for the pass for ranges. In: a uop and what is known of its inputs' signs. Out:
// what is known of its result's, and of its inputs' once it has not exited.
//
//   v5 = _MUL_FLOAT v3 v3          v5 = _MUL_FLOAT v3 v3           (a square: not negative)
//   v6 = _SQRT_FLOAT v5            v6 = _SQRT_FLOAT_UNCHECKED v5
//
// Of a float, an interval says no more than that: `low` is 0 where it is not negative, though -0.0
// perhaps, and 1 where it is greater than 0. NaN may be either, as no check looks for it.
#include "intervals.h"

static const interval any_sign = {INT64_MIN, INT64_MAX};
static const interval not_negative = {0, INT64_MAX};
static const interval positive = {1, INT64_MAX};

interval sign_of_number(double number) {
    if (number > 0.0) return positive;
    return number >= 0.0 ? not_negative : any_sign;
}

static interval sign_of_int(interval range) {
    if (range.low > 0) return positive;
    return range.low == 0 ? not_negative : any_sign;
}

bool sign_of_result(const range_pass *pass, const mvm_uop *uop, interval *result) {
    interval left = pass->of[uop->inputs[0]], right = pass->of[uop->inputs[1]];
    bool neither_is_negative = left.low >= 0 && right.low >= 0;
    bool is_square = uop->inputs[0] == uop->inputs[1];
    *result = any_sign;
    switch (uop->opcode) {
    case MVM_UOP_INT_TO_FLOAT: *result = sign_of_int(left); break;
    case MVM_UOP_ADD_FLOAT:
        if (neither_is_negative) *result = left.low > right.low ? left : right;
        break;
    case MVM_UOP_MUL_FLOAT:  // that of two small numbers is 0
        if (neither_is_negative || is_square) *result = not_negative;
        break;
    case MVM_UOP_DIV_FLOAT:
    case MVM_UOP_DIV_FLOAT_UNCHECKED:
        if (neither_is_negative) *result = not_negative;
        break;
    case MVM_UOP_MIN_FLOAT:
    case MVM_UOP_MAX_FLOAT: *result = left.low < right.low ? left : right; break;
    case MVM_UOP_SQRT_FLOAT:
    case MVM_UOP_SQRT_FLOAT_UNCHECKED:
    case MVM_UOP_ABS_FLOAT: *result = left.low > 0 ? positive : not_negative; break;
    case MVM_UOP_EXP_FLOAT: *result = not_negative; break;
    default: return false;
    }
    return true;
}

// What is greater than a constant that is not negative, or at least that. A comparison that does
// not hold says the same of its opposite: NaN may be anything.
static void narrow_greater(range_pass *pass, const mvm_uop *comparison, uint32_t greater,
                           bool may_be_equal) {
    const mvm_trace_value *smaller = &pass->trace->values[comparison->inputs[1 - greater]];
    interval *of = &pass->of[comparison->inputs[greater]];
    if (smaller->kind != MVM_VALUE_CONSTANT || !(smaller->constant.number >= 0.0)) return;
    interval sign = may_be_equal ? sign_of_number(smaller->constant.number) : positive;
    if (sign.low > of->low) *of = sign;
}

void signs_compared(range_pass *pass, const mvm_uop *comparison, bool is_true) {
    switch (comparison->opcode) {
    case MVM_UOP_LT_FLOAT: narrow_greater(pass, comparison, is_true ? 1 : 0, !is_true); break;
    case MVM_UOP_LE_FLOAT: narrow_greater(pass, comparison, is_true ? 1 : 0, is_true); break;
    case MVM_UOP_GT_FLOAT: narrow_greater(pass, comparison, is_true ? 0 : 1, !is_true); break;
    case MVM_UOP_GE_FLOAT: narrow_greater(pass, comparison, is_true ? 0 : 1, is_true); break;
    default: break;
    }
}

void signs_after(range_pass *pass, const mvm_uop *uop) {
    if (uop->opcode == MVM_UOP_DIV_FLOAT) {
        interval *divisor = &pass->of[uop->inputs[1]];
        if (divisor->low == 0) *divisor = positive;
    } else if (uop->opcode == MVM_UOP_SQRT_FLOAT) {
        interval *square = &pass->of[uop->inputs[0]];
        if (square->low < 0) *square = not_negative;
    }
}

uint16_t sign_without_check(const range_pass *pass, const mvm_uop *uop) {
    if (uop->opcode == MVM_UOP_SQRT_FLOAT && pass->of[uop->inputs[0]].low >= 0) {
        return MVM_UOP_SQRT_FLOAT_UNCHECKED;
    }
    if (uop->opcode != MVM_UOP_DIV_FLOAT) return MVM_NO_UOP;
    const mvm_trace_value *divisor = &pass->trace->values[uop->inputs[1]];
    bool is_known = divisor->kind == MVM_VALUE_CONSTANT && divisor->constant.number != 0.0;
    bool is_certain = is_known || pass->of[uop->inputs[1]].low > 0;
    return is_certain ? MVM_UOP_DIV_FLOAT_UNCHECKED : MVM_NO_UOP;
}
