"""Stencils of pure uops and of guards: results and exits against Python's arithmetic."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import pytest

from minivm.generate.variants import Variant
from minivm.generated.uop_table import UOPS
from minivm.jit.uop import UopInfo
from tests.jit.arithmetic import FLOATS, IMMEDIATES, INT_MAX, INTS, RESULTS, VALUES, wrapped
from tests.jit.machine import EXIT, WENT_ON, Machine, Program

BY_NAME = {uop.name: uop for uop in UOPS}
IN_REGISTERS = [name for name in RESULTS if "spilled" not in BY_NAME[name].flags]
SPILLED = [name for name in RESULTS if "spilled" in BY_NAME[name].flags]
WITH_IMMEDIATE = [name for name in IN_REGISTERS if "immediate" in BY_NAME[name].flags]
# Tried with every choice of registers; the others with some.
THOROUGH = ("_ADD_INT", "_MOD_INT", "_MUL_FLOAT", "_INT_TO_FLOAT", "_GUARD_TRUE_LT_INT")

# What stands in registers nobody set.
REGISTERS = [0x0F0E0D0C0B0A0908 * (number + 1) for number in range(16)]


def bits_of(value: int | float) -> int:
    if isinstance(value, float):
        (bits,) = struct.unpack("<Q", struct.pack("<d", value))
        return int(bits)
    return int(value) % 2**64


def is_vector(type_name: str | None) -> bool:
    return type_name == "float"


def places(uop: UopInfo, variant: Variant) -> list[int | None]:
    """Where each input stands among the sixteen registers; None is the immediate."""
    typed = [name for name in uop.inputs if name is not None]
    return [
        None if register is None else register + 8 * is_vector(name)
        for name, register in zip(typed, variant.inputs, strict=True)
    ]


def some(variants: Sequence[Variant], thorough: bool) -> list[Variant]:
    """All of them, or the first, the last, one with a register twice, and three at random."""
    if thorough:
        return list(variants)
    twice = [v for v in variants if len(v.inputs) > 1 and v.inputs[0] == v.inputs[1]]
    chosen = [variants[0], variants[-1], *twice[3:4]]
    return chosen + random.Random(len(variants)).sample(list(variants), 3)


def check(
    machine: Machine, uop: UopInfo, variant: Variant, address: Any, inputs: Sequence[Any]
) -> None:
    """One run: the right way, the right result, and nothing else changed."""
    registers = list(REGISTERS)
    for place, value in zip(places(uop, variant), inputs, strict=True):
        if place is not None:
            registers[place] = bits_of(value)
    way, after = machine.run(address, registers)
    expected = RESULTS[uop.name](*inputs)
    shown = (uop.name, variant, inputs, expected)
    assert way == (EXIT if expected is None else WENT_ON), shown
    if expected is not None and variant.output is not None:
        output = variant.output + 8 * is_vector(uop.output)
        if isinstance(expected, float) and math.isnan(expected):
            assert math.isnan(struct.unpack("<d", struct.pack("<Q", after[output]))[0]), shown
            registers[output] = after[output]
        else:
            registers[output] = bits_of(expected)
    assert list(after) == registers, shown


def cases(
    uop: UopInfo, variant: Variant, values: Sequence[Sequence[Any]]
) -> Iterable[Sequence[Any]]:
    """The inputs to try; those in one register are the same."""
    where = places(uop, variant)
    for inputs in product(*values):
        same = len(where) == 2 and where[0] == where[1]
        if not same or bits_of(inputs[0]) == bits_of(inputs[1]):
            yield inputs


def few(values: Sequence[Any]) -> Sequence[Any]:
    return [*values[:3], *values[-5::2]]


@pytest.mark.parametrize("name", IN_REGISTERS)
def test_results_and_exits(machine: Machine, name: str) -> None:
    uop = BY_NAME[name]
    every = [v for v in machine.variants(name) if None not in v.inputs]
    variants = some(every, name in THOROUGH)
    programs = [Program(name, variant.inputs, variant.output) for variant in variants]
    values = [VALUES[type_name] for type_name in uop.inputs if type_name]
    with machine.image(programs) as image:
        for number, variant in enumerate(variants):
            # Every value with two choices of registers, a few with the others.
            tried = values if number < 2 else [few(column) for column in values]
            for inputs in cases(uop, variant, tried):
                check(machine, uop, variant, image.addresses[number], inputs)


# clang loads the constant of these with an instruction that extends it with zeros.
UNSIGNED = ("_MUL_INT", "_SUB_WRAP_INT", "_MUL_WRAP_INT", "_AND_INT", "_OR_INT", "_XOR_INT")


def with_immediates(
    machine: Machine, name: str, immediates: Sequence[int]
) -> tuple[list[Program], list[tuple[Variant, int]]]:
    """The uop with some choices of registers and each of the immediates."""
    variants = [v for v in machine.variants(name) if None in v.inputs]
    chosen = list(product(variants[::3], immediates))
    programs = [
        Program(name, variant.inputs, variant.output, {"IMMEDIATE": immediate})
        for variant, immediate in chosen
    ]
    return programs, chosen


@pytest.mark.parametrize("name", WITH_IMMEDIATE)
def test_immediates(machine: Machine, name: str) -> None:
    uop = BY_NAME[name]
    fitting = [n for n in IMMEDIATES if n >= 0 or name not in UNSIGNED]
    programs, chosen = with_immediates(machine, name, fitting)
    with machine.image(programs) as image:
        for address, (variant, immediate) in zip(image.addresses, chosen, strict=True):
            for value in INTS:
                check(machine, uop, variant, address, (value, immediate))


@pytest.mark.parametrize("name", SPILLED)
def test_spilled_results(machine: Machine, name: str) -> None:
    uop = BY_NAME[name]
    *places, result = 0, 63, 7, 5
    holes = ("INPUT0_SPILL", "INPUT1_SPILL", "INPUT2_SPILL", "OUTPUT_SPILL")
    values = {
        hole: machine.spills_offset + 8 * spill
        for hole, spill in zip(holes, (*places, result), strict=True)
    }
    with machine.image([Program(name, values=values)]) as image:
        for inputs in product(*(VALUES[type_name] for type_name in uop.inputs if type_name)):
            for spill, value in zip(places, inputs, strict=False):
                machine.spills[spill] = bits_of(value)
            way, after = machine.run(image.addresses[0], REGISTERS)
            expected = RESULTS[name](*inputs)
            assert way == (EXIT if expected is None else WENT_ON), inputs
            assert list(after) == REGISTERS
            assert expected is None or machine.spills[result] == bits_of(expected), inputs


@pytest.mark.parametrize("name", UNSIGNED)
def test_negative_immediates(machine: Machine, name: str) -> None:
    """Every constant of 32 bits should fit: else the trace that has it is given up."""
    programs, _ = with_immediates(machine, name, [n for n in IMMEDIATES if n < 0])
    machine.image(programs)


CALLING = ["_MOD_FLOAT", "_FLOORDIV_FLOAT"]


@pytest.mark.parametrize("name", CALLING)
def test_calls_hand_over_arguments_and_result(machine: Machine, name: str) -> None:
    """The shim's stand-in for the C function gives `left * 4 + right`."""
    offset = machine.spills_offset
    values = {f"{item}_SPILL": offset + 8 * n for n, item in enumerate(("INPUT0", "INPUT1"))}
    values["OUTPUT_SPILL"] = offset + 8 * 2
    with machine.image([Program(name, values=values)]) as image:
        for left, right in product(FLOATS, FLOATS):
            machine.spills[0], machine.spills[1] = bits_of(left), bits_of(right)
            way, _ = machine.run(image.addresses[0], REGISTERS)
            assert way == (EXIT if right == 0 else WENT_ON)
            # What an exit needs is in spill slots here: no register has to be as it was.
            if right != 0 and not math.isnan(left * 4 + right):
                assert machine.spills[2] == bits_of(left * 4 + right)


DIVISORS = [2, 3, 5, 7, 10, 64, 641, 1000003, 2**31, 2**32 + 1, 2**62, 2**62 + 1, INT_MAX]


def multiplier(divisor: int) -> tuple[int, int]:
    """`magic` and `shift` with `n // divisor == n * magic >> 64 >> shift` for 0 <= n < 2**63."""
    shift = (divisor - 1).bit_length() - 1
    return 2 ** (64 + shift) // divisor + 1, shift


def by_constants() -> Iterator[tuple[str, dict[str, int], Any]]:
    """Uop, operands and the function of the one input."""
    for count in (0, 1, 5, 31, 32, 63):
        yield "_SHIFT_LEFT_INT_BY", {"count": count}, lambda n, c=count: n << c
        yield "_SHIFT_RIGHT_INT_BY", {"count": count}, lambda n, c=count: n >> c
    for divisor in DIVISORS:
        # Powers of two: the least multiplier would be 2**64.
        magic, shift = multiplier(divisor)
        operands = {"magic": magic, "shift": shift, "divisor": divisor}
        if magic < 2**64:
            for kind in ("INT", "NATURAL"):
                yield f"_FLOORDIV_{kind}_BY", operands, lambda n, d=divisor: n // d
                yield f"_MOD_{kind}_BY", operands, lambda n, d=divisor: n % d
        if divisor & (divisor - 1) == 0:
            yield "_MOD_INT_MASK", {"mask": divisor - 1}, lambda n, d=divisor: n % d


def test_division_by_constants(machine: Machine) -> None:
    chosen = []
    for name, operands, function in by_constants():
        holes = {f"OPERAND{n}": operands[o] for n, o in enumerate(BY_NAME[name].operands)}
        for variant in machine.variants(name)[::4]:
            chosen.append((Program(name, variant.inputs, variant.output, holes), function))
    with machine.image([program for program, _ in chosen]) as image:
        for address, (program, function) in zip(image.addresses, chosen, strict=True):
            kind = BY_NAME[program.uop].inputs[0] or ""
            for value in VALUES[kind] + [n for d in DIVISORS for n in (d - 1, d)]:
                (register,) = program.registers
                assert register is not None and program.output is not None
                registers = list(REGISTERS)
                registers[register] = bits_of(value)
                way, after = machine.run(address, registers)
                registers[program.output] = bits_of(wrapped(function(value)))
                assert (way, list(after)) == (WENT_ON, registers), (program, value)


def test_every_computing_uop_is_covered() -> None:
    """A new uop over registers needs an expectation in arithmetic.py, or a place below."""
    elsewhere = {
        "_CONST_INT", "_CONST_FLOAT", *CALLING, *(name for name, _, _ in by_constants()),
        # These read a list: test_stencils_in_memory.py.
        "_GUARD_TRUE_LOAD_BOOLS", "_GUARD_FALSE_LOAD_BOOLS",
    }  # fmt: skip
    computing = {
        uop.name
        for uop in UOPS
        if uop.has_stencils
        and ("pure" in uop.flags or uop.name.startswith("_GUARD_"))
        and not ("calls" in uop.flags and len(uop.inputs) == 1)
    }
    assert computing - set(RESULTS) == elsewhere
