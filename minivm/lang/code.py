"""What the front end hands on: a program's code objects and tables, as the runtime loads them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence


class FunctionReference:
    """A constant that is the function of that index."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index

    def __str__(self) -> str:
        return str(self.index)


Constant = None | bool | int | float | str | FunctionReference


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


class Handler:
    """What catches an error of the instructions at units `[start, end)`.

    The stack is cut to `depth` values, the error is put on top, and the instruction at `target` is
    next.
    """

    __slots__ = ("depth", "end", "start", "target")

    def __init__(self, start: int, end: int, target: int, depth: int) -> None:
        self.start = start
        self.end = end
        self.target = target
        self.depth = depth


class Code:
    """One function's instructions and what they need to run.

    `locals` names the slots, parameters first; the hidden slots of `for` loops are called "(for)".
    `max_stack` is how many operand stack slots the instructions need at most. `units` are 16-bit:
    opcodes, operands and inline caches (0). `positions` are sorted by offset, the first is at 0. Of
    `handlers` around one place the innermost comes first. A function value made by an instruction
    holds captured values: they become the locals right after the parameters.
    """

    __slots__ = (
        "constants",
        "handlers",
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
        handlers: Sequence[Handler] = (),
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
        self.handlers = handlers


class RecordType:
    """A record: its name, and its fields in order."""

    __slots__ = ("fields", "name")

    def __init__(self, name: str, fields: Sequence[str]) -> None:
        self.name = name
        self.fields = fields


class Generic:
    """A generic function: its effect, and its methods as (record, function), by index."""

    __slots__ = ("methods", "name", "parameters", "results")

    def __init__(self, name: str, parameters: int, results: int) -> None:
        self.name = name
        self.parameters = parameters
        self.results = results
        self.methods: list[tuple[int, int]] = []


class Test:
    """A `test "name" { … }`: a function that takes and leaves nothing, at `line` of `path`."""

    __slots__ = ("function", "line", "name", "path")

    def __init__(self, name: str, function: int, path: str, line: int) -> None:
        self.name = name
        self.function = function
        self.path = path
        self.line = line


class Program:
    """A compiled program.

    `functions[0]` is the main program, called "main", and `records[0]` the built-in record Error.
    `symbols` are the names of fields that instructions name by number, `words` those of the words
    of the host. `sources` has the text of each file by the path that positions call it.
    """

    __slots__ = ("functions", "generics", "records", "sources", "symbols", "tests", "words")

    def __init__(self) -> None:
        self.functions: list[Code] = []
        self.records: list[RecordType] = []
        self.generics: list[Generic] = []
        self.symbols: list[str] = []
        self.words: list[str] = []
        self.tests: list[Test] = []
        self.sources: dict[str, str] = {}

    def dis(self, function: str | None = None) -> str:
        """The instructions of all functions, or of the one that is called so, as text.

        Raises KeyError when there is none.
        """
        from minivm.listing.instructions import list_program

        lines = list_program(self, function or "")
        if not lines and function is not None:
            raise KeyError(function)
        return "\n".join(lines)


class Update:
    """The part of a program that a VM does not have yet.

    `functions` are new ones with their indices, `redefined` those that get other code; new symbols,
    records and generics begin at the numbers given. `methods` are (generic, record, function).
    """

    __slots__ = (
        "first_generic",
        "first_record",
        "first_symbol",
        "functions",
        "methods",
        "program",
        "redefined",
    )

    def __init__(
        self,
        program: Program,
        functions: list[tuple[int, Code]],
        redefined: list[tuple[int, Code]],
        first_symbol: int,
        first_record: int,
        first_generic: int,
        methods: list[tuple[int, int, int]],
    ) -> None:
        self.program = program
        self.functions = functions
        self.redefined = redefined
        self.first_symbol = first_symbol
        self.first_record = first_record
        self.first_generic = first_generic
        self.methods = methods
