// Counting who needs a value.
#include "uses.h"

#include <string.h>

void mvm_count_uses_from(const mvm_trace *trace, uint32_t start, uint16_t *counts) {
    memset(counts, 0, trace->value_count * sizeof *counts);
    for (uint32_t i = start; i < trace->uop_count; i++) {
        const mvm_uop *uop = &trace->uops[i];
        uint16_t inputs[MVM_MAX_INPUTS];
        uint32_t count = mvm_typed_inputs(uop, inputs);
        for (uint32_t j = 0; j < count; j++) counts[inputs[j]]++;
        if (uop->exit == MVM_NO_EXIT) continue;
        const mvm_snapshot *snapshot = &trace->snapshots[uop->exit];
        for (uint32_t j = 0; j < snapshot->entry_count; j++) {
            const mvm_snapshot_entry *entry = &trace->entries[snapshot->first_entry + j];
            if (entry->kind == MVM_PLACE_VALUE && !entry->in_memory) counts[entry->value]++;
        }
    }
    for (uint32_t i = 0; i < trace->loop_value_count; i++) counts[trace->loop_values[i].from]++;
    for (uint32_t i = 0; i < trace->link_value_count; i++) counts[trace->link_values[i].value]++;
}

void mvm_count_uses(const mvm_trace *trace, uint16_t *counts) {
    mvm_count_uses_from(trace, 0, counts);
}
