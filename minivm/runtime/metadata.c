// Reading operands by the generated tables.
#include "metadata.h"

#include <string.h>

int64_t mvm_read_operand(const uint16_t *ip, mvm_operand_source source) {
    if (source.unit == MVM_NO_UNIT) return source.addend;
    if (source.bits == 16) return ip[source.unit] + source.addend;
    int32_t number;
    memcpy(&number, ip + source.unit, sizeof number);
    return number + source.addend;
}
