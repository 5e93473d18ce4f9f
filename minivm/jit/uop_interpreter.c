// The uop interpreter: a switch over the generated cases, with the virtual registers in two arrays.
#include "uop_interpreter.h"

#include <string.h>

#include "../runtime/format.h"
#include "../runtime/helpers.h"
#include "../runtime/map_probe.h"
#include "../runtime/sections.h"
#include "../runtime/take.h"
#include "shift.h"

MVM_CODE_SECTION("mvm_uop_interpreter")

#define SLOT(number) (slots + (number))
#define OPAQUE(value) (value)
#define AT(values, operand) ((values)[operand])
#define NOTE_FIELD(record, field, value) ((void)0)
#define NOTE_FIELDS(type, values, count) ((void)0)
#define EXIT_IF(condition)                                                                         \
    if (condition) {                                                                               \
        u = leave(&running, u->exit);                                                              \
        break;                                                                                     \
    }
#define ERROR_IF(condition) EXIT_IF(condition)
#define LINK(executor)                                                                             \
    do {                                                                                           \
        running = (const mvm_executor *)(uintptr_t)(executor);                                     \
        u = running->uops + (u->opcode == MVM_UOP_LINK_LOOP ? running->loop_start : 0);            \
    } while (0)

#define ENTER_AT(point)                                                                            \
    do {                                                                                           \
        running = (point)->executor;                                                               \
        u = running->uops + (point)->uop;                                                          \
    } while (0)

#define ENTER_ROOT()                                                                               \
    do {                                                                                           \
        running = running->root;                                                                   \
        u = running->uops + running->entry_point.uop + u->operands[0];                             \
    } while (0)

// The exit's own uops, or those of its side trace.
static const mvm_uop *leave(const mvm_executor **running, uint16_t exit) {
    const mvm_executor *side = (*running)->exits[exit].side;
    if (!side) return (*running)->uops + (*running)->snapshots[exit].first_uop;
    *running = side;
    return side->uops;
}

void mvm_uops_run(mvm_vm *vm, mvm_value *slots, const mvm_executor *executor) {
    int64_t general[MVM_REGISTERS] = {0};
    double vector[MVM_REGISTERS] = {0};
    const mvm_executor *running = executor;
    const mvm_uop *u = running->uops;
    for (;;) {
        switch (u->opcode) {
#include "../generated/uop_cases.h"
        default: __builtin_trap();  // the uop checker lets no other uop through
        }
    }
}

bool mvm_uop_evaluate(mvm_vm *vm, const mvm_uop *uop, const mvm_value *inputs, uint64_t *bits) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    mvm_exit finished = {0}, failed = {0}, *left = vm->exit;
    uint64_t saved[MVM_MAX_INPUTS + 1];
    memcpy(saved, vm->spills, sizeof saved);
    enum { RELOADS = MVM_MAX_INPUTS, RESULT = MVM_MAX_INPUTS };
    const uint64_t first = offsetof(mvm_vm, spills);
    bool spilled = info->flags & MVM_FLAG_SPILLED;
    mvm_uop program[MVM_MAX_INPUTS + 4] = {0};
    uint32_t length = 0;
    // Inputs go to spill slots and from there to registers; the result comes back the same way.
    for (uint32_t i = 0; i < info->input_count; i++) {
        vm->spills[i] = inputs[i].bits;
        if (spilled) continue;
        bool vector = mvm_type_infos[info->inputs[i]].vector;
        program[length++] = (mvm_uop){.opcode = vector ? MVM_UOP_RELOAD_FLOAT : MVM_UOP_RELOAD_INT,
                                      .output = (uint16_t)i,
                                      .operands = {first + i * 8}};
    }
    program[length] = *uop;
    for (uint32_t i = 0; i < info->input_count; i++) program[length].inputs[i] = (uint16_t)i;
    program[length].is_immediate = false;
    program[length].output = RESULT;
    program[length++].exit = 0;
    bool vector = mvm_type_infos[info->output].vector;
    if (!spilled) {
        program[length++] = (mvm_uop){.opcode = vector ? MVM_UOP_SPILL_FLOAT : MVM_UOP_SPILL_INT,
                                      .inputs = {RESULT},
                                      .operands = {first + RESULT * 8}};
    }
    program[length++] = (mvm_uop){.opcode = MVM_UOP_EXIT_TRACE, .operands = {(uint64_t)&finished}};
    program[length] = (mvm_uop){.opcode = MVM_UOP_EXIT_TRACE, .operands = {(uint64_t)&failed}};
    mvm_snapshot snapshot = {.first_uop = (uint16_t)length};
    mvm_executor executor = {.uops = program, .exits = &failed, .snapshots = &snapshot};
    mvm_uops_run(vm, vm->frame->slots, &executor);
    *bits = vm->spills[RESULT];
    memcpy(vm->spills, saved, sizeof saved);
    bool computed = vm->exit == &finished;
    vm->exit = left;
    return computed;
}
