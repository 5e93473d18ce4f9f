// What can be asked of a stencil. In: the generated tables. Out: answers.
#include "stencil.h"

#include <assert.h>
#include <stddef.h>

#include "../_native/jit_holes.h"
#include "patch.h"

bool mvm_stencil_accepts_immediate(const mvm_stencil *stencil, const mvm_hole *all_holes,
                                   int64_t immediate) {
    assert(stencil != NULL && all_holes != NULL);
    for (uint32_t i = 0; i < stencil->hole_count; i++) {
        const mvm_hole *hole = &all_holes[stencil->holes + i];
        if (hole->value != MVM_HOLE_IMMEDIATE) continue;
        // An absolute hole ignores its place, and the build refuses relative holes for values.
        int64_t sum;
        if (__builtin_add_overflow(immediate, (int64_t)hole->addend, &sum)) return false;
        if (!mvm_patch_fits(hole->kind, 0, (uint64_t)sum)) return false;
    }
    return true;
}
