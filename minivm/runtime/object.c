// The refined type of a value.
//
// In: a value. Out: its mvm_type, by the `type` lines of uops.def: of an int whether it is natural,
// of a list how it is packed.
#include "object.h"

#include "../generated/type_of.h"

mvm_type mvm_type_of(mvm_value value) { return refined_type_of(value); }
