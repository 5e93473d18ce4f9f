"""The word `format` against Python's format: the same text for the same number and specification.

In: numbers and specifications, chosen and at random (by a fixed seed). Out: the same from both.
"""

from __future__ import annotations

import random
import struct

from minivm.lang import compile_source
from minivm.machine import CAPTURE, Machine

_INTS = [0, 1, -1, 7, 999, 1000, -1000, 12345, 1234567, -(2**63), 2**63 - 1, 10**15]
_FLOATS = [0.0, -0.0, 1.0, 0.5, 2.5, 9.99, 99.5, 0.1, 1e-4, 1e-5, 123456.0, 1e15, 1e16, 1e22, 1e300]
_FLOATS += [
    5e-324,
    1.7976931348623157e308,
    -1234.5678,
    1 / 3,
    float("inf"),
    float("-inf"),
    float("nan"),
]
_CASES = 4000


def _random_float(source: random.Random) -> float:
    if source.random() < 0.5:
        return round(source.uniform(-1e7, 1e7), source.randrange(8))
    number: float = struct.unpack("d", source.randbytes(8))[0]
    return number


def _random_spec(source: random.Random, types: str, has_digits: bool) -> str:
    kind = source.choice(["", *types])
    align = source.choice(["", "", "", "<", ">", "^", "*<", "日>", "0^"])
    spec = align + source.choice(["", "+"]) + source.choice(["", "0"])
    spec += source.choice(["", "5", "12", "20", "33"])
    spec += "," if kind not in list("xXbo") and source.random() < 0.4 else ""
    if has_digits and source.random() < 0.6:
        spec += f".{source.choice([0, 1, 2, 3, 6, 10, 17, 40])}"
    return spec + kind


def _cases() -> list[tuple[int | float, str]]:
    source = random.Random(20)
    cases: list[tuple[int | float, str]] = []
    for _ in range(_CASES):
        if source.random() < 0.4:
            integer = source.choice([*_INTS, source.randrange(-(10**9), 10**9)])
            cases.append((integer, _random_spec(source, "dxXbo", has_digits=False)))
        elif source.random() < 0.2:
            cases.append((source.choice(_INTS), _random_spec(source, "efg%", True)))
        else:
            number = source.choice([*_FLOATS, _random_float(source), _random_float(source)])
            cases.append((number, _random_spec(source, "efg%", has_digits=True)))
    # An int without a type takes no digits, and Python's is not limited to 64 bits.
    return [
        (n, s) for n, s in cases if not (isinstance(n, int) and "." in s and s[-1] not in "efg%")
    ]


def _literal(number: int | float) -> str:
    return f'"{number!r}" {"int" if isinstance(number, int) else "float"}'


def test_numbers_are_formatted_as_by_python() -> None:
    cases = _cases()
    text = "\n".join(f'"{{:{spec}}}" [ {_literal(n)} ] format print' for n, spec in cases)
    with Machine(output=CAPTURE) as vm:
        vm.load(compile_source(text, "format.mvm"))
        vm.run()
        found = vm.captured().decode("utf-8").split("\n")
    wrong = [
        f"{number!r} as {spec!r}: {mine!r}, in Python {format(number, spec)!r}"
        for (number, spec), mine in zip(cases, found, strict=False)
        if mine != format(number, spec)
    ]
    assert not wrong, "\n".join(wrong[:20])
    assert len(cases) > _CASES * 0.8


def _hard_floats(source: random.Random) -> list[float]:
    """Floats near what the fast ways of writing them take: short decimals, ties, and others."""
    short = [source.randrange(10**15) / 10 ** source.randrange(23) for _ in range(500)]
    ties = [source.randrange(-(10**6), 10**6) / 2 ** source.randrange(20) for _ in range(500)]
    large = [float(source.randrange(2**53) << source.randrange(12)) for _ in range(200)]
    return [*_FLOATS, *short, *ties, *large, *(_random_float(source) for _ in range(500))]


def test_floats_are_printed_and_rounded_as_by_python() -> None:
    source = random.Random(21)
    cases = [(number, source.choice([0, 1, 2, 6, 15, 19, 20])) for number in _hard_floats(source)]
    text = "\n".join(f"{_literal(n)} print {_literal(n)} {d} fixed print" for n, d in cases)
    with Machine(output=CAPTURE) as vm:
        vm.load(compile_source(text, "fixed.mvm"))
        vm.run()
        found = vm.captured().decode("utf-8").split("\n")
    expected = [line for n, d in cases for line in (repr(n), f"{n:.{d}f}")]
    wrong = [pair for pair in zip(found, expected, strict=False) if pair[0] != pair[1]]
    assert not wrong, wrong[:20]
