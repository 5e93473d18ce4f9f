// Places in objects. In: uops over values. Out: which place one loads from or stores to, and
// whether two of them may be the same.
//
// Two places can't be the same when they are of different classes of memory; of different fields;
// of records of different types; elements of one list whose indices differ by a constant; or of an
// object that the trace has made and one that was there before.
#include "alias.h"

#define PLACES (MVM_MEMORY_FIELDS | MVM_MEMORY_CELLS | MVM_MEMORY_ELEMENTS)

enum { LONGEST_SUM = 4 };  // additions that an index is followed through

static bool is_one_class(uint32_t memory) {
    return memory && !(memory & (memory - 1)) && !(memory & ~PLACES);
}

static bool constant_input(const mvm_trace *trace, const mvm_uop *uop, uint32_t i,
                           int64_t *number) {
    if (uop->is_immediate) {
        *number = uop->immediate;
        return i == 1;
    }
    const mvm_trace_value *value = &trace->values[uop->inputs[i]];
    *number = value->constant.integer;
    return value->kind == MVM_VALUE_CONSTANT;
}

// An index as a value plus a constant: `i 1 +` is i and 1, also where it wraps.
static void split_index(const mvm_definitions *definitions, mvm_place *at, uint16_t index) {
    const mvm_trace *trace = definitions->trace;
    at->index = index;
    at->place = 0;
    for (int i = 0; i < LONGEST_SUM; i++) {
        const mvm_trace_value *value = &trace->values[at->index];
        if (value->kind == MVM_VALUE_CONSTANT) {
            at->place = (int64_t)((uint64_t)at->place + value->constant.bits);
            at->index = MVM_NO_VALUE;
            return;
        }
        uint16_t definition = definitions->uop[at->index];
        if (!definition) return;
        const mvm_uop *uop = &trace->uops[definition - 1];
        bool adds = uop->opcode == MVM_UOP_ADD_INT || uop->opcode == MVM_UOP_ADD_WRAP_INT;
        bool subtracts = uop->opcode == MVM_UOP_SUB_INT || uop->opcode == MVM_UOP_SUB_WRAP_INT;
        int64_t number;
        if (!(adds || subtracts) || !constant_input(trace, uop, 1, &number)) return;
        uint64_t addend = adds ? (uint64_t)number : -(uint64_t)number;
        at->place = (int64_t)((uint64_t)at->place + addend);
        at->index = uop->inputs[0];
    }
}

static bool is_container(uint8_t type) {
    uint8_t base = mvm_type_infos[type].base;
    return base == MVM_TYPE_LIST || base == MVM_TYPE_RECORD || base == MVM_TYPE_CELL;
}

// The inputs of what gets or sets an element.
enum { INDEX_INPUT, ELEMENTS_INPUT, ELEMENT_INPUT };

// An element's place: the list is the one whose elements the uop takes.
static bool find_element(const mvm_definitions *definitions, const mvm_uop *uop, mvm_place *at) {
    uint16_t definition = definitions->uop[uop->inputs[ELEMENTS_INPUT]];
    if (!definition) return false;
    const mvm_uop *elements = &definitions->trace->uops[definition - 1];
    if (elements->opcode != MVM_UOP_ELEMENTS) return false;
    at->container = elements->inputs[0];
    split_index(definitions, at, uop->inputs[INDEX_INPUT]);
    return true;
}

// The place of a record's field or a cell; `object` is the input that is the object.
static bool find_field(const mvm_uop *uop, const mvm_uop_info *info, mvm_place *at,
                       uint32_t *object) {
    *object = 0;
    while (*object < info->input_count && !is_container(info->inputs[*object])) ++*object;
    if (*object == info->input_count) return false;
    at->container = uop->inputs[*object];
    if (at->memory == MVM_MEMORY_FIELDS) at->place = (int64_t)uop->operands[0];
    return true;
}

// An input's tag: the type's, or, where all types in general registers share a uop, its last
// operand.
static uint8_t stored_tag(const mvm_uop *uop, const mvm_uop_info *info, uint32_t memory,
                          uint32_t input) {
    const uint32_t boxed = MVM_MEMORY_FIELDS | MVM_MEMORY_CELLS | MVM_MEMORY_VALUES;
    if ((memory & boxed) && info->inputs[input] == MVM_TYPE_INT) {
        return (uint8_t)uop->operands[info->operand_count - 1u];
    }
    return mvm_type_infos[info->inputs[input]].tag;
}

bool mvm_is_repeatable(const mvm_uop_info *info) {
    const uint64_t wanted = MVM_FLAG_PURE | MVM_FLAG_READS | MVM_FLAG_GUARD;
    const uint64_t excluded =
        MVM_FLAG_WRITES | MVM_FLAG_ALLOCATES | MVM_FLAG_ERRORS | MVM_FLAG_ARRAY;
    if (!(info->flags & wanted) || (info->flags & excluded)) return false;
    if (info->output_count && info->output == MVM_TYPE_ANY) return false;
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (info->inputs[i] == MVM_TYPE_ANY) return false;
    }
    return true;
}

bool mvm_access_of(const mvm_definitions *definitions, const mvm_uop *uop, mvm_access *access) {
    const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
    bool is_store = info->writes != 0;
    uint32_t memory = is_store ? info->writes : info->reads & PLACES;
    if (!is_one_class(memory) || (info->flags & MVM_FLAG_CALLS)) return false;
    access->at = (mvm_place){.memory = memory};
    uint32_t object = 0;
    bool is_list = memory & MVM_MEMORY_ELEMENTS;
    bool has_place = is_list ? find_element(definitions, uop, &access->at)
                             : find_field(uop, info, &access->at, &object);
    if (!has_place) return false;
    access->is_store = is_store;
    if (is_store) {
        uint32_t stored = is_list ? (uint32_t)ELEMENT_INPUT : object - 1;
        bool is_value = info->inputs[stored] != MVM_TYPE_ANY &&
                        !(uop->is_immediate && stored == info->input_count - 1u);
        access->value = is_value ? uop->inputs[stored] : MVM_NO_VALUE;
        access->tag = is_value ? stored_tag(uop, info, memory, stored) : 0;
    } else {
        bool is_value = info->output != MVM_TYPE_ANY;
        access->value = is_value ? uop->output : MVM_NO_VALUE;
        access->tag = mvm_type_infos[info->output].tag;
    }
    return true;
}

bool mvm_same_place(const mvm_place *left, const mvm_place *right) {
    return left->memory == right->memory && left->container == right->container &&
           left->index == right->index && left->place == right->place;
}

// Whether `made` is an object that the trace has made after the other value was there.
static bool is_newer(const mvm_definitions *definitions, uint16_t made, uint16_t other) {
    const mvm_trace *trace = definitions->trace;
    uint16_t definition = definitions->uop[made];
    if (!definition || trace->uops[definition - 1].opcode != MVM_UOP_TAKE_RECORD) return false;
    bool is_constant = trace->values[other].kind == MVM_VALUE_CONSTANT;
    return is_constant || (definitions->uop[other] && definitions->uop[other] < definition);
}

bool mvm_may_alias(const mvm_definitions *definitions, const mvm_place *left,
                   const mvm_place *right) {
    if (left->memory != right->memory) return false;
    bool is_field = left->memory == MVM_MEMORY_FIELDS;
    if (is_field && left->place != right->place) return false;
    if (left->container == right->container) {
        return left->index != right->index || left->place == right->place;
    }
    const mvm_trace_value *values = definitions->trace->values;
    uint32_t one = values[left->container].identity, other = values[right->container].identity;
    if (is_field && one && other && one != other) return false;
    return !is_newer(definitions, left->container, right->container) &&
           !is_newer(definitions, right->container, left->container);
}
