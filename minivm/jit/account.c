// The account of tier two: what was made, what ran, how it was left; where the executors are.
//
// In: the executors there are, and what was noted of those that are gone. Out: numbers.
#include "account.h"

#include "state.h"

static uint64_t instructions_of(const mvm_executor *executor) {
    uint64_t count = executor->iterations * executor->counted_instructions;
    for (uint32_t i = 0; i < executor->frame_count; i++) {
        count += executor->frames[i].inlined.count * executor->frames[i].inlined.instructions;
    }
    for (uint32_t i = 0; i < executor->exit_count; i++) {
        const mvm_exit *taken = &executor->exits[i];
        count += (taken->count + taken->linked_count) * (uint64_t)(int64_t)taken->instructions;
    }
    // A function's entry is counted in tier one, whose instruction enters the trace, and in the
    // trace.
    return executor->ip && !executor->is_loop ? count - executor->entered : count;
}

void mvm_account_keep(mvm_jit *jit, const mvm_executor *executor) {
    jit->statistics.trace_instructions += instructions_of(executor);
    jit->statistics.invalidated += executor->ip && !executor->valid;
    for (uint32_t i = 0; i < executor->exit_count; i++) {
        jit->exits[executor->exits[i].reason] += executor->exits[i].count;
    }
}

void mvm_jit_statistics(const mvm_jit *jit, mvm_statistics *statistics) {
    statistics->traces = jit->statistics.traces;
    statistics->uops = jit->statistics.uops;
    statistics->final_uops = jit->statistics.final_uops;
    statistics->trace_nanoseconds = jit->statistics.trace_nanoseconds;
    statistics->code_bytes = jit->statistics.code_bytes + jit->cache.hot_bytes;
    statistics->cold_bytes = jit->cache.cold_bytes;
    statistics->data_bytes = jit->data_bytes;
    statistics->trace_instructions = jit->statistics.trace_instructions;
    statistics->invalidated = jit->statistics.invalidated;
    statistics->dropped = jit->statistics.dropped;
    for (const mvm_executor *executor = jit->executors; executor; executor = executor->next) {
        statistics->trace_instructions += instructions_of(executor);
        statistics->invalidated += executor->ip && !executor->valid;
    }
}

uint64_t mvm_abort_count(mvm_vm *vm, uint32_t reason) {
    return vm->jit && reason < MVM_ABORT_COUNT ? vm->jit->aborts[reason] : 0;
}

uint64_t mvm_exit_count(mvm_vm *vm, uint32_t reason) {
    if (!vm->jit || reason >= MVM_EXIT_COUNT) return 0;
    uint64_t count = vm->jit->exits[reason];
    for (const mvm_executor *executor = vm->jit->executors; executor; executor = executor->next) {
        for (uint32_t i = 0; i < executor->exit_count; i++) {
            if (executor->exits[i].reason == reason) count += executor->exits[i].count;
        }
    }
    return count;
}

uint32_t mvm_executor_count(mvm_vm *vm) { return vm->jit ? vm->jit->executor_count : 0; }

mvm_executor *mvm_executor_at(mvm_vm *vm, uint32_t index) {
    mvm_executor *executor = vm->jit ? vm->jit->executors : NULL;
    while (executor && index--) executor = executor->next;
    return executor;
}
