"""The kinds of values that random programs reckon with, finer than the language's types.

In: nothing. Out: `Kind`, the simple kinds, and which kind may stand where another is wanted. The
kinds only keep programs from failing at every other word; nothing in a program declares them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    `parts` are the elements' kinds of a list (one) or map (key, value), the inputs of a function;
    `results` its outputs. A function of level n calls function values below n only, which bounds
    how much work a call is. `label` is a record's name.
    """

    name: str
    parts: tuple[Kind, ...] = ()
    results: tuple[Kind, ...] = ()
    level: int = 0
    label: str = ""


NIL = Kind("nil")
INT = Kind("int")
FLOAT = Kind("float")
NUMBER = Kind("number")  # int or float
BOOL = Kind("bool")
STRING = Kind("string")
ANY = Kind("any")  # any of the above
RANGE = Kind("range")  # a short one
SHAPE = Kind("shape")  # a record of any type

# What variables, parameters and fields are made of most of the time.
SCALARS = (INT, FLOAT, NUMBER, BOOL, STRING, ANY)


def list_of(element: Kind) -> Kind:
    return Kind("list", (element,))


def map_of(key: Kind, value: Kind) -> Kind:
    return Kind("map", (key, value))


def record_of(label: str) -> Kind:
    return Kind("record", label=label)


def function_of(inputs: tuple[Kind, ...], results: tuple[Kind, ...], level: int) -> Kind:
    return Kind("function", inputs, results, level)


def fits(found: Kind, wanted: Kind) -> bool:
    """Whether a `found` may stand where a `wanted` is expected."""
    if found == wanted:
        return True
    if wanted == NUMBER:
        return found in (INT, FLOAT)
    if wanted == ANY:
        return found == NIL or found in SCALARS
    if wanted == SHAPE:
        return found.name == "record"
    if wanted.name == "function" and found.name == "function":
        same_effect = (found.parts, found.results) == (wanted.parts, wanted.results)
        return same_effect and found.level <= wanted.level
    return False
