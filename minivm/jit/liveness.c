// Liveness of locals. In: a function's instructions. Out: for each of them, the locals that are
// read later before they are written.
//
// The usual analysis, backward and again until nothing changes. An instruction is the loads and
// stores among its uops; one that branches in its middle, such as a `for` loop's test, has some
// before that and some after.
#include "liveness.h"

#include <stdlib.h>

enum { NOWHERE = UINT32_MAX };

// Of one function, in a list of all that were asked for.
struct mvm_live_locals_of {
    mvm_live_locals_of *next;
    const mvm_code *code;
    uint64_t live[];
};

// What an instruction does, in front of its branch and behind it: which locals it reads first, and
// which it writes.
typedef struct effect {
    uint64_t reads[2], writes[2];
    uint32_t offset, next;  // units
    uint32_t target;        // where it may jump to
    uint32_t handler;       // where an error in it goes on
} effect;

static void note_local(effect *of, int half, const mvm_uop_info *info, int64_t local) {
    if (local >= MVM_TRACKED_LOCALS) return;
    uint64_t bit = UINT64_C(1) << local;
    if (info->flags & MVM_FLAG_STORE_LOCAL) {
        of->writes[half] |= bit;
    } else if (!(of->writes[half] & bit)) {
        of->reads[half] |= bit;
    }
}

static effect effect_at(const mvm_code *code, uint32_t offset) {
    const uint16_t *ip = code->original + offset;
    const mvm_instruction_info *info = &mvm_instruction_infos[*ip];
    const mvm_handler_range *handler = mvm_code_handler(code, offset);
    effect of = {.offset = offset, .next = offset + info->units, .target = NOWHERE};
    of.handler = handler ? handler->target : NOWHERE;
    uint32_t next = of.next;
    int half = 0;
    for (uint32_t i = 0; i < info->step_count; i++) {
        const mvm_uop_step *step = &mvm_uop_steps[info->first_step + i];
        const mvm_uop_info *uop = &mvm_uop_infos[step->uop];
        if (uop->flags & (MVM_FLAG_LOAD_LOCAL | MVM_FLAG_STORE_LOCAL)) {
            note_local(&of, half, uop, mvm_read_operand(ip, step->operands[0]));
        } else if (uop->flags & (MVM_FLAG_BRANCH | MVM_FLAG_JUMP | MVM_FLAG_BACKWARD)) {
            of.target = (uint32_t)(next + mvm_read_operand(ip, step->operands[0]));
            if (!(uop->flags & MVM_FLAG_BRANCH)) of.next = NOWHERE;
            half = 1;
        } else if (uop->flags & (MVM_FLAG_RETURN | MVM_FLAG_HALT | MVM_FLAG_THROWS)) {
            of.next = NOWHERE;
        }
    }
    return of;
}

// Whether that added something.
static bool update(uint64_t *live, const effect *of) {
    uint64_t needed = of->next == NOWHERE ? 0 : live[of->next];
    needed = (needed & ~of->writes[1]) | of->reads[1];
    if (of->target != NOWHERE) needed |= live[of->target];
    needed = (needed & ~of->writes[0]) | of->reads[0];
    if (of->handler != NOWHERE) needed |= live[of->handler];
    bool grows = needed != live[of->offset];
    live[of->offset] = needed;
    return grows;
}

// Fills `live` in, which is all zeros; one more than there are units, for what follows the last
// instruction: nothing.
static bool find(const mvm_code *code, uint64_t *live) {
    effect *effects = malloc(code->unit_count * sizeof *effects);
    if (!effects) return false;
    uint32_t count = 0;
    for (uint32_t at = 0; at < code->unit_count; count++) {
        effects[count] = effect_at(code, at);
        at += mvm_instruction_infos[code->original[at]].units;
    }
    bool grows = true;
    while (grows) {
        grows = false;
        for (uint32_t i = count; i-- > 0;) grows |= update(live, &effects[i]);
    }
    free(effects);
    return true;
}

const uint64_t *mvm_live_locals(mvm_trace *trace, const mvm_code *code) {
    for (mvm_live_locals_of **at = &trace->live_locals; *at; at = &(*at)->next) {
        mvm_live_locals_of *found = *at;
        if (found->code != code) continue;
        // To the front: what is asked for next is likely to be of the same function.
        *at = found->next;
        found->next = trace->live_locals;
        trace->live_locals = found;
        return found->live;
    }
    mvm_live_locals_of *made =
        calloc(1, sizeof *made + (code->unit_count + 1) * sizeof *made->live);
    if (!made || !find(code, made->live)) {
        free(made);
        return NULL;
    }
    made->code = code;
    made->next = trace->live_locals;
    trace->live_locals = made;
    return made->live;
}

void mvm_forget_live_locals(mvm_trace *trace, const mvm_code *code) {
    mvm_live_locals_of **at = &trace->live_locals;
    while (*at) {
        mvm_live_locals_of *found = *at;
        if (code && found->code != code) {
            at = &found->next;
        } else {
            *at = found->next;
            free(found);
        }
    }
}
