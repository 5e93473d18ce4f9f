// Look-ups in the generated tables.
#include "metadata.h"

#include <string.h>

int64_t mvm_read_operand(const uint16_t *ip, mvm_operand_source source) {
    if (source.unit == MVM_NO_UNIT) return source.addend;
    if (source.bits == MVM_ADDRESS) return (int64_t)(uintptr_t)(ip + source.unit);
    if (source.bits == 16) return ip[source.unit] + source.addend;
    int32_t number;
    memcpy(&number, ip + source.unit, sizeof number);
    return number + source.addend;
}

uint16_t mvm_combination_of(uint16_t first, uint16_t second) {
    for (uint32_t i = 0; i < mvm_combination_count; i++) {
        const mvm_combination *row = &mvm_combinations[i];
        if (row->first == first && row->second == second) return row->combined;
    }
    return MVM_NO_UOP;
}
