// The end of executors, a root trace with all its side traces at a time. In: code that is redefined
// or freed, a field that is not monomorphic any more, or a bound that is reached. Out: executors
// invalidated, so that nothing enters them any more; and freed, with their machine code.
//
// What is cold is found out as with the hand of a clock, and hot code is not slowed down by it. At
// each look all root traces are put to *rest*: links and calls turn back to tier one, as when there
// is no room on the stacks, and tier one wakes those that it enters. Who still rests at the next
// look was not entered in between.
//
// Executors are freed only while no trace runs: when tier one makes a trace or has just left one,
// or nothing runs at all. Traces never wait on the C stack: words of the host end them, and whoever
// takes the output may not run programs.
#include "drop.h"

#include <assert.h>

#include "account.h"
#include "liveness.h"

enum {
    SHARE = 8,                   // one in so many bytes of the bound is kept free for a new trace,
    LARGEST_SHARE = 256 * 1024,  // but no more than this
    TRIES_A_LOOK = 16,           // so many traces are given up for want of room before another look
    BACK_OFF = 6,                // the longest there is: what is made again takes others' room
};

// A root trace stands for all that goes on from it, and what links to it must not stay when it
// goes.
void mvm_invalidate_linked(mvm_jit *jit) {
    for (bool changed = true; changed;) {
        changed = false;
        for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
            if (!executor->link || executor->link->valid || !executor->root->valid) continue;
            mvm_executor_invalidate(executor->root, jit->trace->vm);
            changed = true;
        }
    }
}

void mvm_jit_forget(mvm_jit *jit, const mvm_code *code) {
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        if (executor->root->valid && mvm_executor_relies_on(executor, code)) {
            mvm_executor_invalidate(executor->root, jit->trace->vm);
        }
    }
    mvm_invalidate_linked(jit);
}

static bool relies_on_field(const mvm_executor *executor, uint32_t type, uint32_t place) {
    for (uint32_t i = 0; i < executor->relied_count; i++) {
        if (executor->relied[i].type == type && executor->relied[i].place == place) return true;
    }
    return false;
}

void mvm_jit_forget_field(mvm_jit *jit, uint32_t type, uint32_t place) {
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        if (executor->root->valid && relies_on_field(executor, type, place)) {
            mvm_executor_invalidate(executor->root, jit->trace->vm);
        }
    }
    mvm_invalidate_linked(jit);
}

// --- freeing ---------------------------------------------------------------------------------

// The code that it was made in may live on.
static void unlist(const mvm_executor *executor) {
    mvm_code *code = executor->code;
    for (uint32_t i = 0; i < code->executor_count; i++) {
        if (code->executors[i] == executor) code->executors[i] = NULL;
    }
}

static void drop(mvm_jit *jit, mvm_executor *executor) {
    mvm_account_keep(jit, executor);
    jit->executor_count--;
    jit->data_bytes -= executor->data_size;
    if (executor->ip) unlist(executor);
    if (jit->observer) jit->observer(executor, false);
    mvm_executor_free(executor, &jit->cache);
}

// Nothing that stays links to what is doomed.
static void drop_doomed(mvm_jit *jit) {
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        executor->doomed = executor->root->doomed;
    }
    mvm_executor **link = &jit->executors;
    jit->last = NULL;
    while (*link) {
        mvm_executor *executor = *link;
        if (!executor->doomed) {
            jit->last = executor;
            link = &executor->next;
            continue;
        }
        *link = executor->next;
        drop(jit, executor);
    }
}

// All that is invalid is freed; among it is all that relies on the code.
void mvm_jit_drop(mvm_jit *jit, const mvm_code *code) {
    mvm_invalidate_linked(jit);
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        executor->root->doomed = !executor->root->valid;
        assert(executor->root->doomed || !mvm_executor_relies_on(executor, code));
    }
    drop_doomed(jit);
    mvm_failures_forget(&jit->failures, code);
    mvm_forget_live_locals(jit->trace, code);
}

// --- the bound -------------------------------------------------------------------------------

uint64_t mvm_jit_bytes(const mvm_jit *jit) {
    return jit->cache.hot_bytes + jit->cache.cold_bytes + jit->statistics.code_bytes +
           jit->data_bytes;
}

static bool has_room(const mvm_jit *jit) {
    uint64_t share = jit->max_bytes / SHARE;
    if (share > LARGEST_SHARE) share = LARGEST_SHARE;
    if (share < jit->wanted) share = jit->wanted;
    return mvm_jit_bytes(jit) + share <= jit->max_bytes;
}

static void rest(mvm_executor *executor) {
    executor->resting = true;
    executor->limits.frame_limit = NULL;
    if (executor->code->entry == &executor->entry_point) executor->code->entry = NULL;
}

static void look(mvm_jit *jit) {
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        if (executor->ip && executor->valid) rest(executor);
    }
    jit->next_look = mvm_jit_bytes(jit) + jit->max_bytes / SHARE;
}

void mvm_executor_wake(mvm_executor *executor, const mvm_vm *vm) {
    executor->resting = false;
    mvm_executor_admit(executor, vm);
}

// What goes on in a trace that stays needs that one.
static void spare_linked(mvm_jit *jit) {
    for (bool changed = true; changed;) {
        changed = false;
        for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
            if (!executor->link || !executor->link->doomed || executor->root->doomed) continue;
            executor->link->doomed = false;
            changed = true;
        }
    }
}

// What is invalid, and what is cold and has no call waiting for it.
static void doom_cold(mvm_jit *jit, const mvm_executor *needed) {
    const mvm_vm *vm = jit->trace->vm;
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        bool is_wanted = executor->valid && !executor->resting;
        executor->doomed = executor->ip && executor != needed && !is_wanted;
    }
    for (mvm_frame *frame = vm->frames; frame <= vm->frame; frame++) {
        if (frame->resume) frame->resume->executor->root->doomed = false;
    }
    spare_linked(jit);
}

static void withdraw_doomed(mvm_jit *jit) {
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        if (!executor->doomed || !executor->valid) continue;
        mvm_executor_withdraw(executor, BACK_OFF);
        jit->statistics.dropped++;
    }
}

bool mvm_make_room(mvm_jit *jit, const mvm_executor *needed) {
    if (has_room(jit)) {
        if (mvm_jit_bytes(jit) > jit->next_look) look(jit);
        return true;
    }
    if (jit->refusals++ % TRIES_A_LOOK) return false;
    doom_cold(jit, needed);
    withdraw_doomed(jit);
    drop_doomed(jit);
    look(jit);
    if (!has_room(jit)) return false;
    jit->refusals = 0;
    return true;
}
