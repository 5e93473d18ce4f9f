// What the profiler has to know of x86-64, and of Linux on it: registers and calls.
#define _GNU_SOURCE 1  // registers of a ucontext
#include <string.h>
#include <ucontext.h>

#include "../runtime/sections.h"
#include "profile.h"

// The first bytes of `call rel32`, of `call register`, of `jmp rel32`, and of
// `jmp [rip + displacement]`, by which functions of other libraries are reached.
enum { CALL = 0xe8, CALL_REGISTER = 0xff, REGISTERS = 0xd0 };
enum { JUMP = 0xe9, JUMP_TO_ADDRESS = 0xff, MEMORY = 0x25 };
enum { JUMP_SIZE = 5, JUMP_TO_ADDRESS_SIZE = 6 };

// preserve_none passes the second parameter, tier one's ip, in r13, which C preserves.
mvm_interrupted_at mvm_profile_registers(const void *context) {
    const greg_t *registers = ((const ucontext_t *)context)->uc_mcontext.gregs;
    return (mvm_interrupted_at){.pc = (uintptr_t)registers[REG_RIP],
                                .sp = (uintptr_t)registers[REG_RSP],
                                .ip = (uintptr_t)registers[REG_R13]};
}

bool mvm_follows_call(uintptr_t address) {
    const uint8_t *next = (const uint8_t *)address;
    return next[-MVM_CALL_SIZE] == CALL ||
           (next[-2] == CALL_REGISTER && (next[-1] & 0xf8) == REGISTERS);
}

static bool in_library(uintptr_t address) {
    return address - (uintptr_t)__ehdr_start < (uintptr_t)(_end - __ehdr_start);
}

// Where an instruction leads whose last four bytes, before `next`, say how far that is.
static uintptr_t target_of(uintptr_t next) {
    int32_t offset;
    memcpy(&offset, (const void *)(next - sizeof offset), sizeof offset);
    return next + (uintptr_t)(intptr_t)offset;
}

uintptr_t mvm_behind_jumps(uintptr_t address) {
    // What looks like a function may be none: nothing outside of the library is read.
    while (in_library(address)) {
        const uint8_t *code = (const uint8_t *)address;
        if (code[0] == JUMP) {
            address = target_of(address + JUMP_SIZE);
            continue;
        }
        if (code[0] != JUMP_TO_ADDRESS || code[1] != MEMORY) break;
        uintptr_t entry = target_of(address + JUMP_TO_ADDRESS_SIZE);
        if (!in_library(entry)) break;
        memcpy(&address, (const void *)entry, sizeof address);
    }
    return address;
}

uintptr_t mvm_called(uintptr_t address) {
    if (*(const uint8_t *)(address - MVM_CALL_SIZE) != CALL) return 0;
    return mvm_behind_jumps(target_of(address));
}
