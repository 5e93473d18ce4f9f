// Temporary roots: keeping an object alive that a C function has made and no slot holds yet.
//
// In: an object fresh from the heap. Out: a place in vm->temporary_roots until it is given back.
#ifndef MVM_ROOTS_H
#define MVM_ROOTS_H

#include <assert.h>

#include "vm.h"

// Keeps `value` alive until mvm_root_drop; returns where. Roots nest at most MVM_TEMPORARY_ROOTS
// deep: a function holds one only while it allocates again.
static inline int mvm_root_keep(mvm_vm *vm, mvm_value value) {
    int place = 0;
    while (place < MVM_TEMPORARY_ROOTS && vm->temporary_roots[place].tag != MVM_TAG_NIL) place++;
    assert(place < MVM_TEMPORARY_ROOTS);
    vm->temporary_roots[place] = value;
    return place;
}

static inline void mvm_root_drop(mvm_vm *vm, int place) {
    assert(place >= 0 && place < MVM_TEMPORARY_ROOTS);
    vm->temporary_roots[place] = mvm_from_nil();
}

#endif
