// What is read of a stopped profile.
//
// In: samples, with addresses of what may be gone. Out: rows with the executors, functions and
// helpers that are still there.
#include "compiler.h"
#include "profile.h"
#include "stencil.h"

static bool has_code(const mvm_executor *executor, uintptr_t address) {
    return address - (uintptr_t)executor->hot < executor->hot_size ||
           address - (uintptr_t)executor->cold < executor->cold_size;
}

// The number of the executor with this machine code, or else of the one that was entered; -1 when
// there is none any more.
static int32_t executor_of(mvm_vm *vm, const mvm_sample *sample) {
    int32_t entered = -1;
    uint32_t count = mvm_executor_count(vm);
    const mvm_executor *executor = mvm_executor_at(vm, 0);
    for (uint32_t i = 0; i < count; i++, executor = executor->next) {
        if (sample->place && has_code(executor, sample->place)) return (int32_t)i;
        if (executor == sample->owner) entered = (int32_t)i;
    }
    return entered;
}

static const mvm_code *living(const mvm_vm *vm, const void *code) {
    for (uint32_t i = 0; i < vm->function_count; i++) {
        if (vm->functions[i] == code) return code;
    }
    for (uint32_t i = 0; i < vm->retired_count; i++) {
        if (vm->retired[i] == code) return code;
    }
    return NULL;
}

// Whether it can be an `ip`, and not just a number that a helper computes with.
static bool has_unit(const mvm_code *code, uintptr_t ip) {
    uintptr_t offset = ip - (uintptr_t)code->units;
    return offset < code->unit_count * sizeof *code->units && offset % sizeof *code->units == 0;
}

static mvm_trace_position position_of(const mvm_vm *vm, const mvm_sample *sample) {
    const mvm_code *code = living(vm, sample->owner);
    if (!code) return (mvm_trace_position){0};
    if (has_unit(code, sample->place)) return mvm_position_in(code, (void *)sample->place);
    if (has_unit(code, sample->saved)) return mvm_position_in(code, (void *)sample->saved);
    mvm_trace_position unknown = mvm_position_in(code, code->units);
    unknown.line = 0;
    return unknown;
}

static const char *helper_name(uintptr_t address) {
    for (uint32_t i = 0; address && i < mvm_stencil_symbol_count; i++) {
        if (mvm_behind_jumps(mvm_helper_address(i)) == address) return mvm_helper_name(i);
    }
    return NULL;
}

// One row more, at the end, for what there was no room for.
uint32_t mvm_profile_row_count(const mvm_profile *profile) { return profile->row_count + 1; }

mvm_profile_row mvm_profile_row_at(const mvm_profile *profile, uint32_t index) {
    if (index == profile->row_count) {
        return (mvm_profile_row){MVM_ACTIVITY_OTHER, -1, profile->unkept, NULL, {0}};
    }
    const mvm_sample *sample = &profile->rows[index];
    mvm_profile_row row = {.activity = (int32_t)sample->activity,
                           .executor = -1,
                           .nanoseconds = sample->nanoseconds,
                           .helper = helper_name(sample->helper)};
    if (sample->in_trace) {
        row.executor = executor_of(profile->vm, sample);
        return row;
    }
    row.position = position_of(profile->vm, sample);
    // No uop calls it: a slow path of tier one itself.
    if (row.activity == MVM_ACTIVITY_HELPER && !row.helper) row.activity = MVM_ACTIVITY_TIER_ONE;
    return row;
}
