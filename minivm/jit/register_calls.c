// Register allocation at calls of the trace's own root. In: a call whose arguments have been stored
// to the callee's slots. Out: the same arguments in the registers that the root would load them
// into, too, where their types are known to be those that it checks for; the call then goes on
// behind these loads.
//
//   root                              the call
//   r0 = _UNBOX_INT slot 0            slot 6 = _BOX_INT r2
//   …                                 r0 = _MOVE_INT r2
//                                     _PUSH_CALL
//                                     _CALL_ROOT 1
#include <string.h>

#include "executor.h"
#include "registers.h"

static bool is_parameter_load(const mvm_uop *uop, uint32_t parameters) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    return info->output_count && info->output != MVM_TYPE_ANY &&
           uop->opcode == mvm_type_infos[info->output].unbox && uop->inputs[0] < parameters;
}

uint32_t mvm_parameter_loads(const mvm_uop *uops, uint32_t parameters, mvm_uop *loads) {
    uint32_t count = 0;
    while (count < MVM_PARAMETER_LOADS && is_parameter_load(&uops[count], parameters)) {
        loads[count] = uops[count];
        count++;
    }
    return count;
}

void register_begin_calls(allocator *a) {
    const mvm_trace *trace = a->trace;
    a->load_count = 0;
    if (trace->from) {
        const mvm_executor *root = trace->from->executor->root;
        a->load_count = root->load_count;
        memcpy(a->loads, root->loads, sizeof a->loads);
    } else if (!trace->is_loop_entry) {
        a->load_count = mvm_parameter_loads(a->before + 1, trace->code->parameters, a->loads);
    }
}

// The value of the load's type that has been stored for it; MVM_NO_VALUE: no such one.
static uint16_t stored_for(const allocator *a, uint32_t call, const mvm_uop *load) {
    uint64_t slot = a->before[call].operands[1] / sizeof(mvm_value) + load->inputs[0];
    uint16_t box = mvm_type_infos[mvm_uop_infos[load->opcode].output].box;
    for (uint32_t i = call; i-- > 0;) {
        const mvm_uop *uop = &a->before[i];
        const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
        if (mvm_calls_trace(uop)) return MVM_NO_VALUE;
        bool stores = info->output_count && info->output == MVM_TYPE_ANY && uop->output == slot;
        if (stores) return uop->opcode == box ? uop->inputs[0] : MVM_NO_VALUE;
    }
    return MVM_NO_VALUE;
}

// Whether all arguments that the root begins with are known. The call's exit must not need any
// register: they are filled for the callee already.
static bool hands_over(const allocator *a, uint32_t call) {
    const mvm_trace *trace = a->trace;
    if (a->before[call].opcode != MVM_UOP_PUSH_CALL || a->load_count == 0) return false;
    const mvm_snapshot *snapshot = &trace->snapshots[a->before[call].exit];
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        const mvm_snapshot_entry *entry = &trace->entries[snapshot->first_entry + i];
        bool is_placed = entry->kind != MVM_PLACE_SLOT && entry->kind != MVM_PLACE_OBJECT;
        if (is_placed && !entry->in_memory && !is_constant(a, entry->value)) return false;
    }
    for (uint32_t i = 0; i < a->load_count; i++) {
        if (stored_for(a, call, &a->loads[i]) == MVM_NO_VALUE) return false;
    }
    return true;
}

void register_note_arguments(allocator *a, uint32_t call) {
    if (!hands_over(a, call)) return;
    for (uint32_t i = 0; i < a->load_count; i++) {
        a->last_use[stored_for(a, call, &a->loads[i])] = call;
    }
}

// Where two loads share a register, the first one's value is not used.
static void move_arguments(allocator *a) {
    uint16_t link_held[MVM_REGISTER_CLASSES][MVM_REGISTERS];
    memcpy(link_held, a->link_held, sizeof link_held);
    memset(a->link_held, 0, sizeof a->link_held);
    for (uint32_t i = 0; i < a->load_count; i++) {
        uint16_t value = stored_for(a, a->at, &a->loads[i]);
        // A root that is being made has its loads already, right behind its first uop.
        uint16_t number = a->trace->from ? a->loads[i].output : a->trace->uops[1 + i].output;
        a->link_held[register_class(a, value)][number] = value;
    }
    register_move_to_end(a);
    memcpy(a->link_held, link_held, sizeof link_held);
}

void register_call(allocator *a, const mvm_uop *uop) {
    if (uop->exit != MVM_NO_EXIT) register_note_exit(a, uop->exit);
    a->hands_over = hands_over(a, a->at);
    if (a->hands_over) move_arguments(a);
    *register_emit(a, uop->opcode) = *uop;
}

void register_call_root(allocator *a, const mvm_uop *uop) {
    mvm_uop *call = register_emit(a, uop->opcode);
    *call = *uop;
    call->operands[0] = a->hands_over ? a->load_count : 0;
}
