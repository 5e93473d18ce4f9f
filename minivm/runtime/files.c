// Files: `read_file write_file append_file`; and `exit`.
//
// In: any values. Out: a file's text, or a file with the text in it; or a "type" error, a "file"
// error with the path and the cause, a "value" error for what is no text.
#define _DEFAULT_SOURCE 1  // open, O_CLOEXEC
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers.h"
#include "input.h"
#include "numbers.h"
#include "text.h"
#include "utf8.h"
#include "vm.h"

enum { QUOTED_ROOM = 128, READ_AT_ONCE = 16 * 1024, STATUS_LARGEST = 255 };

static bool file_error(mvm_vm *vm, const char *what, const mvm_string *path, const char *cause) {
    char quoted[QUOTED_ROOM];
    mvm_quote(path->bytes, (size_t)path->byte_length, quoted, sizeof quoted);
    return mvm_fail(vm, MVM_ERROR_FILE, "cannot %s %s: %s", what, quoted, cause);
}

// -1 with an error recorded when it can't be opened.
static int open_file(mvm_vm *vm, const char *what, const mvm_string *path, int flags) {
    size_t length = (size_t)path->byte_length;
    char *name = memchr(path->bytes, 0, length) ? NULL : malloc(length + 1);
    if (!name) {
        file_error(vm, what, path, "no path of a file");
        return -1;
    }
    memcpy(name, path->bytes, length);
    name[length] = '\0';
    int descriptor;
    do descriptor = open(name, flags | O_CLOEXEC, 0666);
    while (descriptor < 0 && errno == EINTR && !vm->interrupt);
    free(name);
    if (descriptor < 0) file_error(vm, what, path, strerror(errno));
    return descriptor;
}

// --- reading ---------------------------------------------------------------------------------

static bool read_text(mvm_vm *vm, int descriptor, const mvm_string *path, mvm_text *text) {
    char piece[READ_AT_ONCE];
    while (!text->failed) {
        if (!mvm_wait_readable(vm, descriptor)) return false;
        ssize_t count = read(descriptor, piece, sizeof piece);
        if (count == 0) return true;
        if (count > 0) {
            mvm_text_append(text, piece, (size_t)count);
        } else if (errno != EINTR && errno != EAGAIN) {
            return file_error(vm, "read", path, strerror(errno));
        }
    }
    return false;
}

static bool give_text(mvm_vm *vm, const mvm_string *path, const mvm_text *text, mvm_value *result) {
    int64_t length = (int64_t)text->used;
    if (length > 0 && mvm_utf8_valid(text->bytes, length) < length) {
        char quoted[QUOTED_ROOM];
        mvm_quote(path->bytes, (size_t)path->byte_length, quoted, sizeof quoted);
        return mvm_fail(vm, MVM_ERROR_VALUE, "the file %s is not UTF-8 text", quoted);
    }
    mvm_string *string = mvm_string_new(vm, length ? text->bytes : "", length);
    if (!string) return false;
    *result = mvm_from_string(string);
    return true;
}

bool mvm_read_file(mvm_vm *vm, mvm_value path, mvm_value *result) {
    if (path.tag != MVM_TAG_STRING) return mvm_fail_type(vm, "read_file", "a path", path);
    int descriptor = open_file(vm, "read", path.string, O_RDONLY);
    if (descriptor < 0) return false;
    mvm_text text;
    mvm_text_init(&text, vm);
    bool done =
        read_text(vm, descriptor, path.string, &text) && give_text(vm, path.string, &text, result);
    mvm_text_destroy(&text);
    close(descriptor);
    return done;
}

// --- writing ---------------------------------------------------------------------------------

static bool write_text(mvm_vm *vm, int descriptor, const mvm_string *text) {
    int64_t done = 0;
    while (done < text->byte_length) {
        ssize_t count = write(descriptor, text->bytes + done, (size_t)(text->byte_length - done));
        if (count >= 0) {
            done += count;
        } else if (errno != EINTR && errno != EAGAIN) {
            return false;
        }
        if (vm->interrupt) return mvm_fail_interrupted(vm);
    }
    return true;
}

static bool put_file(mvm_vm *vm, const char *word, mvm_value text, mvm_value path, int flags) {
    if (text.tag != MVM_TAG_STRING || path.tag != MVM_TAG_STRING) {
        return mvm_fail_types(vm, word, "a text and a path", text, path);
    }
    int descriptor = open_file(vm, "write", path.string, O_WRONLY | O_CREAT | flags);
    if (descriptor < 0) return false;
    bool written = write_text(vm, descriptor, text.string);
    int cause = errno;
    if (close(descriptor) != 0 && written) {
        written = false;
        cause = errno;
    }
    return written || file_error(vm, "write", path.string, strerror(cause));
}

bool mvm_write_file(mvm_vm *vm, mvm_value text, mvm_value path) {
    return put_file(vm, "write_file", text, path, O_TRUNC);
}

bool mvm_append_file(mvm_vm *vm, mvm_value text, mvm_value path) {
    return put_file(vm, "append_file", text, path, O_APPEND);
}

// --- exit ------------------------------------------------------------------------------------

bool mvm_end_program(mvm_vm *vm, mvm_value status) {
    if (!mvm_is_int(status)) return mvm_fail_type(vm, "exit", "an int", status);
    if (status.integer < 0 || status.integer > STATUS_LARGEST) {
        return mvm_fail(vm, MVM_ERROR_VALUE, "'exit' needs a status from 0 to 255, found %" PRId64,
                        status.integer);
    }
    vm->error.status = status.integer;
    return mvm_fail(vm, MVM_ERROR_EXIT, "the program ended with status %" PRId64, status.integer);
}
