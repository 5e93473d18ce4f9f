// Frame slots, in the escape pass. In: the uops that store to and read from slots. Out: stores that
// only virtual objects would have needed are left out; the others stand where they stood or, put
// off, in front of who reads the slot.
#include <string.h>

#include "escape.h"

static mvm_uop store_of(const escape_pass *pass, uint16_t slot, uint16_t value, uint16_t origin) {
    mvm_uop uop = {.exit = MVM_NO_EXIT, .origin = origin, .output = slot};
    const mvm_trace_value *stored = &pass->trace->values[value];
    if (stored->kind == MVM_VALUE_CONSTANT) {
        uop.opcode = MVM_UOP_STORE_CONST;
        uop.operands[0] = stored->constant.tag;
        uop.operands[1] = stored->constant.bits;
    } else {
        uop.opcode = mvm_type_infos[escape_base_type(pass, value)].box;
        uop.inputs[0] = value;
    }
    return uop;
}

void escape_store(escape_pass *pass, uint16_t slot, uint16_t value, const mvm_uop *from,
                  bool is_home) {
    // What the next iteration finds in the slots in use at the loop's top is not put off.
    bool may_defer = slot >= pass->entry_top;
    bool is_virtual = pass->object_of[value];
    if (is_virtual && !may_defer) escape_note(pass, value);
    bool defers = may_defer && (is_virtual || is_home || pass->defers[pass->at]);
    pass->slots[slot] = (escape_slot){value, (uint16_t)pass->at, defers, is_home};
    if (defers) return;
    mvm_uop uop = store_of(pass, slot, value, from->origin);
    escape_emit(pass, &uop);
}

void escape_read_slots(escape_pass *pass, uint32_t first, uint32_t count) {
    for (uint32_t slot = first; slot < first + count; slot++) {
        escape_slot *read = &pass->slots[slot];
        if (!read->is_deferred) continue;
        if (pass->object_of[read->value]) escape_note(pass, read->value);
        mvm_uop uop =
            store_of(pass, (uint16_t)slot, read->value, pass->trace->uops[pass->at].origin);
        escape_emit(pass, &uop);
        read->is_deferred = false;
    }
}

void escape_forget_slot(escape_pass *pass, uint16_t slot) { pass->slots[slot] = (escape_slot){0}; }

void escape_read_all(escape_pass *pass) {
    escape_read_slots(pass, 0, MVM_TRACE_SLOTS);
    memset(pass->slots, 0, sizeof pass->slots);
}
