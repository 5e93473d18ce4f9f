// The pass for what does not change in a loop. In: uops over values, of a trace that closes its
// loop. Out: the same with the loop's invariant uops in front of it.
//
//   > v5 = _ADD_INT v1 1             v6 = _LOAD_FIELD_FLOAT v2 3
//     v6 = _LOAD_FIELD_FLOAT v2 3  > v5 = _ADD_INT v1 1
//     v7 = _MUL_FLOAT v4 v6          v7 = _MUL_FLOAT v4 v6
//
// A uop moves when its inputs come from in front of the loop and are not carried, when it changes
// nothing, and when nothing in the loop may write what it reads. One that may exit then goes back
// to the loop's head, in the state the loop was entered in. Where a check of a value has to stay,
// what takes the value stays behind it; of an index, what takes the index.
//
// So a uop may run that the loop would not have come to. That can cost a useless exit, but changes
// nothing. A loop that has lost a trace because of exits on the way in does not risk it again.
#include <string.h>

#include "alias.h"
#include "uses.h"

// Values of a class that come into the loop: with more, some would go through memory in every
// iteration. What is loaded is worth a register more than what is computed.
enum { COMPUTED_LIMIT = 6, LOADED_LIMIT = 8 };

typedef struct hoist_pass {
    mvm_trace *trace;
    mvm_definitions definitions;
    bool varies[MVM_TRACE_VALUES];    // carried, or made in the loop
    bool checked[MVM_TRACE_VALUES];   // by a uop that stays in the loop
    uint32_t writes;                  // classes of memory that the loop writes
    uint16_t uses[MVM_TRACE_VALUES];  // how often the loop needs a value
    uint32_t coming_in[2];            // values that come into the loop, by register class
    bool has_branched;                // what comes next need not run in every iteration
    bool checks_constant;             // a check of a constant index stays in the loop
} hoist_pass;

static bool takes_invariants(const hoist_pass *pass, const mvm_uop *uop, const mvm_uop_info *info) {
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (info->inputs[i] == MVM_TYPE_ANY) return false;
        uint16_t input = uop->inputs[i];
        if (pass->varies[input] || pass->checked[input]) return false;
    }
    return true;
}

// Whether a uop in the loop may write what this one, which stands in it too, reads.
static bool is_written(const hoist_pass *pass, const mvm_uop *uop, const mvm_uop_info *info) {
    const mvm_trace *trace = pass->trace;
    if (!(info->reads & pass->writes)) return false;
    mvm_access load, store;
    if (!mvm_access_of(&pass->definitions, uop, &load)) return true;
    for (uint32_t i = trace->loop_start; i < trace->uop_count; i++) {
        const mvm_uop *other = &trace->uops[i];
        if (!(mvm_uop_infos[other->opcode].writes & info->reads)) continue;
        if (!mvm_access_of(&pass->definitions, other, &store)) return true;
        if (mvm_may_alias(&pass->definitions, &load.at, &store.at)) return true;
    }
    return false;
}

// A branch keeps its exit: other ways through the loop may be as hot. What it compares costs no
// more there than a bool that waits in a register.
static bool is_worth_it(const mvm_uop_info *info) {
    if (info->flags & MVM_FLAG_EXITS && info->exit_reason == MVM_EXIT_BRANCH) return false;
    return info->output != MVM_TYPE_BOOL || info->reads;
}

static uint32_t class_of(const hoist_pass *pass, uint16_t value) {
    return mvm_type_infos[pass->trace->values[value].type].vector;
}

// A uop that moves: its inputs may not be needed in the loop any more, its output comes into it.
static void move(hoist_pass *pass, const mvm_uop *uop) {
    uint16_t inputs[MVM_MAX_INPUTS];
    uint32_t count = mvm_typed_inputs(uop, inputs);
    for (uint32_t i = 0; i < count; i++) {
        bool ends = --pass->uses[inputs[i]] == 0;
        if (ends && pass->trace->values[inputs[i]].kind != MVM_VALUE_CONSTANT) {
            pass->coming_in[class_of(pass, inputs[i])]--;
        }
    }
    if (mvm_defines_value(uop)) pass->coming_in[class_of(pass, uop->output)]++;
}

// An element is got behind the check of its index. A constant one may be an immediate there.
static bool is_unchecked(const hoist_pass *pass, const mvm_uop *uop, const mvm_uop_info *info) {
    if (!(info->reads & MVM_MEMORY_ELEMENTS) || !pass->checks_constant) return false;
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (pass->trace->values[uop->inputs[i]].kind == MVM_VALUE_CONSTANT) return true;
    }
    return false;
}

static bool has_register(const hoist_pass *pass, const mvm_uop *uop, const mvm_uop_info *info) {
    if (!mvm_defines_value(uop)) return true;
    uint32_t limit = info->reads ? LOADED_LIMIT : COMPUTED_LIMIT;
    return pass->coming_in[mvm_type_infos[info->output].vector] < limit;
}

static bool is_invariant(const hoist_pass *pass, const mvm_uop *uop) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    bool leaves = info->flags & (MVM_FLAG_EXITS | MVM_FLAG_ERRORS);
    if (leaves && pass->has_branched && pass->trace->is_cautious) return false;
    return mvm_is_repeatable(info) && is_worth_it(info) && has_register(pass, uop, info) &&
           takes_invariants(pass, uop, info) && !is_unchecked(pass, uop, info) &&
           !is_written(pass, uop, info);
}

static void stay(hoist_pass *pass, const mvm_uop *uop) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    pass->has_branched |= (info->flags & (MVM_FLAG_EXITS | MVM_FLAG_ERRORS)) != 0;
    if (info->output_count && info->output != MVM_TYPE_ANY) pass->varies[uop->output] = true;
    if (!(info->flags & MVM_FLAG_GUARD)) return;
    bool checks_index = uop->opcode == MVM_UOP_CHECK_INDEX;
    pass->checks_constant |= checks_index && uop->is_immediate;
    for (uint32_t i = checks_index; i < info->input_count; i++)
        pass->checked[uop->inputs[i]] = true;
    pass->checked[MVM_NO_VALUE] = false;  // what an immediate leaves
}

// What the loop needs of what is defined in front of it.
static void count_coming_in(hoist_pass *pass) {
    const mvm_trace *trace = pass->trace;
    mvm_count_uses_from(trace, trace->loop_start, pass->uses);
    pass->coming_in[0] = pass->coming_in[1] = 0;
    for (uint32_t i = 0; i < trace->loop_start; i++) {
        const mvm_uop *uop = &trace->uops[i];
        if (mvm_defines_value(uop) && pass->uses[uop->output]) {
            pass->coming_in[class_of(pass, uop->output)]++;
        }
    }
}

static void begin(hoist_pass *pass, mvm_trace *trace) {
    pass->trace = pass->definitions.trace = trace;
    pass->writes = 0;
    pass->has_branched = pass->checks_constant = false;
    memset(pass->definitions.uop, 0, trace->value_count * sizeof *pass->definitions.uop);
    memset(pass->varies, 0, trace->value_count * sizeof *pass->varies);
    memset(pass->checked, 0, trace->value_count * sizeof *pass->checked);
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        pass->varies[trace->loop_values[i].to] = true;
    }
    count_coming_in(pass);
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        const mvm_uop_info *info = &mvm_uop_infos[trace->uops[i].opcode];
        if (i >= trace->loop_start) pass->writes |= info->writes;
        if (info->output_count && info->output != MVM_TYPE_ANY) {
            pass->definitions.uop[trace->uops[i].output] = (uint16_t)(i + 1);
        }
    }
}

// No register outlives such a call.
static bool calls_traces(const mvm_trace *trace) {
    for (uint32_t i = trace->loop_start; i < trace->uop_count; i++) {
        if (mvm_calls_trace(&trace->uops[i])) return true;
    }
    return false;
}

bool mvm_optimize_hoist(mvm_trace *trace) {
    if (!trace->closes || calls_traces(trace)) return true;
    hoist_pass pass;
    begin(&pass, trace);
    mvm_uop staying[MVM_TRACE_UOPS / 2];
    bool moves[MVM_TRACE_UOPS];
    // The uops stay in place meanwhile: `definitions` has their numbers.
    for (uint32_t i = trace->loop_start; i < trace->uop_count; i++) {
        moves[i] = is_invariant(&pass, &trace->uops[i]);
        if (moves[i]) {
            move(&pass, &trace->uops[i]);
        } else {
            stay(&pass, &trace->uops[i]);
        }
    }
    uint32_t front = trace->loop_start, count = 0;
    for (uint32_t i = trace->loop_start; i < trace->uop_count; i++) {
        if (!moves[i]) {
            staying[count++] = trace->uops[i];
            continue;
        }
        trace->uops[front] = trace->uops[i];
        if (trace->uops[front].exit != MVM_NO_EXIT) trace->uops[front].exit = trace->entry_exit;
        front++;
    }
    memcpy(&trace->uops[front], staying, count * sizeof *staying);
    trace->loop_start = front;
    return true;
}
