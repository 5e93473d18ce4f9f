// Program output (output.h).
//
// In: bytes. Out: the same bytes, in order, at the file descriptor, with the host or kept in the
// buffer. They go out when the buffer is full, when flushed and, on a terminal, after every line.
#define _DEFAULT_SOURCE 1  // poll, isatty
#include "output.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap_space.h"
#include "vm.h"

// A terminal needs less: what a line needs, as it is flushed after each.
enum { FILE_CAPACITY = 64 * 1024, TERMINAL_CAPACITY = 4 * 1024 };

bool mvm_output_init(mvm_output *output, int descriptor) {
    bool terminal = descriptor >= 0 && isatty(descriptor);
    *output = (mvm_output){.descriptor = descriptor};
    output->by_lines = terminal;
    output->capacity = terminal ? TERMINAL_CAPACITY : FILE_CAPACITY;
    output->buffer = malloc(output->capacity);
    return output->buffer != NULL;
}

void mvm_output_destroy(mvm_output *output) {
    free(output->buffer);
    *output = (mvm_output){.descriptor = -1};
}

static bool write_error(mvm_vm *vm) {
    return mvm_fail(vm, MVM_ERROR_OUTPUT, "cannot write the output: %s", strerror(errno));
}

// Until the descriptor, which someone else made non-blocking, takes bytes again.
static void wait_until_writable(int descriptor) {
    struct pollfd waiting = {.fd = descriptor, .events = POLLOUT};
    poll(&waiting, 1, -1);
}

static bool write_all(mvm_vm *vm, int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written >= 0) {
            bytes += written;
            count -= (size_t)written;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait_until_writable(descriptor);
        } else if (errno != EINTR) {
            return write_error(vm);
        }
    }
    return true;
}

static bool is_capture(const mvm_output *output) { return output->descriptor < 0 && !output->host; }

static bool deliver(mvm_vm *vm, const char *bytes, size_t count) {
    if (vm->output.host) return vm->output.host(vm, bytes, count);
    return write_all(vm, vm->output.descriptor, bytes, count);
}

bool mvm_output_flush(mvm_vm *vm) {
    mvm_output *output = &vm->output;
    if (is_capture(output) || output->used == 0) return true;
    size_t used = output->used;
    output->used = 0;  // after an error too: what failed once is not tried again at the end
    return deliver(vm, output->buffer, used);
}

// Makes the capture buffer larger; what is captured counts as the program's memory.
static bool grow(mvm_vm *vm, size_t count) {
    mvm_output *output = &vm->output;
    size_t capacity = output->capacity;
    while (capacity - output->used < count && capacity <= SIZE_MAX / 2) capacity *= 2;
    if (capacity - output->used < count) return mvm_heap_fail(vm, capacity);
    char *buffer = mvm_heap_resize_buffer(vm, output->buffer, output->capacity, capacity);
    if (!buffer) return false;
    output->buffer = buffer;
    output->capacity = capacity;
    return true;
}

bool mvm_output_write(mvm_vm *vm, const char *bytes, size_t count) {
    mvm_output *output = &vm->output;
    assert(output->buffer && output->used <= output->capacity);
    if (count == 0) return true;
    output->in_line = bytes[count - 1] != '\n';
    if (count > output->capacity - output->used) {
        bool capture = is_capture(output);
        if (capture ? !grow(vm, count) : !mvm_output_flush(vm)) return false;
        if (!capture && count >= output->capacity) {
            return deliver(vm, bytes, count);
        }
    }
    memcpy(output->buffer + output->used, bytes, count);
    output->used += count;
    if (output->by_lines && memchr(bytes, '\n', count)) {
        return mvm_output_flush(vm);
    }
    return true;
}
