// Calls, in the type pass. In: a projected call, its frame's number in the second operand. Out: a
// check of which function is called, where that is not known. Of an inlined call, the abstract
// machine in the callee's frame; no frame is pushed: an exit makes the frames that are open then.
// Of another one, the uops that call the callee's trace, and everything in memory behind them.
#include <assert.h>
#include <string.h>

#include "executor.h"
#include "type_pass.h"

// What the function captured goes into the locals behind the parameters.
static bool load_captures(type_pass *pass, uint16_t function, const mvm_inlined_frame *callee) {
    abstract *state = &pass->state;
    uint32_t first = (uint32_t)callee->base + callee->code->parameters;
    state->start_top = 0;  // from here on nothing exits to the call
    for (uint32_t i = 0; i < callee->code->capture_count; i++) {
        uint16_t value = abstract_new_value(state, MVM_VALUE_MEMORY, MVM_TYPE_ANY);
        if (value == MVM_NO_VALUE || !abstract_write(state, first + i, value)) return false;
        value_of(pass, value)->home = (uint16_t)(first + i);
        state->slots[first + i] = value;
        mvm_uop *uop = abstract_emit(state, MVM_UOP_GET_CAPTURE);
        uop->inputs[0] = function;
        uop->operands[0] = i;
        uop->output = (uint16_t)(first + i);
    }
    return !state->trace->abort;
}

// --- calls of other traces
// ---------------------------------------------------------------------------------------

// Every value is to be in its slot, since no register outlives the call.
static bool store_all(type_pass *pass) {
    abstract *state = &pass->state;
    for (uint32_t slot = 0; slot < state->top; slot++) {
        uint16_t value = state->slots[slot];
        if (value == MVM_NO_VALUE || state->memory[slot] == value) continue;
        if (!abstract_store(state, slot, value)) return false;
    }
    return true;
}

// What is known of a value still holds when another function has run, except how a list is packed.
static void take_over(type_pass *pass, uint16_t number, uint16_t before_number) {
    mvm_trace_value *value = value_of(pass, number);
    const mvm_trace_value *before = value_of(pass, before_number);
    mvm_type base = mvm_type_infos[before->type].base;
    value->type = base == MVM_TYPE_LIST ? base : before->type;
    value->identity = before->identity;
    value->identity_check = before->identity_check;
    value->low = before->low;
    value->high = before->high;
    value->before = before_number;
}

static bool renew(type_pass *pass, uint32_t slot, uint16_t before) {
    abstract *state = &pass->state;
    uint16_t number = abstract_new_value(state, MVM_VALUE_MEMORY, MVM_TYPE_ANY);
    if (number == MVM_NO_VALUE) return false;
    value_of(pass, number)->home = (uint16_t)slot;
    if (before != MVM_NO_VALUE) take_over(pass, number, before);
    state->slots[slot] = state->memory[slot] = number;
    return true;
}

// Behind the call: everything in memory, the results on top.
static bool resume(type_pass *pass, uint32_t base, uint32_t results) {
    abstract *state = &pass->state;
    for (uint32_t slot = 0; slot < MVM_TRACE_SLOTS; slot++) {
        bool is_result = slot >= base && slot < base + results;
        uint16_t value = slot < base ? state->slots[slot] : MVM_NO_VALUE;
        state->memory[slot] = MVM_NO_VALUE;
        if (slot >= base) state->slots[slot] = MVM_NO_VALUE;
        if (value != MVM_NO_VALUE && value_of(pass, value)->kind == MVM_VALUE_CONSTANT) {
            state->memory[slot] = value;
        } else if (value != MVM_NO_VALUE || is_result) {
            if (!renew(pass, slot, value)) return false;
        }
    }
    state->top = base + results;
    state->scratch = MVM_TRACE_SLOTS;
    state->start_top = 0;
    return true;
}

// From here on the call counts as run.
static void count_instructions(type_pass *pass, mvm_inlined_frame *called) {
    abstract *state = &pass->state;
    called->instructions = state->origin + 1u - state->counted_from;
    state->counted_from = (uint16_t)(state->origin + 1u);
    if (state->trace->vm->counting) abstract_emit(state, MVM_UOP_COUNT_ITERATION);
}

// The operands of what checks or makes a call: the called frame's number, and how far its slots and
// its frame are from the caller's.
static mvm_uop *emit_call(abstract *state, uint16_t opcode, uint64_t called, uint32_t base) {
    mvm_uop *uop = abstract_emit(state, opcode);
    uop->operands[0] = called;
    uop->operands[1] = base * sizeof(mvm_value);
    uop->operands[2] = (state->trace->frames[state->frame].depth + 1u) * sizeof(mvm_frame);
    return uop;
}

static bool emit_resume(abstract *state, uint32_t base) {
    mvm_uop *resume = abstract_emit(state, MVM_UOP_RESUME);
    resume->operands[0] = -(uint64_t)base * sizeof(mvm_value);
    resume->operands[1] = (state->trace->frames[state->frame].depth + 1u) * sizeof(mvm_frame);
    return !state->trace->abort;
}

// Another function's trace, if it has one.
static bool call_other(type_pass *pass, uint64_t number, uint16_t function) {
    abstract *state = &pass->state;
    mvm_inlined_frame *called = &state->trace->frames[number].inlined;
    uint32_t base = (uint32_t)called->base;
    uint16_t exit = abstract_exit_to_start(state, MVM_EXIT_CALL);
    emit_call(state, MVM_UOP_CHECK_CALL, number, base)->exit = exit;
    if (function != MVM_NO_VALUE && !load_captures(pass, function, called)) return false;
    count_instructions(pass, called);
    emit_call(state, MVM_UOP_CALL_TRACE, number, base);
    return emit_resume(state, base);
}

// The function whose trace, or whose root trace, this one is.
static bool call_root(type_pass *pass, uint64_t number) {
    abstract *state = &pass->state;
    mvm_inlined_frame *called = &state->trace->frames[number].inlined;
    uint16_t exit = abstract_exit_to_start(state, MVM_EXIT_CALL);
    emit_call(state, MVM_UOP_PUSH_CALL, number, (uint32_t)called->base)->exit = exit;
    count_instructions(pass, called);
    abstract_emit(state, MVM_UOP_CALL_ROOT);
    return emit_resume(state, (uint32_t)called->base);
}

static bool is_root(const mvm_trace *trace, const mvm_code *called) {
    bool is_loop = trace->from ? trace->from->executor->root->is_loop : trace->is_loop_entry;
    return called == trace->code && !is_loop;
}

// `function` is what is called, where that has captured something.
static bool call_trace(type_pass *pass, uint64_t number, uint16_t function) {
    abstract *state = &pass->state;
    mvm_inlined_frame *called = &state->trace->frames[number].inlined;
    uint32_t base = state->top - called->code->parameters;
    uint32_t end = base + called->code->frame_size;
    if (end >= MVM_TRACE_SLOTS / 2) return mvm_trace_abort(state->trace, MVM_ABORT_TOO_LONG);
    called->base = base;
    if (!store_all(pass)) return false;
    bool goes_to_root = is_root(state->trace, called->code) && function == MVM_NO_VALUE;
    bool done = goes_to_root ? call_root(pass, number) : call_other(pass, number, function);
    return done && resume(pass, base, called->code->results);
}

// --- inlined calls, and any
// ---------------------------------------------------------------------------------------

static bool enter_inlined(type_pass *pass, uint64_t number) {
    abstract *state = &pass->state;
    mvm_trace *trace = state->trace;
    mvm_trace_frame *frame = &trace->frames[number];
    const mvm_code *callee = frame->inlined.code;
    uint32_t base = state->top - callee->parameters;
    uint32_t end = base + callee->frame_size;
    if (end >= MVM_TRACE_SLOTS / 2) return mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
    if (end > trace->extent) trace->extent = end;
    frame->inlined.base = base;
    state->frame = (uint16_t)number;
    uint32_t top = base + callee->locals + 1;
    memset(&state->slots[state->top], 0, (top - state->top) * sizeof *state->slots);
    state->top = top;
    return true;
}

static bool is_called(const type_pass *pass, const mvm_uop *projected) {
    return pass->state.trace->frames[projected->operands[1]].is_called;
}

bool type_pass_enter_call(type_pass *pass, const mvm_uop *projected) {
    uint64_t number = projected->operands[1];
    return is_called(pass, projected) ? call_trace(pass, number, MVM_NO_VALUE)
                                      : enter_inlined(pass, number);
}

bool type_pass_enter_closure(type_pass *pass, const mvm_uop *projected) {
    abstract *state = &pass->state;
    uint16_t function = state->slots[state->top - 1];
    if (!type_pass_guard(pass, function, MVM_TYPE_FUNCTION) ||
        !type_pass_check_identity(pass, function, MVM_UOP_CHECK_FUNCTION, projected->operands[2])) {
        return false;
    }
    abstract_pop(state);
    uint64_t number = projected->operands[1];
    if (is_called(pass, projected)) return call_trace(pass, number, function);
    return enter_inlined(pass, number) &&
           load_captures(pass, function, &state->trace->frames[number].inlined);
}

bool type_pass_enter_method(type_pass *pass, const mvm_uop *projected) {
    abstract *state = &pass->state;
    const mvm_code *callee = state->trace->frames[projected->operands[1]].inlined.code;
    uint16_t subject = state->slots[state->top - callee->parameters];
    return type_pass_guard(pass, subject, MVM_TYPE_RECORD) &&
           type_pass_check_identity(pass, subject, MVM_UOP_CHECK_RECORD, projected->operands[2]) &&
           type_pass_enter_call(pass, projected);
}

bool type_pass_leave_call(type_pass *pass) {
    abstract *state = &pass->state;
    const mvm_trace_frame *frame = &state->trace->frames[state->frame];
    uint32_t base = (uint32_t)frame->inlined.base, results = frame->inlined.code->results;
    uint16_t *slots = state->slots;
    memmove(&slots[base], &slots[state->top - results], results * sizeof *slots);
    for (uint32_t slot = base + results; slot < state->top; slot++) slots[slot] = MVM_NO_VALUE;
    state->top = base + results;
    state->frame = frame->parent;
    return true;
}

bool type_pass_return_trace(type_pass *pass) {
    abstract *state = &pass->state;
    uint32_t results = state->trace->code->results;
    uint16_t exit = abstract_exit_to_start(state, MVM_EXIT_RETURNING);
    if (exit == MVM_NO_EXIT) return false;
    abstract_emit(state, MVM_UOP_CHECK_RETURN)->exit = exit;
    memmove(state->slots, &state->slots[state->top - results], results * sizeof *state->slots);
    state->top = results;
    state->start_top = 0;
    if (!store_all(pass)) return false;
    if (state->trace->vm->counting) abstract_emit(state, MVM_UOP_COUNT_ITERATION);
    abstract_emit(state, MVM_UOP_RETURN_TRACE);
    return !state->trace->abort;
}
