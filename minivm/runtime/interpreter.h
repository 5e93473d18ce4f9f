// The frame of tier one: what every handler of generated/interpreter_*.c is made of.
//
// A handler is a function that ends by tail-calling the next one (`musttail`), with the VM's
// registers as its parameters (`preserve_none` keeps all of them in machine registers):
//
//   ip         the running instruction's first unit
//   sp         the slot of the topmost stack value; the value itself is in top_tag and top_bits
//   slots      the running frame's first slot
//   constants  the running function's constants
//   table      where to find the next handler: mvm_handlers, or a table for --stats or --profile
#ifndef MVM_INTERPRETER_H
#define MVM_INTERPRETER_H

#include <string.h>

#include "../generated/opcodes.h"
#include "counter.h"
#include "format.h"
#include "helpers.h"
#include "map_probe.h"
#include "monomorphic.h"
#include "sections.h"
#include "take.h"
#include "vm.h"

// All that follows, and handlers above all.
MVM_CODE_SECTION("mvm_tier_one")

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define MUSTTAIL __attribute__((musttail))
#define PRESERVE_NONE __attribute__((preserve_none))

typedef struct mvm_handler_entry mvm_handler_entry;

#define HANDLER_PARAMETERS                                                                         \
    mvm_vm *vm, uint16_t *ip, mvm_value *sp, mvm_value *slots, const mvm_value *constants,         \
        const mvm_handler_entry *table, uint64_t top_tag, uint64_t top_bits
#define HANDLER_ARGUMENTS vm, ip, sp, slots, constants, table, top_tag, top_bits

typedef PRESERVE_NONE void mvm_handler(HANDLER_PARAMETERS);

struct mvm_handler_entry {
    mvm_handler *run;
};

extern const mvm_handler_entry mvm_handlers[];

#define MVM_HANDLER(name) PRESERVE_NONE void mvm_op_##name(HANDLER_PARAMETERS)
#define X(name) MVM_HANDLER(name);
MVM_INSTRUCTIONS(X)
#undef X

// Slow paths, in interpreter.c; each ends in a dispatch or in a return to mvm_run.
PRESERVE_NONE void mvm_adapt(HANDLER_PARAMETERS);
PRESERVE_NONE void mvm_unwind(HANDLER_PARAMETERS);
PRESERVE_NONE void mvm_interrupted(HANDLER_PARAMETERS);
PRESERVE_NONE void mvm_stack_overflow(HANDLER_PARAMETERS);
PRESERVE_NONE void mvm_wrong_call(HANDLER_PARAMETERS);
PRESERVE_NONE void mvm_hot_loop(HANDLER_PARAMETERS);
PRESERVE_NONE void mvm_hot_entry(HANDLER_PARAMETERS);
PRESERVE_NONE void mvm_run_loop_executor(HANDLER_PARAMETERS);
PRESERVE_NONE void mvm_run_entry_executor(HANDLER_PARAMETERS);

static inline int32_t mvm_read_32(const uint16_t *units) {
    int32_t number;
    memcpy(&number, units, sizeof number);
    return number;
}

#define READ_32(units) mvm_read_32(units)
#define OPAQUE(value) (value)
#define AT(values, operand) ((values)[operand])
// What has not been noted yet is, in the generic form.
#define NOTE_FIELD(record, field, value) EXIT_IF(!mvm_knows_tag(vm, record, field, (value).tag))
#define NOTE_FIELDS(type, values, count) EXIT_IF(!mvm_knows_tags(vm, type, values, count))
// A value read and written word by word: as a whole, clang would copy it by way of C's stack.
#define WORDS(value) ((mvm_value){.tag = (value).tag, .bits = (value).bits})
#define PUT(place, ...)                                                                            \
    do {                                                                                           \
        mvm_value put = __VA_ARGS__;                                                               \
        (place).tag = put.tag;                                                                     \
        (place).bits = put.bits;                                                                   \
    } while (0)
#define TOP() ((mvm_value){.tag = top_tag, .bits = top_bits})
#define SET_TOP(...)                                                                               \
    do {                                                                                           \
        mvm_value new_top = __VA_ARGS__;                                                           \
        top_tag = new_top.tag;                                                                     \
        top_bits = new_top.bits;                                                                   \
    } while (0)
#define DISPATCH() MUSTTAIL return table[*ip].run(HANDLER_ARGUMENTS)

// Before a call of C that may collect, fail or look at the stack.
#define SAVE()                                                                                     \
    do {                                                                                           \
        *sp = TOP();                                                                               \
        vm->stack_top = sp;                                                                        \
        vm->frame->ip = ip;                                                                        \
    } while (0)

#define EXIT_IF(condition)                                                                         \
    do {                                                                                           \
        if (UNLIKELY(condition)) goto miss;                                                        \
    } while (0)
#define ERROR_IF(condition)                                                                        \
    do {                                                                                           \
        if (UNLIKELY(condition)) MUSTTAIL return mvm_unwind(HANDLER_ARGUMENTS);                    \
    } while (0)

// A generic form counts down to the next try to specialise it; a specialised form whose check fails
// runs the generic form, and so counts too.
#define ADAPT()                                                                                    \
    do {                                                                                           \
        if (UNLIKELY(mvm_counter_tick(&ip[1]))) MUSTTAIL return mvm_adapt(HANDLER_ARGUMENTS);      \
    } while (0)
#define MISS(generic) MUSTTAIL return mvm_op_##generic(HANDLER_ARGUMENTS)

#define LOOP_BACK(offset, counter)                                                                 \
    do {                                                                                           \
        if (UNLIKELY(vm->interrupt)) MUSTTAIL return mvm_interrupted(HANDLER_ARGUMENTS);           \
        if (UNLIKELY(mvm_counter_tick(counter))) MUSTTAIL return mvm_hot_loop(HANDLER_ARGUMENTS);  \
        ip += units + (offset);                                                                    \
        DISPATCH();                                                                                \
    } while (0)

#define ENTER(counter)                                                                             \
    do {                                                                                           \
        if (UNLIKELY(vm->interrupt)) MUSTTAIL return mvm_interrupted(HANDLER_ARGUMENTS);           \
        if (UNLIKELY(mvm_counter_tick(counter))) MUSTTAIL return mvm_hot_entry(HANDLER_ARGUMENTS); \
        ip += units;                                                                               \
        DISPATCH();                                                                                \
    } while (0)

#define RUN_LOOP_EXECUTOR(offset, counter) MUSTTAIL return mvm_run_loop_executor(HANDLER_ARGUMENTS)
#define RUN_ENTRY_EXECUTOR(counter) MUSTTAIL return mvm_run_entry_executor(HANDLER_ARGUMENTS)
// The results go to memory, where whoever started the run finds them.
#define HALT()                                                                                     \
    do {                                                                                           \
        (void)vm, (void)ip, (void)slots, (void)constants, (void)table;                             \
        *sp = TOP();                                                                               \
        return;                                                                                    \
    } while (0)

// Enters `callee`, whose arguments stand from `base` on; its locals begin there.
#define ENTER_CALL(callee, base)                                                                   \
    do {                                                                                           \
        vm->frame->ip = ip + units;                                                                \
        *++vm->frame = (mvm_frame){.code = callee, .ip = callee->units, .slots = base};            \
        slots = base;                                                                              \
        sp = base + callee->locals;                                                                \
        constants = callee->constants;                                                             \
        ip = callee->units;                                                                        \
        DISPATCH();                                                                                \
    } while (0)
#define NEED_ROOM(callee, base)                                                                    \
    do {                                                                                           \
        if (UNLIKELY(vm->frame + 1 == vm->frames_end ||                                            \
                     base + callee->frame_size > vm->stack_end)) {                                 \
            vm->wanted = base + callee->frame_size;                                                \
            MUSTTAIL return mvm_stack_overflow(HANDLER_ARGUMENTS);                                 \
        }                                                                                          \
    } while (0)

// The arguments stay where they are: they become the callee's first slots.
#define CALL(function)                                                                             \
    do {                                                                                           \
        mvm_code *callee = vm->functions[function];                                                \
        *sp = TOP();                                                                               \
        mvm_value *base = sp + 1 - callee->parameters;                                             \
        NEED_ROOM(callee, base);                                                                   \
        ENTER_CALL(callee, base);                                                                  \
    } while (0)

// The function is on top of its arguments; what it captured takes its place and the slots after.
#define CALL_VALUE(arguments, results, target)                                                     \
    do {                                                                                           \
        const mvm_function *called = TOP().function;                                               \
        if (UNLIKELY(top_tag != MVM_TAG_FUNCTION || called->code->parameters != arguments ||       \
                     called->code->results != results)) {                                          \
            MUSTTAIL return mvm_wrong_call(HANDLER_ARGUMENTS);                                     \
        }                                                                                          \
        mvm_code *callee = called->code;                                                           \
        *target = (uint16_t)callee->index;                                                         \
        mvm_value *base = sp - arguments;                                                          \
        *sp = TOP();                                                                               \
        NEED_ROOM(callee, base);                                                                   \
        for (int64_t i = 0; i < called->capture_count; i++) sp[i] = called->captures[i];           \
        ENTER_CALL(callee, base);                                                                  \
    } while (0)

// Which function is called depends on the type of the record that is the first argument.
#define CALL_GENERIC(number, type)                                                                 \
    do {                                                                                           \
        const mvm_generic *called = &vm->records.generics[number];                                 \
        *sp = TOP();                                                                               \
        mvm_value *base = sp + 1 - called->parameters;                                             \
        mvm_code *callee = mvm_find_method(vm, called, *base);                                     \
        if (UNLIKELY(!callee)) MUSTTAIL return mvm_unwind(HANDLER_ARGUMENTS);                      \
        *type = (uint16_t)base->record->header.record_type;                                        \
        NEED_ROOM(callee, base);                                                                   \
        ENTER_CALL(callee, base);                                                                  \
    } while (0)

// A function whose whole body this is and a RETURN: its parameters are the arguments.
#define HOST(index)                                                                                \
    do {                                                                                           \
        SAVE();                                                                                    \
        if (UNLIKELY(!vm->host(vm, index, slots, sp + 1))) {                                       \
            MUSTTAIL return mvm_unwind(HANDLER_ARGUMENTS);                                         \
        }                                                                                          \
        sp += vm->frame->code->results;                                                            \
        SET_TOP(*sp);                                                                              \
        ip += units;                                                                               \
        DISPATCH();                                                                                \
    } while (0)

// The results move to where the arguments were.
#define RETURN()                                                                                   \
    do {                                                                                           \
        uint32_t results = vm->frame->code->results;                                               \
        mvm_frame *caller = --vm->frame;                                                           \
        if (LIKELY(results == 1)) {                                                                \
            sp = slots;                                                                            \
        } else {                                                                                   \
            *sp = TOP();                                                                           \
            memmove(slots, sp + 1 - results, results * sizeof *slots);                             \
            sp = slots + results - 1;                                                              \
            SET_TOP(*sp);                                                                          \
        }                                                                                          \
        ip = caller->ip;                                                                           \
        slots = caller->slots;                                                                     \
        constants = caller->code->constants;                                                       \
        DISPATCH();                                                                                \
    } while (0)

#endif
