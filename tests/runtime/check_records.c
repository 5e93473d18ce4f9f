// Records: what is known of the fields of a type follows from all that makes or changes one.
//
// In: a VM. Out: failed checks, counted and printed.
#include "check.h"
#include "monomorphic.h"
#include "record.h"

enum { TYPE = MVM_OWN_RECORDS, OTHER, FIELDS = 3 };

static uint8_t tag_of(const mvm_vm *vm, uint32_t place) {
    return vm->records.types[TYPE].tags[place];
}

static mvm_value make(mvm_vm *vm, mvm_value x, mvm_value y, mvm_value z) {
    mvm_value fields[FIELDS] = {x, y, z}, record = mvm_from_nil();
    CHECK(mvm_new_record(vm, TYPE, fields, FIELDS, &record));
    mvm_check_monomorphic(vm, record.record);
    return keep(vm, record);
}

static void set(mvm_vm *vm, mvm_value record, uint32_t place, mvm_value value) {
    uint16_t type, field;
    uint32_t symbol = vm->records.types[TYPE].symbols[place];
    CHECK(mvm_set_field(vm, value, record, symbol, &type, &field));
    CHECK(type == TYPE && field == place);
    mvm_check_monomorphic(vm, record.record);
}

static void declare(mvm_vm *vm) {
    CHECK(mvm_record_types_init(vm));
    uint32_t symbols[FIELDS];
    const char *names[FIELDS] = {"x", "y", "z"};
    for (int i = 0; i < FIELDS; i++) symbols[i] = (uint32_t)mvm_add_symbol(vm, names[i]);
    CHECK(mvm_add_record_type(vm, "Point", symbols, FIELDS) == TYPE);
    CHECK(mvm_add_record_type(vm, "Other", symbols, 1) == OTHER);
}

static void check_making(mvm_vm *vm) {
    for (uint32_t i = 0; i < FIELDS; i++) CHECK(tag_of(vm, i) == MVM_FIELD_UNSEEN);
    mvm_value first = make(vm, of_float(0.5), of_int(1), mvm_from_nil()), copy;
    CHECK(tag_of(vm, 0) == MVM_TAG_FLOAT && tag_of(vm, 1) == MVM_TAG_INT);
    CHECK(tag_of(vm, 2) == MVM_FIELD_POLYMORPHIC && fields_forgotten == 0);
    make(vm, of_float(1.5), of_int(2), text(vm, "z"));
    CHECK(vm->records.types[TYPE].monomorphic == 2);
    CHECK(mvm_copy(vm, first, &copy) && vm->records.types[TYPE].monomorphic == 2);
    CHECK(fields_forgotten == 0);
}

static void check_changing(mvm_vm *vm) {
    mvm_value record = make(vm, of_float(0.5), of_int(1), of_int(2));
    set(vm, record, 0, of_float(2.5));
    set(vm, record, 2, mvm_from_bool(true));
    CHECK(tag_of(vm, 0) == MVM_TAG_FLOAT && fields_forgotten == 0);
    uint32_t y = vm->records.types[TYPE].symbols[1], unknown = (uint32_t)mvm_add_symbol(vm, "w");
    CHECK(mvm_keeps_monomorphic(vm, of_int(3), record, y));
    CHECK(!mvm_keeps_monomorphic(vm, of_float(3), record, y));
    CHECK(mvm_keeps_monomorphic(vm, of_float(3), record, unknown));
    CHECK(mvm_keeps_monomorphic(vm, of_float(3), of_int(3), y));
    set(vm, record, 1, of_float(3));
    CHECK(tag_of(vm, 1) == MVM_FIELD_POLYMORPHIC && fields_forgotten == 1);
    set(vm, record, 1, of_int(3));
    CHECK(mvm_keeps_monomorphic(vm, text(vm, "any"), record, y) && fields_forgotten == 1);
    make(vm, of_int(1), of_int(1), of_int(1));
    CHECK(vm->records.types[TYPE].monomorphic == 0 && fields_forgotten == 2);
}

// The host fills a record later: what it holds until then counts for nothing.
static void check_filling(mvm_vm *vm) {
    mvm_record *record = mvm_blank_record(vm, OTHER);
    CHECK(record && record->fields[0].tag == MVM_TAG_NIL);
    if (!record) return;
    mvm_check_monomorphic(vm, record);
    mvm_value value = of_int(7);
    mvm_note_tags(vm, OTHER, &value, 1);
    record->fields[0] = value;
    CHECK(vm->records.types[OTHER].tags[0] == MVM_TAG_INT);
    mvm_check_monomorphic(vm, record);
}

// The runtime's own records change without a note.
static void check_own(mvm_vm *vm) {
    const mvm_record_type *error = &vm->records.types[MVM_RECORD_ERROR];
    for (uint32_t i = 0; i < error->field_count; i++) {
        CHECK(error->tags[i] == MVM_FIELD_POLYMORPHIC);
    }
    CHECK(error->monomorphic == 0);
}

void check_records(mvm_vm *vm) {
    int traces;
    fields_forgotten = 0;
    declare(vm);
    vm->jit = (struct mvm_jit *)(void *)&traces;
    check_own(vm);
    check_making(vm);
    check_changing(vm);
    check_filling(vm);
    empty_stack(vm);
    vm->jit = NULL;
    mvm_record_types_destroy(&vm->records);
    vm->records = (mvm_record_types){0};
}
