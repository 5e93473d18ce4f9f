"""Stencils that touch frame slots, spill slots and lists, and those that end a trace."""

from __future__ import annotations

import struct
from itertools import product

import pytest

from minivm.generated.uop_table import TYPES, UOPS
from tests.jit.arithmetic import FLOATS, INT_MAX, INT_MIN, INTS
from tests.jit.machine import ERROR, EXIT, RETURNED, TOP, WENT_ON, Machine, Program
from tests.jit.test_stencils import REGISTERS, bits_of

NAMES = {uop.name for uop in UOPS}
# The unrefined types; a value's tag is its type's number among them.
TAGS = {
    name: tag
    for tag, name in enumerate(n for n in TYPES if f"_BOX_{n.upper()}" in NAMES)
}  # fmt: skip
PATTERNS = [0, 1, 2**64 - 1, bits_of(INT_MIN), bits_of(INT_MAX), bits_of(-0.0), 0x0123456789ABCDEF]
# In bytes; machine code must not count on slots being aligned.
OFFSETS = [0, 16, 48, 3, 1001, 4064]


def vector_base(type_name: str) -> int:
    """Where the type's registers start among the sixteen."""
    return 8 if type_name == "float" else 0


@pytest.mark.parametrize("type_name", TAGS)
def test_boxing(machine: Machine, type_name: str) -> None:
    name = f"_BOX_{type_name.upper()}"
    chosen = list(product(range(8), OFFSETS))
    programs = [Program(name, (number,), None, {"OUTPUT_SLOT": at}) for number, at in chosen]
    with machine.image(programs) as image:
        for address, (number, at) in zip(image.addresses, chosen, strict=True):
            for bits in PATTERNS:
                registers = list(REGISTERS)
                registers[vector_base(type_name) + number] = bits
                assert machine.run(address, registers) == (WENT_ON, tuple(registers))
                assert machine.slot(at) == (TAGS[type_name], bits)


@pytest.mark.parametrize("type_name", TAGS)
def test_unboxing_checks_the_tag(machine: Machine, type_name: str) -> None:
    name = f"_UNBOX_{type_name.upper()}"
    chosen = list(product(range(8), OFFSETS))
    programs = [Program(name, (), number, {"INPUT0_SLOT": at}) for number, at in chosen]
    with machine.image(programs) as image:
        for address, (number, at) in zip(image.addresses, chosen, strict=True):
            for other, bits in product(TAGS, PATTERNS):
                machine.set_slot(at, TAGS[other], bits)
                way, after = machine.run(address, REGISTERS)
                expected = list(REGISTERS)
                if other == type_name:
                    expected[vector_base(type_name) + number] = bits
                assert way == (WENT_ON if other == type_name else EXIT), (other, at)
                assert list(after) == expected
                assert machine.slot(at) == (TAGS[other], bits)


def test_copying_slots(machine: Machine) -> None:
    chosen = list(product(OFFSETS, OFFSETS))
    programs = [
        Program("_COPY", values={"INPUT0_SLOT": source, "OUTPUT_SLOT": target})
        for source, target in chosen
    ]
    with machine.image(programs) as image:
        for address, (source, target) in zip(image.addresses, chosen, strict=True):
            before = bytes(n % 251 for n in range(len(machine.slots)))
            machine.slots[:] = before
            assert machine.run(address, REGISTERS) == (WENT_ON, tuple(REGISTERS))
            expected = bytearray(before)
            expected[target : target + 16] = before[source : source + 16]
            assert machine.slots[:] == bytes(expected)


def test_storing_constants(machine: Machine) -> None:
    chosen = list(product(TAGS.values(), PATTERNS, OFFSETS))
    programs = [
        Program("_STORE_CONST", values={"OPERAND0": tag, "OPERAND1": bits, "OUTPUT_SLOT": at})
        for tag, bits, at in chosen
    ]
    with machine.image(programs) as image:
        for address, (tag, bits, at) in zip(image.addresses, chosen, strict=True):
            assert machine.run(address, REGISTERS) == (WENT_ON, tuple(REGISTERS))
            assert machine.slot(at) == (tag, bits)


@pytest.mark.parametrize(("name", "base"), [("_CONST_INT", 0), ("_CONST_FLOAT", 8)])
def test_constants(machine: Machine, name: str, base: int) -> None:
    patterns = [*PATTERNS, *map(bits_of, INTS), *map(bits_of, FLOATS)]
    chosen = list(product(range(8), patterns))
    programs = [Program(name, (), number, {"OPERAND0": bits}) for number, bits in chosen]
    with machine.image(programs) as image:
        for address, (number, bits) in zip(image.addresses, chosen, strict=True):
            expected = list(REGISTERS)
            expected[base + number] = bits
            assert machine.run(address, REGISTERS) == (WENT_ON, tuple(expected))


@pytest.mark.parametrize(("kind", "base"), [("INT", 0), ("FLOAT", 8)])
def test_moves_between_all_registers(machine: Machine, kind: str, base: int) -> None:
    chosen = list(product(range(8), range(8)))
    programs = [Program(f"_MOVE_{kind}", (source,), target) for source, target in chosen]
    with machine.image(programs) as image:
        for address, (source, target) in zip(image.addresses, chosen, strict=True):
            expected = list(REGISTERS)
            expected[base + target] = expected[base + source]
            assert machine.run(address, REGISTERS) == (WENT_ON, tuple(expected))


@pytest.mark.parametrize(("kind", "base"), [("INT", 0), ("FLOAT", 8)])
def test_spilling_and_reloading(machine: Machine, kind: str, base: int) -> None:
    chosen = list(product(range(8), (0, 1, 63)))
    places = [machine.spills_offset + 8 * spill for _, spill in chosen]
    spilling = [
        Program(f"_SPILL_{kind}", (number,), None, {"OPERAND0": place})
        for (number, _), place in zip(chosen, places, strict=True)
    ]
    reloading = [
        Program(f"_RELOAD_{kind}", (), number, {"OPERAND0": place})
        for (number, _), place in zip(chosen, places, strict=True)
    ]
    with machine.image(spilling + reloading) as image:
        reloads = image.addresses[len(chosen) :]
        for (number, spill), store, load in zip(chosen, image.addresses, reloads, strict=False):
            registers = list(REGISTERS)
            for bits in PATTERNS:
                registers[base + number] = bits
                assert machine.run(store, registers) == (WENT_ON, tuple(registers))
                assert machine.spills[spill] == bits
                expected = list(REGISTERS)
                expected[base + number] = bits
                assert machine.run(load, REGISTERS) == (WENT_ON, tuple(expected))


def test_constants_in_spill_slots_and_marks(machine: Machine) -> None:
    place = machine.spills_offset + 8 * 7
    programs = [
        Program("_SPILL_CONST", values={"OPERAND0": place, "OPERAND1": bits}) for bits in PATTERNS
    ]
    marking = [
        Program("_SPILLED_OBJECTS", values={"OPERAND0": mask, "OPERAND1": 0}) for mask in PATTERNS
    ]
    with machine.image(programs + marking) as image:
        for number, bits in enumerate(PATTERNS):
            assert machine.run(image.addresses[number], REGISTERS)[0] == WENT_ON
            assert machine.spills[7] == bits
            address = image.addresses[len(PATTERNS) + number]
            assert machine.run(address, REGISTERS) == (WENT_ON, tuple(REGISTERS))
            assert machine.spill_pointers[0] == bits


INTS_LIST, FLOATS_LIST, LISTS_LIST, RECORDS_LIST, VALUES_LIST, EMPTY_LIST = range(6)
KINDS = {
    "INT": INTS_LIST, "FLOAT": FLOATS_LIST, "LIST": LISTS_LIST, "RECORD": RECORDS_LIST,
    "VALUES": VALUES_LIST,
}  # fmt: skip
# Around the edges of a list of five elements, and far out.
INDEXES = [0, 1, 4, 5, 6, -1, -5, 2**31, -(2**31), 2**60, 2**61, INT_MAX, INT_MIN]


def elements_of(machine: Machine, count: int, wide: bool) -> list[int]:
    """Fill the machine's slots with elements; returns their bits."""
    values = [0x5A00 + 3 * n for n in range(count * (2 if wide else 1))]
    machine.slots[512 : 512 + 8 * len(values)] = struct.pack(f"<{len(values)}Q", *values)
    return values


def make_list(machine: Machine, packing: int, length: int, capacity: int) -> int:
    elements = machine.ffi.from_buffer(machine.slots)
    return machine.make_list(packing, length, capacity, elements + 512)


def test_checking_an_index(machine: Machine) -> None:
    address_of_list = make_list(machine, INTS_LIST, 5, 8)
    immediates = [number for number in INDEXES if -(2**31) <= number < 2**31]
    programs = [Program("_CHECK_INDEX", (6, 2))] + [
        Program("_CHECK_INDEX", (6, None), None, {"IMMEDIATE": number}) for number in immediates
    ]
    registers = list(REGISTERS)
    registers[6] = address_of_list
    with machine.image(programs) as image:
        for number in INDEXES:
            registers[2] = bits_of(number)
            way = WENT_ON if 0 <= number < 5 else EXIT
            assert machine.run(image.addresses[0], registers) == (way, tuple(registers))
        for number, address in zip(immediates, image.addresses[1:], strict=True):
            way = WENT_ON if 0 <= number < 5 else EXIT
            assert machine.run(address, registers) == (way, tuple(registers))


def address_of_elements(machine: Machine) -> int:
    return int(machine.ffi.cast("intptr_t", machine.ffi.from_buffer(machine.slots) + 512))


def test_where_the_elements_are(machine: Machine) -> None:
    chosen = list(product(range(8), range(8)))
    programs = [Program("_ELEMENTS", (source,), target) for source, target in chosen]
    with machine.image(programs) as image:
        for address, (source, target) in zip(image.addresses, chosen, strict=True):
            registers = list(REGISTERS)
            registers[source] = make_list(machine, INTS_LIST, 5, 8)
            way, after = machine.run(address, registers)
            registers[target] = address_of_elements(machine)
            assert (way, list(after)) == (WENT_ON, registers)


@pytest.mark.parametrize("kind", ["INTS", "FLOATS", "LISTS", "RECORDS"])
def test_reading_elements(machine: Machine, kind: str) -> None:
    name = f"_LOAD_{kind}"
    base = 8 if kind == "FLOATS" else 0
    values = elements_of(machine, 5, wide=False)
    variants = [v for v in machine.variants(name)[::5] if v.inputs[0] != v.inputs[1]]
    programs = [Program(name, v.inputs, v.output) for v in variants]
    with machine.image(programs) as image:
        for address, variant in zip(image.addresses, variants, strict=True):
            index, elements = variant.inputs
            assert elements is not None and index is not None and variant.output is not None
            for number in range(5):
                registers = list(REGISTERS)
                registers[elements], registers[index] = address_of_elements(machine), number
                way, after = machine.run(address, registers)
                registers[base + variant.output] = values[number]
                assert (way, list(after)) == (WENT_ON, registers)


def test_bools_in_lists(machine: Machine) -> None:
    programs = [
        Program("_LOAD_BOOLS", (2, 6), 4),
        Program("_GUARD_TRUE_LOAD_BOOLS", (2, 6)),
        Program("_GUARD_FALSE_LOAD_BOOLS", (2, 6)),
        Program("_STORE_BOOLS", (2, 6, 4)),
    ]
    bools = bytes([1, 0, 0, 1, 1])
    with machine.image(programs) as image:
        load, guard_true, guard_false, store = image.addresses
        for number, value in enumerate(bools):
            machine.slots[512:517] = bools
            registers = list(REGISTERS)
            registers[6], registers[2] = address_of_elements(machine), number
            for guard, way in ((guard_true, bool(value)), (guard_false, not value)):
                expected = WENT_ON if way else EXIT
                assert machine.run(guard, registers) == (expected, tuple(registers))
            loaded = [*registers[:4], value, *registers[5:]]
            assert machine.run(load, registers) == (WENT_ON, tuple(loaded))
            registers[4] = 1 - value
            assert machine.run(store, registers) == (WENT_ON, tuple(registers))
            changed = [*bools[:number], 1 - value, *bools[number + 1 :]]
            assert machine.slots[512:517] == bytes(changed)


@pytest.mark.parametrize("kind", ["INTS", "FLOATS", "LISTS", "RECORDS"])
def test_writing_elements(machine: Machine, kind: str) -> None:
    base = 8 if kind == "FLOATS" else 0
    with machine.image([Program(f"_STORE_{kind}", (2, 6, 4))]) as image:
        for number in range(5):
            values = elements_of(machine, 5, wide=False)
            registers = list(REGISTERS)
            registers[6], registers[2] = address_of_elements(machine), number
            way, after = machine.run(image.addresses[0], registers)
            assert (way, list(after)) == (WENT_ON, registers)
            values[number] = registers[base + 4]
            assert machine.slots[512:552] == struct.pack("<5Q", *values)


def test_elements_of_any_type(machine: Machine) -> None:
    values = elements_of(machine, 5, wide=True)
    slots = {"OUTPUT_SLOT": 35, "INPUT2_SLOT": 67}
    programs = [
        Program("_LOAD_VALUES", (2, 1), None, slots),
        Program("_STORE_VALUES", (2, 1), None, slots),
    ]
    with machine.image(programs) as image:
        get, put = image.addresses
        for number in range(5):
            registers = list(REGISTERS)
            registers[1], registers[2] = address_of_elements(machine), number
            assert machine.run(get, registers) == (WENT_ON, tuple(registers))
            machine.set_slot(67, 9, 100 + number)
            assert machine.run(put, registers) == (WENT_ON, tuple(registers))
            assert machine.slot(35) == tuple(values[2 * number : 2 * number + 2])
            assert machine.slot(512 + 16 * number) == (9, 100 + number)


@pytest.mark.parametrize("kind", KINDS)
def test_pushing_needs_room(machine: Machine, kind: str) -> None:
    inputs = (3,) if kind == "VALUES" else (3, 5)
    program = Program(f"_PUSH_LIST_{kind}", inputs, None, {"INPUT1_SLOT": 80})
    with machine.image([program]) as image:
        for length in (0, 1, 4, 5):
            registers = list(REGISTERS)
            registers[3] = make_list(machine, KINDS[kind], length, 5)
            machine.set_slot(80, 2, 1234)
            way, after = machine.run(image.addresses[0], registers)
            assert (way, list(after)) == (WENT_ON if length < 5 else EXIT, registers)
            assert machine.list_length() == min(length + 1, 5)
            if length == 5:
                continue
            if kind == "VALUES":
                assert machine.slot(512 + 16 * length) == (2, 1234)
            else:
                written = machine.slots[512 + 8 * length : 520 + 8 * length]
                assert written == struct.pack("<Q", registers[13 if kind == "FLOAT" else 5])


@pytest.mark.parametrize("kind", KINDS)
def test_refining_looks_at_the_packing(machine: Machine, kind: str) -> None:
    name = f"_REFINE_LIST_{kind}"
    programs = [Program(name, (number,)) for number in range(8)]
    with machine.image(programs) as image:
        for number, packing in product(range(8), range(6)):
            registers = list(REGISTERS)
            registers[number] = make_list(machine, packing, 0, 0)
            way = WENT_ON if packing == KINDS[kind] else EXIT
            assert machine.run(image.addresses[number], registers) == (way, tuple(registers))


def test_interrupt_is_seen(machine: Machine) -> None:
    with machine.image([Program("_CHECK_INTERRUPT")]) as image:
        for interrupt in (False, True, False):
            machine.set_interrupt(interrupt)
            way = EXIT if interrupt else WENT_ON
            assert machine.run(image.addresses[0], REGISTERS) == (way, tuple(REGISTERS))


def test_ends_of_traces(machine: Machine) -> None:
    with machine.image([Program("_LEAVE"), Program("_JUMP_TO_TOP")]) as image:
        leave, top = image.addresses
        way, after = machine.run(leave, REGISTERS)
        assert way in (EXIT, ERROR) and list(after) == REGISTERS
        assert machine.run(top, REGISTERS) == (TOP, tuple(REGISTERS))


def test_counting_and_recording(machine: Machine) -> None:
    counter = machine.ffi.new("uint64_t *", 2**32 - 1)
    record = machine.ffi.new("char[]", int(machine.lib.exit_size()))
    addresses = [int(machine.ffi.cast("uintptr_t", made)) for made in (counter, record)]
    programs = [
        Program("_COUNT_ITERATION", values={"OPERAND0": addresses[0]}),
        Program("_EXIT_TRACE", values={"OPERAND0": addresses[1]}),
    ]
    with machine.image(programs) as image:
        count, leave = image.addresses
        for expected in (2**32, 2**32 + 1):
            assert machine.run(count, REGISTERS) == (WENT_ON, tuple(REGISTERS))
            assert counter[0] == expected
        for expected in (1, 2):
            assert machine.run(leave, REGISTERS)[0] == RETURNED
            assert machine.lib.exit_count(record) == expected
            assert machine.exit_taken() == addresses[1]


SLOTS = ["INPUT0_SLOT", "INPUT1_SLOT", "INPUT2_SLOT", "OUTPUT_SLOT"]


def test_every_stencil_accepts_any_place(machine: Machine) -> None:
    """Slots far from the frame's start, and unaligned ones, fit the holes of all uops on slots."""
    understood = {*SLOTS, "EXIT_TARGET", "ERROR_TARGET", "SYMBOL", "CONTINUE"}
    values = dict.fromkeys(SLOTS, 512 * 16 + 7)
    programs = []
    for name in (uop.name for uop in UOPS if uop.has_stencils):
        variant = machine.variants(name)[0]
        program = Program(name, variant.inputs, variant.output, values)
        if {hole.value for hole in machine.stencil(program).holes} <= understood:
            programs.append(program)
    with machine.image(programs) as image:
        assert len(image.addresses) == len(programs) > 50
