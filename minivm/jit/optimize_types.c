// The type pass. In: uops over an abstract stack, as projected. Out: uops over virtual registers,
// with stack words, locals and inlined frames gone, and a guard only where a type is not known yet.
//
//   before                         after
//   _LOAD_LOCAL 1                  v4 = _UNBOX_INT slot 1      (once: the guard is the load)
//   _LOAD_INT 1
//   _GUARD_INT 1
//   _ADD_INT                       v5 = _ADD_INT v4 1
//   _STORE_LOCAL 1                                             (slot 1 is v5; an exit writes it)
//
// A trace that closes its loop is run twice: the first run finds which slots have the same type at
// the loop's end as at its top; the second loads those once, in front of the loop, and carries them
// in registers from iteration to iteration.
#include <assert.h>
#include <string.h>

#include "executor.h"
#include "liveness.h"
#include "resume.h"
#include "type_pass.h"

// --- guards
// ----------------------------------------------------------------------------------------

// A value is in a register from here on. What gave it may as well give it so, the next time.
static void note_type(type_pass *pass, uint16_t number, mvm_type base) {
    value_of(pass, number)->kind = MVM_VALUE_REGISTER;
    value_of(pass, number)->type = base;
    if (pass->source[number] != MVM_NO_VALUE) pass->output_types[pass->source[number] - 1] = base;
}

// Load a value of unknown type from its home, checking that its type is `base`.
static void unbox(type_pass *pass, uint16_t number, mvm_type base, uint16_t exit) {
    mvm_uop *uop = abstract_emit(&pass->state, mvm_type_infos[base].unbox);
    uop->inputs[0] = value_of(pass, number)->home;
    uop->output = number;
    uop->exit = exit;
    note_type(pass, number, base);
}

// Load a value that is known to be of a type.
static bool fetch(type_pass *pass, uint16_t number) {
    mvm_uop *uop = abstract_emit(
        &pass->state, mvm_type_infos[mvm_type_infos[value_of(pass, number)->type].base].fetch);
    uop->inputs[0] = value_of(pass, number)->home;
    uop->output = number;
    value_of(pass, number)->kind = MVM_VALUE_REGISTER;
    return !pass->state.trace->abort;
}

// A value that the last uop has just put into its slot may as well come unboxed from that uop,
// which then does not write the slot. Its exit is the right one: the uop can be run again.
//
//   slot 9 = _LOAD_VALUES v1 v2
//   v3 = _UNBOX_LIST slot 9            v3 = _LOAD_VALUES_LIST v1 v2
static bool unbox_at_once(type_pass *pass, uint16_t number, mvm_type base) {
    mvm_trace *trace = pass->state.trace;
    if (trace->uop_count == 0) return false;
    mvm_uop *last = &trace->uops[trace->uop_count - 1];
    const mvm_uop_info *info = &mvm_uop_infos[last->opcode];
    bool defines = info->output_count && info->output == MVM_TYPE_ANY &&
                   last->output == value_of(pass, number)->home &&
                   pass->state.memory[last->output] == number;
    uint16_t combined = mvm_combination_of(last->opcode, mvm_type_infos[base].unbox);
    if (!defines || combined == MVM_NO_UOP || pass->output_snapshots != trace->snapshot_count)
        return false;
    pass->state.memory[last->output] = MVM_NO_VALUE;
    last->opcode = combined;
    last->output = number;
    trace->snapshots[last->exit].reason = MVM_EXIT_TYPE;  // more often than its own
    note_type(pass, number, base);
    return true;
}

// Make sure that a value has a type, with `exit` for when it has not.
bool type_pass_check_type(type_pass *pass, uint16_t number, mvm_type wanted, uint16_t exit) {
    mvm_trace *trace = pass->state.trace;
    mvm_type base = mvm_type_infos[wanted].base;
    if (value_of(pass, number)->kind == MVM_VALUE_MEMORY) {
        if (value_of(pass, number)->type != MVM_TYPE_ANY) {
            if (!fetch(pass, number)) return false;
        } else {
            unbox(pass, number, base, exit);
        }
    }
    mvm_type known = value_of(pass, number)->type;
    if (type_pass_knows(known, wanted)) return !trace->abort;
    if (known != base) return mvm_trace_abort(trace, MVM_ABORT_CONTRADICTION);
    mvm_uop *uop = abstract_emit(&pass->state, mvm_type_infos[wanted].refine);
    uop->inputs[0] = number;
    uop->exit = exit;
    value_of(pass, number)->type = wanted;
    return !trace->abort;
}

// What a side trace's first instruction gives, where its parent was left because that had not the
// type it was checked for.
bool type_pass_is_missed(const type_pass *pass, uint16_t number) {
    uint16_t source = pass->source[number];
    if (!pass->state.trace->missed_type || source == MVM_NO_VALUE) return false;
    const mvm_uop *from = &pass->projected[source - 1];
    return from->origin == 0 && pass->projected[pass->at].origin != 0 &&
           mvm_uop_has(from->opcode, MVM_FLAG_UNBOXES);
}

// The same check would fail again. The instruction's own side trace has the form that fits.
static bool end_before_check(type_pass *pass) {
    uint16_t exit = abstract_exit_to_start(&pass->state, MVM_EXIT_TYPE);
    abstract_emit(&pass->state, MVM_UOP_LEAVE)->exit = exit;
    pass->ended = !pass->state.trace->abort;
    return false;
}

bool type_pass_guard(type_pass *pass, uint16_t number, mvm_type wanted) {
    value_of(pass, number)->is_wanted = true;
    if (type_pass_is_missed(pass, number)) return end_before_check(pass);
    bool in_memory = value_of(pass, number)->kind == MVM_VALUE_MEMORY;
    if (in_memory && value_of(pass, number)->type != MVM_TYPE_ANY && !fetch(pass, number))
        return false;
    in_memory = value_of(pass, number)->kind == MVM_VALUE_MEMORY;
    if (in_memory) unbox_at_once(pass, number, mvm_type_infos[wanted].base);
    if (type_pass_knows(value_of(pass, number)->type, wanted)) return true;
    uint16_t exit = abstract_exit_to_start(&pass->state, MVM_EXIT_TYPE);
    return exit != MVM_NO_EXIT && type_pass_check_type(pass, number, wanted, exit);
}

// A check of an identity, with `exit` for when it is another one.
bool type_pass_emit_identity(type_pass *pass, uint16_t number, uint16_t opcode, uint64_t identity,
                             uint16_t exit) {
    mvm_uop *uop = abstract_emit(&pass->state, opcode);
    uop->inputs[0] = number;
    uop->operands[0] = identity;
    uop->exit = exit;
    value_of(pass, number)->identity = (uint32_t)identity + 1;
    value_of(pass, number)->identity_check = opcode;
    return !pass->state.trace->abort;
}

bool type_pass_check_identity(type_pass *pass, uint16_t number, uint16_t opcode,
                              uint64_t identity) {
    const mvm_uop_info *info = &mvm_uop_infos[opcode];
    uint32_t known = value_of(pass, number)->identity;
    assert(type_pass_knows(value_of(pass, number)->type, info->inputs[0]));
    if (known == identity + 1) return true;
    if (known) return mvm_trace_abort(pass->state.trace, MVM_ABORT_CONTRADICTION);
    uint16_t exit = abstract_exit_to_start(&pass->state, info->exit_reason);
    return exit != MVM_NO_EXIT && type_pass_emit_identity(pass, number, opcode, identity, exit);
}

// --- uops with a body
// --------------------------------------------------------------------------------

// Inputs: typed ones are value numbers, untyped ones slots. All are stored before any slot is
// taken.
static bool take_inputs(type_pass *pass, const mvm_uop_info *info, const uint16_t *taken,
                        uint32_t first_slot, uint16_t *inputs) {
    uint32_t end_slot = first_slot + info->input_count;
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (info->inputs[i] != MVM_TYPE_ANY) {
            inputs[i] = taken[i];
        } else if (!abstract_in_memory(&pass->state, first_slot + i, taken[i], first_slot, end_slot,
                                       &inputs[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < info->input_count; i++) {
        bool in_memory = value_of(pass, taken[i])->kind == MVM_VALUE_MEMORY;
        if (info->inputs[i] == MVM_TYPE_ANY && in_memory)
            inputs[i] = value_of(pass, taken[i])->home;
    }
    return true;
}

// An array input: the values must stand side by side.
static bool take_array(type_pass *pass, uint32_t count, uint16_t *first) {
    abstract *state = &pass->state;
    for (uint32_t slot = state->top - count; slot < state->top; slot++) {
        uint16_t value = state->slots[slot];
        if (state->memory[slot] != value && !abstract_store(state, slot, value)) return false;
    }
    *first = (uint16_t)(state->top - count);
    state->top -= count;
    return true;
}

static void forget_packings(type_pass *pass) {
    mvm_trace *trace = pass->state.trace;
    pass->widens = true;
    for (uint32_t i = 1; i < trace->value_count; i++) {
        trace->values[i].type = mvm_type_infos[trace->values[i].type].base;
    }
}

static bool give_output(type_pass *pass, const mvm_uop_info *info, uint16_t *output) {
    abstract *state = &pass->state;
    if (info->output != MVM_TYPE_ANY) {
        *output = abstract_new_value(state, MVM_VALUE_REGISTER, info->output);
        return abstract_push(state, *output);
    }
    uint16_t value = abstract_new_value(state, MVM_VALUE_MEMORY, MVM_TYPE_ANY);
    *output = (uint16_t)state->top;
    pass->output_snapshots = state->trace->snapshot_count;
    value_of(pass, value)->home = *output;
    pass->source[value] = (uint16_t)(pass->at + 1);
    // The instruction's start is out of reach from here on: nothing after this exits to it.
    state->start_top = 0;
    return abstract_write(state, state->top, value) && abstract_push(state, value);
}

// A uop that boxes an input takes it unboxed where it is: before, _BOX_INT and _STORE_FIELD; after,
// _STORE_FIELD_GENERAL with the tag as its last operand.
static void take_unboxed(type_pass *pass, mvm_uop *projected, const mvm_uop_info **info) {
    abstract *state = &pass->state;
    uint32_t boxed = 0;
    while ((*info)->inputs[boxed] != MVM_TYPE_ANY) boxed++;
    uint16_t number = state->slots[state->top - (*info)->input_count + boxed];
    if (value_of(pass, number)->kind == MVM_VALUE_MEMORY) return;
    const mvm_type_info *type = &mvm_type_infos[value_of(pass, number)->type];
    uint16_t combined = mvm_combination_of(mvm_type_infos[type->base].box, projected->opcode);
    assert(combined != MVM_NO_UOP);
    if (mvm_uop_infos[combined].operand_count > (*info)->operand_count) {
        projected->operands[(*info)->operand_count] = type->tag;
    }
    projected->opcode = combined;
    projected->opcode = type_pass_replace_field(pass, projected);
    *info = &mvm_uop_infos[projected->opcode];
}

static bool compute(type_pass *pass, const mvm_uop *uop_as_projected) {
    abstract *state = &pass->state;
    mvm_uop uop_to_emit = *uop_as_projected, *projected = &uop_to_emit;
    if (!type_pass_access_field(pass, projected)) return false;
    const mvm_uop_info *info = &mvm_uop_infos[projected->opcode];
    if (info->flags & MVM_FLAG_BOXES) take_unboxed(pass, projected, &info);
    uint16_t taken[MVM_MAX_INPUTS], inputs[MVM_MAX_INPUTS] = {0}, output = 0, exit = MVM_NO_EXIT;
    bool is_array = info->flags & MVM_FLAG_ARRAY;
    if (is_array) {
        if (!take_array(pass, (uint32_t)projected->operands[info->count_operand], &inputs[0]))
            return false;
    } else {
        // Boxed inputs go to their own stack slots, which must not count as free yet.
        uint32_t first_slot = state->top - info->input_count;
        memcpy(taken, &state->slots[first_slot], info->input_count * sizeof *taken);
        if (!take_inputs(pass, info, taken, first_slot, inputs)) return false;
        bool is_generic = projected->opcode == MVM_UOP_SET_FIELD;
        if (is_generic && !type_pass_check_set_field(pass, projected, inputs)) return false;
        if (info->flags & MVM_FLAG_UNBOXES && !(info->flags & MVM_FLAG_EXITS)) {
            // For unbox_at_once; forget_unused_exits takes it away again.
            exit = abstract_exit_to_start(state, MVM_EXIT_TYPE);
            if (exit == MVM_NO_EXIT) return false;
        } else if (info->flags & (MVM_FLAG_EXITS | MVM_FLAG_ERRORS)) {
            exit = abstract_exit_to_start(state, info->exit_reason);
            if (exit == MVM_NO_EXIT) return false;
        }
        for (uint32_t i = 0; i < info->input_count; i++) abstract_pop(state);
    }
    if (is_array && (exit = abstract_exit_to_start(state, info->exit_reason)) == MVM_NO_EXIT)
        return false;
    if (info->output_count && !give_output(pass, info, &output)) return false;
    mvm_uop *uop = abstract_emit(state, projected->opcode);
    memcpy(uop->inputs, inputs, sizeof inputs);
    memcpy(uop->operands, projected->operands, sizeof uop->operands);
    uop->output = output;
    uop->exit = exit;
    mvm_type type = pass->output_types[pass->at];
    if ((info->flags & MVM_FLAG_UNBOXES) && type != MVM_TYPE_ANY) {
        unbox_at_once(pass, state->slots[state->top - 1], type);
    }
    if (info->writes & MVM_MEMORY_PACKING) forget_packings(pass);
    if (info->flags & MVM_FLAG_IDENTITY) {
        value_of(pass, output)->identity = (uint32_t)projected->operands[0] + 1;
    }
    return !state->trace->abort;
}

// A uop that only checks an identity.
static bool identify(type_pass *pass, const mvm_uop *projected) {
    return type_pass_check_identity(pass, abstract_pop(&pass->state), projected->opcode,
                                    projected->operands[0]);
}

// --- the uops the optimiser does itself
// ----------------------------------------------------------------

static bool shuffle(type_pass *pass, const mvm_uop_info *info) {
    abstract *state = &pass->state;
    uint16_t taken[MVM_MAX_INPUTS];
    for (uint32_t i = info->input_count; i-- > 0;) taken[i] = abstract_pop(state);
    for (uint32_t i = 0; i < info->output_count; i++) {
        if (!abstract_push(state, taken[info->shuffle[i]])) return false;
    }
    return true;
}

static bool load_local(type_pass *pass, const mvm_uop *projected, const mvm_uop_info *info) {
    abstract *state = &pass->state;
    uint16_t value = state->slots[abstract_base(state) + projected->operands[0]];
    if (value == MVM_NO_VALUE) return mvm_trace_abort(state->trace, MVM_ABORT_CONTRADICTION);
    if (info->output != MVM_TYPE_ANY && !type_pass_guard(pass, value, info->output)) return false;
    return abstract_push(state, value);
}

static bool load_constant(type_pass *pass, const mvm_uop *projected, const mvm_uop_info *info) {
    abstract *state = &pass->state;
    const mvm_code *code = state->trace->origins[projected->origin].code;
    mvm_value constant = info->output == MVM_TYPE_ANY
                             ? code->constants[projected->operands[0]]
                             : mvm_from_int((int16_t)projected->operands[0]);
    return abstract_push(state, abstract_constant(state, constant));
}

// A branch is a guard for the way expected; its exit goes on the other way.
static bool branch(type_pass *pass, const mvm_uop *projected, const mvm_uop_info *info) {
    abstract *state = &pass->state;
    const mvm_origin *origin = &state->trace->origins[projected->origin];
    uint16_t condition = abstract_pop(state);
    uint16_t *next = origin->ip + mvm_instruction_infos[*origin->ip].units;
    uint16_t *other = projected->taken ? next : next + (int32_t)projected->operands[0];
    uint16_t exit = abstract_exit(state, other, MVM_EXIT_BRANCH);
    if (exit != MVM_NO_EXIT) state->trace->snapshots[exit].instructions++;
    mvm_uop *uop = abstract_emit(state, projected->taken ? info->taken : info->falls_through);
    uop->inputs[0] = condition;
    uop->exit = exit;
    return !state->trace->abort;
}

static bool end_trace(type_pass *pass, const mvm_uop *projected) {
    abstract *state = &pass->state;
    uint16_t exit = abstract_exit_to_start(state, (uint8_t)projected->operands[0]);
    abstract_emit(state, MVM_UOP_LEAVE)->exit = exit;
    return !state->trace->abort;
}

// On in another trace: in its loop, or at its start, with everything in memory.
static bool link(type_pass *pass, const mvm_uop *projected) {
    abstract *state = &pass->state;
    mvm_trace *trace = state->trace;
    mvm_executor *target = (mvm_executor *)(uintptr_t)projected->operands[1];
    if (type_pass_may_link(pass, target)) return type_pass_link_loop(pass, target);
    if (trace->vm->counting) abstract_emit(state, MVM_UOP_COUNT_ITERATION);
    uint16_t exit = abstract_exit(state, target->start, MVM_EXIT_LOOP);
    if (exit == MVM_NO_EXIT) return false;
    trace->snapshots[exit].link = target;
    abstract_emit(state, MVM_UOP_LEAVE)->exit = exit;
    return !trace->abort;
}

static bool lower(type_pass *pass, const mvm_uop *projected) {
    const mvm_uop_info *info = &mvm_uop_infos[projected->opcode];
    abstract *state = &pass->state;
    if (projected->opcode == MVM_UOP_EXIT_TRACE) return end_trace(pass, projected);
    if (projected->opcode == MVM_UOP_LINK) return link(pass, projected);
    if (projected->opcode == MVM_UOP_RETURN_TRACE) return type_pass_return_trace(pass);
    if (projected->opcode == MVM_UOP_JUMP_TO_TOP) return true;
    if (info->flags & MVM_FLAG_TYPE_GUARD) {
        return type_pass_guard(pass, state->slots[state->top - 1 - projected->operands[0]],
                               info->type);
    }
    if (info->flags & MVM_FLAG_SHUFFLE) return shuffle(pass, info);
    if (info->flags & MVM_FLAG_LOAD_LOCAL) return load_local(pass, projected, info);
    if (info->flags & MVM_FLAG_STORE_LOCAL) {
        uint16_t value = abstract_pop(state);
        state->slots[abstract_base(state) + projected->operands[0]] = value;
        return true;
    }
    if (info->flags & MVM_FLAG_LOAD_CONSTANT) return load_constant(pass, projected, info);
    if (info->flags & MVM_FLAG_BRANCH) return branch(pass, projected, info);
    if (info->flags & MVM_FLAG_CALL) return type_pass_enter_call(pass, projected);
    if (info->flags & MVM_FLAG_CALL_VALUE) return type_pass_enter_closure(pass, projected);
    if (info->flags & MVM_FLAG_CALL_GENERIC) return type_pass_enter_method(pass, projected);
    if (info->flags & MVM_FLAG_RETURN) return type_pass_leave_call(pass);
    if ((info->flags & MVM_FLAG_IDENTITY) && !info->output_count) return identify(pass, projected);
    return compute(pass, projected);
}

// --- loops
// -----------------------------------------------------------------------------------------------

// Locals that every way on from the loop's top writes before it reads them.
static void find_dead_locals(type_pass *pass) {
    mvm_trace *trace = pass->state.trace;
    const mvm_code *code = trace->code;
    memset(pass->is_dead, false, sizeof pass->is_dead);
    const uint64_t *live = mvm_live_locals(trace, code);
    if (!live) return;
    for (uint32_t slot = 0; slot < code->locals && slot < MVM_TRACKED_LOCALS; slot++) {
        pass->is_dead[slot] = !(live[trace->ip - code->units] >> slot & 1);
    }
}

// Which slots to carry, from their state at the end of a first run.
static void choose_carried(type_pass *pass, uint32_t entry_top) {
    const abstract *state = &pass->state;
    for (uint32_t slot = 0; slot < entry_top; slot++) {
        uint16_t first = (uint16_t)(slot + 1), last = state->slots[slot];
        const mvm_trace_value *before = &state->trace->values[first];
        const mvm_trace_value *after = &state->trace->values[last];
        pass->carried[slot] = MVM_TYPE_ANY;
        pass->carried_identity[slot] = (mvm_trace_value){0};
        if (last == MVM_NO_VALUE || after->kind == MVM_VALUE_MEMORY || pass->is_dead[slot])
            continue;
        bool changes_type = before->kind != MVM_VALUE_MEMORY &&
                            mvm_type_infos[before->type].base != mvm_type_infos[after->type].base;
        if (changes_type) continue;
        pass->carried[slot] = pass->widens ? mvm_type_infos[after->type].base : after->type;
        pass->carried_identity[slot] = before->identity_check && before->identity == after->identity
                                           ? *before
                                           : (mvm_trace_value){0};
    }
}

// What the loop relies on at its top, unless it is known already.
static bool check_carried_identity(type_pass *pass, uint32_t slot, uint16_t number, uint16_t exit) {
    const mvm_trace_value *carried = &pass->carried_identity[slot];
    if (!carried->identity || value_of(pass, number)->identity == carried->identity) return true;
    return type_pass_emit_identity(pass, number, carried->identity_check, carried->identity - 1,
                                   exit);
}

// In front of the loop: load what is carried. An exit here has nothing to restore.
static bool enter_loop(type_pass *pass, uint32_t entry_top) {
    abstract *state = &pass->state;
    mvm_trace *trace = state->trace;
    uint16_t exit = abstract_exit(state, trace->ip, MVM_EXIT_TYPE);
    if (exit == MVM_NO_EXIT) return false;
    trace->entry_exit = exit;
    for (uint32_t slot = 0; slot < entry_top; slot++) {
        if (pass->is_dead[slot]) state->slots[slot] = MVM_NO_VALUE;
        if (pass->carried[slot] == MVM_TYPE_ANY) continue;
        if (!type_pass_check_type(pass, (uint16_t)(slot + 1), pass->carried[slot], exit))
            return false;
        if (!check_carried_identity(pass, slot, (uint16_t)(slot + 1), exit)) return false;
    }
    trace->loop_start = trace->uop_count;
    return true;
}

// From the second iteration on, the memory of a slot that changes is out of date.
static void forget_memory(type_pass *pass, const uint16_t *last_slots, uint32_t entry_top) {
    for (uint32_t slot = 0; slot < entry_top; slot++) {
        bool changes = last_slots[slot] != slot + 1;
        if (changes && pass->carried[slot] != MVM_TYPE_ANY) pass->state.memory[slot] = MVM_NO_VALUE;
    }
}

static bool carries_identity(type_pass *pass, uint32_t slot, uint16_t last) {
    uint32_t carried = pass->carried_identity[slot].identity;
    if (!carried || value_of(pass, last)->identity == carried) return true;
    uint16_t exit = abstract_exit(&pass->state, pass->state.trace->ip, MVM_EXIT_RECORD);
    return exit != MVM_NO_EXIT && check_carried_identity(pass, slot, last, exit);
}

// Make what the loop's end leaves what its top expects.
static bool close_loop(type_pass *pass, uint32_t entry_top) {
    abstract *state = &pass->state;
    mvm_trace *trace = state->trace;
    for (uint32_t slot = 0; slot < entry_top; slot++) {
        uint16_t first = (uint16_t)(slot + 1), last = state->slots[slot];
        mvm_type type = pass->carried[slot];
        if (last == MVM_NO_VALUE || pass->is_dead[slot]) continue;
        if (type != MVM_TYPE_ANY) {
            // Behind a call, a type may be known of what is in no register.
            bool in_memory = value_of(pass, last)->kind == MVM_VALUE_MEMORY;
            if (in_memory || !type_pass_knows(value_of(pass, last)->type, type)) {
                uint16_t exit = abstract_exit(state, trace->ip, MVM_EXIT_TYPE);
                if (exit == MVM_NO_EXIT || !type_pass_check_type(pass, last, type, exit))
                    return false;
            }
            if (!carries_identity(pass, slot, last)) return false;
            if (last != first) {
                trace->loop_values[trace->loop_value_count++] = (mvm_loop_value){first, last};
                continue;
            }
        }
        if (state->memory[slot] != last && !abstract_store(state, slot, last)) return false;
    }
    abstract_emit(state, MVM_UOP_JUMP_TO_TOP);
    return !trace->abort;
}

// Which slots' memory the loop relies on at its top, for other traces that go on there.
static void note_top_memory(const type_pass *pass, uint32_t entry_top) {
    const abstract *state = &pass->state;
    for (uint32_t slot = 0; slot < entry_top; slot++) {
        state->trace->top_memory[slot] =
            state->slots[slot] != MVM_NO_VALUE && state->memory[slot] == state->slots[slot];
    }
}

static bool run(type_pass *pass) {
    uint16_t origin = MVM_NO_EXIT;
    for (uint32_t i = 0; i < pass->projected_count; i++) {
        const mvm_uop *projected = &pass->projected[i];
        pass->at = i;
        if (projected->origin != origin) {
            origin = projected->origin;
            abstract_begin_instruction(&pass->state, origin);
        }
        if (!lower(pass, projected)) return pass->ended;
    }
    return true;
}

// In front of everything else: others may go on in this trace.
static bool check_entry(type_pass *pass) {
    mvm_trace *trace = pass->state.trace;
    uint16_t exit = abstract_exit(&pass->state, trace->ip, MVM_EXIT_ROOM);
    abstract_emit(&pass->state, MVM_UOP_CHECK_ENTRY)->exit = exit;
    return !trace->abort;
}

static bool begin(type_pass *pass, uint32_t entry_top) {
    mvm_trace *trace = pass->state.trace;
    memset(pass->source, MVM_NO_VALUE, sizeof pass->source);
    pass->ended = false;
    if (!abstract_begin(&pass->state, trace, entry_top)) return false;
    return trace->from ? mvm_resume_values(&pass->state, trace) : check_entry(pass);
}

// The first run finds what types are checked for; the second uses that where values are made.
static bool run_straight(type_pass *pass, uint32_t entry_top) {
    return begin(pass, entry_top) && run(pass) && begin(pass, entry_top) && run(pass);
}

static bool run_loop(type_pass *pass, uint32_t entry_top) {
    mvm_trace *trace = pass->state.trace;
    uint16_t last_slots[MVM_TRACE_SLOTS];
    if (!begin(pass, entry_top) || !run(pass)) return false;
    find_dead_locals(pass);
    choose_carried(pass, entry_top);
    memcpy(last_slots, pass->state.slots, entry_top * sizeof *last_slots);
    if (!begin(pass, entry_top) || !enter_loop(pass, entry_top)) return false;
    forget_memory(pass, last_slots, entry_top);
    note_top_memory(pass, entry_top);
    return run(pass) && close_loop(pass, entry_top);
}

static void forget_unused_exits(mvm_trace *trace) {
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        mvm_uop *uop = &trace->uops[i];
        bool leaves = mvm_uop_has(uop->opcode, MVM_FLAG_EXITS | MVM_FLAG_ERRORS);
        if (!leaves) uop->exit = MVM_NO_EXIT;
    }
}

bool mvm_optimize_types(mvm_trace *trace) {
    static_assert(MVM_NO_VALUE == 0, "a cleared slot holds no value");
    type_pass *pass = trace->pass_memory;
    pass->state.trace = trace;
    pass->widens = false;
    pass->projected_count = trace->uop_count;
    memcpy(pass->projected, trace->uops, trace->uop_count * sizeof *trace->uops);
    uint32_t entry_top = trace->entry_top;
    trace->loop_start = 0;
    memset(pass->output_types, MVM_TYPE_ANY, pass->projected_count);
    if (!(trace->closes ? run_loop(pass, entry_top) : run_straight(pass, entry_top))) return false;
    forget_unused_exits(trace);
    trace->counted_from = pass->state.counted_from;
    return true;
}

uint64_t mvm_type_pass_size(void) { return sizeof(type_pass); }
