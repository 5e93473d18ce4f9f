// Throwing and catching.
//
// In: a value that a program throws, or an error that the VM has recorded. Out: an Error record at
// the handler, with its frame the running one; or the traceback of an error that nobody catches.
// The frames between are left alone until a handler is found: the traceback is read from them.
#include "throw.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "helpers.h"
#include "roots.h"

static bool is_catchable(mvm_error_kind kind) {
    return kind != MVM_ERROR_INTERRUPT && kind != MVM_ERROR_TIMEOUT && kind != MVM_ERROR_EXIT;
}

const mvm_handler_range *mvm_find_handler(const mvm_vm *vm, mvm_frame **found) {
    if (!is_catchable(vm->error.kind)) return NULL;
    for (mvm_frame *frame = vm->frame; frame > vm->base_frame; frame--) {
        uint32_t offset = (uint32_t)(frame->ip - frame->code->units) - (frame != vm->frame);
        const mvm_handler_range *handler = mvm_code_handler(frame->code, offset);
        if (handler) {
            *found = frame;
            return handler;
        }
    }
    return NULL;
}

// --- Error records ---------------------------------------------------------------------------

static bool is_error_record(mvm_value value) {
    return value.tag == MVM_TAG_RECORD && value.record->header.record_type == MVM_RECORD_ERROR;
}

// An Error with all but its line and trace, which are nil until it is caught.
static bool new_error(mvm_vm *vm, mvm_value kind, mvm_value message, mvm_value thrown,
                      mvm_value *result) {
    mvm_value fields[MVM_FIELDS_OF_ERROR] = {[MVM_FIELD_ERROR_KIND] = kind,
                                             [MVM_FIELD_ERROR_MESSAGE] = message,
                                             [MVM_FIELD_ERROR_VALUE] = thrown};
    return mvm_new_record(vm, MVM_RECORD_ERROR, fields, MVM_FIELDS_OF_ERROR, result);
}

bool mvm_make_error(mvm_vm *vm, mvm_value kind, mvm_value message, mvm_value *result) {
    if (kind.tag != MVM_TAG_STRING || message.tag != MVM_TAG_STRING) {
        return mvm_fail_types(vm, "error", "two strings", kind, message);
    }
    return new_error(vm, kind, message, mvm_from_nil(), result);
}

static mvm_value text_value(mvm_vm *vm, const char *text) {
    mvm_string *string = mvm_string_new(vm, text, (int64_t)strlen(text));
    return string ? mvm_from_string(string) : mvm_from_nil();
}

// Of what is on its way, without its line and trace. False when there is no memory.
static bool error_of(mvm_vm *vm, mvm_value kind, mvm_value message, mvm_value thrown,
                     mvm_value *result) {
    if (kind.tag != MVM_TAG_STRING || message.tag != MVM_TAG_STRING) return false;
    int kind_root = mvm_root_keep(vm, kind), message_root = mvm_root_keep(vm, message);
    bool made = new_error(vm, kind, message, thrown, result);
    mvm_root_drop(vm, message_root);
    mvm_root_drop(vm, kind_root);
    return made;
}

static bool error_from(mvm_vm *vm, const char *kind, mvm_value message, mvm_value thrown,
                       mvm_value *result) {
    int message_root = mvm_root_keep(vm, message);
    mvm_value kind_text = text_value(vm, kind);
    mvm_root_drop(vm, message_root);
    return error_of(vm, kind_text, message, thrown, result);
}

// --- throwing --------------------------------------------------------------------------------

static void note_message(mvm_vm *vm, mvm_value error) {
    mvm_value message = error.record->fields[MVM_FIELD_ERROR_MESSAGE];
    bool is_text = message.tag == MVM_TAG_STRING;
    mvm_fail(vm, MVM_ERROR_THROWN, "%.*s", is_text ? (int)message.string->byte_length : 3,
             is_text ? message.string->bytes : "nil");
    vm->error.thrown = error;
}

bool mvm_throw(mvm_vm *vm, mvm_value value) {
    mvm_value error = value;
    if (!is_error_record(value)) {
        mvm_value message = value;
        int value_root = mvm_root_keep(vm, value);
        bool made = (value.tag == MVM_TAG_STRING || mvm_to_string(vm, value, &message)) &&
                    error_from(vm, mvm_error_kind_name(MVM_ERROR_THROWN), message, value, &error);
        mvm_root_drop(vm, value_root);
        if (!made) return false;
    }
    note_message(vm, error);
    return false;
}

// --- catching --------------------------------------------------------------------------------

bool mvm_prepare_errors(mvm_vm *vm) {
    mvm_value *spare = &vm->spare_error;
    return error_from(vm, mvm_error_kind_name(MVM_ERROR_MEMORY), text_value(vm, "out of memory"),
                      mvm_from_nil(), spare);
}

// The pending error as a record that has its line and trace. False when there is no memory.
static bool make_record(mvm_vm *vm, mvm_value *result) {
    mvm_value error = vm->error.thrown;
    if (error.tag == MVM_TAG_NIL &&
        !error_from(vm, mvm_error_kind_name(vm->error.kind), text_value(vm, vm->error.message),
                    mvm_from_nil(), &error)) {
        return false;
    }
    if (error.record->fields[MVM_FIELD_ERROR_LINE].tag == MVM_TAG_NIL) {
        int root = mvm_root_keep(vm, error);
        mvm_list *trace = mvm_traceback_list(vm, &vm->caught.traceback);
        mvm_root_drop(vm, root);
        if (!trace) return false;
        const mvm_call_in_progress *call = &vm->caught.traceback.calls[0];
        const mvm_position *position =
            mvm_code_position(call->code, call->code->units + call->offset);
        error.record->fields[MVM_FIELD_ERROR_LINE] = mvm_from_int(position->line);
        error.record->fields[MVM_FIELD_ERROR_TRACE] = mvm_from_list(trace);
    }
    *result = error;
    return true;
}

// An error that is thrown again comes from where it came from first.
static bool is_caught_again(const mvm_vm *vm) {
    return vm->error.thrown.tag == MVM_TAG_RECORD && vm->caught.error.tag == MVM_TAG_RECORD &&
           vm->error.thrown.record == vm->caught.error.record;
}

mvm_value mvm_catch(mvm_vm *vm, const mvm_handler_range *handler, mvm_frame *frame) {
    if (!is_caught_again(vm)) mvm_traceback_take(vm, &vm->caught.traceback);
    vm->frame = frame;
    vm->stack_top = frame->slots + frame->code->locals + handler->depth;
    mvm_value error;
    // While it is made the error is still pending, so that a second one can't take its place.
    if (!make_record(vm, &error)) error = vm->spare_error;
    vm->caught.error = error;
    vm->error = (mvm_error){.kind = MVM_ERROR_NONE};
    return error;
}

void mvm_note_uncaught(mvm_vm *vm) {
    if (is_caught_again(vm)) {
        vm->traceback = vm->caught.traceback;
    } else {
        mvm_traceback_take(vm, &vm->traceback);
    }
}
