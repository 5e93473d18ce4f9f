// Values: what a stack slot, a local and a list element hold.
//
// A value is 16 bytes: a tag that names its type and a payload. The tags come from the `type` lines
// of uops.def (generated/types.h); refined types (a list of only ints) share the tag of what they
// refine and differ in the object.
#ifndef MVM_VALUE_H
#define MVM_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "../generated/types.h"

typedef struct mvm_object mvm_object;
typedef struct mvm_string mvm_string;
typedef struct mvm_list mvm_list;
typedef struct mvm_range mvm_range;
typedef struct mvm_map mvm_map;
typedef struct mvm_record mvm_record;
typedef struct mvm_function mvm_function;
typedef struct mvm_cell mvm_cell;

typedef struct mvm_value {
    uint64_t tag;  // an mvm_tag
    union {
        uint64_t bits;
        int64_t integer;  // int; bool as 0 or 1; 0 for nil
        double number;    // float
        mvm_object *object;
        mvm_string *string;
        mvm_list *list;
        mvm_range *range;
        mvm_map *map;
        mvm_record *record;
        mvm_function *function;
        mvm_cell *cell;
    };
} mvm_value;

_Static_assert(sizeof(mvm_value) == 16, "stencils and slot operands count on 16-byte values");

static inline mvm_value mvm_from_nil(void) { return (mvm_value){.tag = MVM_TAG_NIL, .bits = 0}; }

static inline mvm_value mvm_from_bool(bool truth) {
    return (mvm_value){.tag = MVM_TAG_BOOL, .integer = truth};
}

static inline mvm_value mvm_from_int(int64_t integer) {
    return (mvm_value){.tag = MVM_TAG_INT, .integer = integer};
}

static inline mvm_value mvm_from_float(double number) {
    return (mvm_value){.tag = MVM_TAG_FLOAT, .number = number};
}

static inline mvm_value mvm_from_string(mvm_string *string) {
    return (mvm_value){.tag = MVM_TAG_STRING, .string = string};
}

static inline mvm_value mvm_from_list(mvm_list *list) {
    return (mvm_value){.tag = MVM_TAG_LIST, .list = list};
}

static inline mvm_value mvm_from_range(mvm_range *range) {
    return (mvm_value){.tag = MVM_TAG_RANGE, .range = range};
}

static inline mvm_value mvm_from_map(mvm_map *map) {
    return (mvm_value){.tag = MVM_TAG_MAP, .map = map};
}

static inline mvm_value mvm_from_record(mvm_record *record) {
    return (mvm_value){.tag = MVM_TAG_RECORD, .record = record};
}

static inline mvm_value mvm_from_function(mvm_function *function) {
    return (mvm_value){.tag = MVM_TAG_FUNCTION, .function = function};
}

static inline mvm_value mvm_from_cell(mvm_cell *cell) {
    return (mvm_value){.tag = MVM_TAG_CELL, .cell = cell};
}

// True when the payload is a pointer the collector must follow.
static inline bool mvm_is_object(mvm_value value) { return value.tag >= MVM_TAG_STRING; }

#endif
