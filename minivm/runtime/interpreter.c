// Tier one's slow paths: starting and ending a run, adapting, errors, and the way into traces.
#include "interpreter.h"

#include "../jit/exits.h"
#include "../jit/jit.h"
#include "metadata.h"
#include "specialize.h"

// With --stats, every entry of the table is this one: count, then run the real handler.
static PRESERVE_NONE void count_instruction(HANDLER_PARAMETERS) {
    vm->instructions++;
    MUSTTAIL return mvm_handlers[*ip].run(HANDLER_ARGUMENTS);
}

static const mvm_handler_entry counting_handlers[] = {
#define X(name) {count_instruction},
    MVM_INSTRUCTIONS(X)
#undef X
};

bool mvm_vm_run(mvm_vm *vm, uint32_t index) {
    mvm_code *code = vm->functions[index];
    vm->frames[0] = (mvm_frame){.code = &vm->base_code, .ip = &vm->base_unit, .slots = vm->stack};
    mvm_value *slots = vm->stack + 1;
    vm->frames[1] = (mvm_frame){.code = code, .ip = code->units, .slots = slots};
    vm->frame = &vm->frames[1];
    if (slots + code->frame_size > vm->stack_end &&
        !mvm_vm_raise_stack(vm, slots + code->frame_size)) {
        return mvm_fail(vm, MVM_ERROR_STACK_DEPTH, "the program needs too many locals");
    }
    const mvm_handler_entry *table = vm->counting ? counting_handlers : mvm_handlers;
    table[*code->units].run(vm, code->units, slots + code->locals, slots, code->constants, table,
                            MVM_TAG_NIL, 0);
    return vm->error.kind == MVM_ERROR_NONE;
}

PRESERVE_NONE void mvm_adapt(HANDLER_PARAMETERS) {
    *sp = TOP();
    mvm_specialize(ip, sp, slots, constants);
    DISPATCH();
}

PRESERVE_NONE void mvm_unwind(HANDLER_PARAMETERS) {
    (void)sp, (void)slots, (void)constants, (void)table, (void)top_tag, (void)top_bits;
    vm->frame->ip = ip;
}

PRESERVE_NONE void mvm_interrupted(HANDLER_PARAMETERS) {
    mvm_fail(vm, MVM_ERROR_INTERRUPT, "the program was interrupted");
    MUSTTAIL return mvm_unwind(HANDLER_ARGUMENTS);
}

// The call at `ip` found no room: there may be more, and then it is run again.
PRESERVE_NONE void mvm_stack_overflow(HANDLER_PARAMETERS) {
    bool has_frame = vm->frame + 1 < vm->frames_end;
    const mvm_code *callee = vm->functions[ip[1]];
    if (has_frame && mvm_vm_raise_stack(vm, sp + 1 + callee->frame_size)) DISPATCH();
    mvm_fail(vm, MVM_ERROR_STACK_DEPTH, "stack overflow: %td calls are in progress",
             vm->frame - vm->frames);
    MUSTTAIL return mvm_unwind(HANDLER_ARGUMENTS);
}

// The counter of the loop's end or the entry at `ip` ran out: an executor takes the instruction's
// place, or the counter starts again further back. Either way the instruction at `ip` runs next.
PRESERVE_NONE void mvm_hot_loop(HANDLER_PARAMETERS) {
    SAVE();
    mvm_jit_hot(vm, ip, sp);
    DISPATCH();
}

PRESERVE_NONE void mvm_hot_entry(HANDLER_PARAMETERS) {
    SAVE();
    mvm_jit_hot(vm, ip, sp);
    DISPATCH();
}

#define RESUME_AFTER_TRACE()                                                                       \
    do {                                                                                           \
        ip = vm->exit->ip;                                                                         \
        slots = vm->frame->slots;                                                                  \
        sp = slots + vm->exit->depth;                                                              \
        constants = vm->frame->code->constants;                                                    \
        SET_TOP(*sp);                                                                              \
        if (UNLIKELY(vm->error.kind)) MUSTTAIL return mvm_unwind(HANDLER_ARGUMENTS);               \
        DISPATCH();                                                                                \
    } while (0)

PRESERVE_NONE void mvm_run_loop_executor(HANDLER_PARAMETERS) {
    if (UNLIKELY(vm->interrupt)) MUSTTAIL return mvm_interrupted(HANDLER_ARGUMENTS);
    SAVE();
    if (LIKELY(mvm_jit_run(vm, ip, slots))) RESUME_AFTER_TRACE();
    ip += mvm_instruction_infos[MVM_OP_LOOP_EXECUTOR].units + READ_32(ip + 1);
    DISPATCH();
}

PRESERVE_NONE void mvm_run_entry_executor(HANDLER_PARAMETERS) {
    if (UNLIKELY(vm->interrupt)) MUSTTAIL return mvm_interrupted(HANDLER_ARGUMENTS);
    SAVE();
    if (LIKELY(mvm_jit_run(vm, ip, slots))) RESUME_AFTER_TRACE();
    ip += mvm_instruction_infos[MVM_OP_ENTER_EXECUTOR].units;
    DISPATCH();
}
