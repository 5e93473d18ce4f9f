// Tracebacks (traceback.h).
//
// In: the frames in progress. Out: which calls they are, in a fixed room; or as text.
#include "traceback.h"

#include <stdio.h>

#include "metadata.h"
#include "roots.h"

// Where the frame is: the running instruction, or the call it waits for.
static uint32_t offset_of(const mvm_vm *vm, const mvm_frame *frame) {
    return (uint32_t)(frame->ip - frame->code->units) - (frame != vm->frame);
}

// The function around a word of the host program is none of the program's: ENTER, then HOST.
static bool is_host_word(const mvm_code *code) {
    uint32_t second = mvm_instruction_infos[MVM_OP_ENTER].units;
    return code->unit_count > second && code->original[second] == MVM_OP_HOST;
}

static bool is_call(const mvm_vm *vm, const mvm_frame *frame) {
    return frame->code != &vm->base_code && !is_host_word(frame->code);
}

void mvm_traceback_take(const mvm_vm *vm, mvm_traceback *traceback) {
    enum { ROOM = MVM_TRACEBACK_INNERMOST + MVM_TRACEBACK_OUTERMOST };
    uint32_t total = 0, seen = 0;
    for (const mvm_frame *frame = vm->frame; frame > vm->frames; frame--) {
        total += is_call(vm, frame);
    }
    traceback->omitted = total > ROOM ? total - ROOM : 0;
    traceback->count = 0;
    for (const mvm_frame *frame = vm->frame; frame > vm->frames; frame--) {
        if (!is_call(vm, frame)) continue;
        bool left_out =
            seen >= MVM_TRACEBACK_INNERMOST && seen < MVM_TRACEBACK_INNERMOST + traceback->omitted;
        seen++;
        if (left_out) continue;
        traceback->calls[traceback->count++] =
            (mvm_call_in_progress){frame->code, offset_of(vm, frame)};
    }
}

static mvm_string *describe(mvm_vm *vm, const mvm_call_in_progress *call) {
    char text[512];
    const mvm_position *position = mvm_code_position(call->code, call->code->units + call->offset);
    int length = snprintf(text, sizeof text, "%.200s (%.200s:%u:%u)", call->code->name,
                          call->code->path, position->line, position->column);
    return mvm_string_new(vm, text, length);
}

mvm_list *mvm_traceback_list(mvm_vm *vm, const mvm_traceback *traceback) {
    mvm_list *list = mvm_list_new(vm, MVM_LIST_VALUES, traceback->count);
    if (!list) return NULL;
    int list_root = mvm_root_keep(vm, mvm_from_list(list));
    bool complete = true;
    for (uint32_t i = 0; i < traceback->count && complete; i++) {
        mvm_string *entry = describe(vm, &traceback->calls[i]);
        complete = entry != NULL;
        if (!entry) break;
        int entry_root = mvm_root_keep(vm, mvm_from_string(entry));
        complete = mvm_list_push(vm, list, mvm_from_string(entry));
        mvm_root_drop(vm, entry_root);
    }
    mvm_root_drop(vm, list_root);
    return complete ? list : NULL;
}
