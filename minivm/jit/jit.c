// Tier two's driver: from a hot instruction through every stage to an executor.
#include "jit.h"

#include <stdlib.h>
#include <string.h>

#include "../runtime/counter.h"
#include "../runtime/specialize.h"
#include "check.h"
#include "drop.h"
#include "liveness.h"
#include "profile.h"

enum {
    TRACES_ALLOWED = 8,            // that failed, at one instruction
    SIDE_TRACES_ALLOWED = 100,     // of one root trace
    WAITS = 3,                     // for cold instructions
    SAME_PLACE_ALLOWED = 3,        // side traces in a row at one instruction, for one form each
    DEFAULT_EXIT_THRESHOLD = 128,  // these exits have cost about what a side trace does
    DEFAULT_MAX_BYTES = 32 << 20,
};

static uint64_t most_pass_memory(void) {
    const uint64_t sizes[] = {mvm_type_pass_size(), mvm_escape_pass_size(), mvm_allocator_size()};
    uint64_t most = 0;
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (sizes[i] > most) most = sizes[i];
    }
    return most;
}

mvm_jit *mvm_jit_new(mvm_vm *vm, const mvm_options *options) {
    mvm_jit *jit = calloc(1, sizeof *jit);
    if (!jit) return NULL;
    jit->engine = options->engine;
    jit->checking = options->checking;
    jit->keep_stages = options->keep_stages;
    jit->disabled = options->disabled;
    jit->max_bytes = options->max_code ? options->max_code : DEFAULT_MAX_BYTES;
    jit->next_look = jit->max_bytes / 2;
    jit->exit_threshold =
        options->exit_threshold ? options->exit_threshold : DEFAULT_EXIT_THRESHOLD;
    jit->trace = malloc(sizeof *jit->trace);
    void *memory = malloc(most_pass_memory());
    bool has_cache = jit->engine != MVM_ENGINE_MACHINE_CODE || mvm_code_cache_init(&jit->cache);
    if (!jit->trace || !memory || !has_cache) {
        mvm_code_cache_free(&jit->cache);
        free(memory);
        free(jit->trace);
        free(jit);
        return NULL;
    }
    jit->trace->vm = vm;
    jit->trace->pass_memory = memory;
    jit->trace->live_locals = NULL;
    return jit;
}

void mvm_jit_free(mvm_jit *jit) {
    while (jit->executors) {
        mvm_executor *executor = jit->executors;
        jit->executors = executor->next;
        if (jit->observer) jit->observer(executor, false);
        mvm_executor_free(executor, &jit->cache);
    }
    mvm_failures_destroy(&jit->failures);
    mvm_code_cache_free(&jit->cache);
    mvm_forget_live_locals(jit->trace, NULL);
    free(jit->trace->pass_memory);
    free(jit->trace);
    free(jit);
}

// --- the stages
// ----------------------------------------------------------------------------------------

typedef struct stage {
    const char *name;
    bool (*run)(mvm_trace *trace);
    bool is_optional;
} stage;

static const stage stages[MVM_STAGES] = {
    {"projection", mvm_project, false},           {"types", mvm_optimize_types, false},
    {"liveness", mvm_optimize_liveness, true},    {"escape", mvm_optimize_escape, true},
    {"common", mvm_optimize_common, true},        {"constants", mvm_optimize_constants, true},
    {"hoist", mvm_optimize_hoist, true},          {"ranges", mvm_optimize_ranges, true},
    {"dead code", mvm_optimize_dead, true},       {"combine", mvm_optimize_combine, true},
    {"registers", mvm_allocate_registers, false},
};

const char *mvm_stage_name(uint32_t index) {
    return index < MVM_STAGES ? stages[index].name : NULL;
}

static const char *const switches[MVM_SWITCHES - MVM_STAGES] = {
    "side traces", "calls", "recursion", "links", "bounds", "unrolling", "monomorphic"};

const char *mvm_switch_name(uint32_t index) {
    if (index < MVM_STAGES) return stages[index].is_optional ? stages[index].name : "";
    return index < MVM_SWITCHES ? switches[index - MVM_STAGES] : NULL;
}

static void clear_trace(mvm_jit *jit) {
    mvm_trace *trace = jit->trace;
    trace->from = NULL;
    trace->missed_type = false;
    trace->exit_threshold = jit->exit_threshold;
    trace->calls = jit->engine != MVM_ENGINE_LLVM && !mvm_is_disabled(jit, MVM_SWITCH_CALLS);
    trace->bounds = !mvm_is_disabled(jit, MVM_SWITCH_BOUNDS);
    trace->monomorphic = !mvm_is_disabled(jit, MVM_SWITCH_MONOMORPHIC);
    trace->unrolls = trace->calls && !mvm_is_disabled(jit, MVM_SWITCH_RECURSION);
    trace->unrolls_loops = !mvm_is_disabled(jit, MVM_SWITCH_UNROLLING);
    trace->links = jit->engine != MVM_ENGINE_LLVM && !mvm_is_disabled(jit, MVM_SWITCH_LINKS);
    trace->is_loop_entry = trace->closes = trace->may_wait = false;
    trace->instructions = 0;
    trace->rounds = 1;
    trace->abort = MVM_ABORT_NONE;
    trace->uop_count = trace->loop_start = trace->cold_start = trace->origin_count = 0;
    trace->value_count = trace->frame_count = trace->snapshot_count = trace->entry_count = 0;
    trace->object_count = 0;
    trace->loop_value_count = trace->inherited_count = trace->link_value_count = trace->extent = 0;
    trace->repeated_count = trace->relied_count = 0;
}

static void begin_trace(mvm_jit *jit, mvm_code *code, uint16_t *ip, const mvm_value *sp) {
    mvm_trace *trace = jit->trace;
    const mvm_frame *frame = trace->vm->frame;
    const mvm_instruction_info *info = &mvm_instruction_infos[*ip];
    clear_trace(jit);
    trace->code = code;
    trace->is_loop_entry = *ip == MVM_OP_JUMP_BACKWARD;
    int64_t offset =
        trace->is_loop_entry
            ? info->units + mvm_read_operand(ip, mvm_uop_steps[info->first_step].operands[0])
            : 0;
    trace->ip = ip + offset;
    trace->may_wait = ip[info->counter_unit] >> 12 < WAITS;
    trace->entry_top = (uint32_t)(sp - frame->slots) + 1;
}

static uint32_t same_place(const mvm_exit *taken) {
    uint32_t count = 0;
    for (const mvm_exit *from = taken; from && from->ip == taken->ip; from = from->executor->from)
        count++;
    return count;
}

// A failed check leaves in front of its instruction, which a side trace would fail to do again in
// the same way: it takes the form that the present values fit, or else the one that always does.
static uint16_t form_for(const mvm_vm *vm, const mvm_exit *taken) {
    const mvm_frame *frame = vm->frame;
    uint16_t opcode = *taken->ip, generic = mvm_instruction_infos[opcode].generic;
    switch (taken->reason) {
    case MVM_EXIT_BRANCH:
    case MVM_EXIT_FORCED:
    case MVM_EXIT_FULL:
    case MVM_EXIT_LOOP: return opcode;
    case MVM_EXIT_RECORD:
    case MVM_EXIT_CALLEE: return same_place(taken) > SAME_PLACE_ALLOWED ? generic : opcode;
    case MVM_EXIT_TYPE:
        if (same_place(taken) > SAME_PLACE_ALLOWED) return generic;
        return mvm_fitting_form(taken->ip, frame->slots + taken->depth, frame->slots,
                                frame->code->constants);
    default: return generic;
    }
}

// A call's cache has what tier one called last. What the side trace is for is what is on the stack
// now, `top` being the topmost value.
static void note_callee(const mvm_vm *vm, uint16_t *ip, const mvm_value *top) {
    const mvm_uop_step *step = &mvm_uop_steps[mvm_instruction_infos[*ip].first_step];
    uint64_t flags = mvm_uop_infos[step->uop].flags;
    if ((flags & MVM_FLAG_CALL_VALUE) && top->tag == MVM_TAG_FUNCTION) {
        const mvm_code *code = top->function->code;
        bool is_error = code->parameters != mvm_read_operand(ip, step->operands[0]) ||
                        code->results != mvm_read_operand(ip, step->operands[1]);
        if (!is_error) ip[step->operands[2].unit] = (uint16_t)code->index;
    } else if (flags & MVM_FLAG_CALL_GENERIC) {
        const mvm_generic *called = &vm->records.generics[mvm_read_operand(ip, step->operands[0])];
        const mvm_value *subject = top + 1 - called->parameters;
        if (subject->tag == MVM_TAG_RECORD)
            ip[step->operands[1].unit] = (uint16_t)subject->record->header.record_type;
    }
}

static void begin_side_trace(mvm_jit *jit, mvm_exit *taken) {
    mvm_trace *trace = jit->trace;
    const mvm_executor *parent = taken->executor;
    const mvm_snapshot *snapshot = &parent->snapshots[taken - parent->exits];
    clear_trace(jit);
    trace->from = taken;
    trace->code = parent->frames[0].inlined.code;
    trace->ip = taken->ip;
    note_callee(trace->vm, taken->ip, trace->vm->frame->slots + taken->depth);
    trace->first_form = form_for(trace->vm, taken);
    trace->missed_type = taken->reason == MVM_EXIT_TYPE && trace->first_form == *taken->ip;
    int64_t base = parent->frames[snapshot->frame].inlined.base;
    trace->entry_top = (uint32_t)(base + taken->depth) + 1;
}

static bool keep_stage(mvm_kept_stage *kept, const mvm_trace *trace, const char *name) {
    *kept = (mvm_kept_stage){name, malloc((trace->uop_count + 1) * sizeof *trace->uops),
                             trace->uop_count, trace->loop_start, trace->cold_start};
    if (!kept->uops) return false;
    memcpy(kept->uops, trace->uops, trace->uop_count * sizeof *trace->uops);
    return true;
}

static bool run_stages(mvm_jit *jit, mvm_kept_stage *kept, uint32_t *kept_count) {
    mvm_trace *trace = jit->trace;
    for (uint32_t i = 0; i < MVM_STAGES; i++) {
        if (stages[i].is_optional && mvm_is_disabled(jit, i)) continue;
        mvm_profile_begin_stage(jit->profile, i);
        bool done = stages[i].run(trace);
        if (i == 0) jit->statistics.uops += trace->uop_count;
        if (!done) return false;
        if (jit->checking && i > 0) mvm_check_uops(trace, i == MVM_STAGES - 1, stages[i].name);
        if (jit->keep_stages && keep_stage(&kept[*kept_count], trace, stages[i].name))
            ++*kept_count;
    }
    return true;
}

// Of this thread's own time: what else the machine does must not count.
static uint64_t now(void) { return mvm_nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

// From uops to what the engine runs.
static bool emit(mvm_jit *jit, mvm_executor *executor, mvm_abort_reason *reason) {
    bool keep_rows = jit->keep_stages || jit->observer;
    switch (jit->engine) {
    case MVM_ENGINE_MACHINE_CODE:
        if (!mvm_executor_emit(executor, &jit->cache, keep_rows, reason)) return false;
        break;
    case MVM_ENGINE_LLVM:
        *reason = MVM_ABORT_COMPILER;
        if (!mvm_executor_compile(executor, jit->compiler)) return false;
        jit->statistics.code_bytes += executor->hot_size;
        break;
    default: return true;
    }
    if (!keep_rows) mvm_executor_forget_uops(executor);
    return true;
}

// Within the bound, metadata comes first, machine code takes the rest.
static bool reserve(mvm_jit *jit, const mvm_executor *executor) {
    uint64_t used = mvm_jit_bytes(jit) + executor->data_size;
    if (used > jit->max_bytes) return false;
    jit->cache.room = jit->max_bytes - used;
    return true;
}

// The executor does not fit. There is more metadata than machine code.
static void note_size(mvm_jit *jit, const mvm_executor *executor) {
    uint64_t most = jit->max_bytes / 2, wanted = 2 * executor->data_size;
    jit->wanted = wanted < most ? wanted : most;
}

static mvm_executor *finish(mvm_jit *jit, uint16_t *ip) {
    mvm_trace *trace = jit->trace;
    mvm_profile_begin_stage(jit->profile, MVM_STAGES);
    mvm_executor *executor = mvm_executor_new(trace, ip);
    if (!executor) {
        mvm_trace_abort(trace, MVM_ABORT_MEMORY);
        return NULL;
    }
    mvm_abort_reason reason = MVM_ABORT_CACHE_FULL;
    jit->emission_start = now();
    if (!reserve(jit, executor) || !emit(jit, executor, &reason)) {
        mvm_trace_abort(trace, reason);
        if (reason == MVM_ABORT_CACHE_FULL) note_size(jit, executor);
        mvm_executor_free(executor, &jit->cache);
        return NULL;
    }
    return executor;
}

static void keep_stages(mvm_executor *executor, mvm_kept_stage *kept, uint32_t count) {
    if (count) executor->stages = malloc(count * sizeof *kept);
    if (executor->stages) {
        memcpy(executor->stages, kept, count * sizeof *kept);
        executor->stage_count = count;
        return;
    }
    for (uint32_t i = 0; i < count; i++) free(kept[i].uops);
}

static mvm_executor *make_executor(mvm_jit *jit, uint16_t *ip) {
    mvm_kept_stage kept[MVM_STAGES];
    uint32_t kept_count = 0;
    mvm_executor *executor = run_stages(jit, kept, &kept_count) ? finish(jit, ip) : NULL;
    if (executor) {
        keep_stages(executor, kept, kept_count);
        jit->statistics.final_uops += executor->uop_count;
    } else {
        for (uint32_t i = 0; i < kept_count; i++) free(kept[i].uops);
    }
    return executor;
}

static void add_executor(mvm_jit *jit, mvm_executor *executor) {
    if (jit->last) {
        jit->last->next = executor;
    } else {
        jit->executors = executor;
    }
    jit->last = executor;
    jit->executor_count++;
    jit->data_bytes += executor->data_size;
    jit->wanted = 0;
    jit->statistics.traces++;
    if (jit->observer) jit->observer(executor, true);
}

// The place of one that was freed, or one behind all others.
static uint32_t free_index(const mvm_code *code) {
    uint32_t index = 0;
    while (index < code->executor_count && code->executors[index]) index++;
    return index;
}

static bool make_place(mvm_code *code) {
    size_t size = (code->executor_count + 1) * sizeof *code->executors;
    mvm_executor **executors = realloc(code->executors, size);
    if (!executors) return false;
    code->executors = executors;
    executors[code->executor_count++] = NULL;
    return true;
}

// Put the executor in the instruction's place.
static bool install(mvm_jit *jit, mvm_executor *executor) {
    mvm_code *code = executor->code;
    uint32_t index = free_index(code);
    if (index > UINT16_MAX || (index == code->executor_count && !make_place(code))) return false;
    uint16_t *ip = executor->ip;
    ip[mvm_instruction_infos[*ip].counter_unit] = (uint16_t)index;
    code->executors[index] = executor;
    ip[0] = executor->is_loop ? MVM_OP_LOOP_EXECUTOR : MVM_OP_ENTER_EXECUTOR;
    mvm_executor_admit(executor, jit->trace->vm);
    add_executor(jit, executor);
    return true;
}

// Have the exit go on in its side trace, for which the root trace's entry checks as well.
static bool install_side(mvm_jit *jit, mvm_exit *from, mvm_executor *executor) {
    mvm_executor *root = executor->root;
    if (!mvm_executor_link(from->executor, from, executor)) return false;
    if (executor->extent > root->extent) root->extent = executor->extent;
    root->side_count++;
    add_executor(jit, executor);
    return true;
}

static void note_time(mvm_jit *jit, mvm_executor *executor, uint64_t start) {
    uint64_t end = now();
    jit->statistics.trace_nanoseconds += end - start;
    if (!executor) return;
    executor->nanoseconds = end - start;
    executor->emission_nanoseconds = end - jit->emission_start;
}

// Where machine code can't be made executable again, none is entered any more.
static void seal(mvm_jit *jit) {
    if (mvm_code_cache_seal(&jit->cache)) return;
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        if (executor->root->valid) mvm_executor_invalidate(executor->root, jit->trace->vm);
    }
}

// Make the trace just begun, in place of the instruction at `ip` or behind the exit it goes on
// from. Returns whether it is installed.
static bool make(mvm_jit *jit, uint16_t *ip) {
    mvm_exit *from = jit->trace->from;
    if (!mvm_make_room(jit, from ? from->executor->root : NULL))
        return mvm_trace_abort(jit->trace, MVM_ABORT_CACHE_FULL);
    uint64_t start = now();
    mvm_executor *executor = make_executor(jit, ip);
    bool installed =
        executor && (from ? install_side(jit, from, executor) : install(jit, executor));
    if (executor && !installed) mvm_executor_free(executor, &jit->cache);
    seal(jit);
    mvm_profile_end_stages(jit->profile);
    note_time(jit, installed ? executor : NULL, start);
    return installed;
}

void mvm_jit_hot(mvm_vm *vm, uint16_t *ip, const mvm_value *sp) {
    mvm_jit *jit = vm->jit;
    uint16_t *counter = ip + mvm_instruction_infos[*ip].counter_unit;
    if (!jit) {
        *counter = MVM_COUNTER_MASK;
        return;
    }
    // Values that keep changing their types would have traces made and invalidated for ever.
    uint32_t failed = mvm_failures_at(&jit->failures, ip);
    if (failed >= TRACES_ALLOWED) {
        jit->aborts[MVM_ABORT_UNSTABLE]++;
        *counter = MVM_COUNTER_MASK;
        return;
    }
    begin_trace(jit, vm->frame->code, ip, sp);
    jit->trace->is_cautious = failed > 0;
    if (make(jit, ip)) return;
    jit->aborts[jit->trace->abort]++;
    bool waits = jit->trace->abort == MVM_ABORT_COLD;
    *counter = waits ? mvm_counter_wait(*counter) : mvm_counter_back_off(*counter);
}

void mvm_jit_hot_exit(mvm_vm *vm, mvm_exit *taken) {
    mvm_jit *jit = vm->jit;
    // Not twice: what comes by turns would be met in the same phase each time.
    taken->hot_at = taken->count * 2 + 1;
    if (mvm_is_disabled(jit, MVM_SWITCH_SIDE_TRACES)) return;
    if (!mvm_exit_may_have_side(taken) || !taken->executor->root->valid) return;
    if (taken->executor->root->side_count >= SIDE_TRACES_ALLOWED) {
        jit->aborts[MVM_ABORT_SIDE_TRACES]++;
        return;
    }
    begin_side_trace(jit, taken);
    if (make(jit, NULL)) return;
    jit->aborts[jit->trace->abort]++;
}

void mvm_set_compiler(mvm_vm *vm, mvm_compiler *compiler) {
    if (vm->jit) vm->jit->compiler = compiler;
}

void mvm_set_observer(mvm_vm *vm, mvm_executor_observer *observer) {
    if (vm->jit) vm->jit->observer = observer;
}

void mvm_jit_set_profile(mvm_jit *jit, mvm_profile *profile) { jit->profile = profile; }

mvm_profile *mvm_jit_profile(const mvm_jit *jit) { return jit->profile; }

bool mvm_jit_has_code(const mvm_jit *jit, uintptr_t address) {
    return mvm_code_cache_has(&jit->cache, address);
}
