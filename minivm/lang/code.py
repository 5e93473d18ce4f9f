"""What the front end hands on: code objects, as the runtime loads them."""

from __future__ import annotations

from array import array

Constant = None | bool | int | float | str


class Position:
    """Where the instruction at unit `offset` stands in the source.

    Lines and columns count from 1, columns in code points; `end_column` is exclusive.
    """

    __slots__ = ("column", "end_column", "line", "offset")

    def __init__(self, offset: int, line: int, column: int, end_column: int) -> None:
        self.offset = offset
        self.line = line
        self.column = column
        self.end_column = end_column


class Code:
    """One function's instructions and what they need to run.

    `locals` names the slots, parameters first; the hidden slots of `for` loops are called "(for)".
    `max_stack` is how many operand stack slots the instructions need at most. `units` are 16-bit:
    opcodes, operands and inline caches (0). `positions` are sorted by offset, the first is at 0.
    """

    __slots__ = (
        "constants",
        "locals",
        "max_stack",
        "name",
        "parameters",
        "path",
        "positions",
        "results",
        "units",
    )

    def __init__(
        self,
        name: str,
        path: str,
        parameters: int,
        results: int,
        locals: list[str],
        max_stack: int,
        units: array[int],
        constants: list[Constant],
        positions: list[Position],
    ) -> None:
        self.name = name
        self.path = path
        self.parameters = parameters
        self.results = results
        self.locals = locals
        self.max_stack = max_stack
        self.units = units
        self.constants = constants
        self.positions = positions


# All functions of a program; the first is the main program, called "main".
Program = list[Code]
