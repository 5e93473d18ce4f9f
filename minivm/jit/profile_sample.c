// What a thread was doing when it was interrupted.
//
// In: its program counter, C stack and `ip`. Out: a sample. Tier one, the uop interpreter and the
// collector have sections of their own, so that an address tells which of them it is in. C that was
// called from one of them, or from a trace, is named by the call: the innermost return address on
// the stack that is in the caller's code and follows a call. A word that was left there by an
// earlier call may be taken for one, and then the sample names another helper.
#include "../runtime/sections.h"
#include "profile.h"

// Words of the stack to look at; how near the collector must be when memory is being freed for it.
enum { WORDS = 512, WORDS_OF_COLLECTOR = 64 };

static bool within(uintptr_t address, const void *start, uint64_t size) {
    return address - (uintptr_t)start < size;
}

static bool in_section(uintptr_t address, const char *start, const char *end) {
    return within(address, start, (uint64_t)(end - start));
}

static bool in_tier_one(uintptr_t address) {
    return in_section(address, __start_mvm_tier_one, __stop_mvm_tier_one);
}

static bool in_collector(uintptr_t address) {
    return in_section(address, __start_mvm_collector, __stop_mvm_collector);
}

static bool in_uop_interpreter(uintptr_t address) {
    return in_section(address, __start_mvm_uop_interpreter, __stop_mvm_uop_interpreter);
}

static bool in_machine_code(const mvm_profile *profile, uintptr_t address) {
    const mvm_executor *executor = profile->running;
    return mvm_jit_has_code(profile->vm->jit, address) ||
           within(address, executor->hot, executor->hot_size);
}

// Whether a call that ends at `address` is in the code that calls helpers now.
static bool is_caller(const mvm_profile *profile, uintptr_t address) {
    uintptr_t call = address - MVM_CALL_SIZE;
    if (!profile->running) return in_tier_one(call);
    return in_uop_interpreter(call) || in_machine_code(profile, call);
}

// The innermost return address into the caller's code; 0 without one. `*collecting`: the collector
// was called in between. A sanitizer knows which words of a frame nobody should look at.
__attribute__((no_sanitize("address"))) static uintptr_t find_call(const mvm_profile *profile,
                                                                   uintptr_t sp, bool *collecting) {
    const uintptr_t *words = (const uintptr_t *)(sp & ~(uintptr_t)7);
    uintptr_t room = sp < profile->stack_end ? (profile->stack_end - sp) / sizeof *words : 0;
    for (uintptr_t i = 0; i < WORDS && i < room; i++) {
        uintptr_t word = words[i];
        if (is_caller(profile, word) && mvm_follows_call(word)) return word;
        if (i < WORDS_OF_COLLECTOR && in_collector(word) && mvm_follows_call(word))
            *collecting = true;
    }
    return 0;
}

static mvm_sample look_into_trace(const mvm_profile *profile, uintptr_t pc, uintptr_t sp) {
    mvm_sample sample = {
        .activity = MVM_ACTIVITY_TRACE, .in_trace = true, .owner = profile->running};
    if (in_machine_code(profile, pc)) {
        sample.place = pc;
        return sample;
    }
    if (in_uop_interpreter(pc)) return sample;
    bool collecting = in_collector(pc);
    uintptr_t call = find_call(profile, sp, &collecting);
    sample.activity = call ? MVM_ACTIVITY_HELPER : MVM_ACTIVITY_ENTERING;
    if (call) sample.helper = mvm_called(call);
    if (call && in_machine_code(profile, call)) sample.place = call;
    if (collecting) sample.activity = MVM_ACTIVITY_COLLECTOR;
    return sample;
}

static mvm_sample look_into_tier_one(const mvm_profile *profile, uintptr_t pc, uintptr_t sp,
                                     uintptr_t ip) {
    const mvm_frame *frame = profile->vm->frame;
    mvm_sample sample = {.activity = MVM_ACTIVITY_TIER_ONE, .owner = frame->code, .place = ip};
    if (in_tier_one(pc)) return sample;
    sample.saved = (uintptr_t)frame->ip;
    bool collecting = in_collector(pc);
    uintptr_t call = find_call(profile, sp, &collecting);
    sample.activity = call ? MVM_ACTIVITY_HELPER : MVM_ACTIVITY_OTHER;
    if (call) sample.helper = mvm_called(call);
    if (sample.helper == (uintptr_t)mvm_jit_run_profiled) sample.activity = MVM_ACTIVITY_ENTERING;
    if (collecting) sample.activity = MVM_ACTIVITY_COLLECTOR;
    return sample;
}

mvm_sample mvm_profile_look(const mvm_profile *profile, const mvm_interrupted_at *at) {
    mvm_sample sample = profile->running ? look_into_trace(profile, at->pc, at->sp)
                                         : look_into_tier_one(profile, at->pc, at->sp, at->ip);
    if (profile->vm->heap.collecting) sample.activity = MVM_ACTIVITY_COLLECTOR;
    if (sample.activity != MVM_ACTIVITY_HELPER) sample.helper = 0;
    return sample;
}
