// Code objects: made from what the front end gives, and asked for source positions.
#include "code.h"

#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "metadata.h"

static void *copy_of(const void *source, size_t size) {
    void *copy = malloc(size ? size : 1);
    if (copy && size) memcpy(copy, source, size);
    return copy;
}

mvm_code *mvm_code_new(const mvm_function_spec *spec) {
    mvm_code *code = calloc(1, sizeof *code);
    if (!code) return NULL;
    code->name = copy_of(spec->name, strlen(spec->name) + 1);
    code->path = copy_of(spec->path, strlen(spec->path) + 1);
    code->parameters = spec->parameters;
    code->results = spec->results;
    code->locals = spec->locals;
    code->max_stack = spec->max_stack;
    code->frame_size = spec->locals + 1 + spec->max_stack;
    code->units = copy_of(spec->units, spec->unit_count * sizeof *spec->units);
    code->original = copy_of(spec->units, spec->unit_count * sizeof *spec->units);
    code->unit_count = spec->unit_count;
    code->positions = copy_of(spec->positions, spec->position_count * sizeof *spec->positions);
    code->position_count = spec->position_count;
    code->handlers = copy_of(spec->handlers, spec->handler_count * sizeof *spec->handlers);
    code->handler_count = spec->handler_count;
    if (!code->name || !code->path || !code->units || !code->original || !code->positions ||
        !code->handlers) {
        mvm_code_free(code);
        return NULL;
    }
    return code;
}

void mvm_code_free(mvm_code *code) {
    free(code->name);
    free(code->path);
    free(code->units);
    free(code->original);
    free(code->positions);
    free(code->handlers);
    free(code->constants);
    free(code->executors);
    free(code);
}

bool mvm_code_add_constant(mvm_code *code, mvm_value constant) {
    size_t size = (code->constant_count + 1) * sizeof constant;
    mvm_value *constants = realloc(code->constants, size);
    if (!constants) return false;
    constants[code->constant_count++] = constant;
    code->constants = constants;
    return true;
}

// Whether the instruction notes in its inline caches what it sees. Its specialised forms rely on
// that, so it has to run once before there can be one.
static bool takes_notes(const mvm_instruction_info *info) {
    for (uint32_t i = 0; i < info->step_count; i++) {
        const mvm_uop_step *step = &mvm_uop_steps[info->first_step + i];
        for (uint32_t j = 0; j < MVM_MAX_OPERANDS; j++) {
            const mvm_operand_source *source = &step->operands[j];
            // Unit 0 is the opcode: a uop with fewer operands.
            if (source->bits == MVM_ADDRESS && source->unit > 0 && source->unit != MVM_NO_UNIT) {
                return true;
            }
        }
    }
    return false;
}

void mvm_code_start_counters(mvm_code *code, uint32_t warm_up, uint32_t loop_threshold,
                             uint32_t entry_threshold) {
    for (uint32_t at = 0; at < code->unit_count;) {
        const mvm_instruction_info *info = &mvm_instruction_infos[code->units[at]];
        if (info->adaptive) {
            bool too_early = warm_up < 2 && takes_notes(info);
            code->units[at + 1] = mvm_counter_start(too_early ? 2 : warm_up);
        }
        if (info->counter_unit != MVM_NO_UNIT) {
            bool is_entry = code->units[at] == MVM_OP_ENTER;
            uint32_t threshold = is_entry ? entry_threshold : loop_threshold;
            code->units[at + info->counter_unit] = mvm_counter_start(threshold);
        }
        at += info->units;
    }
}

const mvm_handler_range *mvm_code_handler(const mvm_code *code, uint32_t offset) {
    for (uint32_t i = 0; i < code->handler_count; i++) {
        const mvm_handler_range *handler = &code->handlers[i];
        if (offset >= handler->start && offset < handler->end) return handler;
    }
    return NULL;
}

const mvm_position *mvm_code_position(const mvm_code *code, const uint16_t *ip) {
    uint32_t offset = (uint32_t)(ip - code->units);
    uint32_t low = 0, high = code->position_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (code->positions[middle].offset <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &code->positions[low];
}
