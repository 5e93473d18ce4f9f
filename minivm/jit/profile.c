// A profile: started and stopped, and fed by a timer.
//
// In: a VM and the thread that is going to run it. Out: samples, and what each stage of making
// traces took. The timer is one of wall time, since the system's timers of processor time tick only
// a few hundred times a second; each sample counts for the processor time since the one before. A
// thread that waits has none, and is asked less and less often.
#define _GNU_SOURCE 1  // syscall
#include "profile.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// Nanoseconds between two samples: at first, so that short runs can be told about, after MANY
// samples, and of a thread that waits, at most.
enum { SHORT_INTERVAL = 250000, INTERVAL = 1000000, LONGEST_INTERVAL = 32000000, MANY = 400 };

// --- stages ----------------------------------------------------------------------------------

void mvm_profile_begin_stage(mvm_profile *profile, uint32_t stage) {
    mvm_profile_end_stages(profile);
    if (profile) profile->stage = stage + 1;
}

void mvm_profile_end_stages(mvm_profile *profile) {
    if (!profile) return;
    uint64_t now = mvm_nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    if (profile->stage)
        profile->stage_nanoseconds[profile->stage - 1] += now - profile->stage_start;
    profile->stage_start = now;
    profile->stage = 0;
}

// --- samples ---------------------------------------------------------------------------------

static bool alike(const mvm_sample *one, const mvm_sample *other) {
    return one->activity == other->activity && one->in_trace == other->in_trace &&
           one->owner == other->owner && one->place == other->place && one->saved == other->saved &&
           one->helper == other->helper;
}

static uint32_t hash_of(const mvm_sample *sample) {
    uint64_t bits = (uint64_t)(uintptr_t)sample->owner ^ (sample->place << 16) ^ sample->helper;
    return (uint32_t)((bits + (uint64_t)sample->activity) * 0x9e3779b97f4a7c15 >> 40);
}

static void add(mvm_profile *profile, const mvm_sample *sample) {
    uint32_t place = hash_of(sample) % MVM_PROFILE_ROOM;
    while (profile->rows[place].nanoseconds && !alike(&profile->rows[place], sample)) {
        place = (place + 1) % MVM_PROFILE_ROOM;
    }
    mvm_sample *row = &profile->rows[place];
    if (row->nanoseconds) {
        row->nanoseconds += sample->nanoseconds;
    } else if (profile->row_count < MVM_PROFILE_ROOM / 2) {
        *row = *sample;
        profile->row_count++;
    } else {
        profile->unkept += sample->nanoseconds;
    }
}

// --- the timer -------------------------------------------------------------------------------

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static void set_interval(mvm_profile *profile, uint64_t interval) {
    if (interval == profile->interval) return;
    profile->interval = interval;
    struct timespec time = {.tv_nsec = (long)interval};
    struct itimerspec again = {time, time};
    syscall(SYS_timer_settime, profile->timer, 0, &again, NULL);
}

static void take_sample(int signal_number, siginfo_t *info, void *context) {
    (void)signal_number;
    if (info->si_code != SI_TIMER) return;
    int error = errno;
    mvm_profile *profile = info->si_value.sival_ptr;
    uint64_t now = mvm_nanoseconds(CLOCK_THREAD_CPUTIME_ID), since = now - profile->last;
    profile->last = now;
    if (!profile->stage && since) {
        mvm_interrupted_at at = mvm_profile_registers(context);
        mvm_sample sample = mvm_profile_look(profile, &at);
        sample.nanoseconds = since;
        profile->sampled += since;
        profile->samples++;
        add(profile, &sample);
    }
    bool waits = since < profile->interval / 8;
    uint64_t longer = 2 * profile->interval;
    uint64_t usual = profile->samples < MANY ? SHORT_INTERVAL : INTERVAL;
    set_interval(profile, !waits ? usual : longer < LONGEST_INTERVAL ? longer : LONGEST_INTERVAL);
    errno = error;
}

// The handler stays for as long as the process lives: other threads may be using it, and without
// one the signal ends the process. Somebody else's handler is left alone.
static bool install_handler(void) {
    sigset_t blocked;
    if (sigprocmask(SIG_BLOCK, NULL, &blocked) || sigismember(&blocked, SIGPROF)) return false;
    struct sigaction before, wanted = {.sa_sigaction = take_sample};
    wanted.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&wanted.sa_mask);
    if (sigaction(SIGPROF, NULL, &before)) return false;
    if (before.sa_flags & SA_SIGINFO) return before.sa_sigaction == take_sample;
    bool is_free = before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN;
    return is_free && sigaction(SIGPROF, &wanted, NULL) == 0;
}

static bool start_timer(mvm_profile *profile) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF};
    event.sigev_value.sival_ptr = profile;
    event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &profile->timer)) return false;
    set_interval(profile, SHORT_INTERVAL);
    return true;
}

// A signal that is already on its way is handled before the call returns to this thread.
static void stop_timer(const mvm_profile *profile) { syscall(SYS_timer_delete, profile->timer); }

// Where the stack that `address` is on ends; 0 when the system does not tell.
static uintptr_t find_stack_end(uintptr_t address) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) return 0;
    char line[512];
    unsigned long start, end, found = 0;
    while (!found && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx", &start, &end) == 2 && address - start < end - start)
            found = end;
    }
    fclose(maps);
    return found;
}

// --- start and stop --------------------------------------------------------------------------

bool mvm_jit_run_profiled(mvm_vm *vm, const uint16_t *ip, mvm_value *slots) {
    mvm_profile *profile = mvm_jit_profile(vm->jit);
    if (!profile) return mvm_jit_run(vm, ip, slots);
    uint16_t index = ip[mvm_instruction_infos[*ip].counter_unit];
    profile->running = vm->frame->code->executors[index];
    bool ran = mvm_jit_run(vm, ip, slots);
    profile->running = NULL;
    return ran;
}

mvm_profile *mvm_profile_start(mvm_vm *vm) {
    mvm_profile *profile = install_handler() ? calloc(1, sizeof *profile) : NULL;
    if (!profile) return NULL;
    profile->vm = vm;
    profile->counted = vm->counting;
    profile->stack_end = find_stack_end((uintptr_t)__builtin_frame_address(0));
    if (vm->jit) {
        // Traces that are made from now on count their iterations.
        vm->counting = true;
        mvm_jit_set_profile(vm->jit, profile);
    }
    profile->wall = mvm_nanoseconds(CLOCK_MONOTONIC);
    profile->start = profile->last = mvm_nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    if (start_timer(profile)) return profile;
    mvm_profile_free(profile);
    return NULL;
}

// What is left of the hash table is an array.
static void gather(mvm_profile *profile) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < MVM_PROFILE_ROOM; i++) {
        if (profile->rows[i].nanoseconds) profile->rows[count++] = profile->rows[i];
    }
}

void mvm_profile_stop(mvm_profile *profile) {
    stop_timer(profile);
    gather(profile);
    profile->start = mvm_nanoseconds(CLOCK_THREAD_CPUTIME_ID) - profile->start;
    profile->wall = mvm_nanoseconds(CLOCK_MONOTONIC) - profile->wall;
}

void mvm_profile_free(mvm_profile *profile) {
    if (profile->vm->jit) mvm_jit_set_profile(profile->vm->jit, NULL);
    profile->vm->counting = profile->counted;
    free(profile);
}

mvm_profile_times mvm_profile_read_times(const mvm_profile *profile) {
    return (mvm_profile_times){.processor = profile->start,
                               .wall = profile->wall,
                               .sampled = profile->sampled,
                               .samples = profile->samples};
}

uint64_t mvm_profile_stage(const mvm_profile *profile, uint32_t stage) {
    return profile->stage_nanoseconds[stage];
}
