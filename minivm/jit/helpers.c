// The C functions that uops call, for a compiler of the host's. In: an index. Out: name, address.
#include <string.h>

#include "compiler.h"
#include "stencil.h"

uint32_t mvm_helper_count(void) { return mvm_stencil_symbol_count; }

const char *mvm_helper_name(uint32_t index) {
    const char *name = mvm_stencil_symbol_names;
    while (index--) name += strlen(name) + 1;
    return name;
}

uint64_t mvm_helper_address(uint32_t index) {
    return (uint64_t)(uintptr_t)mvm_stencil_symbols[index];
}
