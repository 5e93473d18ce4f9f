// Output: captured, through a buffer to a file, and to where nobody reads.
//
// In: a VM, whose output is captured. Out: failed checks, counted and printed.
#define _DEFAULT_SOURCE 1  // pipe, fileno
#include <signal.h>
#include <unistd.h>

#include "check.h"

static void check_capture(mvm_vm *vm) {
    vm->output.used = 0;
    for (int i = 0; i < 100000; i++) CHECK(mvm_print(vm, of_int(i % 10), true));
    CHECK(mvm_output_flush(vm) && vm->output.used == 200000);
    CHECK(memcmp(vm->output.buffer + 199996, "8\n9\n", 4) == 0);
}

// Lines that are buffered, and one piece too large for the buffer, in the right order.
static void check_file(mvm_vm *vm) {
    enum { LINES = 20000, LARGE = 100000 };
    FILE *file = tmpfile();
    mvm_output_destroy(&vm->output);
    CHECK(file && mvm_output_init(&vm->output, fileno(file)));
    for (int i = 0; i < LINES; i++) CHECK(mvm_output_write(vm, "line\n", 5));
    char *large = calloc(1, LARGE);
    CHECK(mvm_output_write(vm, large, LARGE) && mvm_output_write(vm, "end", 3));
    CHECK(ftell(file) < 5 * LINES + LARGE + 3 && mvm_output_flush(vm));
    CHECK(fseek(file, 0, SEEK_END) == 0 && ftell(file) == 5 * LINES + LARGE + 3);
    CHECK(fseek(file, 5 * LINES - 2, SEEK_SET) == 0 && fgetc(file) == 'e' && fgetc(file) == '\n');
    CHECK(fgetc(file) == 0);
    free(large);
    fclose(file);
}

static void check_broken_pipe(mvm_vm *vm) {
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe(ends) == 0);
    close(ends[0]);
    mvm_output_destroy(&vm->output);
    CHECK(mvm_output_init(&vm->output, ends[1]));
    CHECK(mvm_print(vm, of_int(1), true));
    CHECK(!mvm_output_flush(vm) && failed(vm, MVM_ERROR_OUTPUT, "cannot write the output: "));
    CHECK(mvm_output_flush(vm));
    close(ends[1]);
}

void check_output(mvm_vm *vm) {
    check_capture(vm);
    check_file(vm);
    check_broken_pipe(vm);
}
