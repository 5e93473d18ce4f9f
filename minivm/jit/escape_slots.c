// Frame slots, in the escape pass. In: the uops that store to and read from slots. Out: stores that
// only virtual objects would have needed are left out; the others stand where they stood or, put
// off, in front of who reads the slot.
#include <string.h>

#include "escape.h"

static mvm_uop store_of(const escape_pass *pass, uint16_t slot, escape_content content) {
    mvm_uop uop = {.exit = MVM_NO_EXIT, .output = slot};
    uop.origin = pass->trace->uops[pass->at].origin;
    const mvm_trace_value *stored = &pass->trace->values[content.value];
    if (content.value == MVM_NO_VALUE) {
        uop.opcode = MVM_UOP_COPY;
        uop.inputs[0] = content.slot;
    } else if (stored->kind == MVM_VALUE_CONSTANT) {
        uop.opcode = MVM_UOP_STORE_CONST;
        uop.operands[0] = stored->constant.tag;
        uop.operands[1] = stored->constant.bits;
    } else {
        uop.opcode = mvm_type_infos[escape_base_type(pass, content.value)].box;
        uop.inputs[0] = content.value;
    }
    return uop;
}

void escape_store(escape_pass *pass, uint16_t slot, escape_content content, bool is_home) {
    // What the next iteration finds in the slots in use at the loop's top is not put off.
    bool may_defer = slot >= pass->entry_top;
    bool is_virtual = pass->object_of[content.value];
    if (is_virtual && !may_defer) escape_note(pass, content.value);
    bool defers = may_defer && (is_virtual || is_home || pass->defers[pass->at]);
    pass->slots[slot] = (escape_slot){content, (uint16_t)pass->at, defers, is_home};
    if (defers) return;
    mvm_uop uop = store_of(pass, slot, content);
    escape_emit(pass, &uop);
}

void escape_read_slots(escape_pass *pass, uint32_t first, uint32_t count) {
    for (uint32_t slot = first; slot < first + count; slot++) {
        escape_slot *read = &pass->slots[slot];
        if (!read->is_deferred) continue;
        if (pass->object_of[read->holds.value]) escape_note(pass, read->holds.value);
        mvm_uop uop = store_of(pass, (uint16_t)slot, read->holds);
        escape_emit(pass, &uop);
        read->is_deferred = false;
    }
}

void escape_forget_slot(escape_pass *pass, uint16_t slot) { pass->slots[slot] = (escape_slot){0}; }

void escape_forget_slots(escape_pass *pass) { memset(pass->slots, 0, sizeof pass->slots); }
