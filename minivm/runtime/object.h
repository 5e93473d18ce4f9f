// Heap objects: strings, lists, ranges, maps, records, functions and cells.
//
// Every object starts with an mvm_object header and is owned by one VM's heap (heap.h). The
// collector never moves an object, so C and machine code may hold plain pointers to objects the
// collector can reach. Functions here that allocate return NULL after recording an error in the VM
// (error.h) when the heap limit is reached, and may run the collector: whatever the caller still
// needs must be reachable from a root first (a stack slot, or vm->temporary_roots).
#ifndef MVM_OBJECT_H
#define MVM_OBJECT_H

#include <stddef.h>

#include "value.h"

typedef struct mvm_vm mvm_vm;

// A function that stencils call where they seldom need to: it keeps what its caller has in
// registers, so that the fast path has nothing to save. Clang compiles stencils; another compiler
// may take the headers.
#ifdef __clang__
#define MVM_KEEPS_REGISTERS __attribute__((preserve_all))
#else
#define MVM_KEEPS_REGISTERS
#endif

typedef enum mvm_object_kind {
    MVM_OBJECT_STRING,
    MVM_OBJECT_LIST,
    MVM_OBJECT_RANGE,
    MVM_OBJECT_MAP,
    MVM_OBJECT_RECORD,
    MVM_OBJECT_FUNCTION,
    MVM_OBJECT_CELL,
    MVM_OBJECT_BUFFER,
} mvm_object_kind;

struct mvm_object {
    uint8_t kind;     // mvm_object_kind
    uint8_t marked;   // the collector's
    uint8_t packing;  // lists: mvm_list_packing; maps: MVM_MAP_SCALARS or MVM_MAP_OBJECTS
    uint8_t flags;    // strings: MVM_STRING_ASCII
    union {
        uint32_t hash;         // strings: 0 while not computed
        uint32_t record_type;  // records: the index of their type in the VM
    };
};

enum { MVM_STRING_ASCII = 1, MVM_STRING_IN_BUFFER = 2 };

// What longer strings keep their text in. Several may share one: each has the beginning of its
// bytes, and the one whose text ends at `used` may be continued in place. So a string that is built
// from pieces is copied only when its buffer is full.
typedef struct mvm_buffer {
    mvm_object header;
    int64_t used, capacity;    // bytes
    struct mvm_buffer *index;  // NULL, or int64_t offsets of code points (string.c)
    char bytes[];
} mvm_buffer;

// Immutable UTF-8 text, not NUL-terminated. There is only one string of each ASCII character, and
// one of no bytes: those of mvm_heap.
struct mvm_string {
    mvm_object header;
    int64_t length;       // code points
    int64_t byte_length;  // bytes
    const char *bytes;    // `own`, which goes on behind the struct, or those of `buffer`
    union {
        char own[8];
        mvm_buffer *buffer;  // with MVM_STRING_IN_BUFFER
    };
};

enum { MVM_ASCII_CHARACTERS = 128 };

typedef enum mvm_list_packing {
    MVM_LIST_EMPTY,    // no elements yet: takes the packing of the first one
    MVM_LIST_INTS,     // int64_t elements
    MVM_LIST_FLOATS,   // double elements
    MVM_LIST_BOOLS,    // one byte an element, 0 or 1
    MVM_LIST_LISTS,    // pointers to lists
    MVM_LIST_RECORDS,  // pointers to records, of any types
    MVM_LIST_VALUES,   // mvm_value elements
} mvm_list_packing;

// A growable array. Invariant: length <= capacity, and `elements` holds `capacity` elements of the
// size the packing says. A list goes from EMPTY to any packing and from any other to VALUES, never
// back, save that a list emptied by `pop` keeps its packing.
struct mvm_list {
    mvm_object header;
    int64_t length;
    int64_t capacity;
    union {
        void *elements;
        int64_t *ints;
        double *floats;
        uint8_t *bools;
        mvm_list **lists;
        mvm_record **records;
        mvm_value *values;
    };
};

// The ints start, start + step, … before `end`; `length` of them. Step is never 0.
struct mvm_range {
    mvm_object header;
    int64_t start, end, step, length;
};

typedef struct mvm_map_entry {
    mvm_value key, value;
} mvm_map_entry;

enum { MVM_MAP_GROUP = 4 };

// Four slots of a map's index, which are compared at once.
typedef struct mvm_map_group {
    _Alignas(16) uint32_t hashes[MVM_MAP_GROUP];
    uint32_t positions[MVM_MAP_GROUP];  // of entries, + 1; 0: an empty slot
} mvm_map_group;

// An insertion-ordered hash map (map.h).
struct mvm_map {
    mvm_object header;
    int64_t length;          // keys
    int64_t entry_count;     // entries in use, tombstones included
    int64_t capacity;        // of `entries`
    mvm_map_entry *entries;  // in the order they came
    mvm_map_group *groups;   // the index, behind the entries
    uint64_t mask;           // groups, a power of two, less one
    mvm_map_entry *recent;   // found or added last
};

// As many fields as its type has (record.h), in the order of its declaration.
struct mvm_record {
    mvm_object header;
    mvm_value fields[];
};

// Code and what it captured: values, or cells of variables that it shares. A call puts the captures
// into the callee's locals, behind its parameters.
struct mvm_function {
    mvm_object header;
    struct mvm_code *code;
    int64_t capture_count;
    mvm_value captures[];
};

// A variable that functions share. No program ever sees one: it stands in a local's slot, and the
// compiler knows which slots those are.
struct mvm_cell {
    mvm_object header;
    mvm_value value;
};

// --- strings ---------------------------------------------------------------------------------
// Copies `byte_length` bytes of valid UTF-8.
mvm_string *mvm_string_new(mvm_vm *vm, const char *bytes, int64_t byte_length);
// A string that the caller writes, with mvm_string_writable, before anybody else sees it: at least
// two bytes, `length` code points of valid UTF-8.
mvm_string *mvm_string_blank(mvm_vm *vm, int64_t length, int64_t byte_length);
char *mvm_string_writable(mvm_string *string);
// From code point `from` to before `to`; 0 <= from <= to <= length.
mvm_string *mvm_string_slice(mvm_vm *vm, mvm_string *string, int64_t from, int64_t to);
// One of the two, if the other is empty. Takes time for `right` alone when `left` was made so.
mvm_string *mvm_string_concat(mvm_vm *vm, mvm_string *left, mvm_string *right);
// Where in the bytes the code point at `index` begins; 0 <= index <= length. string_index.c
bool mvm_string_offset(mvm_vm *vm, const mvm_string *string, int64_t index, int64_t *offset);
// The code point at `index` as a string; 0 <= index < length.
mvm_string *mvm_string_at(mvm_vm *vm, const mvm_string *string, int64_t index);
bool mvm_string_equal(const mvm_string *left, const mvm_string *right);
// < 0, 0, > 0 by code point, which is the order of UTF-8 bytes.
int mvm_string_compare(const mvm_string *left, const mvm_string *right);

// --- lists -----------------------------------------------------------------------------------
// An empty list with room for `capacity` elements of the packing.
mvm_list *mvm_list_new(mvm_vm *vm, mvm_list_packing packing, int64_t capacity);
// A list of the `count` values at `values` (in the narrowest packing).
mvm_list *mvm_list_of(mvm_vm *vm, const mvm_value *values, int64_t count);
// `count` copies of `value`.
mvm_list *mvm_list_filled(mvm_vm *vm, mvm_value value, int64_t count);
mvm_list *mvm_list_concat(mvm_vm *vm, const mvm_list *left, const mvm_list *right);
// 0 <= index < length for these two. `set` widens the packing when the value asks for it.
mvm_value mvm_list_get(const mvm_list *list, int64_t index);
bool mvm_list_set(mvm_vm *vm, mvm_list *list, int64_t index, mvm_value value);
bool mvm_list_push(mvm_vm *vm, mvm_list *list, mvm_value value);
// Room for one more element, packing unchanged.
bool mvm_list_grow(mvm_vm *vm, mvm_list *list);

// --- ranges ----------------------------------------------------------------------------------
// step != 0; records an error when the length does not fit an int64_t.
mvm_range *mvm_range_new(mvm_vm *vm, int64_t start, int64_t end, int64_t step);

// The type of a value, refined: a list of ints is MVM_TYPE_LIST_INT, not MVM_TYPE_LIST.
mvm_type mvm_type_of(mvm_value value);

#endif
