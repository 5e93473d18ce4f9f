// Executors: made from finished traces, entered from tier one, invalidated when they no longer
// serve.
#include "drop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/counter.h"
#include "uop_interpreter.h"

// A trace left this often before it did anything, and more often than not, was made for other
// values. Each one more at its place may be left as often more as makes so many exits hot.
enum { FAILURES_ALLOWED = 64, HOT_EXITS = 2 };

// What is invalidated is made again after 1,024 executions.
enum { BACK_OFF = 4 };

static void *duplicate(const void *source, size_t count, size_t size) {
    void *copy = calloc(count ? count : 1, size);
    if (copy && count) memcpy(copy, source, count * size);
    return copy;
}

static uint64_t size_of(const mvm_trace *trace) {
    const mvm_executor *executor = NULL;
    uint64_t an_exit = sizeof *executor->exits + sizeof *executor->snapshots;
    return sizeof *executor + trace->uop_count * sizeof *executor->uops +
           trace->frame_count * sizeof *executor->frames +
           trace->origin_count * sizeof *executor->origins + trace->snapshot_count * an_exit +
           trace->entry_count * sizeof *executor->entries +
           trace->object_count * sizeof *executor->objects +
           trace->relied_count * sizeof *executor->relied +
           trace->value_count * sizeof *executor->values;
}

static uint64_t address(const void *object) { return (uint64_t)(uintptr_t)object; }

// A call comes back to the next uop that is for that.
static void bind_call(mvm_executor *executor, uint32_t index) {
    mvm_uop *uop = &executor->uops[index];
    mvm_inlined_frame *called = &executor->frames[uop->operands[0]].inlined;
    while (executor->uops[index].opcode != MVM_UOP_RESUME) index++;
    called->resume = (mvm_entry_point){.executor = executor, .uop = index};
    uop->operands[0] = address(called);
}

// What an open `_COUNT_ITERATION` counts: the call that it stands in front of, or in the middle of,
// or else the trace's end.
static uint64_t *counter_of(mvm_executor *executor, uint32_t index) {
    const mvm_uop *next = &executor->uops[index + 1];
    if (next->opcode == MVM_UOP_CALL_TRACE) {
        return &executor->frames[next->operands[0]].inlined.count;
    }
    if (next->opcode != MVM_UOP_CALL_ROOT) return &executor->iterations;
    const mvm_uop *pushed = &executor->uops[index - 1];
    return &((mvm_inlined_frame *)(uintptr_t)pushed->operands[0])->count;
}

// The trace that this one ends in; NULL: none.
static mvm_executor *find_link(const mvm_executor *executor) {
    for (uint32_t i = 0; i < executor->uop_count; i++) {
        const mvm_uop *uop = &executor->uops[i];
        if (uop->opcode == MVM_UOP_LINK) return (mvm_executor *)(uintptr_t)uop->operands[1];
        if (uop->opcode == MVM_UOP_LINK_LOOP) return (mvm_executor *)(uintptr_t)uop->operands[0];
    }
    return NULL;
}

// Some operands were indices, or left open, while the trace was made; now the records have their
// addresses.
static void bind_operands(mvm_executor *executor) {
    executor->link = find_link(executor);
    for (uint32_t i = 0; i < executor->uop_count; i++) {
        mvm_uop *uop = &executor->uops[i];
        uint64_t *operand = &uop->operands[0];
        if (uop->opcode == MVM_UOP_EXIT_FRAME || uop->opcode == MVM_UOP_CHECK_CALL) {
            *operand = address(&executor->frames[*operand].inlined);
        } else if (uop->opcode == MVM_UOP_EXIT_TRACE) {
            *operand = address(&executor->exits[*operand]);
        } else if (mvm_calls_trace(uop)) {
            bind_call(executor, i);
        } else if (uop->opcode == MVM_UOP_COUNT_ITERATION && *operand == 0) {
            *operand = address(counter_of(executor, i));
        } else if (uop->opcode == MVM_UOP_CHECK_ENTRY) {
            *operand = address(&executor->limits);
        } else if (uop->opcode == MVM_UOP_CHECK_LINK) {
            *operand = address(&executor->link->limits);
        }
    }
}

static bool copy_snapshots(mvm_executor *executor, const mvm_trace *trace) {
    executor->snapshots =
        duplicate(trace->snapshots, trace->snapshot_count, sizeof *trace->snapshots);
    executor->entries = duplicate(trace->entries, trace->entry_count, sizeof *trace->entries);
    executor->objects = duplicate(trace->objects, trace->object_count, sizeof *trace->objects);
    executor->values = duplicate(trace->values, trace->value_count, sizeof *trace->values);
    return executor->snapshots && executor->entries && executor->objects && executor->values;
}

// What links into the trace's loop are made from.
static bool copy_front(mvm_executor *executor, const mvm_trace *trace) {
    if (!trace->links || !trace->closes || !mvm_may_link_into(trace)) return true;
    executor->data_size += trace->front_count * sizeof *trace->front +
                           trace->top_value_count * sizeof *trace->top_values + trace->entry_top;
    executor->front_count = trace->front_count;
    executor->top_value_count = trace->top_value_count;
    executor->entry_top = trace->entry_top;
    executor->front = duplicate(trace->front, trace->front_count, sizeof *trace->front);
    executor->top_values =
        duplicate(trace->top_values, trace->top_value_count, sizeof *trace->top_values);
    executor->top_memory =
        duplicate(trace->top_memory, trace->entry_top, sizeof *trace->top_memory);
    return executor->front && executor->top_values && executor->top_memory;
}

static bool copy_exits(mvm_executor *executor, const mvm_trace *trace) {
    executor->exit_count = trace->snapshot_count;
    executor->exits = calloc(trace->snapshot_count + 1, sizeof *executor->exits);
    if (!executor->exits) return false;
    for (uint32_t i = 0; i < trace->snapshot_count; i++) {
        const mvm_snapshot *snapshot = &trace->snapshots[i];
        // An instruction that fails counts as well.
        uint32_t failing = snapshot->reason == MVM_EXIT_ERROR;
        executor->exits[i] = (mvm_exit){.ip = snapshot->ip,
                                        .depth = snapshot->depth,
                                        .reason = snapshot->reason,
                                        .executor = executor,
                                        .hot_at = trace->exit_threshold,
                                        .instructions = snapshot->instructions + failing};
    }
    return true;
}

mvm_executor *mvm_executor_new(const mvm_trace *trace, uint16_t *ip) {
    mvm_executor *executor = calloc(1, sizeof *executor);
    if (!executor) return NULL;
    executor->code = trace->code;
    executor->ip = ip;
    executor->start = trace->ip;
    executor->is_loop = trace->is_loop_entry;
    executor->closes = trace->closes;
    executor->valid = true;
    executor->from = trace->from;
    executor->root = trace->from ? trace->from->executor->root : executor;
    executor->entry_point.executor = executor;
    executor->counted_instructions = trace->instructions - trace->counted_from;
    executor->extent = trace->extent;
    executor->repeated_count = trace->repeated_count;
    memcpy(executor->repeated, trace->repeated, sizeof trace->repeated);
    executor->is_callable = trace->calls && !trace->is_loop_entry;
    executor->instructions = trace->instructions;
    executor->rounds = trace->rounds;
    executor->data_size = size_of(trace);
    executor->uops = duplicate(trace->uops, trace->uop_count, sizeof *trace->uops);
    executor->uop_count = trace->uop_count;
    executor->loop_start = trace->loop_start;
    executor->cold_start = trace->cold_start;
    executor->frames = duplicate(trace->frames, trace->frame_count, sizeof *trace->frames);
    executor->frame_count = trace->frame_count;
    executor->origins = duplicate(trace->origins, trace->origin_count, sizeof *trace->origins);
    executor->origin_count = trace->origin_count;
    executor->relied = duplicate(trace->relied, trace->relied_count, sizeof *trace->relied);
    executor->relied_count = trace->relied_count;
    if (!executor->uops || !executor->frames || !executor->origins || !executor->relied ||
        !copy_exits(executor, trace) || !copy_snapshots(executor, trace) ||
        !copy_front(executor, trace)) {
        mvm_executor_free(executor, NULL);
        return NULL;
    }
    assert(executor->from || executor->uops[0].opcode == MVM_UOP_CHECK_ENTRY);
    if (executor->is_callable && !executor->from) {
        executor->load_count =
            mvm_parameter_loads(executor->uops + 1, trace->code->parameters, executor->loads);
    }
    bind_operands(executor);
    return executor;
}

void mvm_executor_free(mvm_executor *executor, mvm_code_cache *cache) {
    if (executor->space.arena) mvm_code_cache_release(cache, &executor->space);
    free(executor->uops);
    free(executor->exits);
    free(executor->side_codes);
    free(executor->frames);
    free(executor->snapshots);
    free(executor->entries);
    free(executor->objects);
    free(executor->values);
    free(executor->origins);
    free(executor->relied);
    free(executor->front);
    free(executor->top_values);
    free(executor->top_memory);
    free(executor->emitted);
    free(executor->guards);
    for (uint32_t i = 0; i < executor->stage_count; i++) free(executor->stages[i].uops);
    free(executor->stages);
    free(executor);
}

void mvm_executor_forget_uops(mvm_executor *executor) {
    free(executor->uops);
    executor->uops = NULL;
    executor->data_size -= executor->uop_count * sizeof *executor->uops;
}

bool mvm_executor_relies_on(const mvm_executor *executor, const mvm_code *code) {
    for (uint32_t i = 0; i < executor->frame_count; i++) {
        if (executor->frames[i].inlined.code == code) return true;
    }
    return false;
}

bool mvm_exit_may_have_side(const mvm_exit *taken) {
    switch (taken->reason) {
    case MVM_EXIT_ERROR:
    case MVM_EXIT_INTERRUPT:
    case MVM_EXIT_ROOM:
    case MVM_EXIT_CALL:
    case MVM_EXIT_RETURNING:
    case MVM_EXIT_SINKING:
    case MVM_EXIT_HOST:
    case MVM_EXIT_THROWING: return false;
    default: return true;
    }
}

void mvm_executor_admit(mvm_executor *executor, const mvm_vm *vm) {
    executor->limits.frame_limit = vm->frames_end - 1 - MVM_TRACE_DEPTH;
    executor->limits.extent = MVM_TRACE_SLOTS * sizeof(mvm_value);
    // A call has checked the same: it enters behind the trace's own check.
    executor->entry_point.uop = 1;
    executor->entry_point.code = executor->checked;
    if (executor->is_callable) executor->code->entry = &executor->entry_point;
}

// Calls in progress come back to tier one.
static void forget_resumes(const mvm_executor *root, const mvm_vm *vm) {
    for (mvm_frame *frame = vm->frames; frame <= vm->frame; frame++) {
        if (frame->resume && frame->resume->executor->root == root) frame->resume = NULL;
    }
}

void mvm_executor_withdraw(mvm_executor *executor, uint32_t exponent) {
    executor->limits.frame_limit = NULL;
    if (executor->code->entry == &executor->entry_point) executor->code->entry = NULL;
    executor->ip[0] = executor->is_loop ? MVM_OP_JUMP_BACKWARD : MVM_OP_ENTER;
    uint16_t *counter = executor->ip + mvm_instruction_infos[executor->ip[0]].counter_unit;
    *counter = mvm_counter_back_off((uint16_t)(exponent << 12));
}

void mvm_executor_invalidate(mvm_executor *executor, const mvm_vm *vm) {
    executor->valid = executor->resting = false;
    forget_resumes(executor, vm);
    mvm_executor_withdraw(executor, BACK_OFF);
}

static bool has_room(mvm_vm *vm, mvm_executor *executor, const mvm_value *slots) {
    if (executor->resting) mvm_executor_wake(executor, vm);
    if (vm->frame >= executor->limits.frame_limit) return false;
    const mvm_value *end = slots + MVM_TRACE_SLOTS;
    return end < vm->stack_end || mvm_vm_raise_stack(vm, end + 1);
}

// Whether it was left at once too often. A place's first trace is given up soon: what comes now may
// be all that comes from now on. Where the next one is left as well, values come by turns: its
// exits are given the time to get side traces for the others.
static bool has_failed(const mvm_vm *vm, const mvm_executor *executor) {
    if (executor->failures <= FAILURES_ALLOWED || executor->failures * 2 <= executor->entered)
        return false;
    uint64_t before = mvm_failures_at(&vm->jit->failures, executor->ip);
    return executor->failures > FAILURES_ALLOWED + before * HOT_EXITS * vm->jit->exit_threshold;
}

// Left at once, on the way in: the values are not those the trace was made for.
static void note_failure(const mvm_vm *vm, mvm_executor *executor) {
    if (vm->exit->executor != executor || vm->exit->ip != executor->start ||
        vm->exit->reason != MVM_EXIT_TYPE) {
        return;
    }
    executor->failures++;
    if (!has_failed(vm, executor)) return;
    mvm_failures_add(&vm->jit->failures, executor->ip);
    mvm_executor_invalidate(executor, vm);
    mvm_invalidate_linked(vm->jit);
}

// The slots that a trace may come to use are roots from its start, and until it writes them they
// hold what earlier calls left there. Where memory has run out, that is not kept alive for nothing.
static void clear_slots_ahead(mvm_vm *vm, const mvm_executor *executor, mvm_value *slots) {
    mvm_value *end = slots + executor->extent;
    for (mvm_value *slot = vm->stack_top + 1; slot < end; slot++) *slot = mvm_from_nil();
}

// A sanitizer would look for the function's type in front of it; in front of a trace there may be
// nothing at all.
__attribute__((no_sanitize("function"))) static void enter(const mvm_executor *executor,
                                                           mvm_value *slots, mvm_vm *vm) {
    executor->entry(slots, vm);
}

// The frames of one call between traces: the callee's, and below it those of the inlined calls that
// it was made from. Returns the caller's own.
static mvm_frame *fill_call(mvm_frame *frame) {
    const char *resume = (const char *)frame->resume;
    const mvm_trace_frame *called =
        (const mvm_trace_frame *)(resume - offsetof(mvm_trace_frame, inlined.resume));
    const mvm_trace_frame *frames = frame->resume->executor->frames;
    mvm_value *slots = frame->slots - called->inlined.base;
    frame->code = called->inlined.code;
    (--frame)->ip = called->inlined.return_ip;
    for (uint16_t number = called->parent; number; number = frames[number].parent) {
        const mvm_inlined_frame *inlined = &frames[number].inlined;
        frame->code = inlined->code;
        frame->slots = slots + inlined->base;
        frame->resume = NULL;
        (--frame)->ip = inlined->return_ip;
    }
    return frame;
}

void mvm_fill_frames(mvm_frame *frame) {
    while (!frame->code) frame = fill_call(frame);
}

// Behind a trace, whose exit has pushed the frames of its inlined calls.
static void fill_frames_of_exit(const mvm_vm *vm) {
    const mvm_executor *executor = vm->exit->executor;
    const mvm_snapshot *snapshot = &executor->snapshots[vm->exit - executor->exits];
    mvm_fill_frames(vm->frame - executor->frames[snapshot->frame].depth);
}

// An exit has made objects when a collection was due. Now all is where tier one has it.
static void catch_up(mvm_vm *vm) {
    vm->stack_top = vm->frame->slots + vm->exit->depth;
    mvm_heap_catch_up(vm);
}

bool mvm_jit_run(mvm_vm *vm, const uint16_t *ip, mvm_value *slots) {
    uint16_t index = ip[mvm_instruction_infos[*ip].counter_unit];
    mvm_executor *executor = vm->frame->code->executors[index];
    if (!has_room(vm, executor, slots)) return false;
    executor->entered++;
    if (vm->heap.exhausted) clear_slots_ahead(vm, executor, slots);
    vm->stack_top = slots + executor->extent - 1;
    if (executor->entry) {
        enter(executor, slots, vm);
    } else {
        mvm_uops_run(vm, slots, executor);
    }
    vm->spill_pointers = 0;
    fill_frames_of_exit(vm);
    if (vm->heap.is_late && !vm->error.kind) catch_up(vm);
    note_failure(vm, executor);
    if (vm->exit->count >= vm->exit->hot_at) mvm_jit_hot_exit(vm, vm->exit);
    return true;
}
