// Records: their types, generics and methods, and access to fields by name.
//
// In: declarations, values, numbers of symbols. Out: records and fields; or a "type", "field" or
// "method" error.
#include "record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../jit/jit.h"
#include "api.h"
#include "helpers.h"
#include "monomorphic.h"
#include "vm.h"

static char *copy_text(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy) memcpy(copy, text, size);
    return copy;
}

// --- declarations ----------------------------------------------------------------------------

int32_t mvm_add_symbol(mvm_vm *vm, const char *name) {
    mvm_record_types *records = &vm->records;
    for (uint32_t i = 0; i < records->symbol_count; i++) {
        if (strcmp(records->symbols[i], name) == 0) return (int32_t)i;
    }
    size_t size = (records->symbol_count + 1) * sizeof *records->symbols;
    char **symbols = realloc(records->symbols, size);
    if (!symbols) return -1;
    records->symbols = symbols;
    symbols[records->symbol_count] = copy_text(name);
    if (!symbols[records->symbol_count]) return -1;
    return (int32_t)records->symbol_count++;
}

int32_t mvm_add_record_type(mvm_vm *vm, const char *name, const uint32_t *fields,
                            uint32_t field_count) {
    mvm_record_types *records = &vm->records;
    mvm_record_type *types = realloc(records->types, (records->type_count + 1) * sizeof *types);
    if (!types) return -1;
    records->types = types;
    mvm_record_type type = {.name = copy_text(name),
                            .field_count = field_count,
                            .symbols = calloc(field_count + 1, sizeof *fields),
                            .tags = malloc(field_count + 1),
                            .monomorphic = field_count};
    if (!type.name || !type.symbols || !type.tags) {
        free(type.name);
        free(type.symbols);
        free(type.tags);
        return -1;
    }
    memset(type.tags, MVM_FIELD_UNSEEN, field_count + 1);
    if (field_count) memcpy(type.symbols, fields, field_count * sizeof *fields);
    types[records->type_count] = type;
    return (int32_t)records->type_count++;
}

int32_t mvm_add_generic(mvm_vm *vm, const char *name, uint32_t parameters, uint32_t results) {
    mvm_record_types *records = &vm->records;
    size_t size = (records->generic_count + 1) * sizeof *records->generics;
    mvm_generic *generics = realloc(records->generics, size);
    if (!generics) return -1;
    records->generics = generics;
    mvm_generic *generic = &generics[records->generic_count];
    *generic = (mvm_generic){.name = copy_text(name), .parameters = parameters, .results = results};
    return generic->name ? (int32_t)records->generic_count++ : -1;
}

bool mvm_add_method(mvm_vm *vm, uint32_t generic, uint32_t record_type, uint32_t function) {
    mvm_generic *to = &vm->records.generics[generic];
    if (record_type >= to->method_count) {
        int32_t *methods = realloc(to->methods, (record_type + 1) * sizeof *methods);
        if (!methods) return false;
        for (uint32_t i = to->method_count; i <= record_type; i++) methods[i] = -1;
        to->methods = methods;
        to->method_count = record_type + 1;
    }
    // Traces have the method inlined behind a check of the record's type alone.
    int32_t earlier = to->methods[record_type];
    if (vm->jit && earlier >= 0) mvm_jit_forget(vm->jit, vm->functions[earlier]);
    to->methods[record_type] = (int32_t)function;
    return true;
}

static bool add_own_type(mvm_vm *vm, const char *const *names) {
    enum { MOST_FIELDS = 8 };
    uint32_t symbols[MOST_FIELDS], count = 0;
    for (; names[count + 1]; count++) {
        assert(count < MOST_FIELDS);
        int32_t symbol = mvm_add_symbol(vm, names[count + 1]);
        if (symbol < 0) return false;
        symbols[count] = (uint32_t)symbol;
    }
    int32_t type = mvm_add_record_type(vm, names[0], symbols, count);
    if (type < 0) return false;
    // The runtime changes such records without a note.
    memset(vm->records.types[type].tags, MVM_FIELD_POLYMORPHIC, count);
    vm->records.types[type].monomorphic = 0;
    return true;
}

bool mvm_record_types_init(mvm_vm *vm) {
    bool added = true;
#define X(...) added = added && add_own_type(vm, (const char *const[]){__VA_ARGS__, NULL});
    MVM_OWN_RECORD_TYPES(X)
#undef X
    return added;
}

void mvm_record_types_destroy(mvm_record_types *records) {
    for (uint32_t i = 0; i < records->symbol_count; i++) free(records->symbols[i]);
    for (uint32_t i = 0; i < records->type_count; i++) {
        free(records->types[i].name);
        free(records->types[i].symbols);
        free(records->types[i].tags);
    }
    for (uint32_t i = 0; i < records->generic_count; i++) {
        free(records->generics[i].name);
        free(records->generics[i].methods);
    }
    free(records->symbols);
    free(records->types);
    free(records->generics);
}

// --- records ---------------------------------------------------------------------------------

const mvm_record_type *mvm_type_of_record(const mvm_vm *vm, const mvm_record *record) {
    assert(record->header.record_type < vm->records.type_count);
    return &vm->records.types[record->header.record_type];
}

int32_t mvm_field_place(const mvm_record_type *type, uint32_t symbol) {
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (type->symbols[i] == symbol) return (int32_t)i;
    }
    return -1;
}

static mvm_record *allocate(mvm_vm *vm, uint32_t type, int64_t count) {
    size_t size = sizeof(mvm_record) + (size_t)(count ? count : 1) * sizeof(mvm_value);
    mvm_record *record = (mvm_record *)mvm_heap_allocate(vm, MVM_OBJECT_RECORD, size);
    if (record) record->header.record_type = type;
    return record;
}

bool mvm_new_record(mvm_vm *vm, uint32_t type, const mvm_value *fields, int64_t count,
                    mvm_value *result) {
    mvm_record *record = allocate(vm, type, count);
    if (!record) return false;
    mvm_note_tags(vm, type, fields, (uint32_t)count);
    if (count) memcpy(record->fields, fields, (size_t)count * sizeof *fields);
    *result = mvm_from_record(record);
    return true;
}

mvm_record *mvm_blank_record(mvm_vm *vm, uint32_t type) {
    uint32_t count = vm->records.types[type].field_count;
    mvm_record *record = allocate(vm, type, count);
    if (record) memset(record->fields, 0, count * sizeof *record->fields);
    return record;
}

static bool find_field(mvm_vm *vm, mvm_value record, uint32_t symbol, uint16_t *type_cache,
                       uint16_t *place_cache, mvm_value **field) {
    const char *name = vm->records.symbols[symbol];
    if (record.tag != MVM_TAG_RECORD) {
        return mvm_fail(vm, MVM_ERROR_TYPE, "'.%s' needs a record, found %s", name,
                        mvm_type_name(mvm_type_of(record)));
    }
    const mvm_record_type *type = mvm_type_of_record(vm, record.record);
    int32_t place = mvm_field_place(type, symbol);
    if (place < 0) {
        return mvm_fail(vm, MVM_ERROR_FIELD, "%s has no field '%s'", type->name, name);
    }
    *type_cache = (uint16_t)record.record->header.record_type;
    *place_cache = (uint16_t)place;
    *field = &record.record->fields[place];
    return true;
}

bool mvm_get_field(mvm_vm *vm, mvm_value record, uint32_t symbol, uint16_t *type_cache,
                   uint16_t *place_cache, mvm_value *result) {
    mvm_value *field;
    if (!find_field(vm, record, symbol, type_cache, place_cache, &field)) return false;
    *result = *field;
    return true;
}

bool mvm_set_field(mvm_vm *vm, mvm_value value, mvm_value record, uint32_t symbol,
                   uint16_t *type_cache, uint16_t *place_cache) {
    mvm_value *field;
    if (!find_field(vm, record, symbol, type_cache, place_cache, &field)) return false;
    mvm_note_tag(vm, *type_cache, *place_cache, value.tag);
    *field = value;
    return true;
}

bool mvm_keeps_monomorphic(const mvm_vm *vm, mvm_value value, mvm_value record, uint32_t symbol) {
    if (record.tag != MVM_TAG_RECORD) return true;
    const mvm_record_type *type = mvm_type_of_record(vm, record.record);
    int32_t place = mvm_field_place(type, symbol);
    return place < 0 || type->tags[place] == MVM_FIELD_POLYMORPHIC ||
           type->tags[place] == value.tag;
}

mvm_code *mvm_find_method(mvm_vm *vm, const mvm_generic *generic, mvm_value subject) {
    if (subject.tag != MVM_TAG_RECORD) {
        mvm_fail(vm, MVM_ERROR_TYPE, "'%s' needs a record, found %s", generic->name,
                 mvm_type_name(mvm_type_of(subject)));
        return NULL;
    }
    uint32_t type = subject.record->header.record_type;
    if (type >= generic->method_count || generic->methods[type] < 0) {
        mvm_fail(vm, MVM_ERROR_METHOD, "no method '%s' for %s", generic->name,
                 vm->records.types[type].name);
        return NULL;
    }
    return vm->functions[generic->methods[type]];
}
