// The pass for what exits restore. In: uops over values, with snapshots. Out: snapshots without the
// locals that nothing reads any more where tier one goes on, and without the uops that only these
// exits needed.
//
//   for i in 0 n range { i i * -> square  sum square + -> sum }  sum print
//
//   exit of the loop, before       after
//   slot 0 (sum) = v4              slot 0 (sum) = v4
//   slot 2 (i) = v5
//   slot 3 (square) = v9
//
// Above all, a loop need not carry such a value. The slot keeps what it had, which is some value of
// the program.
#include "liveness.h"

// The locals of one frame: the trace's slots from `base` on.
typedef struct frame_locals {
    uint32_t base, count;
    uint64_t live;
} frame_locals;

// In a frame that waits for a call, which may fail: what is needed behind it and where the error is
// caught.
static uint64_t live_around(const mvm_code *code, const uint64_t *live, const uint16_t *ip,
                            bool is_waiting) {
    if (!live) return UINT64_MAX;
    uint32_t offset = (uint32_t)(ip - code->units);
    if (!is_waiting) return live[offset];
    const mvm_handler_range *handler = mvm_code_handler(code, offset - 1);
    return live[offset] | (handler ? live[handler->target] : 0);
}

// The frames that an exit leaves, the innermost first; returns how many.
static uint32_t find_frames(mvm_trace *trace, const mvm_snapshot *snapshot, frame_locals *frames) {
    const uint16_t *ip = snapshot->ip;
    uint32_t count = 0;
    for (uint16_t number = snapshot->frame;; number = trace->frames[number].parent) {
        const mvm_inlined_frame *inlined = &trace->frames[number].inlined;
        const mvm_code *code = inlined->code;
        uint32_t tracked = code->locals < MVM_TRACKED_LOCALS ? code->locals : MVM_TRACKED_LOCALS;
        uint64_t live = live_around(code, mvm_live_locals(trace, code), ip, count > 0);
        frames[count++] = (frame_locals){(uint32_t)inlined->base, tracked, live};
        ip = inlined->return_ip;
        if (number == 0) return count;
    }
}

static bool is_needed(const frame_locals *frames, uint32_t count, uint32_t slot) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t local = slot - frames[i].base;
        if (slot >= frames[i].base && local < frames[i].count) return frames[i].live >> local & 1;
    }
    return true;
}

static void shorten(mvm_trace *trace, mvm_snapshot *snapshot) {
    frame_locals frames[MVM_TRACE_DEPTH + 1];
    if (!snapshot->entry_count) return;
    uint32_t count = find_frames(trace, snapshot, frames), kept = 0;
    mvm_snapshot_entry *entries = &trace->entries[snapshot->first_entry];
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        if (is_needed(frames, count, entries[i].slot)) entries[kept++] = entries[i];
    }
    snapshot->entry_count = kept;
}

bool mvm_optimize_liveness(mvm_trace *trace) {
    for (uint32_t i = 0; i < trace->snapshot_count; i++) shorten(trace, &trace->snapshots[i]);
    return mvm_optimize_dead(trace);
}
