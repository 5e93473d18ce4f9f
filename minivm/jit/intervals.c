// Intervals of ints. In: a uop and the intervals of its inputs. Out: that of its result, and what
// is known of its inputs once it has not exited.
#include "intervals.h"

#include <string.h>

static const interval everything = {INT64_MIN, INT64_MAX};
// What a list's or string's length can be.
static const interval lengths = {0, INT64_C(1) << 60};

static int64_t smaller(int64_t left, int64_t right) { return left < right ? left : right; }
static int64_t larger(int64_t left, int64_t right) { return left > right ? left : right; }

void range_set(range_pass *pass, uint16_t value, interval range) {
    pass->of[value] = pass->made[value] = range;
}

static interval bounds_of(const mvm_trace_value *value) {
    return value->low < value->high ? (interval){value->low, value->high} : everything;
}

static interval range_of_value(const mvm_trace_value *value) {
    int64_t number = value->constant.integer;
    if (value->kind != MVM_VALUE_CONSTANT) return bounds_of(value);
    if (value->constant.tag == MVM_TAG_FLOAT) return sign_of_number(value->constant.number);
    return value->constant.tag == MVM_TAG_INT ? (interval){number, number} : everything;
}

void range_begin(range_pass *pass) {
    const mvm_trace *trace = pass->trace;
    memset(pass->definitions, 0, trace->value_count * sizeof *pass->definitions);
    for (uint32_t i = 0; i < trace->value_count; i++) {
        const mvm_trace_value *value = &trace->values[i];
        range_set(pass, (uint16_t)i, range_of_value(value));
    }
}

static interval input(const range_pass *pass, const mvm_uop *uop, uint32_t i) {
    bool is_immediate = uop->is_immediate && i + 1u == mvm_uop_infos[uop->opcode].input_count;
    return is_immediate ? (interval){uop->immediate, uop->immediate} : pass->of[uop->inputs[i]];
}

// --- results
// -----------------------------------------------------------------------------------------

static bool add(interval left, interval right, interval *result) {
    return !__builtin_add_overflow(left.low, right.low, &result->low) &&
           !__builtin_add_overflow(left.high, right.high, &result->high);
}

static bool subtract(interval left, interval right, interval *result) {
    return !__builtin_sub_overflow(left.low, right.high, &result->low) &&
           !__builtin_sub_overflow(left.high, right.low, &result->high);
}

static bool multiply(interval left, interval right, interval *result) {
    const int64_t lefts[] = {left.low, left.high}, rights[] = {right.low, right.high};
    for (int i = 0; i < 4; i++) {
        int64_t product;
        if (__builtin_mul_overflow(lefts[i / 2], rights[i % 2], &product)) return false;
        result->low = i ? smaller(result->low, product) : product;
        result->high = i ? larger(result->high, product) : product;
    }
    return true;
}

static bool shift_left(interval left, uint64_t count, interval *result) {
    if (count > 62) return false;
    int64_t power = INT64_C(1) << count;
    return multiply(left, (interval){power, power}, result);
}

// By at least 1, so nothing gets further from 0.
static interval quotient_of(interval dividend) {
    return (interval){smaller(dividend.low, 0), larger(dividend.high, 0)};
}

static interval masked(interval left, interval right) {
    if (left.low < 0 && right.low < 0) return everything;
    int64_t high = INT64_MAX;
    if (left.low >= 0) high = smaller(high, left.high);
    if (right.low >= 0) high = smaller(high, right.high);
    return (interval){0, high};
}

// What was known in front of a call of a value that is fetched behind it; false: no more than its
// bounds, or there was no call.
static bool before_calls(const range_pass *pass, uint16_t value, interval *result) {
    const mvm_trace_value *values = pass->trace->values;
    while ((value = values[value].before) != MVM_NO_VALUE) {
        if (values[value].kind == MVM_VALUE_MEMORY) continue;
        *result = pass->of[value];
        return true;
    }
    return false;
}

bool range_of_result(const range_pass *pass, const mvm_uop *uop, interval *result) {
    interval left = input(pass, uop, 0), right = input(pass, uop, 1);
    switch (uop->opcode) {
    case MVM_UOP_ADD_INT:
    case MVM_UOP_ADD_WRAP_INT: return add(left, right, result);
    case MVM_UOP_SUB_INT:
    case MVM_UOP_SUB_WRAP_INT: return subtract(left, right, result);
    case MVM_UOP_MUL_INT:
    case MVM_UOP_MUL_WRAP_INT: return multiply(left, right, result);
    case MVM_UOP_MIN_INT:
        *result = (interval){smaller(left.low, right.low), smaller(left.high, right.high)};
        return true;
    case MVM_UOP_MAX_INT:
        *result = (interval){larger(left.low, right.low), larger(left.high, right.high)};
        return true;
    case MVM_UOP_AND_INT: *result = masked(left, right); return true;
    case MVM_UOP_MOD_INT_MASK: *result = (interval){0, (int64_t)uop->operands[0]}; return true;
    case MVM_UOP_MOD_INT_BY:
    case MVM_UOP_MOD_NATURAL_BY:
        *result = (interval){0, (int64_t)uop->operands[2] - 1};
        return true;
    case MVM_UOP_MOD_NATURAL: *result = (interval){0, left.high}; return true;
    case MVM_UOP_SHIFT_LEFT_INT_BY: return shift_left(left, uop->operands[0], result);
    case MVM_UOP_SHIFT_RIGHT_INT_BY:
        *result = (interval){left.low >> uop->operands[0], left.high >> uop->operands[0]};
        return true;
    case MVM_UOP_FLOORDIV_INT_BY:
    case MVM_UOP_FLOORDIV_NATURAL:
    case MVM_UOP_FLOORDIV_NATURAL_BY: *result = quotient_of(left); return true;
    case MVM_UOP_FETCH_INT: return before_calls(pass, uop->output, result);
    case MVM_UOP_LEN_LIST:
    case MVM_UOP_LEN_STRING:
    case MVM_UOP_LEN_MAP: *result = lengths; return true;
    default: return sign_of_result(pass, uop, result);
    }
}

// --- checks
// ------------------------------------------------------------------------------------------

static void narrow_value(range_pass *pass, uint16_t number, interval to) {
    interval *of = &pass->of[number];
    // What can't be is left as it was: the trace does not come here.
    interval narrowed = {larger(of->low, to.low), smaller(of->high, to.high)};
    if (narrowed.low <= narrowed.high) *of = narrowed;
}

static int64_t root_of(int64_t square) {
    int64_t root = 0;
    for (int64_t bit = INT64_C(1) << 31; bit; bit >>= 1) {
        if ((root | bit) <= square / (root | bit)) root |= bit;
    }
    return root;
}

// Of a square that is not too large, the number is not, either: `d d * n <=`.
static void narrow_root(range_pass *pass, uint16_t square) {
    uint16_t definition = pass->definitions[square];
    if (!definition || pass->of[square].high < 0) return;
    const mvm_uop *uop = &pass->trace->uops[definition - 1];
    interval product;
    bool is_exact = uop->opcode == MVM_UOP_MUL_INT ||
                    (uop->opcode == MVM_UOP_MUL_WRAP_INT && range_of_result(pass, uop, &product));
    if (!is_exact || uop->is_immediate || uop->inputs[0] != uop->inputs[1]) return;
    int64_t root = root_of(pass->of[square].high);
    narrow_value(pass, uop->inputs[0], (interval){-root, root});
}

static void narrow(range_pass *pass, const mvm_uop *uop, uint32_t i, interval to) {
    if (uop->is_immediate && i + 1u == mvm_uop_infos[uop->opcode].input_count) return;
    narrow_value(pass, uop->inputs[i], to);
    narrow_root(pass, uop->inputs[i]);
}

typedef enum relation { LESS, LESS_OR_EQUAL, EQUAL, NO_RELATION } relation;

// A comparison, or its opposite, as one of the relations; `swaps`: of the inputs in the other
// order.
static relation relation_of(uint16_t opcode, bool is_true, bool *swaps) {
    switch (opcode) {
    case MVM_UOP_LT_INT: *swaps = !is_true; return is_true ? LESS : LESS_OR_EQUAL;
    case MVM_UOP_LE_INT: *swaps = !is_true; return is_true ? LESS_OR_EQUAL : LESS;
    case MVM_UOP_GT_INT: *swaps = is_true; return is_true ? LESS : LESS_OR_EQUAL;
    case MVM_UOP_GE_INT: *swaps = is_true; return is_true ? LESS_OR_EQUAL : LESS;
    case MVM_UOP_EQ_INT: return is_true ? EQUAL : NO_RELATION;
    case MVM_UOP_NE_INT: return is_true ? NO_RELATION : EQUAL;
    default: return NO_RELATION;
    }
}

// The comparison that a guard of a bool checks; NULL: it is none of ints.
static const mvm_uop *guarded(const range_pass *pass, const mvm_uop *guard, bool *is_true) {
    *is_true = guard->opcode == MVM_UOP_GUARD_TRUE;
    if (!*is_true && guard->opcode != MVM_UOP_GUARD_FALSE) return NULL;
    uint16_t number = pass->definitions[guard->inputs[0]];
    return number ? &pass->trace->uops[number - 1] : NULL;
}

static void narrow_compared(range_pass *pass, const mvm_uop *comparison, bool is_true) {
    bool swaps = false;
    relation holds = relation_of(comparison->opcode, is_true, &swaps);
    uint32_t first = swaps ? 1 : 0, second = 1 - first;
    interval left = input(pass, comparison, first), right = input(pass, comparison, second);
    if (holds == NO_RELATION) return;
    if (holds == EQUAL) {
        narrow(pass, comparison, first, right);
        narrow(pass, comparison, second, left);
        return;
    }
    int64_t apart = holds == LESS;
    if (!comparison->is_immediate) {
        index_bounds_compared(pass, comparison->inputs[first], comparison->inputs[second], !apart);
    }
    if (right.high >= INT64_MIN + apart) {
        narrow(pass, comparison, first, (interval){INT64_MIN, right.high - apart});
    }
    if (left.low <= INT64_MAX - apart) {
        narrow(pass, comparison, second, (interval){left.low + apart, INT64_MAX});
    }
}

bool range_is_certain(const range_pass *pass, const mvm_uop *uop) {
    if (uop->opcode == MVM_UOP_REFINE_NATURAL) return pass->of[uop->inputs[0]].low >= 0;
    if (uop->opcode == MVM_UOP_GUARD_TRUE_GE_INT)
        return input(pass, uop, 0).low >= input(pass, uop, 1).high;
    if (uop->opcode == MVM_UOP_GUARD_TRUE_LE_INT)
        return input(pass, uop, 0).high <= input(pass, uop, 1).low;
    bool is_true, swaps = false;
    const mvm_uop *comparison = guarded(pass, uop, &is_true);
    if (!comparison) return false;
    relation wanted = relation_of(comparison->opcode, is_true, &swaps);
    interval left = input(pass, comparison, swaps ? 1 : 0);
    interval right = input(pass, comparison, swaps ? 0 : 1);
    if (wanted == LESS) return left.high < right.low;
    return wanted == LESS_OR_EQUAL && left.high <= right.low;
}

// An index that was in range: of a list or a string, whose index comes behind it.
static void narrow_index(range_pass *pass, const mvm_uop *uop, const mvm_uop_info *info) {
    if (!(info->flags & MVM_FLAG_EXITS) || info->input_count < 2) return;
    uint8_t container = mvm_type_infos[info->inputs[0]].base;
    bool is_indexed = (container == MVM_TYPE_LIST && info->reads & MVM_MEMORY_LENGTHS &&
                       !(info->writes & MVM_MEMORY_LENGTHS)) ||
                      uop->opcode == MVM_UOP_GET_STRING_ASCII;
    if (is_indexed) narrow(pass, uop, 1, (interval){0, lengths.high - 1});
}

static void note_result(range_pass *pass, uint32_t at, const mvm_uop_info *info) {
    const mvm_uop *uop = &pass->trace->uops[at];
    interval result;
    if (!range_of_result(pass, uop, &result)) result = bounds_of(&pass->trace->values[uop->output]);
    if (info->output == MVM_TYPE_NATURAL) result.low = larger(result.low, 0);
    range_set(pass, uop->output, result);
    pass->definitions[uop->output] = (uint16_t)(at + 1);
}

void range_after(range_pass *pass, uint32_t at) {
    const mvm_uop *uop = &pass->trace->uops[at];
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    if (info->output_count && info->output != MVM_TYPE_ANY) note_result(pass, at, info);
    if (uop->opcode == MVM_UOP_REFINE_NATURAL) narrow(pass, uop, 0, (interval){0, INT64_MAX});
    bool is_true;
    const mvm_uop *comparison = guarded(pass, uop, &is_true);
    if (comparison) narrow_compared(pass, comparison, is_true);
    if (comparison) signs_compared(pass, comparison, is_true);
    signs_after(pass, uop);
    narrow_index(pass, uop, info);
}
