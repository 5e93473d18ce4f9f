// Links into loops, in the type pass. In: a trace that comes to the head of a loop which has a root
// trace, the target. Out: what stands in front of the target's loop, over this trace's values, and
// an end that goes on at the loop's top with the values where the target has them there.
//
//   target                           this trace
//   v1 = _UNBOX_FLOAT slot 5                                       (slot 5 is v9, a float)
//   v2 = _UNBOX_LIST slot 6          v4 = _UNBOX_LIST slot 6       (nothing is known of slot 6)
//   v3 = _LOAD_FIELD_FLOAT v7 3      v5 = _LOAD_FIELD_FLOAT v8 3
// > …                                _LINK_LOOP                    (v1 is v9, v2 v4, v3 v5)
//
// What the target's front finds out about a slot, this trace mostly knows of the value that the
// slot should hold, so little is left of it. Of the slots, only those are stored whose memory the
// loop relies on. A check that fails leaves to the loop's head; the side trace that it comes to
// have goes on through memory, since the check would fail there as well.
#include <string.h>

#include "executor.h"
#include "type_pass.h"

typedef struct loop_link {
    type_pass *pass;
    const mvm_executor *target;
    uint16_t same[MVM_TRACE_VALUES];  // the value here that each of the target's is
} loop_link;

static bool loads_slot(const mvm_uop_info *info) {
    return info->input_count == 1 && info->inputs[0] == MVM_TYPE_ANY && info->output_count &&
           info->output != MVM_TYPE_ANY;
}

static bool checks_identity(const mvm_uop_info *info) {
    return (info->flags & MVM_FLAG_IDENTITY) && !info->output_count;
}

// The refined type that a uop checks for; ANY: it is no such check.
static mvm_type refined_by(uint16_t opcode) {
    for (uint32_t type = 0; type < MVM_TYPE_COUNT; type++) {
        if (mvm_type_infos[type].refine == opcode) return (mvm_type)type;
    }
    return MVM_TYPE_ANY;
}

// --- whether it can be done
// ----------------------------------------------------------------------------------

static bool is_over_values(const mvm_uop_info *info) {
    const uint64_t excluded = MVM_FLAG_WRITES | MVM_FLAG_ALLOCATES | MVM_FLAG_ARRAY;
    if (info->flags & excluded) return false;
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (info->inputs[i] == MVM_TYPE_ANY) return false;
    }
    return !info->output_count || info->output != MVM_TYPE_ANY;
}

bool mvm_may_link_into(const mvm_trace *trace) {
    bool is_defined[MVM_TRACE_VALUES] = {false};
    for (uint32_t i = 0; i < trace->front_count; i++) {
        const mvm_uop *uop = &trace->front[i];
        const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
        bool fits = uop->opcode == MVM_UOP_CHECK_ENTRY || loads_slot(info) || is_over_values(info);
        if (!fits) return false;
        if (info->output_count) is_defined[uop->output] = true;
    }
    for (uint32_t i = 0; i < trace->top_value_count; i++) {
        uint16_t value = trace->top_values[i].value;
        if (trace->values[value].kind != MVM_VALUE_CONSTANT && !is_defined[value]) return false;
    }
    return true;
}

// A trace that goes on from where such a link was left fails in the same way.
static bool has_failed(const mvm_trace *trace, const mvm_executor *target) {
    for (const mvm_exit *from = trace->from; from; from = from->executor->from) {
        if (from->ip == target->start && from->reason != MVM_EXIT_BRANCH) return true;
    }
    return false;
}

// Whether what is known of a value contradicts what the target's uop checks it for.
static bool contradicts(const loop_link *link, const mvm_uop *uop, uint16_t number) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    const mvm_trace_value *value = value_of(link->pass, number);
    if (checks_identity(info)) return value->identity && value->identity != uop->operands[0] + 1;
    mvm_type wanted = loads_slot(info) ? (mvm_type)info->output : refined_by(uop->opcode);
    if (wanted == MVM_TYPE_ANY || value->type == MVM_TYPE_ANY) return false;
    if (mvm_type_infos[value->type].base == value->type)
        return value->type != mvm_type_infos[wanted].base;
    return !type_pass_knows(value->type, wanted);
}

// Whether the values are, or may be, what the target's loop starts from.
static bool may_fit(loop_link *link) {
    const mvm_executor *target = link->target;
    const abstract *state = &link->pass->state;
    for (uint32_t i = 0; i < target->front_count; i++) {
        const mvm_uop *uop = &target->front[i];
        const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
        if (loads_slot(info)) link->same[uop->output] = state->slots[uop->inputs[0]];
        uint16_t number = link->same[loads_slot(info) ? uop->output : uop->inputs[0]];
        if (loads_slot(info) && number == MVM_NO_VALUE) return false;
        if (number == MVM_NO_VALUE || uop->opcode == MVM_UOP_CHECK_ENTRY) continue;
        if (contradicts(link, uop, number) || type_pass_is_missed(link->pass, number)) return false;
    }
    return true;
}

// --- the target's front, here
// -------------------------------------------------------------------------------------

// To the loop's head, whose JUMP_BACKWARD has been run.
static uint16_t exit_to_head(loop_link *link, uint8_t reason) {
    abstract *state = &link->pass->state;
    uint16_t exit = abstract_exit(state, link->target->start, reason);
    if (exit != MVM_NO_EXIT) state->trace->snapshots[exit].instructions++;
    return exit;
}

static uint16_t value_here(loop_link *link, uint16_t number) {
    const mvm_trace_value *value = &link->target->values[number];
    if (value->kind != MVM_VALUE_CONSTANT) return link->same[number];
    return abstract_constant(&link->pass->state, value->constant);
}

static bool check_type(loop_link *link, uint16_t number, mvm_type wanted) {
    uint16_t exit = MVM_NO_EXIT;
    if (!type_pass_knows(value_of(link->pass, number)->type, wanted)) {
        exit = exit_to_head(link, MVM_EXIT_LOOP);
        if (exit == MVM_NO_EXIT) return false;
    }
    return type_pass_check_type(link->pass, number, wanted, exit);
}

static bool check_identity(loop_link *link, const mvm_uop *uop, uint16_t number) {
    if (value_of(link->pass, number)->identity == uop->operands[0] + 1) return true;
    uint16_t exit = exit_to_head(link, MVM_EXIT_LOOP);
    return exit != MVM_NO_EXIT &&
           type_pass_emit_identity(link->pass, number, uop->opcode, uop->operands[0], exit);
}

static bool check_link(loop_link *link) {
    uint16_t exit = exit_to_head(link, MVM_EXIT_ROOM);
    abstract_emit(&link->pass->state, MVM_UOP_CHECK_LINK)->exit = exit;
    return !link->pass->state.trace->abort;
}

// Immediates become constants again, so that all passes see what they see in other uops.
static bool take_over(loop_link *link, const mvm_uop *uop, const mvm_uop_info *info) {
    abstract *state = &link->pass->state;
    mvm_uop copy = *uop;
    for (uint32_t i = 0; i < info->input_count; i++) {
        bool is_immediate = uop->is_immediate && i + 1u == info->input_count;
        mvm_value immediate = {.tag = mvm_type_infos[info->inputs[i]].tag};
        immediate.integer = uop->immediate;
        copy.inputs[i] =
            is_immediate ? abstract_constant(state, immediate) : value_here(link, uop->inputs[i]);
    }
    if (info->output_count) {
        copy.output = abstract_new_value(state, MVM_VALUE_REGISTER, info->output);
        link->same[uop->output] = copy.output;
    }
    if (uop->exit != MVM_NO_EXIT) copy.exit = exit_to_head(link, MVM_EXIT_LOOP);
    copy.is_immediate = false;
    copy.immediate = 0;
    copy.origin = state->origin;
    *abstract_emit(state, uop->opcode) = copy;
    return !state->trace->abort;
}

static bool instantiate(loop_link *link, const mvm_uop *uop) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    mvm_type refined = refined_by(uop->opcode);
    if (uop->opcode == MVM_UOP_CHECK_ENTRY) return check_link(link);
    if (loads_slot(info)) {
        uint16_t number = link->pass->state.slots[uop->inputs[0]];
        link->same[uop->output] = number;
        value_of(link->pass, number)->is_wanted |= link->target->values[uop->output].is_wanted;
        return check_type(link, number, (mvm_type)info->output);
    }
    uint16_t first = value_here(link, uop->inputs[0]);
    if (checks_identity(info)) return check_identity(link, uop, first);
    if (refined != MVM_TYPE_ANY) return check_type(link, first, refined);
    return take_over(link, uop, info);
}

// --- the end
// ------------------------------------------------------------------------------------------------

static bool store_slots(loop_link *link) {
    abstract *state = &link->pass->state;
    for (uint32_t slot = 0; slot < link->target->entry_top; slot++) {
        uint16_t value = state->slots[slot];
        if (!link->target->top_memory[slot] || value == MVM_NO_VALUE) continue;
        if (state->memory[slot] != value && !abstract_store(state, slot, value)) return false;
    }
    return true;
}

static bool place_values(loop_link *link) {
    mvm_trace *trace = link->pass->state.trace;
    for (uint32_t i = 0; i < link->target->top_value_count; i++) {
        mvm_placed_value placed = link->target->top_values[i];
        placed.value = value_here(link, placed.value);
        trace->link_values[trace->link_value_count++] = placed;
    }
    return !trace->abort;
}

bool type_pass_may_link(type_pass *pass, const mvm_executor *target) {
    const abstract *state = &pass->state;
    const mvm_trace *trace = state->trace;
    loop_link link = {.pass = pass, .target = target};
    return trace->links && target->front && trace->origins[state->origin].frame == 0 &&
           state->top == target->entry_top && !has_failed(trace, target) && may_fit(&link);
}

bool type_pass_link_loop(type_pass *pass, const mvm_executor *target) {
    abstract *state = &pass->state;
    loop_link link = {.pass = pass, .target = target};
    for (uint32_t i = 0; i < target->front_count; i++) {
        if (!instantiate(&link, &target->front[i])) return false;
    }
    if (!store_slots(&link) || !place_values(&link)) return false;
    if (state->trace->vm->counting) abstract_emit(state, MVM_UOP_COUNT_ITERATION);
    abstract_emit(state, MVM_UOP_LINK_LOOP)->operands[0] = (uint64_t)(uintptr_t)target;
    return !state->trace->abort;
}
