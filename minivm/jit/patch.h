// Patching: writing a value into a hole of copied machine code.
//
// In: a hole's kind, its place and the value. Out: bytes in the code, or false when the value does
// not fit, in release builds too: the caller gives up the trace. Each machine has its own
// patch_*.c; the kinds are in the generated jit_holes.h.
#ifndef MVM_PATCH_H
#define MVM_PATCH_H

#include <stdbool.h>
#include <stdint.h>

// True when `value` (addend included) can stand in a hole of `kind` at address `place`.
// False for a kind this machine does not have.
bool mvm_patch_fits(uint8_t kind, uint64_t place, uint64_t value);

// Write `value` (addend included) into the hole. `location` is where it is writable now, `place`
// the address at which the code will run; they differ where memory is mapped twice. Returns false,
// and writes nothing, when the value does not fit.
bool mvm_patch_hole(uint8_t *location, uint8_t kind, uint64_t place, uint64_t value);

// A bridge to a far target: MVM_TRAMPOLINE_SIZE bytes at `location` that jump to `target`.
enum { MVM_TRAMPOLINE_SIZE = 16 };
// A byte that traps when it is run.
enum { MVM_TRAP_BYTE = 0xcc };
void mvm_write_trampoline(uint8_t *location, uint64_t target);

#endif
