// The pass for what is computed twice. In: uops over values. Out: without those whose result or
// check is known from an earlier uop, and without loads of what was loaded or stored before, nor
// stores of a tag that is there.
//
//   v5 = _MUL_FLOAT v3 v4          v5 = _MUL_FLOAT v3 v4
//   _STORE_FIELD_FLOAT v5 v1 0     _STORE_FIELD_FLOAT v5 v1 0
//   v6 = _MUL_FLOAT v4 v3                                       (v6 is v5)
//   v7 = _LOAD_FIELD_FLOAT v1 0                                 (v7 is v5)
//
// A new record is known to hold what stood in the slots that it was made from.
//
// One walk forward. What depends on its inputs alone holds from there on; what was read from memory
// is forgotten where a later uop may write it. What the uops in front of a loop have found holds in
// it as long as nothing in the whole loop writes it, and unless a value that the loop carries is in
// it, which is another one in each iteration.
#include <string.h>

#include "alias.h"

enum {
    BUCKETS = 256,
    MOST_READ = 96,  // what is known of memory at once: each write goes through it
};

// A uop that need not be run again: `next` is the next one in its bucket, plus one.
typedef struct computed {
    uint16_t uop, next;
} computed;

// What was found in memory, by the uop whose number this is, or at a place.
typedef struct found {
    uint32_t memory;  // classes it depends on; 0: nothing
    uint16_t uop;
    bool has_place;
    mvm_access access;
} found;

typedef struct common_pass {
    mvm_trace *trace;
    mvm_definitions definitions;
    uint16_t same[MVM_TRACE_VALUES];  // the value that each one is
    bool carried[MVM_TRACE_VALUES];   // what the loop carries, as it is at its top
    bool renames;
    uint16_t buckets[BUCKETS];
    computed computed[MVM_TRACE_UOPS];
    uint32_t computed_count;
    found found[MOST_READ];
    uint32_t found_count;              // ever; the oldest give way
    uint16_t stored[MVM_TRACE_SLOTS];  // the value that was last stored to a slot, unless unknown
} common_pass;

// --- what is known
// ----------------------------------------------------------------------------------

static bool takes_same(const mvm_uop *left, const mvm_uop *right) {
    if (memcmp(left->inputs, right->inputs, sizeof left->inputs) == 0) return true;
    return mvm_uop_has(left->opcode, MVM_FLAG_COMMUTES) && !left->is_immediate &&
           left->inputs[0] == right->inputs[1] && left->inputs[1] == right->inputs[0];
}

static bool is_same_uop(const mvm_uop *left, const mvm_uop *right) {
    return left->opcode == right->opcode && left->is_immediate == right->is_immediate &&
           left->immediate == right->immediate && takes_same(left, right) &&
           memcmp(left->operands, right->operands, sizeof left->operands) == 0;
}

// The same for inputs in either order.
static uint32_t bucket_of(const mvm_uop *uop) {
    uint64_t hash = uop->opcode;
    for (uint32_t i = 0; i < MVM_MAX_OPERANDS; i++) hash = hash * 31 + uop->operands[i];
    hash = hash * 31 + uop->inputs[2];
    hash = hash * 2048 + uop->inputs[0] + uop->inputs[1];
    return (uint32_t)((hash + (uint64_t)uop->immediate) * UINT64_C(0x9e3779b97f4a7c15) >> 56);
}

static void note_found(common_pass *pass, const found *what) {
    pass->found[pass->found_count++ % MOST_READ] = *what;
}

static uint32_t found_limit(const common_pass *pass) {
    return pass->found_count < MOST_READ ? pass->found_count : MOST_READ;
}

// The uop's result from an earlier one like it: a value number, or for a check itself. NO_VALUE:
// none is known.
static uint16_t earlier_result(const common_pass *pass, const mvm_uop *uop) {
    const mvm_trace *trace = pass->trace;
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    if (info->reads) {
        for (uint32_t i = 0; i < found_limit(pass); i++) {
            const found *at = &pass->found[i];
            if (!at->memory || at->has_place || !is_same_uop(&trace->uops[at->uop], uop)) continue;
            return info->output_count ? trace->uops[at->uop].output : UINT16_MAX;
        }
        return MVM_NO_VALUE;
    }
    for (uint16_t at = pass->buckets[bucket_of(uop)]; at; at = pass->computed[at - 1].next) {
        const mvm_uop *earlier = &trace->uops[pass->computed[at - 1].uop];
        if (is_same_uop(earlier, uop)) return info->output_count ? earlier->output : UINT16_MAX;
    }
    return MVM_NO_VALUE;
}

// What a load gives, from an earlier load or store of the place.
static uint16_t earlier_content(const common_pass *pass, const mvm_access *load) {
    for (uint32_t i = 0; i < found_limit(pass); i++) {
        const found *at = &pass->found[i];
        if (at->memory && at->has_place && at->access.tag == load->tag &&
            mvm_same_place(&at->access.at, &load->at)) {
            return at->access.value;
        }
    }
    return MVM_NO_VALUE;
}

static void note_computed(common_pass *pass, const mvm_uop *uop, uint32_t at) {
    uint16_t *bucket = &pass->buckets[bucket_of(uop)];
    pass->computed[pass->computed_count] = (computed){(uint16_t)at, *bucket};
    *bucket = (uint16_t)++pass->computed_count;
}

// --- what a new record or cell holds: what stood in the slots that it was made from
// ----------------------------------------------------------------------------------

static bool is_box(const mvm_uop *uop, const mvm_uop_info *info) {
    return info->input_count == 1 && info->inputs[0] != MVM_TYPE_ANY &&
           uop->opcode == mvm_type_infos[info->inputs[0]].box;
}

static void note_field(common_pass *pass, const mvm_uop *take, uint32_t at, uint32_t memory,
                       uint32_t place) {
    uint16_t value = pass->stored[take->inputs[0] + place];
    if (value == MVM_NO_VALUE) return;
    uint8_t tag = mvm_type_infos[pass->trace->values[value].type].tag;
    found what = {.memory = memory, .uop = (uint16_t)at, .has_place = true};
    what.access = (mvm_access){.value = value, .tag = tag, .is_store = true};
    what.access.at = (mvm_place){.memory = memory, .container = take->output, .place = place};
    note_found(pass, &what);
}

static void note_made(common_pass *pass, const mvm_uop *uop, uint32_t at) {
    if (uop->opcode == MVM_UOP_TAKE_CELL) note_field(pass, uop, at, MVM_MEMORY_CELLS, 0);
    if (uop->opcode != MVM_UOP_TAKE_RECORD) return;
    for (uint32_t i = 0; i < uop->operands[1]; i++) {
        note_field(pass, uop, at, MVM_MEMORY_FIELDS, i);
    }
}

// The value that a uop stores to a slot, unless it is not known.
static uint16_t stored_value(const mvm_trace *trace, const mvm_uop *uop, const mvm_uop_info *info) {
    if (is_box(uop, info)) return uop->inputs[0];
    for (uint32_t i = 1; i < trace->value_count && uop->opcode == MVM_UOP_STORE_CONST; i++) {
        const mvm_trace_value *value = &trace->values[i];
        bool is_it = value->kind == MVM_VALUE_CONSTANT && value->constant.tag == uop->operands[0] &&
                     value->constant.bits == uop->operands[1];
        if (is_it) return (uint16_t)i;
    }
    return MVM_NO_VALUE;
}

static void note_slot(common_pass *pass, const mvm_uop *uop, const mvm_uop_info *info) {
    bool writes_slot = info->output_count && info->output == MVM_TYPE_ANY;
    if (writes_slot) pass->stored[uop->output] = stored_value(pass->trace, uop, info);
}

// No register outlives a call of another trace.
static void forget_all(common_pass *pass) {
    memset(pass->stored, 0, sizeof pass->stored);
    memset(pass->buckets, 0, sizeof pass->buckets);
    pass->computed_count = 0;
    for (uint32_t i = 0; i < found_limit(pass); i++) pass->found[i].memory = 0;
}

// A uop writes: forget what may be something else now.
static void forget_written(common_pass *pass, const mvm_uop *uop) {
    if (mvm_calls_trace(uop)) forget_all(pass);
    uint32_t writes = mvm_uop_infos[uop->opcode].writes;
    if (!writes) return;
    mvm_access access;
    bool has_place = mvm_access_of(&pass->definitions, uop, &access);
    for (uint32_t i = 0; i < found_limit(pass); i++) {
        found *at = &pass->found[i];
        if (!(at->memory & writes)) continue;
        bool apart = has_place && at->has_place &&
                     !mvm_may_alias(&pass->definitions, &at->access.at, &access.at);
        if (!apart) at->memory = 0;
    }
}

// --- loops
// -----------------------------------------------------------------------------------------------

static bool involves_carried(const common_pass *pass, const mvm_uop *uop) {
    if (mvm_uop_infos[uop->opcode].output_count && pass->carried[uop->output]) return true;
    for (uint32_t i = 0; i < MVM_MAX_INPUTS; i++) {
        if (pass->carried[uop->inputs[i]]) return true;
    }
    return false;
}

// At a loop's top: keep what holds in every iteration.
static void enter_loop(common_pass *pass, uint32_t loop_start) {
    const mvm_trace *trace = pass->trace;
    for (uint32_t i = loop_start; i < trace->uop_count; i++) forget_written(pass, &trace->uops[i]);
    for (uint32_t i = 0; i < found_limit(pass); i++) {
        found *at = &pass->found[i];
        bool changes = at->has_place &&
                       (pass->carried[at->access.at.index] || pass->carried[at->access.value]);
        if (changes || involves_carried(pass, &trace->uops[at->uop])) at->memory = 0;
    }
    memset(pass->stored, 0, sizeof pass->stored);
    uint32_t count = pass->computed_count;
    memset(pass->buckets, 0, sizeof pass->buckets);
    pass->computed_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t at = pass->computed[i].uop;
        const mvm_uop *uop = &trace->uops[at];
        if (!involves_carried(pass, uop)) note_computed(pass, uop, at);
    }
}

// --- the walk
// --------------------------------------------------------------------------------------------

static void resolve_inputs(const common_pass *pass, mvm_uop *uop, const mvm_uop_info *info) {
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (info->inputs[i] != MVM_TYPE_ANY) uop->inputs[i] = pass->same[uop->inputs[i]];
    }
}

// `number` is the value `earlier`, of which as much is known from here on.
static void rename_value(common_pass *pass, uint16_t number, uint16_t earlier) {
    mvm_trace_value *values = pass->trace->values;
    pass->same[number] = earlier;
    pass->renames = true;
    values[earlier].is_wanted |= values[number].is_wanted;
    if (values[earlier].kind == MVM_VALUE_REGISTER && !values[earlier].identity) {
        values[earlier].identity = values[number].identity;
        values[earlier].identity_check = values[number].identity_check;
    }
}

// A field that holds a value of the type that is stored need not get its tag again.
static void replace_value(const common_pass *pass, mvm_uop *uop) {
    bool is_float = uop->opcode == MVM_UOP_STORE_FIELD_FLOAT;
    mvm_access store;
    if (!is_float && uop->opcode != MVM_UOP_STORE_FIELD_GENERAL) return;
    if (!mvm_access_of(&pass->definitions, uop, &store)) return;
    if (earlier_content(pass, &store) == MVM_NO_VALUE) return;
    uop->opcode = is_float ? MVM_UOP_REPLACE_FIELD_FLOAT : MVM_UOP_REPLACE_FIELD_GENERAL;
}

// Whether the uop, which is to stand at `at`, can be left out. If not, what it finds is noted.
static bool is_known(common_pass *pass, const mvm_uop *uop, uint32_t at) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    found what = {.memory = info->reads | info->writes, .uop = (uint16_t)at};
    what.has_place = mvm_access_of(&pass->definitions, uop, &what.access);
    if (what.has_place && what.access.is_store) {
        if (what.access.value != MVM_NO_VALUE) note_found(pass, &what);
        return false;
    }
    if (!mvm_is_repeatable(info) || (info->output_count && pass->carried[uop->output]))
        return false;
    uint16_t earlier =
        what.has_place ? earlier_content(pass, &what.access) : earlier_result(pass, uop);
    if (earlier != MVM_NO_VALUE) {
        if (info->output_count) rename_value(pass, uop->output, earlier);
        return true;
    }
    if (info->reads) {
        note_found(pass, &what);
    } else {
        note_computed(pass, uop, at);
    }
    return false;
}

static void rename_in_exits_and_loop(common_pass *pass) {
    mvm_trace *trace = pass->trace;
    for (uint32_t i = 0; i < trace->entry_count; i++) {
        mvm_snapshot_entry *entry = &trace->entries[i];
        if (entry->kind == MVM_PLACE_VALUE) entry->value = pass->same[entry->value];
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        mvm_loop_value value = trace->loop_values[i];
        value.from = pass->same[value.from];
        if (value.from != value.to) trace->loop_values[kept++] = value;
    }
    trace->loop_value_count = kept;
    for (uint32_t i = 0; i < trace->link_value_count; i++) {
        trace->link_values[i].value = pass->same[trace->link_values[i].value];
    }
}

static void begin(common_pass *pass, mvm_trace *trace) {
    pass->trace = pass->definitions.trace = trace;
    memset(pass->definitions.uop, 0, trace->value_count * sizeof *pass->definitions.uop);
    for (uint32_t i = 0; i < trace->value_count; i++) pass->same[i] = (uint16_t)i;
    memset(pass->carried, 0, trace->value_count * sizeof *pass->carried);
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        pass->carried[trace->loop_values[i].to] = true;
    }
    memset(pass->buckets, 0, sizeof pass->buckets);
    memset(pass->stored, 0, sizeof pass->stored);
    pass->computed_count = pass->found_count = 0;
    pass->renames = false;
}

bool mvm_optimize_common(mvm_trace *trace) {
    common_pass pass;
    begin(&pass, trace);
    uint32_t kept = 0, loop_start = trace->loop_start;
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        if (i == loop_start) {
            if (trace->closes) enter_loop(&pass, i);
            trace->loop_start = kept;
        }
        mvm_uop uop = trace->uops[i];
        const mvm_uop_info *info = &mvm_uop_infos[uop.opcode];
        resolve_inputs(&pass, &uop, info);
        replace_value(&pass, &uop);
        forget_written(&pass, &uop);
        if (is_known(&pass, &uop, kept)) continue;
        note_made(&pass, &uop, kept);
        note_slot(&pass, &uop, info);
        if (info->output_count && info->output != MVM_TYPE_ANY) {
            pass.definitions.uop[uop.output] = (uint16_t)(kept + 1);
        }
        trace->uops[kept++] = uop;
    }
    trace->uop_count = kept;
    if (pass.renames) rename_in_exits_and_loop(&pass);
    return true;
}
