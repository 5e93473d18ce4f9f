// What listings and debuggers ask of executors: positions, stages, exits and emitted code.
#include "debug.h"
#include "executor.h"

mvm_trace_position mvm_position_in(const mvm_code *code, const uint16_t *ip) {
    const mvm_position *position = mvm_code_position(code, ip);
    return (mvm_trace_position){.function = code->name,
                                .path = code->path,
                                .function_index = code->index,
                                .offset = (uint32_t)(ip - code->units),
                                .line = position->line,
                                .column = position->column,
                                .opcode = *ip};
}

// A side trace may start in an inlined call.
static const mvm_code *start_code(const mvm_executor *executor) {
    return executor->origin_count ? executor->origins[0].code : executor->code;
}

mvm_executor_info mvm_executor_describe(const mvm_executor *executor) {
    const mvm_executor *parent = executor->from ? executor->from->executor : NULL;
    return (mvm_executor_info){.position = mvm_position_in(start_code(executor), executor->start),
                               .is_loop = executor->is_loop,
                               .closes = executor->closes,
                               .valid = executor->valid,
                               .instructions = executor->instructions,
                               .entered = parent ? executor->from->linked_count : executor->entered,
                               .rounds = executor->rounds,
                               .iterations = executor->iterations * executor->rounds,
                               .stage_count = executor->stage_count,
                               .exit_count = executor->exit_count,
                               .parent = parent,
                               .link = executor->link,
                               .parent_exit =
                                   parent ? (uint32_t)(executor->from - parent->exits) : 0,
                               .code = executor->hot,
                               .cold = executor->cold,
                               .code_size = executor->hot_size,
                               .cold_size = executor->cold_size,
                               .uop_count = executor->uop_count,
                               .nanoseconds = executor->nanoseconds,
                               .emission_nanoseconds = executor->emission_nanoseconds};
}

mvm_stage mvm_executor_stage(const mvm_executor *executor, uint32_t index) {
    const mvm_kept_stage *kept = &executor->stages[index];
    return (mvm_stage){kept->name, kept->uops, kept->uop_count, kept->loop_start, kept->cold_start};
}

mvm_trace_position mvm_executor_origin(const mvm_executor *executor, uint16_t origin) {
    const mvm_origin *from = &executor->origins[origin];
    return mvm_position_in(from->code, from->ip);
}

uint16_t mvm_executor_uop_origin(const mvm_executor *executor, uint32_t uop) {
    return executor->uops[uop].origin;
}

// An inlined frame's first instruction follows the one that calls it.
uint16_t mvm_executor_caller(const mvm_executor *executor, uint16_t origin) {
    uint16_t frame = executor->origins[origin].frame, first = 0;
    if (frame == 0) return MVM_NO_EXIT;
    while (executor->origins[first].frame != frame) first++;
    return first - 1;
}

// The code an exit goes to: that of the innermost frame.
static const mvm_code *code_of_exit(const mvm_executor *executor, const uint16_t *ip) {
    for (uint32_t i = 0; i < executor->origin_count; i++) {
        const mvm_code *code = executor->origins[i].code;
        if (ip >= code->units && ip < code->units + code->unit_count) return code;
    }
    return executor->code;
}

mvm_exit_info mvm_executor_exit(const mvm_executor *executor, uint32_t index) {
    const mvm_exit *taken = &executor->exits[index];
    return (mvm_exit_info){.position =
                               mvm_position_in(code_of_exit(executor, taken->ip), taken->ip),
                           .reason = taken->reason,
                           .count = taken->count,
                           .first_uop = executor->snapshots[index].first_uop,
                           .uop_count = executor->snapshots[index].uop_count,
                           .instructions = (uint32_t)taken->instructions,
                           .side = taken->side};
}

uint32_t mvm_executor_emitted(const mvm_executor *executor, const mvm_emitted **rows) {
    *rows = executor->emitted;
    return executor->emitted ? executor->uop_count : 0;
}
