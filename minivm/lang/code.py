"""What the front end hands on: code objects, as the runtime loads them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

Constant = None | bool | int | float | str


@dataclass(eq=False)
class Position:
    """Where the instruction at unit `offset` stands in the source.

    Lines and columns count from 1, columns in code points; `end_column` is exclusive.
    """

    __slots__ = ("column", "end_column", "line", "offset")

    offset: int
    line: int
    column: int
    end_column: int


@dataclass(eq=False)
class Code:
    """One function's instructions and what they need to run.

    `locals` names the slots, parameters first; the hidden slots of `for` loops are called "(for)".
    `max_stack` is how many operand stack slots the instructions need at most. `units` are 16-bit:
    opcodes, operands and inline caches (0). `positions` are sorted by offset, the first is at 0.
    """

    name: str
    path: str
    parameters: int
    results: int
    locals: list[str]
    max_stack: int
    units: array[int]
    constants: list[Constant]
    positions: list[Position]


# All functions of a program; the first is the main program, called "main".
Program = list[Code]
