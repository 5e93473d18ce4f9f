// Copy and patch. In: an executor's uops, over registers. Out: its machine code in the code cache.
//
// Two passes: the first chooses each uop's stencil variant and adds up the sizes, the second copies
// and patches. What runs in the loop goes to the hot area, exits and constants to the cold one.
#include <stdlib.h>
#include <string.h>

#include "../_native/jit_stencils.h"
#include "executor.h"
#include "patch.h"

static const uint16_t first_stencils[MVM_UOP_COUNT] = {
#define X(name) [MVM_UOP##name] = MVM_STENCIL##name,
    MVM_STENCIL_UOPS(X)
#undef X
};

// The number of a uop's variant, counted as in generate/variants.py.
static uint32_t variant_of(const mvm_uop *uop, const mvm_uop_info *info) {
    if (info->flags & MVM_FLAG_SPILLED) return 0;
    uint32_t number = 0, skipped = 1;
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (info->inputs[i] == MVM_TYPE_ANY) continue;
        skipped *= MVM_REGISTERS;
        if (uop->is_immediate && i == info->input_count - 1u) continue;
        number = number * MVM_REGISTERS + uop->inputs[i];
    }
    if (info->output_count && info->output != MVM_TYPE_ANY && info->tied < 0) {
        skipped *= MVM_REGISTERS;
        number = number * MVM_REGISTERS + uop->output;
    }
    // The forms with an immediate follow all the others.
    return uop->is_immediate ? skipped + number : number;
}

typedef struct emission {
    mvm_executor *executor;
    const mvm_stencil **stencils;  // one a uop
    uint32_t *offsets;             // of each uop's code, in its area
    uint32_t *data_offsets;        // of its data, in the cold area
    uint32_t hot_size, cold_size;
    mvm_code_space space;
} emission;

static const mvm_stencil *stencil_of(const mvm_uop *uop) {
    return &mvm_stencils[first_stencils[uop->opcode] +
                         variant_of(uop, &mvm_uop_infos[uop->opcode])];
}

static void measure(emission *e) {
    const mvm_executor *executor = e->executor;
    for (uint32_t i = 0; i < executor->uop_count; i++) {
        e->stencils[i] = stencil_of(&executor->uops[i]);
        uint32_t *area = i < executor->cold_start ? &e->hot_size : &e->cold_size;
        e->offsets[i] = *area;
        *area += e->stencils[i]->code_size;
    }
    for (uint32_t i = 0; i < executor->uop_count; i++) {
        if (!e->stencils[i]->data_size) continue;
        e->cold_size =
            (e->cold_size + MVM_STENCIL_DATA_ALIGNMENT - 1) & ~(MVM_STENCIL_DATA_ALIGNMENT - 1u);
        e->data_offsets[i] = e->cold_size;
        e->cold_size += e->stencils[i]->data_size;
    }
}

static uint8_t *code_of(const emission *e, uint32_t uop) {
    return (uop < e->executor->cold_start ? e->space.hot : e->space.cold) + e->offsets[uop];
}

static uint64_t address_of(const emission *e, uint32_t uop) {
    return (uint64_t)(uintptr_t)code_of(e, uop);
}

// In the root trace, behind the first check, and maybe the loads that follow.
static const uint8_t *target_in_root(const emission *e, const mvm_uop *call) {
    const mvm_executor *root = e->executor->root;
    if (root == e->executor) return code_of(e, 1 + (uint32_t)call->operands[0]);
    return call->operands[0] ? root->loaded : root->checked;
}

// Where a uop that links goes on: the root's start, the other trace's, or its loop's top.
static const uint8_t *link_target(const emission *e, const mvm_uop *uop) {
    if (uop->opcode == MVM_UOP_CALL_ROOT) return target_in_root(e, uop);
    if (uop->opcode == MVM_UOP_LINK_LOOP) {
        return ((const mvm_executor *)(uintptr_t)uop->operands[0])->top;
    }
    return ((const mvm_executor *)(uintptr_t)uop->operands[1])->hot;
}

static uint64_t hole_value(const emission *e, uint32_t index, const mvm_hole *hole) {
    const mvm_uop *uop = &e->executor->uops[index];
    const uint64_t spills = offsetof(mvm_vm, spills);
    switch ((mvm_hole_value)hole->value) {
    case MVM_HOLE_DATA: return (uint64_t)(uintptr_t)(e->space.cold + e->data_offsets[index]);
    case MVM_HOLE_SYMBOL: return mvm_code_cache_helper(e->space.arena, hole->symbol);
    case MVM_HOLE_CONTINUE: return address_of(e, index) + e->stencils[index]->code_size;
    case MVM_HOLE_EXIT_TARGET:
    case MVM_HOLE_ERROR_TARGET: return address_of(e, e->executor->snapshots[uop->exit].first_uop);
    case MVM_HOLE_LINK: return (uint64_t)(uintptr_t)link_target(e, uop);
    case MVM_HOLE_TOP: return address_of(e, e->executor->loop_start);
    case MVM_HOLE_OPERAND0: return uop->operands[0];
    case MVM_HOLE_OPERAND1: return uop->operands[1];
    case MVM_HOLE_OPERAND2: return uop->operands[2];
    case MVM_HOLE_OPERAND0_SCALED: return uop->operands[0] * sizeof(mvm_value);
    case MVM_HOLE_INPUT0_SLOT: return uop->inputs[0] * sizeof(mvm_value);
    case MVM_HOLE_INPUT1_SLOT: return uop->inputs[1] * sizeof(mvm_value);
    case MVM_HOLE_INPUT2_SLOT: return uop->inputs[2] * sizeof(mvm_value);
    case MVM_HOLE_OUTPUT_SLOT: return uop->output * sizeof(mvm_value);
    case MVM_HOLE_INPUT0_SPILL: return spills + uop->inputs[0] * 8u;
    case MVM_HOLE_INPUT1_SPILL: return spills + uop->inputs[1] * 8u;
    case MVM_HOLE_INPUT2_SPILL: return spills + uop->inputs[2] * 8u;
    case MVM_HOLE_OUTPUT_SPILL: return spills + uop->output * 8u;
    case MVM_HOLE_IMMEDIATE: return (uint64_t)uop->immediate;
    case MVM_HOLE_EXECUTOR: return (uint64_t)(uintptr_t)e->executor;
    case MVM_HOLE_EXIT: return (uint64_t)(uintptr_t)&e->executor->exits[uop->exit];
    }
    return 0;
}

static bool copy_and_patch(const emission *e, uint32_t index) {
    const mvm_stencil *stencil = e->stencils[index];
    uint8_t *code = code_of(e, index);
    memcpy(code, mvm_stencil_code + stencil->code, stencil->code_size);
    if (stencil->data_size) {
        memcpy(e->space.cold + e->data_offsets[index], mvm_stencil_data + stencil->data,
               stencil->data_size);
    }
    for (uint32_t i = 0; i < stencil->hole_count; i++) {
        const mvm_hole *hole = &mvm_stencil_holes[stencil->holes + i];
        uint64_t value = hole_value(e, index, hole) + (uint64_t)(int64_t)hole->addend;
        uint8_t *place = code + hole->offset;
        if (!mvm_patch_hole(place, hole->kind, (uint64_t)(uintptr_t)place, value)) return false;
    }
    return true;
}

// Where calls of traces come back to.
static void note_resumes(const emission *e) {
    for (uint32_t i = 0; i < e->executor->frame_count; i++) {
        mvm_entry_point *resume = &e->executor->frames[i].inlined.resume;
        if (resume->executor) resume->code = code_of(e, resume->uop);
    }
}

static bool keep_emitted(const emission *e) {
    mvm_executor *executor = e->executor;
    executor->emitted = calloc(executor->uop_count, sizeof *executor->emitted);
    if (!executor->emitted) return false;
    for (uint32_t i = 0; i < executor->uop_count; i++) {
        executor->emitted[i] = (mvm_emitted){.uop = i,
                                             .stencil = (uint32_t)(e->stencils[i] - mvm_stencils),
                                             .code = code_of(e, i),
                                             .size = e->stencils[i]->code_size};
    }
    return true;
}

static bool emit(emission *e, mvm_code_cache *cache, mvm_abort_reason *reason) {
    mvm_executor *executor = e->executor;
    measure(e);
    if (!mvm_code_cache_reserve(cache, e->hot_size, e->cold_size, &e->space)) {
        *reason = MVM_ABORT_CACHE_FULL;
        return false;
    }
    bool patched = true;
    for (uint32_t i = 0; i < executor->uop_count && patched; i++) patched = copy_and_patch(e, i);
    if (!patched) {
        *reason = MVM_ABORT_OPERAND;
        return false;
    }
    mvm_code_cache_keep(cache, &e->space);
    executor->entry = (mvm_trace_entry *)(uintptr_t)e->space.hot;
    executor->space = e->space;
    executor->hot = e->space.hot;
    executor->cold = e->space.cold;
    executor->hot_size = e->hot_size;
    // A side trace, which nothing calls, may be a single uop.
    if (!executor->from) {
        executor->checked = code_of(e, 1);
        executor->loaded = code_of(e, 1 + executor->load_count);
    }
    executor->top = code_of(e, executor->loop_start);
    note_resumes(e);
    executor->cold_size = e->cold_size;
    return true;
}

static const mvm_hole *next_guard(const emission *e, uint32_t uop, uint32_t *hole) {
    const mvm_stencil *stencil = e->stencils[uop];
    while (*hole < stencil->hole_count) {
        const mvm_hole *found = &mvm_stencil_holes[stencil->holes + (*hole)++];
        if (found->value == MVM_HOLE_EXIT_TARGET) return found;
    }
    return NULL;
}

static uint32_t count_guards(const emission *e) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < e->executor->cold_start; i++) {
        for (uint32_t hole = 0; next_guard(e, i, &hole);) count++;
    }
    return count;
}

// Which holes to patch when an exit gets a side trace.
static bool note_guards(const emission *e) {
    mvm_executor *executor = e->executor;
    uint32_t count = count_guards(e);
    executor->guards = malloc((count + 1) * sizeof *executor->guards);
    if (!executor->guards) return false;
    executor->data_size += count * sizeof *executor->guards;
    for (uint32_t i = 0; i < executor->cold_start; i++) {
        const mvm_hole *hole;
        for (uint32_t next = 0; (hole = next_guard(e, i, &next));) {
            executor->guards[executor->guard_count++] =
                (mvm_guard_hole){.offset = e->offsets[i] + hole->offset,
                                 .addend = (int32_t)hole->addend,
                                 .exit = executor->uops[i].exit,
                                 .kind = hole->kind};
        }
    }
    return true;
}

// Have the guards of an exit jump to `target`; or find out only whether they can.
static bool redirect(const mvm_executor *executor, uint16_t exit, const uint8_t *target,
                     bool patch) {
    for (uint32_t i = 0; i < executor->guard_count; i++) {
        const mvm_guard_hole *guard = &executor->guards[i];
        if (guard->exit != exit) continue;
        uint8_t *place = (uint8_t *)(uintptr_t)executor->hot + guard->offset;
        uint64_t at = (uint64_t)(uintptr_t)place;
        uint64_t value = (uint64_t)(uintptr_t)target + (uint64_t)(int64_t)guard->addend;
        if (!mvm_patch_fits(guard->kind, at, value)) return false;
        if (patch) mvm_patch_hole(place, guard->kind, at, value);
    }
    return true;
}

bool mvm_executor_link(mvm_executor *executor, mvm_exit *from, mvm_executor *side) {
    uint16_t exit = (uint16_t)(from - executor->exits);
    if (executor->side_codes) {
        executor->side_codes[exit] = side->hot;
    } else if (executor->hot) {
        if (!redirect(executor, exit, side->hot, false)) return false;
        if (!mvm_code_cache_open(executor->space.arena)) return false;
        redirect(executor, exit, side->hot, true);
    }
    from->side = side;
    return true;
}

bool mvm_executor_emit(mvm_executor *executor, mvm_code_cache *cache, bool keep_rows,
                       mvm_abort_reason *reason) {
    uint32_t count = executor->uop_count;
    emission e = {.executor = executor};
    e.stencils = malloc(count * sizeof *e.stencils);
    e.offsets = malloc(count * sizeof *e.offsets);
    e.data_offsets = calloc(count, sizeof *e.data_offsets);
    *reason = MVM_ABORT_MEMORY;
    bool emitted = e.stencils && e.offsets && e.data_offsets && emit(&e, cache, reason) &&
                   note_guards(&e) && (!keep_rows || keep_emitted(&e));
    free(e.stencils);
    free(e.offsets);
    free(e.data_offsets);
    return emitted;
}
