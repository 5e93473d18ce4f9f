// The runtime's support code on its own, without an interpreter or a front end.
//
// In: nothing (`check`), or on standard input the operands of one operation a line, floats as the
// hexadecimal digits of their bits. Out: what went wrong, and a status of 1 if anything did; or one
// line of results for each line of operands, for test_runtime.py to compare with Python's.
#include "check.h"

static void check_all(mvm_vm *vm) {
    void (*const checks[])(mvm_vm *) = {check_numbers, check_objects, check_strings, check_records,
                                        check_maps};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        empty_stack(vm);
        checks[i](vm);
        CHECK(vm->error.kind == MVM_ERROR_NONE);
        for (int j = 0; j < MVM_TEMPORARY_ROOTS; j++) CHECK(vm->temporary_roots[j].tag == 0);
    }
}

static void check(void) {
    mvm_vm *vm = new_vm();
    check_all(vm);
    vm->heap.stress = true;
    check_all(vm);
    vm->heap.stress = false;
    empty_stack(vm);
    check_large_objects(vm);
    check_long_strings(vm);
    check_large_maps(vm);
    check_heap(vm);
    check_output(vm);
    check_free_ranges();
    free_vm(vm);
}

// --- operands from standard input ------------------------------------------------------------

static double from_bits(uint64_t bits) {
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void print_floats(void) {
    char shown[32];
    for (uint64_t bits; scanf("%" SCNx64, &bits) == 1;) {
        mvm_format_float(from_bits(bits), shown);
        puts(shown);
    }
}

static void divide_floats(void) {
    char quotient[32], remainder[32];
    for (uint64_t left, right; scanf("%" SCNx64 "%" SCNx64, &left, &right) == 2;) {
        mvm_format_float(mvm_float_floordiv(from_bits(left), from_bits(right)), quotient);
        mvm_format_float(mvm_float_mod(from_bits(left), from_bits(right)), remainder);
        printf("%s %s\n", quotient, remainder);
    }
}

static void divide_ints(void) {
    mvm_vm *vm = new_vm();
    mvm_value quotient, remainder;
    for (int64_t left, right; scanf("%" SCNd64 "%" SCNd64, &left, &right) == 2;) {
        if (mvm_floordiv(vm, of_int(left), of_int(right), &quotient) &&
            mvm_mod(vm, of_int(left), of_int(right), &remainder)) {
            printf("%" PRId64 " %" PRId64 "\n", quotient.integer, remainder.integer);
        }
    }
    free_vm(vm);
}

int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "check";
    if (strcmp(what, "floats") == 0) print_floats();
    if (strcmp(what, "divide") == 0) divide_floats();
    if (strcmp(what, "divide-ints") == 0) divide_ints();
    if (strcmp(what, "check") == 0) check();
    return failures > 0;
}
