// Specialisation: an instruction takes the form that fits the values it sees.
#ifndef MVM_SPECIALIZE_H
#define MVM_SPECIALIZE_H

#include "vm.h"

// Give the instruction at `ip` (generic or specialised) the first form of its family whose checks
// the present values pass; the generic form, with a longer counter, when there is none. `sp` points
// to the topmost value, which must be in memory.
void mvm_specialize(uint16_t *ip, const mvm_value *sp, const mvm_value *slots,
                    const mvm_value *constants);

// That form, with nothing changed; the present one where it fits.
uint16_t mvm_fitting_form(const uint16_t *ip, const mvm_value *sp, const mvm_value *slots,
                          const mvm_value *constants);

// Whether an instruction that can specialise has found no form that fits, or is about to look for
// another. A push misses as well, though seldom, when the list has to grow.
bool mvm_misses_often(const uint16_t *ip);

#endif
