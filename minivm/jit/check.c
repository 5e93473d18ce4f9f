// The uop checker. A trace that fails it is a bug of the pass named: the process stops.
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "uses.h"

typedef struct checker {
    const mvm_trace *trace;
    const char *stage;
    uint32_t at;
    bool allocated;
    bool defined[MVM_TRACE_VALUES];
} checker;

static void require(const checker *c, bool holds, const char *what) {
    if (holds) return;
    const mvm_uop *uop = &c->trace->uops[c->at];
    fprintf(stderr, "minivm: internal error: after the pass '%s', uop %u (%s): %s\n", c->stage,
            c->at, mvm_uop_infos[uop->opcode].name, what);
    abort();
}

static void check_typed_input(checker *c, const mvm_uop_info *info, uint16_t input,
                              mvm_type wanted) {
    if (c->allocated) {
        uint32_t limit = info->flags & MVM_FLAG_SPILLED ? MVM_SPILL_SLOTS : MVM_REGISTERS;
        require(c, input < limit, "an input is no register or spill slot");
        return;
    }
    require(c, input != MVM_NO_VALUE && input < c->trace->value_count, "an input has no value");
    const mvm_trace_value *value = &c->trace->values[input];
    require(c, value->kind != MVM_VALUE_MEMORY, "a typed input stands in memory");
    require(c, value->kind == MVM_VALUE_CONSTANT || c->defined[input],
            "an input is not defined yet");
    require(c, mvm_type_infos[value->type].vector == mvm_type_infos[wanted].vector,
            "an input is of the other register class");
    require(c,
            mvm_type_infos[value->type].base == mvm_type_infos[wanted].base ||
                wanted == MVM_TYPE_INT || wanted == MVM_TYPE_BOOL,
            "an input has the wrong type");
}

static void check_inputs(checker *c, const mvm_uop *uop, const mvm_uop_info *info) {
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (info->inputs[i] == MVM_TYPE_ANY) {
            require(c, uop->inputs[i] < MVM_TRACE_SLOTS, "an input is no slot");
        } else if (!(uop->is_immediate && i == info->input_count - 1u)) {
            check_typed_input(c, info, uop->inputs[i], info->inputs[i]);
        }
    }
}

static void check_output(checker *c, const mvm_uop *uop, const mvm_uop_info *info) {
    if (!info->output_count) return;
    if (info->output == MVM_TYPE_ANY) {
        require(c, uop->output < c->trace->extent, "the output slot is outside the trace's extent");
    } else if (c->allocated) {
        require(c, uop->output < MVM_SPILL_SLOTS, "the output is no register or spill slot");
        bool tied = info->tied >= 0 && !(info->flags & MVM_FLAG_SPILLED);
        require(c, !tied || uop->output == uop->inputs[info->tied],
                "a tied output has another register");
    } else {
        require(c, uop->output < c->trace->value_count, "the output has no value");
        c->defined[uop->output] = true;
    }
}

static void check_exit(const checker *c, const mvm_uop *uop, const mvm_uop_info *info) {
    bool needs_exit = info->flags & (MVM_FLAG_EXITS | MVM_FLAG_ERRORS);
    require(c, !needs_exit || uop->exit < c->trace->snapshot_count, "it has no exit");
    if (!needs_exit) return;
    const mvm_snapshot *snapshot = &c->trace->snapshots[uop->exit];
    if (c->allocated) {
        require(c, snapshot->uop_count > 0, "its exit has no uops");
        return;
    }
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        const mvm_snapshot_entry *entry = &c->trace->entries[snapshot->first_entry + i];
        if (entry->kind != MVM_PLACE_VALUE || entry->in_memory) continue;
        const mvm_trace_value *value = &c->trace->values[entry->value];
        require(c, value->kind == MVM_VALUE_CONSTANT || c->defined[entry->value],
                "its exit needs a value that is not defined yet");
    }
}

static void check_link(const checker *c) {
    for (uint32_t i = 0; i < c->trace->link_value_count; i++) {
        uint16_t value = c->trace->link_values[i].value;
        require(c, c->trace->values[value].kind == MVM_VALUE_CONSTANT || c->defined[value],
                "the other trace's loop needs a value that is not defined");
    }
}

static void check_loop_values(const checker *c) {
    for (uint32_t i = 0; i < c->trace->loop_value_count; i++) {
        uint16_t value = c->trace->loop_values[i].from;
        require(c, c->trace->values[value].kind == MVM_VALUE_CONSTANT || c->defined[value],
                "the loop goes on with a value that is not defined");
    }
}

void mvm_check_uops(const mvm_trace *trace, bool allocated, const char *stage) {
    checker c = {.trace = trace, .stage = stage, .allocated = allocated};
    for (uint32_t i = 0; i < trace->inherited_count; i++)
        c.defined[trace->inherited[i].value] = true;
    for (c.at = 0; c.at < trace->uop_count; c.at++) {
        const mvm_uop *uop = &trace->uops[c.at];
        require(&c, uop->opcode < MVM_UOP_COUNT, "there is no such uop");
        const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
        check_inputs(&c, uop, info);
        check_exit(&c, uop, info);
        check_output(&c, uop, info);
        if (uop->opcode == MVM_UOP_LINK_LOOP && !allocated) check_link(&c);
        if (uop->opcode == MVM_UOP_JUMP_TO_TOP && !allocated) check_loop_values(&c);
    }
}
