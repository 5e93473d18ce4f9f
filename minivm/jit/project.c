// Projection. In: where a hot loop or function starts. Out: the uops of the path that inline caches
// and branch history predict, through calls, to the loop's closing or to where the trace has to
// end.
//
// The uops still work on an abstract stack. Every step of an instruction is copied with its
// operands read; control becomes guards (a branch's expected way), inlined frames (a call) or the
// trace's end.
#include <string.h>

#include "../runtime/specialize.h"
#include "executor.h"
#include "resume.h"

// Entering and leaving a trace costs about as much as this many instructions in tier one: a trace
// that does not loop has to be longer to pay.
enum { SHORTEST = 8 };

#define CALLS (MVM_FLAG_CALL | MVM_FLAG_CALL_VALUE | MVM_FLAG_CALL_GENERIC)

enum {
    UNROLLED = 2,         // levels of recursion in a function's trace,
    UNROLLED_UOPS = 150,  // unless that already has so many uops
    UNROLLED_SIDES = 12   // or so many side traces
};

// A trace goes along one that only leads to a loop, to be there with values in registers, where
// neither that one nor the trace so far is longer than this; but along no trace more often than so.
enum { LONGEST_REPEATED = 250, MOST_COPIES = 6 };

// A loop with only one way through it is in its trace several times over: as often as that leaves
// it this short, and no oftener than so. One that counts to less is left too soon for that to pay.
enum { UNROLLED_INSTRUCTIONS = 60, MOST_ROUNDS = 4, LEAST_COUNT = 32 };

enum { FORCED_EXIT_DISTANCE = 4 };  // instructions between two `_FORCE_EXIT`s, on average

// A branch is expected to go the way it went more often in its last sixteen runs, or just now.
static bool expects_taken(uint16_t history) {
    int taken = __builtin_popcount(history);
    return taken == 8 ? (history & 1) : taken > 8;
}

typedef struct projector {
    mvm_trace *trace;
    mvm_code *code;
    uint16_t *ip;
    uint16_t frame;
    // One a branch, two where it has gone both ways lately; one an instruction that often misses.
    uint32_t choices;
    bool ended;
} projector;

static mvm_uop *append(mvm_trace *trace, uint16_t opcode) {
    mvm_uop *uop = &trace->uops[trace->uop_count++];
    memset(uop, 0, sizeof *uop);
    uop->opcode = opcode;
    uop->exit = MVM_NO_EXIT;
    uop->origin = (uint16_t)(trace->origin_count - 1);
    return uop;
}

static void begin_instruction(projector *p) {
    mvm_trace *trace = p->trace;
    trace->origins[trace->origin_count++] = (mvm_origin){p->code, p->ip, p->frame};
    trace->instructions++;
    // Not before every one: what is between two exits must stay long enough to be optimised.
    uint64_t *random = &trace->vm->forced_exits;
    if (*random && mvm_next_random(random) % FORCED_EXIT_DISTANCE == 0)
        append(trace, MVM_UOP_FORCE_EXIT);
}

// The trace ends before the instruction just begun, which tier one then runs.
static void end_trace(projector *p, mvm_exit_reason reason) {
    append(p->trace, MVM_UOP_EXIT_TRACE)->operands[0] = reason;
    p->trace->instructions--;
    p->ended = true;
}

static void project_branch(projector *p, const mvm_uop_info *info, mvm_uop *uop, uint16_t *next) {
    // Operand 1, where there is one, is the history's unit, read as a number.
    uint16_t history = info->operand_count > 1 ? (uint16_t)uop->operands[1] : 0;
    bool taken = expects_taken(history);
    p->choices += history == 0 || history == UINT16_MAX ? 1 : 2;
    uop->taken = taken;
    p->ip = taken ? next + (int32_t)uop->operands[0] : next;
}

// How many frames of the trace are the function's.
static uint32_t in_progress(const projector *p, const mvm_code *code) {
    const mvm_trace *trace = p->trace;
    uint32_t count = 0;
    for (uint16_t at = p->frame;; at = trace->frames[at].parent) {
        count += trace->frames[at].inlined.code == code;
        if (at == 0) return count;
    }
}

// Whether there are many ways through what the root trace and its side traces have inlined.
static bool is_branchy(const mvm_trace *trace) {
    return trace->from && trace->from->executor->root->side_count >= UNROLLED_SIDES;
}

// A function's own traces have the first levels of its recursion in them, as long as they are short
// and few: a real call costs more than what many such functions do.
static bool unrolls(const mvm_trace *trace, const mvm_code *callee) {
    const mvm_executor *root = trace->from ? trace->from->executor->root : NULL;
    return trace->unrolls && callee == trace->code && trace->uop_count < UNROLLED_UOPS &&
           !is_branchy(trace) && !(root ? root->is_loop : trace->is_loop_entry);
}

static bool is_inlinable(const projector *p, const mvm_code *callee) {
    const mvm_trace *trace = p->trace;
    const mvm_trace_frame *frame = &trace->frames[p->frame];
    if (frame->depth >= MVM_TRACE_DEPTH || trace->frame_count >= MVM_TRACE_FRAMES) return false;
    int64_t base = frame->inlined.base + p->code->frame_size;
    if (base + callee->frame_size >= MVM_TRACE_SLOTS) return false;
    uint32_t times = in_progress(p, callee);
    return times == 0 || (times <= UNROLLED && unrolls(trace, callee));
}

// The function that a call is expected to call: the one it names, or the one it called last; NULL
// when it has not been run yet.
static mvm_code *expected_callee(const mvm_vm *vm, const mvm_uop_info *info, const mvm_uop *uop) {
    uint64_t index = uop->operands[0];
    if (info->flags & MVM_FLAG_CALL_VALUE) index = uop->operands[2];
    if (info->flags & MVM_FLAG_CALL_GENERIC) {
        const mvm_generic *generic = &vm->records.generics[uop->operands[0]];
        uint64_t type = uop->operands[1];
        if (type >= generic->method_count || generic->methods[type] < 0) return NULL;
        index = (uint64_t)generic->methods[type];
    }
    // Function 0 is the main program, which nothing calls.
    return index > 0 && index < vm->function_count ? vm->functions[index] : NULL;
}

// What there is in a function: loops have traces of their own, and so has recursion.
typedef struct function_parts {
    bool loops, recurs, calls;
} function_parts;

static function_parts parts_of(const mvm_vm *vm, const mvm_code *code) {
    function_parts found = {0};
    for (uint32_t at = 0; at < code->unit_count;) {
        const mvm_instruction_info *info = &mvm_instruction_infos[code->units[at]];
        const mvm_uop_step *step = &mvm_uop_steps[info->first_step];
        uint64_t flags = mvm_uop_infos[step->uop].flags;
        if (flags & MVM_FLAG_BACKWARD) found.loops = true;
        if (flags & CALLS) found.calls = true;
        if (flags & MVM_FLAG_CALL) {
            int64_t called = mvm_read_operand(&code->units[at], step->operands[0]);
            if (vm->functions[called] == code) found.recurs = true;
        }
        at += info->units;
    }
    return found;
}

static bool may_call(const projector *p, const mvm_code *callee) {
    const mvm_trace *trace = p->trace;
    if (!trace->calls || trace->frame_count >= MVM_TRACE_FRAMES) return false;
    if (!is_inlinable(p, callee)) return true;
    function_parts parts = parts_of(trace->vm, callee);
    return parts.loops || (parts.recurs && !in_progress(p, callee)) ||
           (parts.calls && callee->entry && is_branchy(trace));
}

// Returns its number. The type pass, which knows the stack's depth, fills in the base.
static uint16_t add_frame(const projector *p, mvm_code *callee, uint16_t *next, bool is_called) {
    mvm_trace *trace = p->trace;
    uint16_t depth = is_called ? 0 : trace->frames[p->frame].depth + 1;
    trace->frames[trace->frame_count] =
        (mvm_trace_frame){.inlined = {.code = callee, .return_ip = next},
                          .parent = p->frame,
                          .depth = depth,
                          .is_called = is_called};
    return (uint16_t)trace->frame_count++;
}

// The called frame's number takes the place of the uop's second operand. Behind a real call the
// trace goes on; its frame is there for what the call needs to know.
static void project_call(projector *p, const mvm_uop_info *info, mvm_uop *uop, uint16_t *next) {
    mvm_trace *trace = p->trace;
    mvm_code *callee = expected_callee(trace->vm, info, uop);
    bool is_called = callee && may_call(p, callee);
    if (!callee || !(is_called || is_inlinable(p, callee))) {
        trace->uop_count--;
        end_trace(p, MVM_EXIT_CALL);
        return;
    }
    if (info->flags & MVM_FLAG_CALL_GENERIC) uop->operands[2] = uop->operands[1];
    uint16_t frame = add_frame(p, callee, next, is_called);
    uop->operands[1] = frame;
    p->ip = next;
    if (is_called) return;
    p->frame = frame;
    p->code = callee;
    p->ip = callee->units;
}

static void project_return(projector *p) {
    mvm_trace *trace = p->trace;
    if (p->frame == 0 && trace->calls) {
        trace->uops[trace->uop_count - 1].opcode = MVM_UOP_RETURN_TRACE;
        p->ended = true;
        return;
    }
    if (p->frame == 0) {
        trace->uop_count--;
        end_trace(p, MVM_EXIT_RETURNING);
        return;
    }
    const mvm_trace_frame *frame = &trace->frames[p->frame];
    p->ip = frame->inlined.return_ip;
    p->frame = frame->parent;
    p->code = trace->frames[p->frame].inlined.code;
}

// The executor that has taken an instruction's place.
static mvm_executor *executor_at(const projector *p, const uint16_t *ip) {
    if (*ip != MVM_OP_LOOP_EXECUTOR) return NULL;
    mvm_executor *executor = p->code->executors[ip[mvm_instruction_infos[*ip].counter_unit]];
    return executor->valid ? executor : NULL;
}

// The trace goes on in another one.
static void end_in(projector *p, mvm_executor *executor) {
    append(p->trace, MVM_UOP_LINK)->operands[1] = (uint64_t)(uintptr_t)executor;
    p->ended = true;
}

// Side traces of a trace that has gone along another one do not, lest there be one for each way
// through several iterations.
static bool has_gone_along(const mvm_trace *trace, const mvm_executor *executor) {
    for (uint32_t i = 0; i < trace->repeated_count; i++) {
        if (trace->repeated[i] == executor->start) return true;
    }
    for (const mvm_exit *from = trace->from; from; from = from->executor->from) {
        for (uint32_t i = 0; i < from->executor->repeated_count; i++) {
            if (from->executor->repeated[i] == executor->start) return true;
        }
    }
    return false;
}

// An outer loop's trace ends in the inner loop: from one to the other, its uops are repeated.
static bool goes_along(projector *p, mvm_executor *executor) {
    mvm_trace *trace = p->trace;
    bool leads_to_loop = !executor->closes && executor->link && executor->link->front;
    if (!trace->links || !leads_to_loop || trace->repeated_count == MVM_MOST_REPEATED) return false;
    if (executor->instructions > LONGEST_REPEATED || trace->instructions > LONGEST_REPEATED ||
        executor->copies == MOST_COPIES || has_gone_along(trace, executor)) {
        return false;
    }
    executor->copies++;
    trace->repeated[trace->repeated_count++] = executor->start;
    return true;
}

static int64_t length_of(mvm_value value) {
    if (value.tag == MVM_TAG_INT) return value.integer;
    if (value.tag == MVM_TAG_LIST) return value.list->length;
    return value.tag == MVM_TAG_STRING ? value.string->length : LEAST_COUNT;
}

// Whether what a `for` compares as it begins, a number with another or a length, is large. The test
// of another loop has a history, which has been looked at.
static bool counts_far(const mvm_trace *trace) {
    const mvm_value *slots = trace->vm->frame->slots;
    bool is_far = false;
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        const mvm_uop *uop = &trace->uops[i];
        if (uop->opcode == MVM_UOP_JUMP_IF_DONE) return is_far;
        if (mvm_uop_has(uop->opcode, MVM_FLAG_BRANCH)) break;
        bool loads = mvm_uop_has(uop->opcode, MVM_FLAG_LOAD_LOCAL);
        is_far |= loads && length_of(slots[uop->operands[0]]) >= LEAST_COUNT;
    }
    return true;
}

// At the end of a loop: whether the trace goes round once more. One choice is the loop's own test.
static bool goes_round(const projector *p) {
    const mvm_trace *trace = p->trace;
    uint32_t one_round = trace->instructions / trace->rounds;
    return trace->unrolls_loops && trace->rounds < MOST_ROUNDS && p->choices <= trace->rounds &&
           trace->instructions + one_round <= UNROLLED_INSTRUCTIONS && counts_far(trace);
}

static void project_backward(projector *p, mvm_uop *uop, uint16_t *next) {
    mvm_trace *trace = p->trace;
    uint16_t *target = next + (int32_t)uop->operands[0];
    trace->uop_count--;
    if (trace->is_loop_entry && p->frame == 0 && target == trace->ip) {
        if (goes_round(p)) {
            trace->rounds++;
            p->ip = target;
            return;
        }
        append(trace, MVM_UOP_CHECK_INTERRUPT);
        if (trace->vm->counting) append(trace, MVM_UOP_COUNT_ITERATION);
        append(trace, MVM_UOP_JUMP_TO_TOP);
        trace->closes = true;
        p->ended = true;
        return;
    }
    mvm_executor *executor = executor_at(p, trace->origins[trace->origin_count - 1].ip);
    if (executor && goes_along(p, executor)) {
        p->ip = target;
    } else if (executor) {
        end_in(p, executor);
    } else {
        end_trace(p, MVM_EXIT_LOOP);
    }
}

static void project_control(projector *p, const mvm_uop_info *info, mvm_uop *uop, uint16_t *next) {
    if (info->flags & MVM_FLAG_BRANCH) {
        project_branch(p, info, uop, next);
    } else if (info->flags & MVM_FLAG_JUMP) {
        p->trace->uop_count--;
        p->ip = next + (int32_t)uop->operands[0];
    } else if (info->flags & CALLS) {
        project_call(p, info, uop, next);
    } else if (info->flags & (MVM_FLAG_HOST | MVM_FLAG_THROWS)) {
        p->trace->uop_count--;
        end_trace(p, info->flags & MVM_FLAG_HOST ? MVM_EXIT_HOST : MVM_EXIT_THROWING);
    } else if (info->flags & MVM_FLAG_RETURN) {
        project_return(p);
    } else if (info->flags & MVM_FLAG_BACKWARD) {
        project_backward(p, uop, next);
    } else {  // a function's entry: the safepoint is at the loops' ends
        p->trace->uop_count--;
    }
}

static const uint64_t control = MVM_FLAG_CALL_VALUE | MVM_FLAG_CALL_GENERIC | MVM_FLAG_HOST |
                                MVM_FLAG_THROWS | MVM_FLAG_BRANCH | MVM_FLAG_JUMP | MVM_FLAG_CALL |
                                MVM_FLAG_RETURN | MVM_FLAG_BACKWARD | MVM_FLAG_ENTER;

// What stands behind a call has not run when a function calls itself for the first time, down to
// where it gets hot: its instructions would be taken in their generic forms for good.
static bool is_cold(const projector *p, const mvm_instruction_info *info) {
    return p->trace->may_wait && info->adaptive && info->generic == *p->ip && p->ip[1] >> 12 == 0;
}

// `form` is the instruction's own opcode, or another form of its family.
static void project_instruction(projector *p, uint16_t form) {
    const mvm_instruction_info *info = &mvm_instruction_infos[form];
    if (is_cold(p, info)) {
        mvm_trace_abort(p->trace, MVM_ABORT_COLD);
        p->ended = true;
        return;
    }
    if (mvm_misses_often(p->ip)) p->choices++;
    uint16_t *at = p->ip, *next = at + info->units;
    begin_instruction(p);
    p->ip = next;
    for (uint32_t i = 0; i < info->step_count && !p->ended; i++) {
        const mvm_uop_step *step = &mvm_uop_steps[info->first_step + i];
        const mvm_uop_info *uop_info = &mvm_uop_infos[step->uop];
        mvm_uop *uop = append(p->trace, step->uop);
        for (uint32_t j = 0; j < uop_info->operand_count; j++) {
            uop->operands[j] = (uint64_t)mvm_read_operand(at, step->operands[j]);
        }
        if (uop_info->flags & control) {
            project_control(p, uop_info, uop, next);
            if (uop->taken && !p->ended) break;
        }
    }
}

// The frames in progress where the trace starts; returns the innermost one.
static uint16_t begin_frames(mvm_trace *trace) {
    if (trace->from) return mvm_resume_frames(trace);
    trace->frames[0] = (mvm_trace_frame){.inlined = {.code = trace->code}};
    trace->frame_count = 1;
    return 0;
}

static void begin_side_trace(projector *p) {
    mvm_trace *trace = p->trace;
    trace->origins[trace->origin_count++] = (mvm_origin){p->code, p->ip, p->frame};
    if (trace->vm->counting)
        append(trace, MVM_UOP_COUNT_ITERATION)->operands[0] =
            (uint64_t)(uintptr_t)&trace->from->linked_count;
    trace->origin_count--;
    project_instruction(p, trace->first_form);
}

// Where most calls of a recursive function return at once, its own trace is short; but other traces
// call it.
static bool is_called(const mvm_trace *trace, uint16_t last) {
    return last == MVM_UOP_RETURN_TRACE && !trace->is_loop_entry && !trace->may_wait &&
           parts_of(trace->vm, trace->code).recurs;
}

bool mvm_project(mvm_trace *trace) {
    uint16_t frame = begin_frames(trace);
    projector p = {
        .trace = trace, .code = trace->frames[frame].inlined.code, .ip = trace->ip, .frame = frame};
    if (trace->from) begin_side_trace(&p);
    while (!p.ended) {
        if (trace->uop_count >= MVM_TRACE_PROJECTED) {
            begin_instruction(&p);
            end_trace(&p, MVM_EXIT_FULL);
        } else {
            project_instruction(&p, *p.ip);
        }
    }
    if (trace->abort) return false;
    uint16_t last = trace->uops[trace->uop_count - 1].opcode;
    bool links = last == MVM_UOP_LINK || (trace->from && last == MVM_UOP_RETURN_TRACE);
    if (trace->closes || links || trace->instructions >= SHORTEST) return true;
    return is_called(trace, last) || mvm_trace_abort(trace, MVM_ABORT_TOO_SHORT);
}
