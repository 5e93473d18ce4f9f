"""`minivm.CodeBuilder`: programs made instruction by instruction, for other front ends.

In: instructions, labels, constants, locals, positions. Out: a `Program` that the verifier passed.

    builder = CodeBuilder("sum.lang")
    add = builder.function("add", ["a", "b"], results=1)
    add.emit("LOAD_LOCAL", "a")
    add.emit("LOAD_LOCAL", "b")
    add.emit("ADD")
    add.emit("RETURN")
    minivm.VM().run(builder.build())

docs/uops.md lists the instructions.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from minivm.generated.instruction_table import INSTRUCTIONS, RECORDS
from minivm.lang.code import (
    Code,
    Constant,
    FunctionReference,
    Generic,
    Handler,
    Position,
    Program,
    RecordType,
)
from minivm.verifier import VerifyError
from minivm.verifier.program import measure

_MOST = 0xFFFF
_SMALL = range(-(2**15), 2**15)


class Label:
    """A place in a function, to jump to. It may be used before it is placed."""

    __slots__ = ("offset",)

    def __init__(self) -> None:
        self.offset: int | None = None


class FunctionBuilder:
    """One function; `CodeBuilder.function` makes it. Its first instruction, ENTER, is there."""

    def __init__(
        self,
        builder: CodeBuilder,
        index: int,
        name: str,
        parameters: Sequence[str],
        captures: Sequence[str],
        results: int,
    ) -> None:
        self.index = index
        self.name = name
        self.parameters = len(parameters)
        self.results = results
        self._builder = builder
        self._locals = [*parameters, *captures]
        self._constants: list[Constant] = []
        self._constant_numbers: dict[tuple[type, str], int] = {}
        self._emitted: list[tuple[str, tuple[int | Label, ...], Position]] = []
        self._handlers: list[tuple[Label, Label, Label, int]] = []
        self._size = 0
        self._place = (1, 1, 2)
        self.emit("ENTER")

    def local(self, name: str) -> int:
        """The slot of a new local."""
        self._locals.append(name)
        return len(self._locals) - 1

    def slot(self, name: str) -> int:
        """The slot of the newest local of that name. Raises KeyError."""
        for slot in reversed(range(len(self._locals))):
            if self._locals[slot] == name:
                return slot
        raise KeyError(name)

    def constant(self, value: Constant | FunctionBuilder) -> int:
        """The number of a constant; equal ones of the same type share it."""
        if isinstance(value, FunctionBuilder):
            value = FunctionReference(value.index)
        # As text, 0.0 and -0.0 differ, as they must.
        key = (type(value), repr(value) if isinstance(value, float) else str(value))
        if key not in self._constant_numbers:
            self._constant_numbers[key] = len(self._constants)
            self._constants.append(value)
        return self._constant_numbers[key]

    def at(self, line: int, column: int = 1, end_column: int | None = None) -> None:
        """What is emitted from now on stands there in the source; all count from 1."""
        self._place = (line, column, column + 1 if end_column is None else end_column)

    def emit(self, name: str, *operands: int | str | Label | FunctionBuilder) -> None:
        """One more instruction.

        A local may be given by its name, a jump's target by its label, a function by its builder.
        Raises ValueError for an unknown instruction or another number of operands.
        """
        instruction = INSTRUCTIONS.get(name)
        if instruction is None:
            raise ValueError(f"there is no instruction {name!r}")
        if len(operands) != len(instruction.operands):
            wanted = " ".join(operand.name for operand in instruction.operands) or "none"
            raise ValueError(f"{name} takes the operands {wanted}: {len(operands)} were given")
        position = Position(self._size, *self._place)
        self._emitted.append((name, tuple(map(self._operand, operands)), position))
        self._size += instruction.units

    def push(self, value: Constant | FunctionBuilder) -> None:
        """An instruction that puts a constant on the stack."""
        if isinstance(value, int) and not isinstance(value, bool) and value in _SMALL:
            self.emit("LOAD_INT", value & 0xFFFF)
        else:
            self.emit("LOAD_CONST", self.constant(value))

    def place(self, label: Label) -> Label:
        """The next instruction is where the label is."""
        label.offset = self._size
        return label

    def here(self) -> Label:
        """A label at the next instruction."""
        return self.place(Label())

    def catch(self, start: Label, end: Label, target: Label, depth: int = 0) -> None:
        """An error between `start` and `end` goes on at `target`.

        There the stack has the lowest `depth` values that were there and the Error on top. Of what
        covers the same place, what is given first comes first: give inner ones first.
        """
        self._handlers.append((start, end, target, depth))

    def _operand(self, operand: int | str | Label | FunctionBuilder) -> int | Label:
        if isinstance(operand, str):
            return self.slot(operand)
        return operand.index if isinstance(operand, FunctionBuilder) else operand

    def finish(self) -> Code:
        """The code, with as much room for the stack as there can be."""
        units = array("H")
        for name, operands, _ in self._emitted:
            units.extend(self._encoded(name, operands, len(units)))
        return Code(
            name=self.name,
            path=self._builder.path,
            parameters=self.parameters,
            results=self.results,
            locals=list(self._locals),
            max_stack=_MOST,
            units=units,
            constants=list(self._constants),
            positions=[position for _, _, position in self._emitted],
            handlers=[
                Handler(self._offset(start), self._offset(end), self._offset(target), depth)
                for start, end, target, depth in self._handlers
            ],
        )

    def _encoded(self, name: str, operands: tuple[int | Label, ...], offset: int) -> list[int]:
        instruction = INSTRUCTIONS[name]
        units = [instruction.opcode] + [0] * (instruction.units - 1)
        for place, operand in zip(instruction.operands, operands, strict=True):
            value = operand
            if isinstance(value, Label):
                value = self._offset(value) - (offset + instruction.units)
            smallest, largest = -(2 ** (place.bits - 1)), 2**place.bits - 1
            if not isinstance(value, int) or not smallest <= value <= largest:
                cause = f"the operand {place.name} can't be {operand!r}"
                raise VerifyError(cause, self.name, offset, name)
            units[place.unit] = value & 0xFFFF
            if place.bits == 32:
                units[place.unit + 1] = value >> 16 & 0xFFFF
        return units

    def _offset(self, label: Label) -> int:
        if label.offset is None:
            raise VerifyError("a label that is used has not been placed", self.name)
        return label.offset


class CodeBuilder:
    """A program in the making. `main` is its main program; `path` is how errors call its source."""

    def __init__(self, path: str = "<built>") -> None:
        self.path = path
        self._program = Program()
        self._program.records = [RecordType(name, fields) for name, fields in RECORDS.items()]
        for fields in RECORDS.values():
            for field in fields:
                self.symbol(field)
        self._functions: list[FunctionBuilder] = []
        self.main = self.function("main")

    def function(
        self,
        name: str,
        parameters: Sequence[str] = (),
        results: int = 0,
        captures: Sequence[str] = (),
    ) -> FunctionBuilder:
        """A new function. `captures` are locals that MAKE_CLOSURE sets, behind the parameters."""
        index = len(self._functions)
        self._functions.append(FunctionBuilder(self, index, name, parameters, captures, results))
        return self._functions[-1]

    def record(self, name: str, fields: Sequence[str]) -> int:
        """The number of a new record, for NEW_RECORD."""
        for field in fields:
            self.symbol(field)
        self._program.records.append(RecordType(name, tuple(fields)))
        return len(self._program.records) - 1

    def symbol(self, name: str) -> int:
        """The number of a field's name, for GET_FIELD and SET_FIELD."""
        symbols = self._program.symbols
        if name not in symbols:
            symbols.append(name)
        return symbols.index(name)

    def generic(self, name: str, parameters: int, results: int) -> int:
        """The number of a new generic function, for CALL_GENERIC."""
        self._program.generics.append(Generic(name, parameters, results))
        return len(self._program.generics) - 1

    def method(self, generic: int, record: int, function: FunctionBuilder) -> None:
        """What the generic function calls for records of that number."""
        self._program.generics[generic].methods.append((record, function.index))

    def word(self, name: str, parameters: Sequence[str], results: int) -> FunctionBuilder:
        """A function that runs a word of the host; the VM must have it registered."""
        words = self._program.words
        if name not in words:
            words.append(name)
        wrapper = self.function(name, parameters, results)
        wrapper.emit("HOST", words.index(name))
        wrapper.emit("RETURN")
        return wrapper

    def build(self) -> Program:
        """The program, so far. Raises VerifyError for what could crash a VM."""
        program = self.unverified()
        for code, deepest in zip(program.functions, measure(program), strict=True):
            handled = [handler.depth + 1 for handler in code.handlers]
            code.max_stack = max(deepest, code.results, *handled, 0)
        return program

    def unverified(self) -> Program:
        """The program, so far, with as much room for stacks as there can be; not to be run."""
        program = Program()
        program.functions = [function.finish() for function in self._functions]
        program.records = list(self._program.records)
        program.symbols = list(self._program.symbols)
        program.words = list(self._program.words)
        for generic in self._program.generics:
            copy = Generic(generic.name, generic.parameters, generic.results)
            copy.methods = list(generic.methods)
            program.generics.append(copy)
        return program
