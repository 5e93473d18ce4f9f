// What a program reads from its input: `read_line read_all`; and waiting: `sleep`.
//
// In: the VM's input descriptor, or seconds. Out: text; or a "value" error when it is not UTF-8, a
// "file" error when it can't be read. What was printed is out before the program waits, and a
// program that waits can be interrupted.
#define _DEFAULT_SOURCE 1  // poll, clock_gettime
#include "input.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "helpers.h"
#include "numbers.h"
#include "text.h"
#include "utf8.h"
#include "vm.h"

// Bytes read at once; milliseconds between two looks at whether the program is to stop.
enum { INPUT_CAPACITY = 64 * 1024, LONGEST_WAIT = 50 };

void mvm_input_destroy(mvm_input *input) {
    free(input->buffer);
    *input = (mvm_input){.descriptor = -1};
}

// --- waiting ---------------------------------------------------------------------------------

bool mvm_wait_readable(mvm_vm *vm, int descriptor) {
    struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
    while (poll(&waiting, 1, LONGEST_WAIT) <= 0) {
        if (vm->interrupt) return mvm_fail_interrupted(vm);
    }
    return true;
}

bool mvm_wait_seconds(mvm_vm *vm, double seconds) {
    for (double end = mvm_clock() + seconds, left; (left = end - mvm_clock()) > 0;) {
        if (vm->interrupt) return mvm_fail_interrupted(vm);
        double nanoseconds = fmin(left, LONGEST_WAIT * 1e-3) * 1e9;
        struct timespec pause = {.tv_nsec = (long)ceil(nanoseconds)};
        nanosleep(&pause, NULL);
    }
    return true;
}

bool mvm_sleep(mvm_vm *vm, mvm_value seconds) {
    if (!mvm_is_number(seconds)) return mvm_fail_type(vm, "sleep", "a number", seconds);
    double duration = mvm_as_double(seconds);
    if (!(duration >= 0)) {
        char text[MVM_NUMBER_ROOM];
        return mvm_fail(vm, MVM_ERROR_VALUE, "'sleep' needs 0 or more seconds, found %s",
                        mvm_number_text(seconds, text));
    }
    return mvm_output_flush(vm) && mvm_wait_seconds(vm, duration);
}

// --- reading ---------------------------------------------------------------------------------

static bool read_error(mvm_vm *vm) {
    return mvm_fail(vm, MVM_ERROR_FILE, "cannot read the input: %s", strerror(errno));
}

static bool make_buffer(mvm_vm *vm) {
    mvm_input *input = &vm->input;
    if (!input->buffer) input->buffer = malloc(INPUT_CAPACITY);
    if (input->buffer) return true;
    return mvm_fail(vm, MVM_ERROR_MEMORY, "out of memory: no room to read the input");
}

// Reads once something is there; with nothing left to take, the input is at its end.
static bool refill(mvm_vm *vm) {
    mvm_input *input = &vm->input;
    if (!make_buffer(vm) || !mvm_output_flush(vm)) return false;
    input->next = input->used = 0;
    for (;;) {
        if (!mvm_wait_readable(vm, input->descriptor)) return false;
        ssize_t count = read(input->descriptor, input->buffer, INPUT_CAPACITY);
        if (count >= 0) {
            input->used = (size_t)count;
            return true;
        }
        if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) return read_error(vm);
    }
}

// Takes from the buffer up to and with the first newline, or everything; true at a newline.
static bool take_line(mvm_input *input, mvm_text *text) {
    if (input->next == input->used) return false;  // there may be no buffer yet
    const char *start = input->buffer + input->next;
    size_t count = input->used - input->next;
    const char *newline = memchr(start, '\n', count);
    if (newline) count = (size_t)(newline - start) + 1;
    mvm_text_append(text, start, count);
    input->next += count;
    return newline != NULL;
}

// The text, checked, as the result. `omitted` bytes at its end are no part of it.
static bool give_text(mvm_vm *vm, const mvm_text *text, size_t omitted, mvm_value *result) {
    if (text->failed) return false;
    int64_t length = (int64_t)(text->used - omitted);
    if (length > 0 && mvm_utf8_valid(text->bytes, length) < length) {
        return mvm_fail(vm, MVM_ERROR_VALUE, "the input is not UTF-8 text");
    }
    mvm_string *string = mvm_string_new(vm, length ? text->bytes : "", length);
    if (!string) return false;
    *result = mvm_from_string(string);
    return true;
}

static size_t line_end_size(const mvm_text *text) {
    if (text->used == 0 || text->bytes[text->used - 1] != '\n') return 0;
    return text->used > 1 && text->bytes[text->used - 2] == '\r' ? 2 : 1;
}

// Nil at the end of the input.
static bool read_line(mvm_vm *vm, mvm_text *text, mvm_value *result) {
    mvm_input *input = &vm->input;
    while (!take_line(input, text) && !text->failed) {
        if (!refill(vm)) return false;
        if (input->used == 0) break;
    }
    if (text->used == 0 && !text->failed) {
        *result = mvm_from_nil();
        return true;
    }
    return give_text(vm, text, line_end_size(text), result);
}

bool mvm_read_line(mvm_vm *vm, mvm_value *result) {
    mvm_text text;
    mvm_text_init(&text, vm);
    bool done = read_line(vm, &text, result);
    mvm_text_destroy(&text);
    return done;
}

static bool read_all(mvm_vm *vm, mvm_text *text, mvm_value *result) {
    mvm_input *input = &vm->input;
    do {
        mvm_text_append(text, input->buffer + input->next, input->used - input->next);
        input->next = input->used;
        if (text->failed || !refill(vm)) return false;
    } while (input->used > 0);
    return give_text(vm, text, 0, result);
}

bool mvm_read_all(mvm_vm *vm, mvm_value *result) {
    mvm_text text;
    mvm_text_init(&text, vm);
    bool done = make_buffer(vm) && read_all(vm, &text, result);
    mvm_text_destroy(&text);
    return done;
}
