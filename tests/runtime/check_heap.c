// The heap: what is collected, what is kept alive, and the limit.
//
// In: a VM. Out: failed checks, counted and printed.
#include "check.h"

// Collects, and frees what dead lists own at once, so that bytes_in_use is exact.
static void collect_all(mvm_vm *vm) {
    mvm_gc_collect(vm);
    mvm_release_all(&vm->heap);
}

static void check_collection(mvm_vm *vm) {
    vm->stack_top = vm->stack;
    collect_all(vm);
    size_t before = vm->heap.bytes_in_use;
    mvm_value outer = nested(vm, 100000), cycle = list(vm);
    CHECK(mvm_push(vm, outer, cycle) && mvm_push(vm, cycle, outer));
    size_t least = before + 100002 * (sizeof(mvm_list) + sizeof(mvm_list *));
    CHECK(vm->heap.bytes_in_use >= least);
    mvm_gc_collect(vm);
    CHECK(vm->heap.objects >= 100002 && vm->heap.bytes_in_use >= least);
    size_t used = vm->heap.bytes_in_use;
    mvm_gc_collect(vm);
    CHECK(vm->heap.bytes_in_use == used);
    vm->stack_top = vm->stack;
    collect_all(vm);
    CHECK(vm->heap.bytes_in_use == before);
    CHECK(vm->heap.next_collection == before + MVM_COLLECTION_SMALLEST);
    for (mvm_value *slot = vm->stack + 1; slot < vm->stack_end; slot++) {
        CHECK(slot->tag == MVM_TAG_NIL && slot->bits == 0);
    }
}

// Every way to be a root, and a mark stack that is too small for lists nested as deep as these.
static void check_roots(mvm_vm *vm) {
    vm->stack_top = vm->stack;
    vm->heap.space->marks.largest = 0;
    mvm_value deep = list(vm);
    for (int i = 0; i < 5000; i++) {
        mvm_value outer = keep(vm, mvm_from_list(mvm_list_of(vm, &deep, 1)));
        mvm_value string = text(vm, "kept alive by the list it is in");
        for (int j = 0; j < 100; j++) CHECK(mvm_push(vm, outer, string));
        vm->stack_top -= 2;
        deep = *vm->stack_top = outer;
    }
    mvm_value constant = text(vm, "constant");
    vm->arguments = text(vm, "argument");
    vm->temporary_roots[3] = text(vm, "temporary");
    vm->spills[63] = text(vm, "spilled").bits;
    vm->spill_pointers = UINT64_C(1) << 63;
    mvm_code code = {.constants = &constant, .constant_count = 1}, *codes[] = {&code};
    vm->functions = codes;
    vm->function_count = 1;
    vm->stack_top = vm->stack + 1;
    mvm_gc_collect(vm);
    uint64_t objects = vm->heap.objects;
    mvm_gc_collect(vm);
    CHECK(vm->heap.objects == objects && objects >= 10000);
    CHECK(shows(vm, constant, "constant") && shows(vm, vm->arguments, "argument"));
    for (int i = 0; i < 5000; i++) {
        CHECK(shows(vm, deep.list->values[100], "kept alive by the list it is in"));
        deep = deep.list->values[0];
    }
    vm->function_count = 0;
    vm->arguments = vm->temporary_roots[3] = mvm_from_nil();
    vm->spill_pointers = 0;
    vm->stack_top = vm->stack;
    mvm_gc_collect(vm);
    CHECK(vm->heap.objects <= objects - 10000);
    vm->heap.space->marks.largest = SIZE_MAX / sizeof(mvm_mark_range);
}

// A new string where a collected one was: what was remembered of the old one is forgotten.
static void check_reused_cell(mvm_vm *vm) {
    vm->stack_top = vm->stack;
    text(vm, "0123456789");  // of the same size: keeps the block from being freed
    mvm_gc_collect(vm);
    mvm_value old = text(vm, "\xc3\xa9\xc3\xa9\xc3\xa9wxyz");
    CHECK(gives(vm, mvm_get, old, of_int(4), "x"));
    vm->stack_top--;
    mvm_gc_collect(vm);
    mvm_value new = text(vm, "abcdefgh\xc3\xa9");
    CHECK(new.bits == old.bits && gives(vm, mvm_get, new, of_int(4), "e"));
    CHECK(gives(vm, mvm_get, new, of_int(8), "\xc3\xa9"));
}

// Cells between live ones are used again: keeping a few of many takes no more memory every time.
static void check_fragments(mvm_vm *vm) {
    vm->stack_top = vm->stack;
    collect_all(vm);
    mvm_value kept = keep(vm, mvm_from_list(mvm_list_filled(vm, mvm_from_nil(), 1000)));
    uint32_t arenas = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 300000; i++) {
            mvm_range *range = mvm_range_new(vm, i, i + 1, 1);
            if (i % 300 == 0) kept.list->values[i / 300] = mvm_from_range(range);
        }
        uint32_t now = vm->heap.space->arena_count;
        CHECK(round < 3 || now <= arenas);
        if (round < 3 && now > arenas) arenas = now;
    }
    for (int i = 0; i < 1000; i++) CHECK(kept.list->values[i].range->start == 300 * i);
}

// The free cells at hand: none under stress, counted before they are taken otherwise.
static void check_cells(mvm_vm *vm) {
    size_t size = sizeof(mvm_record) + 2 * sizeof(mvm_value);
    vm->stack_top = vm->stack;
    collect_all(vm);
    CHECK(!mvm_heap_take_cell(&vm->heap, size));
    mvm_object *first = mvm_heap_allocate(vm, MVM_OBJECT_RECORD, size);
    size_t used = vm->heap.bytes_in_use;
    mvm_object *second = mvm_heap_take_cell(&vm->heap, size);
    CHECK(first && (vm->heap.stress ? !second : second && second != first));
    CHECK(vm->heap.bytes_in_use == used);
}

// Cells for who can neither collect nor fail, also where the limit leaves no room.
static void check_late_cells(mvm_vm *vm) {
    const size_t size = 6 * sizeof(mvm_value);
    mvm_heap *heap = &vm->heap;
    vm->stack_top = vm->stack;
    mvm_gc_collect(vm);
    CHECK(!heap->is_late && mvm_heap_keep_reserve(heap) && heap->space->reserve_count > 0);
    uint64_t collections = heap->collections;
    heap->limit = heap->bytes_in_use;
    mvm_object *last = NULL;
    for (int i = 0; i < 1000; i++) {
        mvm_object *cell = mvm_heap_find_cell(heap, size);
        CHECK(cell && cell != last);
        *cell = (mvm_object){.kind = MVM_OBJECT_RECORD};
        last = cell;
    }
    CHECK(heap->is_late && heap->collections == collections);
    mvm_arenas_use_reserve(heap->space);
    CHECK(heap->space->reserve_count == 0);
    mvm_heap_catch_up(vm);
    CHECK(!heap->is_late && heap->collections == collections + 1);
    CHECK(heap->space->reserve_count > 0 && heap->bytes_in_use <= heap->limit);
    heap->limit = 0;
}

static void check_limit(mvm_vm *vm) {
    vm->stack_top = vm->stack;
    mvm_gc_collect(vm);
    vm->heap.limit = vm->heap.bytes_in_use + 1000000;
    mvm_value endless = list(vm);
    while (mvm_push(vm, endless, endless)) CHECK(endless.list->length < 1000000);
    CHECK(failed(vm, MVM_ERROR_MEMORY, "heap limit"));
    CHECK(endless.list->length > 10000 && endless.list->length <= endless.list->capacity);
    vm->stack_top = vm->stack;
    for (int i = 0; i < 1000; i++) CHECK(mvm_list_filled(vm, of_int(i), 10000));
    CHECK(!mvm_list_filled(vm, of_int(0), 200000) && failed(vm, MVM_ERROR_MEMORY, "heap limit"));
    vm->heap.limit = 0;
}

void check_heap(mvm_vm *vm) {
    check_collection(vm);
    check_roots(vm);
    check_reused_cell(vm);
    check_cells(vm);
    check_late_cells(vm);
    if (!vm->heap.stress) check_fragments(vm);
    check_limit(vm);
}
