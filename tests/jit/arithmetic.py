"""What uops compute, said in Python's own arithmetic: the expectations of the stencils' tests.

In: a uop's inputs as Python ints, bools and floats. Out: its result, or None where it has to exit;
True from a guard that lets pass.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
Result = Any


def wrapped(number: int) -> int:
    """The number in 64 bits, two's complement."""
    return (number + 2**63) % 2**64 - 2**63


def _exact(number: int) -> int | None:
    return number if INT_MIN <= number <= INT_MAX else None


def _by_zero(number: float, zero: float) -> float:
    if number == 0 or math.isnan(number):
        return math.nan
    return math.copysign(math.inf, number) * math.copysign(1.0, zero)


def _truncated(number: float) -> bool:
    return -9e18 < number < 9e18


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda a, b: a == b,
    "NE": lambda a, b: a != b,
    "LT": lambda a, b: a < b,
    "LE": lambda a, b: a <= b,
    "GT": lambda a, b: a > b,
    "GE": lambda a, b: a >= b,
}


def _step_stop(start: int, end: int, step: int) -> int | None:
    """The first of start, start + step, … that is not below `end`."""
    if not (0 < step < 2**61 and all(-(2**61) <= bound < 2**61 for bound in (start, end))):
        return None
    return start + max(0, -((start - end) // step)) * step


def _guard(compare: Callable[[Any, Any], bool], expected: bool) -> Callable[[Any, Any], Result]:
    return lambda a, b: True if compare(a, b) == expected else None


RESULTS: dict[str, Callable[..., Result]] = {
    "_ADD_INT": lambda a, b: _exact(a + b),
    "_SUB_INT": lambda a, b: _exact(a - b),
    "_MUL_INT": lambda a, b: _exact(a * b),
    "_FLOORDIV_INT": lambda a, b: None if b in (0, -1) else a // b,
    "_MOD_INT": lambda a, b: None if b in (0, -1) else a % b,
    "_FLOORDIV_NATURAL": lambda a, b: a // b if b else None,
    "_MOD_NATURAL": lambda a, b: a % b if b else None,
    "_NEG_INT": lambda a: _exact(-a),
    "_ABS_INT": lambda a: _exact(abs(a)),
    "_MIN_INT": min,
    "_MAX_INT": max,
    "_ADD_WRAP_INT": lambda a, b: wrapped(a + b),
    "_SUB_WRAP_INT": lambda a, b: wrapped(a - b),
    "_MUL_WRAP_INT": lambda a, b: wrapped(a * b),
    "_AND_INT": lambda a, b: a & b,
    "_OR_INT": lambda a, b: a | b,
    "_XOR_INT": lambda a, b: a ^ b,
    "_SHIFT_LEFT_INT": lambda a, b: wrapped(a << b) if 0 <= b <= 63 else None,
    "_SHIFT_RIGHT_INT": lambda a, b: a >> b if 0 <= b <= 63 else None,
    "_INVERT_INT": lambda a: ~a,
    "_MOVE_INT": lambda a: a,
    "_STEP_STOP_UP": _step_stop,
    "_NOT_BOOL": lambda a: not a,
    "_AND_BOOL": lambda a, b: a and b,
    "_OR_BOOL": lambda a, b: a or b,
    "_EQ_BOOL": lambda a, b: a == b,
    "_NE_BOOL": lambda a, b: a != b,
    "_EQ_CHARACTER": lambda a, b: a == b,
    "_NE_CHARACTER": lambda a, b: a != b,
    "_INT_TO_FLOAT": float,
    "_TO_FLOAT_INT": float,
    "_ADD_FLOAT": lambda a, b: a + b,
    "_SUB_FLOAT": lambda a, b: a - b,
    "_MUL_FLOAT": lambda a, b: a * b,
    "_DIV_FLOAT": lambda a, b: a / b if b != 0 else None,
    "_NEG_FLOAT": lambda a: -a,
    "_ABS_FLOAT": abs,
    "_MIN_FLOAT": lambda a, b: b if b < a else a,
    "_MAX_FLOAT": lambda a, b: b if b > a else a,
    "_DIV_FLOAT_UNCHECKED": lambda a, b: a / b if b != 0 else _by_zero(a, b),
    "_SQRT_FLOAT_UNCHECKED": lambda a: a if a == 0 else math.sqrt(a) if a > 0 else math.nan,
    "_SQRT_FLOAT": lambda a: math.sqrt(a) if a >= 0 else None,
    "_FLOOR_FLOAT": lambda a: math.floor(a) if _truncated(a) else None,
    "_CEIL_FLOAT": lambda a: math.ceil(a) if _truncated(a) else None,
    "_TO_INT_FLOAT": lambda a: int(a) if _truncated(a) else None,
    "_MOVE_FLOAT": lambda a: a,
    "_GUARD_TRUE": lambda a: True if a else None,
    "_GUARD_FALSE": lambda a: None if a else True,
    "_ASSERT_BOOL": lambda a: True if a else None,
    "_REFINE_NATURAL": lambda a: True if a >= 0 else None,
    **{f"_{name}_INT": compare for name, compare in _COMPARISONS.items()},
    **{f"_{name}_FLOAT": compare for name, compare in _COMPARISONS.items()},
    **{
        f"_GUARD_{str(expected).upper()}_{name}_{type_name}": _guard(compare, expected)
        for expected in (True, False)
        for name, compare in _COMPARISONS.items()
        for type_name in ("INT", "FLOAT")
    },
    **{
        f"_GUARD_{str(expected).upper()}_{name}_CHARACTER": _guard(_COMPARISONS[name], expected)
        for expected in (True, False)
        for name in ("EQ", "NE")
    },
}

_random = random.Random(20)
INTS = [
    0, 1, -1, 2, -2, 7, -7, 63, 64, 255, 256, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**32,
    2**53 + 1, INT_MAX, INT_MAX - 1, INT_MIN, INT_MIN + 1,
    *(_random.randrange(INT_MIN, INT_MAX + 1) >> _random.randrange(0, 60) for _ in range(6)),
]  # fmt: skip
FLOATS = [
    0.0, -0.0, 1.0, -1.0, 0.5, -3.75, 1e300, -1e300, 5e-324, 2.0**53, 9e18, -9e18, 9.1e18, 1e-300,
    math.inf, -math.inf, math.nan, 1.7976931348623157e308,
    *(_random.uniform(-1e6, 1e6) for _ in range(4)),
]  # fmt: skip
VALUES: dict[str, list[Any]] = {
    "int": INTS,
    "natural": [number for number in INTS if number >= 0],
    "bool": [False, True],
    "float": FLOATS,
    # Their addresses, which are not followed.
    "string": INTS,
    "character": INTS,
}
# At the edges of what an instruction can hold.
IMMEDIATES = [0, 1, -1, 2, 63, 127, 128, -128, -129, 1000003, 2**31 - 1, -(2**31)]
