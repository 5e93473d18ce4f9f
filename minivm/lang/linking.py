"""Linking: a whole program as a part of another.

In: a `Program` with numbers of its own for functions, records, generics, symbols and words, and the
builder of the program that it is to be part of. Out: its functions and the rest there, under new
numbers; the instructions that name them say the new ones.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from minivm.generated.instruction_table import INSTRUCTIONS, RECORDS, WORDS
from minivm.lang.builder import MAX_NUMBER, ProgramBuilder
from minivm.lang.code import Code, Constant, FunctionReference, Generic, Program
from minivm.lang.effects import Effect
from minivm.lang.instruction import Item
from minivm.lang.keywords import is_keyword, is_name
from minivm.lang.names import Definition
from minivm.lang.source import Source
from minivm.lang.tokens import Token

_BY_OPCODE = {instruction.opcode: instruction for instruction in INSTRUCTIONS.values()}


class Numbers:
    """What the numbers of the linked program have become, in the order of the old ones."""

    __slots__ = ("functions", "generics", "records", "symbols", "words")

    def __init__(
        self,
        functions: Sequence[int],
        records: Sequence[int],
        generics: Sequence[int],
        symbols: Sequence[int],
        words: Sequence[int],
    ) -> None:
        self.functions = functions
        self.records = records
        self.generics = generics
        self.symbols = symbols
        self.words = words


def link(builder: ProgramBuilder, program: Program) -> Numbers:
    """Adds `program`.

    Raises ValueError for a word of the host that is not known, or when there is no number left.
    """
    into = builder.program
    words = [_word_number(into, name) for name in program.words]
    for ours, theirs, what in (
        (builder.functions, program.functions, "functions"),
        (into.records, program.records, "records"),
        (into.generics, program.generics, "generic functions"),
        (into.symbols, program.symbols, "names of fields"),
    ):
        if len(ours) + len(theirs) > MAX_NUMBER:
            raise ValueError(f"a program may have at most {MAX_NUMBER} {what}")
    first = len(builder.functions)
    numbers = Numbers(
        functions=range(first, first + len(program.functions)),
        # Records that every program has come first, and are there already.
        records=[
            number if number < len(RECORDS) else builder.add_record(record)
            for number, record in enumerate(program.records)
        ],
        generics=range(len(into.generics), len(into.generics) + len(program.generics)),
        symbols=[builder.add_symbol(name) for name in program.symbols],
        words=words,
    )
    builder.functions += [_relocated(code, numbers) for code in program.functions]
    into.generics += [_generic(generic, numbers) for generic in program.generics]
    into.sources.update(program.sources)
    return numbers


def linked_definitions(program: Program, numbers: Numbers) -> dict[str, Definition]:
    """What the names mean that `program` declares."""
    definitions: dict[str, Definition] = {}
    captured = _captured(program)
    for at, (code, index) in enumerate(zip(program.functions, numbers.functions, strict=True)):
        # Only a closure may start a function that begins with what it has captured.
        if at == 0 or at in captured:
            continue
        if is_name(code.name) and not is_keyword(code.name) and code.name not in WORDS:
            inputs = [Item(name, "any") for name in code.locals[: code.parameters]]
            _define(definitions, "function", code.name, inputs, code.results, index)
    for record, index in zip(program.records, numbers.records, strict=True):
        inputs = [Item(field, "any") for field in record.fields]
        _define(definitions, "record", record.name, inputs, 1, index)
    for generic, index in zip(program.generics, numbers.generics, strict=True):
        inputs = [Item("value", "any")] * generic.parameters
        _define(definitions, "generic function", generic.name, inputs, generic.results, index)
    return {name: found for name, found in definitions.items() if name not in RECORDS}


def _captured(program: Program) -> set[int]:
    """The functions that some closure starts with captured values."""
    return {
        code.units[offset + places["function"]]
        for code in program.functions
        for offset, name, places in _instructions(code.units)
        if name == "MAKE_CLOSURE" and code.units[offset + places["count"]]
    }


def _instructions(units: array[int]) -> Iterator[tuple[int, str, dict[str, int]]]:
    """The offset, name and operands of each instruction; an operand by where it stands."""
    offset = 0
    while offset < len(units):
        instruction = _BY_OPCODE[units[offset]]
        # The operands of fused instructions are told apart by a number.
        places = {o.name.rstrip("0123456789"): o.unit for o in instruction.operands}
        yield offset, instruction.name, places
        offset += instruction.units


def _define(
    definitions: dict[str, Definition],
    kind: str,
    name: str,
    inputs: Sequence[Item],
    results: int,
    index: int,
) -> None:
    effect = Effect(name, inputs, [Item("result", "any")] * results, None, False)
    # A place in no file: it may be declared again.
    token = Token("word", 0, len(name), name)
    definitions[name] = Definition(kind, Source(name, f"<{kind} {name}>"), token, effect, index)


def _word_number(into: Program, name: str) -> int:
    # A word that was registered again, with another effect, is the last of its name.
    for number in reversed(range(len(into.words))):
        if into.words[number] == name:
            return number
    raise ValueError(f"the program calls the word {name!r} of the host, which is not registered")


def _generic(generic: Generic, numbers: Numbers) -> Generic:
    linked = Generic(generic.name, generic.parameters, generic.results)
    for record, function in generic.methods:
        linked.methods.append((numbers.records[record], numbers.functions[function]))
    return linked


def _relocated(code: Code, numbers: Numbers) -> Code:
    return Code(
        name=code.name,
        path=code.path,
        parameters=code.parameters,
        results=code.results,
        locals=code.locals,
        max_stack=code.max_stack,
        units=_relocated_units(code.units, numbers),
        constants=[_relocated_constant(constant, numbers) for constant in code.constants],
        positions=code.positions,
        handlers=code.handlers,
    )


def _relocated_constant(constant: Constant, numbers: Numbers) -> Constant:
    if isinstance(constant, FunctionReference):
        return FunctionReference(numbers.functions[constant.index])
    return constant


def _relocated_units(units: array[int], numbers: Numbers) -> array[int]:
    by_kind: dict[str, Sequence[int]] = {
        "function": numbers.functions,
        "type": numbers.records,
        "generic": numbers.generics,
        "name": numbers.symbols,
        "word": numbers.words,
    }
    relocated = array("H", units)
    for offset, _, places in _instructions(units):
        for kind, unit in places.items():
            renumbered = by_kind.get(kind)
            if renumbered is not None:
                relocated[offset + unit] = renumbered[units[offset + unit]]
    return relocated
