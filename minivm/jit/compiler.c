// Machine code by another compiler. In: an executor, and what compiles it. Out: the executor's
// machine code, which finds the side traces that its exits come to have in a table: they are made
// later, and nobody knows where the code that goes to them stands.
#include "compiler.h"

#include <stdlib.h>

#include "executor.h"

// The registers that a side trace takes values from (resume.c).
static uint16_t registers_at(const mvm_executor *executor, uint32_t exit) {
    const mvm_snapshot *snapshot = &executor->snapshots[exit];
    uint32_t registers = 0;
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        const mvm_snapshot_entry *entry = &executor->entries[snapshot->first_entry + i];
        if (entry->kind != MVM_PLACE_REGISTER) continue;
        registers |= 1u << (mvm_type_infos[entry->type].vector * MVM_REGISTERS + entry->place);
    }
    return (uint16_t)registers;
}

static mvm_final_exit final_exit(const mvm_executor *executor, uint32_t exit) {
    mvm_final_exit final = {.first_uop = executor->snapshots[exit].first_uop};
    if (mvm_exit_may_have_side(&executor->exits[exit])) {
        final.side = (uint64_t)(uintptr_t)&executor->side_codes[exit];
        final.registers = registers_at(executor, exit);
    }
    return final;
}

bool mvm_executor_compile(mvm_executor *executor, mvm_compiler *compiler) {
    uint32_t count = executor->exit_count;
    mvm_final_exit *exits = calloc(count + 1, sizeof *exits);
    executor->side_codes = calloc(count + 1, sizeof *executor->side_codes);
    mvm_compiled compiled = {0};
    bool made = false;
    if (exits && executor->side_codes && compiler) {
        for (uint32_t i = 0; i < count; i++) exits[i] = final_exit(executor, i);
        const mvm_final_uops uops = {
            .uops = executor->uops,
            .uop_count = executor->uop_count,
            .loop_start = executor->loop_start,
            .cold_start = executor->cold_start,
            .exits = exits,
            .exit_count = count,
            .link = executor->link ? (uint64_t)(uintptr_t)executor->link->hot : 0};
        made = compiler(&uops, &compiled);
    }
    free(exits);
    if (!made) return false;
    executor->entry = (mvm_trace_entry *)(uintptr_t)compiled.entry;
    executor->hot = (const uint8_t *)(uintptr_t)compiled.entry;
    executor->hot_size = compiled.code_size;
    return true;
}
