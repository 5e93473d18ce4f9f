"""The program in the making: its functions, records, generics and symbols, by number.

In: what the files of a program declare, and code as it is lowered. Out: the `Program`. A session
adds to it entry after entry.
"""

from __future__ import annotations

from minivm.generated.instruction_table import RECORDS
from minivm.lang.code import Code, Generic, Program, RecordType
from minivm.lang.effects import Effect
from minivm.lang.emitter import Emitter
from minivm.lang.instruction import Item
from minivm.lang.names import Definition
from minivm.lang.source import Source
from minivm.lang.tokens import Token

# Functions, records, generics and symbols are 16-bit operands.
MAX_NUMBER = 0xFFFF


class Saved:
    """What a ProgramBuilder held at some point."""

    __slots__ = ("functions", "methods", "records", "sources", "symbols", "tests", "wrappers")

    def __init__(
        self,
        functions: list[Code | None],
        symbols: dict[str, int],
        wrappers: dict[tuple[str, tuple[int, ...]], int],
        records: int,
        methods: list[list[tuple[int, int]]],
        sources: dict[str, str],
        tests: int,
    ) -> None:
        self.functions = functions
        self.symbols = symbols
        self.wrappers = wrappers
        self.records = records
        self.methods = methods
        self.sources = sources
        self.tests = tests


class ProgramBuilder:
    """Numbers things, and collects them in `program`.

    `functions[i]` is None between `reserve` and the end of the function's lowering.
    """

    def __init__(self) -> None:
        self.program = Program()
        self.functions: list[Code | None] = []
        # Whether no other records will be there when the program runs.
        self.alone = False
        self._symbols: dict[str, int] = {}
        self._wrappers: dict[tuple[str, tuple[int, ...]], int] = {}
        for name, fields in RECORDS.items():
            self.add_record(RecordType(name, fields))

    def reserve(self, source: Source, token: Token) -> int:
        """The index of one more function."""
        self.functions.append(None)
        return self._number(source, token, len(self.functions) - 1, "functions")

    def symbol(self, source: Source, token: Token, name: str) -> int:
        """The number of a field's name, which all records have been declared before."""
        if self.alone and name not in self._symbols:
            # Only a field that no record has pays for this import.
            from minivm.lang.suggestions import misspelled_field

            error = misspelled_field(source, token, name, self.program.records)
            if error is not None:
                raise error
        return self._number(source, token, self.add_symbol(name), "names of fields")

    def add_symbol(self, name: str) -> int:
        """As `symbol`, with no limit."""
        number = self._symbols.get(name)
        if number is None:
            number = self._symbols[name] = len(self.program.symbols)
            self.program.symbols.append(name)
        return number

    def _number(self, source: Source, token: Token, number: int, what: str) -> int:
        if number > MAX_NUMBER:
            message = f"a program may have at most {MAX_NUMBER} {what}"
            raise source.error(token.start, token.end, message)
        return number

    def record(self, source: Source, token: Token, record: RecordType) -> int:
        """The index of one more record."""
        return self._number(source, token, self.add_record(record), "records")

    def add_record(self, record: RecordType) -> int:
        """As `record`, with no limit."""
        for field in record.fields:
            self.add_symbol(field)
        self.program.records.append(record)
        return len(self.program.records) - 1

    def generic(self, source: Source, token: Token, generic: Generic) -> int:
        """The index of one more generic function."""
        self.program.generics.append(generic)
        return self._number(source, token, len(self.program.generics) - 1, "generic functions")

    def wrapper(
        self, source: Source, token: Token, effect: Effect, name: str, operands: tuple[int, ...]
    ) -> int:
        """The function that does what a word does which is no function, but an instruction."""
        index = self._wrappers.get((name, operands))
        if index is None:
            index = self._wrappers[name, operands] = self.reserve(source, token)
            self.functions[index] = wrapper_code(source, token, effect, name, operands)
        return index

    def save(self) -> Saved:
        """The state here, to go back to when an entry of a session is wrong."""
        program = self.program
        methods = [list(generic.methods) for generic in program.generics]
        return Saved(
            list(self.functions),
            dict(self._symbols),
            dict(self._wrappers),
            len(program.records),
            methods,
            dict(program.sources),
            len(program.tests),
        )

    def restore(self, saved: Saved) -> None:
        """Goes back to a saved state."""
        program = self.program
        self.functions = saved.functions
        self._symbols, self._wrappers = saved.symbols, saved.wrappers
        del program.symbols[len(saved.symbols) :]
        del program.records[saved.records :]
        del program.generics[len(saved.methods) :]
        for generic, methods in zip(program.generics, saved.methods, strict=True):
            generic.methods = methods
        program.sources = saved.sources
        del program.tests[saved.tests :]

    def finish(self) -> Program:
        """The program, once every function that was reserved has its code."""
        functions = [code for code in self.functions if code is not None]
        assert len(functions) == len(self.functions)
        self.program.functions = functions
        return self.program


def wrapper_code(
    source: Source, token: Token, effect: Effect, name: str, operands: tuple[int, ...]
) -> Code:
    """A function whose body is one instruction; HOST itself finds its arguments in the locals."""
    emitter = Emitter(source)
    emitter.emit(token, "ENTER")
    if name != "HOST":
        for slot, _ in enumerate(effect.inputs):
            emitter.emit(token, "LOAD_LOCAL", slot)
    emitter.emit(token, name, *operands)
    emitter.emit(token, "RETURN")
    units, positions, handlers = emitter.finish()
    return Code(
        name=effect.name,
        path=source.path,
        parameters=len(effect.inputs),
        results=len(effect.outputs),
        locals=[item.name for item in effect.inputs],
        max_stack=max(len(effect.inputs), len(effect.outputs)),
        units=units,
        constants=emitter.constants,
        positions=positions,
        handlers=handlers,
    )


def built_in_records(source: Source) -> list[Definition]:
    """What the names of the records every program has mean: their constructors."""
    definitions = []
    for index, (name, fields) in enumerate(RECORDS.items()):
        inputs = [Item(field, "any") for field in fields]
        effect = Effect(name, inputs, [Item(name, "any")], None, False)
        definitions.append(Definition("record", source, None, effect, index))
    return definitions
