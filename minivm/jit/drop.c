// The end of executors. In: code that is redefined or freed. Out: executors invalidated, so that
// nothing enters them any more; and freed, with their machine code.
#include <assert.h>

#include "account.h"
#include "state.h"

// A root trace stands for all that goes on from it, and what links to it must not stay when it
// goes.
static void invalidate_linked(mvm_jit *jit) {
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
    invalidate_linked(jit);
}

// A code that lives on may still list the executor among those that were made in it.
static void unlist(const mvm_executor *executor) {
    mvm_code *code = executor->code;
    for (uint32_t i = 0; i < code->executor_count; i++) {
        if (code->executors[i] == executor) code->executors[i] = NULL;
    }
}

// Root traces that rely on the code, be it in a side trace.
static void mark_doomed(mvm_jit *jit, const mvm_code *code) {
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        if (mvm_executor_relies_on(executor, code)) executor->root->doomed = true;
    }
}

void mvm_jit_drop(mvm_jit *jit, const mvm_code *code) {
    invalidate_linked(jit);
    mark_doomed(jit, code);
    for (mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        executor->doomed = executor->root->doomed;
        assert(!executor->doomed || !executor->root->valid);
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
        mvm_account_keep(jit, executor);
        jit->executor_count--;
        *link = executor->next;
        if (executor->ip) unlist(executor);
        jit->data_bytes -= executor->data_size;
        if (jit->observer) jit->observer(executor, false);
        mvm_executor_free(executor);
    }
}
