// Patching holes in x86-64 code. In: hole kinds, places, values. Out: little-endian bytes.
#if defined(__x86_64__)

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "../_native/jit_holes.h"
#include "patch.h"

static bool fits_signed(uint64_t value, unsigned bits) {
    assert(bits > 0 && bits < 64);
    // A value in -2^(bits-1) … 2^(bits-1)-1 moves to 0 … 2^bits-1 and no other does.
    return value + ((uint64_t)1 << (bits - 1)) < (uint64_t)1 << bits;
}

static bool fits_unsigned(uint64_t value, unsigned bits) {
    assert(bits > 0 && bits < 64);
    return value >> bits == 0;
}

// Bytes a hole of `kind` takes; 0 for a kind this machine does not have.
static size_t hole_size(uint8_t kind) {
    switch (kind) {
    case MVM_HOLE_KIND_ABSOLUTE_64: return 8;
    case MVM_HOLE_KIND_ABSOLUTE_32: return 4;
    case MVM_HOLE_KIND_ABSOLUTE_32_SIGNED: return 4;
    case MVM_HOLE_KIND_ABSOLUTE_16: return 2;
    case MVM_HOLE_KIND_ABSOLUTE_8: return 1;
    case MVM_HOLE_KIND_RELATIVE_32: return 4;
    default: return 0;
    }
}

bool mvm_patch_fits(uint8_t kind, uint64_t place, uint64_t value) {
    switch (kind) {
    case MVM_HOLE_KIND_ABSOLUTE_64: return true;
    case MVM_HOLE_KIND_ABSOLUTE_32: return fits_unsigned(value, 32);
    case MVM_HOLE_KIND_ABSOLUTE_32_SIGNED: return fits_signed(value, 32);
    case MVM_HOLE_KIND_ABSOLUTE_16: return fits_unsigned(value, 16) || fits_signed(value, 16);
    case MVM_HOLE_KIND_ABSOLUTE_8: return fits_unsigned(value, 8) || fits_signed(value, 8);
    case MVM_HOLE_KIND_RELATIVE_32: return fits_signed(value - place, 32);
    default: return false;
    }
}

bool mvm_patch_hole(uint8_t *location, uint8_t kind, uint64_t place, uint64_t value) {
    assert(location != NULL);
    if (!mvm_patch_fits(kind, place, value)) return false;
    uint64_t written = kind == MVM_HOLE_KIND_RELATIVE_32 ? value - place : value;
    // Holes are not aligned; the low bytes come first on this machine.
    memcpy(location, &written, hole_size(kind));
    return true;
}

// jmp *0(%rip), and the address behind it.
void mvm_write_trampoline(uint8_t *location, uint64_t target) {
    static const uint8_t jump[] = {0xff, 0x25, 0, 0, 0, 0};
    memcpy(location, jump, sizeof jump);
    memcpy(location + sizeof jump, &target, sizeof target);
}

#endif
