// Tier one's slow paths: starting and ending a run, adapting, errors, and the way into traces.
#include "interpreter.h"

#include "../jit/exits.h"
#include "../jit/jit.h"
#include "metadata.h"
#include "specialize.h"
#include "throw.h"

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

// While there is a profile, executors are run by handlers that tell it.
static PRESERVE_NONE void profile_loop_executor(HANDLER_PARAMETERS);
static PRESERVE_NONE void profile_entry_executor(HANDLER_PARAMETERS);
#define mvm_op_LOOP_EXECUTOR profile_loop_executor
#define mvm_op_ENTER_EXECUTOR profile_entry_executor

static const mvm_handler_entry profiling_handlers[] = {
#define X(name) {mvm_op_##name},
    MVM_INSTRUCTIONS(X)
#undef X
};

#undef mvm_op_LOOP_EXECUTOR
#undef mvm_op_ENTER_EXECUTOR

static const mvm_handler_entry *choose_handlers(const mvm_vm *vm) {
    if (!vm->counting) return mvm_handlers;
    return vm->jit && mvm_jit_profile(vm->jit) ? profiling_handlers : counting_handlers;
}

// Room for a run's two frames and its slots.
static bool has_room(mvm_vm *vm, const mvm_code *code, const mvm_value *slots) {
    const mvm_value *end = slots + code->frame_size + 1;
    return vm->frame + 2 < vm->frames_end && (end <= vm->stack_end || mvm_vm_raise_stack(vm, end));
}

// The base frame halts when it is returned to, with the results from its slots + 1 on.
bool mvm_vm_run(mvm_vm *vm, mvm_code *code, const mvm_value *arguments, uint32_t count,
                mvm_value **results) {
    mvm_frame *outer_base = vm->base_frame, *outer = vm->frame;
    mvm_value *outer_top = vm->stack_top, *slots = vm->stack_top + 2;
    if (!has_room(vm, code, slots)) {
        return mvm_fail(vm, MVM_ERROR_STACK_DEPTH, "stack overflow: no room to call %s",
                        code->name);
    }
    if (count) memcpy(slots, arguments, count * sizeof *slots);
    vm->base_frame = ++vm->frame;
    *vm->frame = (mvm_frame){.code = &vm->base_code, .ip = &vm->base_unit, .slots = slots - 1};
    *++vm->frame = (mvm_frame){.code = code, .ip = code->units, .slots = slots};
    const mvm_handler_entry *table = choose_handlers(vm);
    mvm_value *sp = slots + code->locals;
    table[*code->units].run(vm, code->units, sp, slots, code->constants, table, MVM_TAG_NIL, 0);
    bool finished = vm->error.kind == MVM_ERROR_NONE;
    if (!finished) mvm_note_uncaught(vm);
    *results = slots;
    vm->base_frame = outer_base;
    vm->frame = outer;
    vm->stack_top = outer_top;
    return finished;
}

// Run the instruction at `ip`, which has been counted already and has done nothing yet.
#define DISPATCH_AGAIN()                                                                           \
    do {                                                                                           \
        vm->instructions -= vm->counting;                                                          \
        DISPATCH();                                                                                \
    } while (0)

PRESERVE_NONE void mvm_adapt(HANDLER_PARAMETERS) {
    *sp = TOP();
    mvm_specialize(ip, sp, slots, constants);
    DISPATCH_AGAIN();
}

// An error has been recorded by the instruction at `ip`: on to the handler that catches it, or out
// of this run.
PRESERVE_NONE void mvm_unwind(HANDLER_PARAMETERS) {
    mvm_frame *frame;
    vm->frame->ip = ip;
    const mvm_handler_range *handler = mvm_find_handler(vm, &frame);
    if (!handler) return;
    mvm_value error = mvm_catch(vm, handler, frame);
    ip = frame->code->units + handler->target;
    slots = frame->slots;
    constants = frame->code->constants;
    sp = slots + frame->code->locals + handler->depth + 1;
    SET_TOP(error);
    DISPATCH();
}

PRESERVE_NONE void mvm_interrupted(HANDLER_PARAMETERS) {
    mvm_fail_interrupted(vm);
    MUSTTAIL return mvm_unwind(HANDLER_ARGUMENTS);
}

// The call at `ip` found no room up to vm->wanted: there may be more, and then it is run again.
PRESERVE_NONE void mvm_stack_overflow(HANDLER_PARAMETERS) {
    bool has_frame = vm->frame + 1 < vm->frames_end;
    if (has_frame && mvm_vm_raise_stack(vm, vm->wanted)) DISPATCH_AGAIN();
    ptrdiff_t calls = vm->frame - vm->frames - 1;
    mvm_fail(vm, MVM_ERROR_STACK_DEPTH, "stack overflow: %td call%s in progress", calls,
             calls == 1 ? " is" : "s are");
    MUSTTAIL return mvm_unwind(HANDLER_ARGUMENTS);
}

// The function on the stack, or what is there instead of one, does not take the call.
PRESERVE_NONE void mvm_wrong_call(HANDLER_PARAMETERS) {
    mvm_fail_call(vm, TOP(), ip[1], ip[2]);
    MUSTTAIL return mvm_unwind(HANDLER_ARGUMENTS);
}

// The counter of the loop's end or the entry at `ip` ran out: an executor takes the instruction's
// place, or the counter starts again further back. Either way the instruction at `ip` runs next.
PRESERVE_NONE void mvm_hot_loop(HANDLER_PARAMETERS) {
    SAVE();
    mvm_jit_hot(vm, ip, sp);
    DISPATCH_AGAIN();
}

PRESERVE_NONE void mvm_hot_entry(HANDLER_PARAMETERS) {
    SAVE();
    mvm_jit_hot(vm, ip, sp);
    DISPATCH_AGAIN();
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

// `units` is where tier one goes on where the executor can't be run.
#define RUN_EXECUTOR(run, units)                                                                   \
    do {                                                                                           \
        if (UNLIKELY(vm->interrupt)) MUSTTAIL return mvm_interrupted(HANDLER_ARGUMENTS);           \
        SAVE();                                                                                    \
        if (LIKELY(run(vm, ip, slots))) RESUME_AFTER_TRACE();                                      \
        ip += units;                                                                               \
        DISPATCH();                                                                                \
    } while (0)
#define LOOP_UNITS (mvm_instruction_infos[MVM_OP_LOOP_EXECUTOR].units + READ_32(ip + 1))
#define ENTRY_UNITS (mvm_instruction_infos[MVM_OP_ENTER_EXECUTOR].units)

PRESERVE_NONE void mvm_run_loop_executor(HANDLER_PARAMETERS) {
    RUN_EXECUTOR(mvm_jit_run, LOOP_UNITS);
}

PRESERVE_NONE void mvm_run_entry_executor(HANDLER_PARAMETERS) {
    RUN_EXECUTOR(mvm_jit_run, ENTRY_UNITS);
}

static PRESERVE_NONE void profile_loop_executor(HANDLER_PARAMETERS) {
    RUN_EXECUTOR(mvm_jit_run_profiled, LOOP_UNITS);
}

static PRESERVE_NONE void profile_entry_executor(HANDLER_PARAMETERS) {
    RUN_EXECUTOR(mvm_jit_run_profiled, ENTRY_UNITS);
}
