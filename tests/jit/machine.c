// Runs a single stencil. In: machine code that Python patched, and the registers, frame slots and
// spill slots to run it with. Out: the same afterwards, and which way the stencil was left.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "jit/exits.h"
#include "runtime/object.h"
#include "runtime/vm.h"

#define EXPORT __attribute__((visibility("default")))
#define PRESERVE_NONE __attribute__((preserve_none))

// As in jit/template.c.
#define PARAMETERS                                                                                 \
    mvm_value *slots, mvm_vm *vm, int64_t r0, int64_t r1, int64_t r2, int64_t r3, int64_t r4,      \
        int64_t r5, int64_t r6, int64_t r7, double d0, double d1, double d2, double d3, double d4, \
        double d5, double d6, double d7

typedef PRESERVE_NONE void entry(PARAMETERS);

enum { SLOT_BYTES = 4096 };

// The VM comes first, so that a pointer to it is one to the machine.
typedef struct machine {
    mvm_vm vm;
    int64_t general[8];
    double vector[8];
    uint64_t way;    // 0: returned, 1: went on, 2: exit, 3: error, 4: to the top
    uint64_t moved;  // the first two parameters arrived changed
    mvm_list list;
    _Alignas(16) unsigned char slots[SLOT_BYTES];
} machine;

static PRESERVE_NONE void leave(uint64_t way, PARAMETERS) {
    machine *m = (machine *)vm;
    m->way = way;
    m->moved = (unsigned char *)slots != m->slots;
    int64_t general[] = {r0, r1, r2, r3, r4, r5, r6, r7};
    double vector[] = {d0, d1, d2, d3, d4, d5, d6, d7};
    memcpy(m->general, general, sizeof general);
    memcpy(m->vector, vector, sizeof vector);
}

#define WAY(name, number)                                                                          \
    static PRESERVE_NONE void name(PARAMETERS) {                                                   \
        leave(number, slots, vm, r0, r1, r2, r3, r4, r5, r6, r7, d0, d1, d2, d3, d4, d5, d6, d7);  \
    }
WAY(went_on, 1)
WAY(left_by_exit, 2)
WAY(left_by_error, 3)
WAY(jumped_to_top, 4)

// Stands for a C function a stencil calls: spoils every register a call may spoil.
static double called(double left, double right) {
    double spoilt = 0;
    __asm__ volatile(""
                     : "+x"(spoilt)
                     :
                     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm8", "xmm9",
                       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    return left * 4 + right;
}

EXPORT machine *machine_new(void) {
    size_t size = (sizeof(machine) + 63) / 64 * 64;
    machine *m = aligned_alloc(64, size);
    return m ? memset(m, 0, size) : NULL;
}
EXPORT void machine_free(machine *m) { free(m); }
// The general registers and, right behind them, the vector ones.
EXPORT int64_t *machine_general(machine *m) { return m->general; }
_Static_assert(offsetof(machine, vector) == offsetof(machine, general) + 64, "no gap in between");
EXPORT unsigned char *machine_slots(machine *m) { return m->slots; }
EXPORT uint64_t *machine_spills(machine *m) { return m->vm.spills; }
EXPORT uint64_t machine_spills_offset(void) { return offsetof(mvm_vm, spills); }
EXPORT uint64_t *machine_spill_pointers(machine *m) { return &m->vm.spill_pointers; }
EXPORT void machine_interrupt(machine *m, uint32_t interrupt) { m->vm.interrupt = interrupt; }
EXPORT uint64_t machine_exit(machine *m) { return (uint64_t)(uintptr_t)m->vm.exit; }

// The machine's one list, made anew: `packing` is 0 for ints, 1 for floats, 2 for lists, 3 for
// records, 4 for values, else empty.
EXPORT mvm_list *machine_list(machine *m, uint32_t packing, int64_t length, int64_t capacity,
                              void *elements) {
    static const uint8_t packings[] = {MVM_LIST_INTS, MVM_LIST_FLOATS, MVM_LIST_LISTS,
                                       MVM_LIST_RECORDS, MVM_LIST_VALUES};
    m->list = (mvm_list){.length = length, .capacity = capacity, .elements = elements};
    m->list.header.packing = packing < 5 ? packings[packing] : MVM_LIST_EMPTY;
    return &m->list;
}
EXPORT int64_t machine_list_length(machine *m) { return m->list.length; }

EXPORT uint64_t exit_count(const mvm_exit *taken) { return taken->count; }
EXPORT uint64_t exit_size(void) { return sizeof(mvm_exit); }

// Where the way out of that number is; 0 is the function that stencils call.
EXPORT uint64_t machine_target(uint32_t way) {
    entry *const targets[] = {NULL, went_on, left_by_exit, left_by_error, jumped_to_top};
    return way ? (uint64_t)(uintptr_t)targets[way] : (uint64_t)(uintptr_t)&called;
}

// Memory to write code to, NULL when there is none.
EXPORT uint8_t *image_new(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}
EXPORT int image_seal(uint8_t *image, size_t size) {
    return mprotect(image, size, PROT_READ | PROT_EXEC);
}
EXPORT void image_free(uint8_t *image, size_t size) { munmap(image, size); }

// Returns the way the code was left; 5 when it changed what it must hand on.
EXPORT uint64_t machine_run(machine *m, const uint8_t *code) {
    const int64_t *r = m->general;
    const double *d = m->vector;
    m->way = m->moved = 0;
    ((entry *)(uintptr_t)code)((mvm_value *)m->slots, &m->vm, r[0], r[1], r[2], r[3], r[4], r[5],
                               r[6], r[7], d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
    return m->moved ? 5 : m->way;
}
