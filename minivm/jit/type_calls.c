// Inlined calls, in the type pass. In: a projected call, its frame's number in the second operand.
// Out: a check of which function is called, where that is not known, and the abstract machine in
// the callee's frame. No frame is pushed: an exit makes the frames that are open then.
#include <assert.h>
#include <string.h>

#include "type_pass.h"

bool type_pass_enter_call(type_pass *pass, const mvm_uop *projected) {
    abstract *state = &pass->state;
    mvm_trace *trace = state->trace;
    mvm_trace_frame *frame = &trace->frames[projected->operands[1]];
    const mvm_code *callee = frame->inlined.code;
    uint32_t base = state->top - callee->parameters;
    uint32_t end = base + callee->frame_size;
    if (end >= MVM_TRACE_SLOTS / 2) return mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
    if (end > trace->extent) trace->extent = end;
    frame->inlined.base = base;
    state->frame = (uint16_t)projected->operands[1];
    uint32_t top = base + callee->locals + 1;
    memset(&state->slots[state->top], 0, (top - state->top) * sizeof *state->slots);
    state->top = top;
    return true;
}

// What the function captured goes into the locals behind the parameters.
static bool load_captures(type_pass *pass, uint16_t function, const mvm_code *callee) {
    abstract *state = &pass->state;
    uint32_t first = abstract_base(state) + callee->parameters;
    state->start_top = 0;  // from here on nothing exits to the call
    for (uint32_t i = 0; i < callee->capture_count; i++) {
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

bool type_pass_enter_closure(type_pass *pass, const mvm_uop *projected) {
    abstract *state = &pass->state;
    uint16_t function = state->slots[state->top - 1];
    if (!type_pass_guard(pass, function, MVM_TYPE_FUNCTION) ||
        !type_pass_check_identity(pass, function, MVM_UOP_CHECK_FUNCTION, projected->operands[2])) {
        return false;
    }
    abstract_pop(state);
    const mvm_code *callee = state->trace->frames[projected->operands[1]].inlined.code;
    return type_pass_enter_call(pass, projected) && load_captures(pass, function, callee);
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
