// The constant pass. In: uops over values. Out: the same with what can be computed now computed,
// small constants as immediates, divisions by constants as multiplications, and as shifts and masks
// where they are powers of two.
//
//   v3 = _ADD_INT 2 3              (v3 is the constant 5)
//   v4 = _ADD_INT v1 1             _ADD_INT v1 #1
//   v5 = _MOD_INT v4 1000003       v5 = _MOD_INT_BY v4 shift, magic, 1000003
//   v6 = _MUL_INT v5 2             v6 = _ADD_INT v5 v5
//   v7 = _SHIFT_LEFT_INT v6 3      v7 = _SHIFT_LEFT_INT_BY v6 3
//   v8 = _DIV_FLOAT v1 4.0         v8 = _MUL_FLOAT v1 0.25
#include "uop_interpreter.h"

static const mvm_trace_value *constant_of(const mvm_trace *trace, uint16_t number) {
    const mvm_trace_value *value = &trace->values[number];
    return value->kind == MVM_VALUE_CONSTANT ? value : NULL;
}

// Compute a pure uop over constants by running it; false when it would exit or an input is not
// known.
static bool fold(mvm_trace *trace, const mvm_uop *uop, const mvm_uop_info *info) {
    mvm_value inputs[MVM_MAX_INPUTS];
    if (!info->output_count || info->output == MVM_TYPE_ANY) return false;
    if (!info->input_count) return false;  // what a loop carries begins so
    for (uint32_t i = 0; i < info->input_count; i++) {
        const mvm_trace_value *constant = constant_of(trace, uop->inputs[i]);
        if (!constant) return false;
        inputs[i] = constant->constant;
    }
    uint64_t bits;
    if (!mvm_uop_evaluate(trace->vm, uop, inputs, &bits)) return false;
    mvm_trace_value *result = &trace->values[uop->output];
    result->kind = MVM_VALUE_CONSTANT;
    result->constant = (mvm_value){.tag = mvm_type_infos[info->output].tag, .bits = bits};
    return true;
}

// Subtracting a constant is adding another one, and overflows where that does.
static void reduce_subtraction(const mvm_trace *trace, mvm_uop *uop) {
    bool wraps = uop->opcode == MVM_UOP_SUB_WRAP_INT;
    if (!wraps && uop->opcode != MVM_UOP_SUB_INT) return;
    const mvm_trace_value *constant = constant_of(trace, uop->inputs[1]);
    if (!constant) return;
    int64_t number = constant->constant.integer;
    if (number <= INT32_MIN || number > INT32_MAX) return;
    uop->opcode = wraps ? MVM_UOP_ADD_WRAP_INT : MVM_UOP_ADD_INT;
    uop->is_immediate = true;
    uop->immediate = -number;
    uop->inputs[1] = MVM_NO_VALUE;
}

static void take_immediate(mvm_trace *trace, mvm_uop *uop, const mvm_uop_info *info) {
    uint32_t last = info->input_count - 1u;
    if (uop->is_immediate) return;
    if ((info->flags & MVM_FLAG_COMMUTES) && constant_of(trace, uop->inputs[0])) {
        uint16_t first = uop->inputs[0];
        uop->inputs[0] = uop->inputs[last];
        uop->inputs[last] = first;
    }
    const mvm_trace_value *constant = constant_of(trace, uop->inputs[last]);
    if (!constant) return;
    int64_t number = constant->constant.integer;
    if (number < INT32_MIN || number > INT32_MAX) return;
    uop->is_immediate = true;
    uop->immediate = number;
    uop->inputs[last] = MVM_NO_VALUE;
}

// The multiplier and shift that divide every n in 0 … 2^63 - 1 by `divisor` (>= 2, no power of
// two): the least 2^p for which n * ((2^p + divisor - 2^p mod divisor) / divisor) / 2^p is exact.
static void find_magic(uint64_t divisor, uint64_t *magic, uint64_t *shift) {
    const uint64_t half = UINT64_C(1) << 63;
    unsigned __int128 largest = half - half % divisor;  // one more than the dividends that matter
    // Quotient and remainder of 2^power by the divisor, which is no power of two: from 2^64 on.
    uint64_t quotient = UINT64_MAX / divisor, remainder = UINT64_MAX % divisor + 1;
    uint32_t power = 64;
    while (((unsigned __int128)1 << power) < largest * (divisor - remainder)) {
        bool carry = remainder >= divisor - remainder;
        quotient = 2 * quotient + carry;
        remainder = carry ? remainder - (divisor - remainder) : 2 * remainder;
        power++;
    }
    *magic = quotient + 1;
    *shift = power - 64;
}

// What a division becomes when its divisor is a constant >= 2.
typedef struct division {
    uint16_t uop, by_multiplication;
    bool is_modulo;
} division;

static const division divisions[] = {
    {MVM_UOP_MOD_INT, MVM_UOP_MOD_INT_BY, true},
    {MVM_UOP_MOD_NATURAL, MVM_UOP_MOD_NATURAL_BY, true},
    {MVM_UOP_FLOORDIV_INT, MVM_UOP_FLOORDIV_INT_BY, false},
    {MVM_UOP_FLOORDIV_NATURAL, MVM_UOP_FLOORDIV_NATURAL_BY, false},
};

static void take_mask(mvm_uop *uop, uint64_t mask) {
    if (mask > INT32_MAX) {
        uop->opcode = MVM_UOP_MOD_INT_MASK;
        uop->operands[0] = mask;
        return;
    }
    uop->opcode = MVM_UOP_AND_INT;
    uop->is_immediate = true;
    uop->immediate = (int64_t)mask;
}

static void take_count(mvm_uop *uop, uint16_t opcode, uint64_t count) {
    uop->opcode = opcode;
    uop->operands[0] = count;
    uop->inputs[1] = MVM_NO_VALUE;
    uop->exit = MVM_NO_EXIT;
}

static void reduce(const mvm_trace *trace, mvm_uop *uop, const division *row) {
    const mvm_trace_value *constant = constant_of(trace, uop->inputs[1]);
    if (!constant || constant->constant.integer < 2) return;
    uint64_t divisor = (uint64_t)constant->constant.integer;
    uop->inputs[1] = MVM_NO_VALUE;
    uop->exit = MVM_NO_EXIT;
    bool is_power_of_two = (divisor & (divisor - 1)) == 0;
    if (is_power_of_two && row->is_modulo) {
        take_mask(uop, divisor - 1);
    } else if (is_power_of_two) {
        take_count(uop, MVM_UOP_SHIFT_RIGHT_INT_BY, (uint64_t)__builtin_ctzll(divisor));
    } else {
        uop->opcode = row->by_multiplication;
        find_magic(divisor, &uop->operands[1], &uop->operands[0]);
        uop->operands[2] = divisor;
    }
}

static void reduce_division(const mvm_trace *trace, mvm_uop *uop) {
    for (uint32_t i = 0; i < sizeof divisions / sizeof *divisions; i++) {
        if (divisions[i].uop == uop->opcode) {
            reduce(trace, uop, &divisions[i]);
            return;
        }
    }
}

// A count outside 0 … 63 stays the generic form's business.
static void reduce_shift(const mvm_trace *trace, mvm_uop *uop) {
    bool is_left = uop->opcode == MVM_UOP_SHIFT_LEFT_INT;
    if (!is_left && uop->opcode != MVM_UOP_SHIFT_RIGHT_INT) return;
    const mvm_trace_value *constant = constant_of(trace, uop->inputs[1]);
    if (!constant || constant->constant.bits > 63) return;
    take_count(uop, is_left ? MVM_UOP_SHIFT_LEFT_INT_BY : MVM_UOP_SHIFT_RIGHT_INT_BY,
               constant->constant.bits);
}

// A multiplication by a constant: `x + x`, which overflows where `2 * x` does, and shifts for other
// powers of two where it may wrap.
void mvm_reduce_multiplication(mvm_uop *uop) {
    bool wraps = uop->opcode == MVM_UOP_MUL_WRAP_INT;
    if (!uop->is_immediate || (!wraps && uop->opcode != MVM_UOP_MUL_INT)) return;
    if (uop->immediate == 2) {
        uop->opcode = wraps ? MVM_UOP_ADD_WRAP_INT : MVM_UOP_ADD_INT;
        uop->is_immediate = false;
        uop->immediate = 0;
        uop->inputs[1] = uop->inputs[0];
    } else if (wraps && uop->immediate > 2 && (uop->immediate & (uop->immediate - 1)) == 0) {
        take_count(uop, MVM_UOP_SHIFT_LEFT_INT_BY, (uint64_t)__builtin_ctzll(uop->immediate));
        uop->is_immediate = false;
        uop->immediate = 0;
    }
}

// The float's number among the trace's constants; NO_VALUE: there is no room for it.
static uint16_t float_constant(mvm_trace *trace, uint64_t bits) {
    for (uint32_t i = 1; i < trace->value_count; i++) {
        const mvm_trace_value *constant = constant_of(trace, (uint16_t)i);
        bool is_float = constant && constant->constant.tag == MVM_TAG_FLOAT;
        if (is_float && constant->constant.bits == bits) return (uint16_t)i;
    }
    if (trace->value_count == MVM_TRACE_VALUES) return MVM_NO_VALUE;
    trace->values[trace->value_count] =
        (mvm_trace_value){.kind = MVM_VALUE_CONSTANT,
                          .type = MVM_TYPE_FLOAT,
                          .constant = {.tag = MVM_TAG_FLOAT, .bits = bits}};
    return (uint16_t)trace->value_count++;
}

// Division by a power of two is multiplication by its reciprocal, to the last bit, as long as both
// are normal numbers: those of an exponent alone, whose bits add up to that of 1.0 twice.
static void reduce_float_division(mvm_trace *trace, mvm_uop *uop) {
    const uint64_t digits = (UINT64_C(1) << 52) - 1, one = UINT64_C(1023) << 52;
    if (uop->opcode != MVM_UOP_DIV_FLOAT) return;
    const mvm_trace_value *constant = constant_of(trace, uop->inputs[1]);
    if (!constant || constant->constant.bits & digits) return;
    uint64_t sign = constant->constant.bits >> 63 << 63, exponent = constant->constant.bits ^ sign;
    if (exponent == 0 || exponent >= 2 * one) return;
    uint16_t reciprocal = float_constant(trace, sign | (2 * one - exponent));
    if (reciprocal == MVM_NO_VALUE) return;
    uop->opcode = MVM_UOP_MUL_FLOAT;
    uop->inputs[1] = reciprocal;
    uop->exit = MVM_NO_EXIT;
}

static bool is_known_guard(const mvm_trace *trace, const mvm_uop *uop) {
    if (uop->opcode != MVM_UOP_GUARD_TRUE && uop->opcode != MVM_UOP_GUARD_FALSE) return false;
    const mvm_trace_value *constant = constant_of(trace, uop->inputs[0]);
    return constant && constant->constant.integer == (uop->opcode == MVM_UOP_GUARD_TRUE);
}

bool mvm_optimize_constants(mvm_trace *trace) {
    uint32_t kept = 0, loop_start = trace->loop_start;
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        if (i == loop_start) trace->loop_start = kept;
        mvm_uop uop = trace->uops[i];
        const mvm_uop_info *info = &mvm_uop_infos[uop.opcode];
        if ((info->flags & MVM_FLAG_PURE) && fold(trace, &uop, info)) continue;
        if (is_known_guard(trace, &uop)) continue;
        reduce_division(trace, &uop);
        reduce_subtraction(trace, &uop);
        reduce_shift(trace, &uop);
        reduce_float_division(trace, &uop);
        if (!uop.is_immediate && info->flags & MVM_FLAG_IMMEDIATE)
            take_immediate(trace, &uop, info);
        mvm_reduce_multiplication(&uop);
        trace->uops[kept++] = uop;
    }
    trace->uop_count = kept;
    return true;
}
