"""uops.def's text → Definitions. Syntax errors and doubled names carry the line they stand on."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput

from minivm.generate.definitions import (
    Combine,
    DefinitionError,
    Definitions,
    Fuse,
    Item,
    Macro,
    Memory,
    Operand,
    Part,
    Reason,
    Record,
    Type,
    Uop,
    WordLine,
)

_GRAMMAR = Path(__file__).with_name("grammar.lark")


# Several generators start from the same text.
@lru_cache(maxsize=2)
def parse(text: str) -> Definitions:
    """The definitions in `text`, which nobody may change; raises DefinitionError."""
    try:
        tree = _grammar_parser().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(error, text) from None
    return _Reader(text).read(tree)


@lru_cache(maxsize=1)
def _grammar_parser() -> Lark:
    grammar = _GRAMMAR.read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=True)


def _syntax_error(error: UnexpectedInput, text: str) -> DefinitionError:
    """What stands where the parser could not go on, and on which line."""
    found = str(getattr(error, "token", ""))
    if isinstance(error, UnexpectedCharacters):
        found = text[error.pos_in_stream or 0]
    if not found:
        last_line = max(1, len(text.splitlines()))
        return DefinitionError(last_line, "syntax error at the end of the file")
    hint = ": a body's braces must balance and nest at most four deep" if found == "{" else ""
    return DefinitionError(error.line, f"syntax error at {found!r}{hint}")


class _Reader:
    """Fills the tables of one Definitions from the syntax tree."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._types: dict[str, Type] = {}
        self._records: dict[str, Record] = {}
        self._memory: dict[str, Memory] = {}
        self._exits: dict[str, Reason] = {}
        self._aborts: dict[str, Reason] = {}
        self._uops: dict[str, Uop] = {}
        self._macros: dict[str, Macro] = {}
        self._fuses: list[Fuse] = []
        self._combines: dict[str, Combine] = {}
        self._words: dict[str, WordLine] = {}

    def read(self, tree: Tree[Token]) -> Definitions:
        for statement in tree.children:
            assert isinstance(statement, Tree)
            reader: Callable[[Tree[Token], int], None] = getattr(self, f"_{statement.data}")
            reader(statement, statement.meta.line)
        return Definitions(
            self._types, self._records, self._memory, self._exits, self._aborts, self._uops,
            self._macros, tuple(self._fuses), self._combines, tuple(self._words.values()),
        )  # fmt: skip

    @staticmethod
    def _add(table: dict[str, Any], name: str, value: object, line: int) -> None:
        if name in table:
            raise DefinitionError(line, f"'{name}' is defined twice")
        table[name] = value

    def _type(self, tree: Tree[Token], line: int) -> None:
        name, register_class, c_type, field = (str(child) for child in tree.children)
        declared = Type(name, register_class, c_type.strip('"'), field, line=line)
        self._add(self._types, name, declared, line)

    def _refined(self, tree: Tree[Any], line: int) -> None:
        *words, flag = tree.children
        name, base_name, test = map(str, words)
        reads = _refinement_reads(flag, line)
        base = self._types.get(base_name)
        if base is None:
            raise DefinitionError(line, f"'{name}' refines the unknown type '{base_name}'")
        refined = Type(
            name, base.register_class, base.c_type, base.field, base_name, test.strip('"'), reads,
            line,
        )  # fmt: skip
        self._add(self._types, name, refined, line)

    def _record(self, tree: Tree[Token], line: int) -> None:
        name, *fields = (str(child) for child in tree.children)
        self._add(self._records, name, Record(name, tuple(fields), line), line)

    def _memory_class(self, tree: Tree[Token], line: int) -> None:
        name, text = (str(child) for child in tree.children)
        self._add(self._memory, name, Memory(name, text.strip('"'), line), line)

    def _exit_reason(self, tree: Tree[Token], line: int) -> None:
        name, text = (str(child) for child in tree.children)
        self._add(self._exits, name, Reason(name, text.strip('"'), line), line)

    def _abort_reason(self, tree: Tree[Token], line: int) -> None:
        name, text = (str(child) for child in tree.children)
        self._add(self._aborts, name, Reason(name, text.strip('"'), line), line)

    def _uop(self, tree: Tree[Any], line: int) -> None:
        name, operand_tree, effect, *rest = tree.children
        operands = tuple(map(_operand, operand_tree.children)) if operand_tree else ()
        inputs, outputs = (_items(items) for items in effect.children)
        flags: dict[str, tuple[str, ...]] = {}
        body = None
        for child in rest:
            if child.data == "body":
                body = self._text[child.meta.start_pos + 1 : child.meta.end_pos - 1].strip()
            else:
                flag, arguments = _flag(child)
                self._add(flags, flag, arguments, line)
        uop = Uop(str(name), operands, inputs, outputs, flags, body, line)
        self._add(self._uops, uop.name, uop, line)

    def _instruction(self, tree: Tree[Any], line: int) -> None:
        name, *parts = tree.children
        macro = Macro(str(name), tuple(map(_part, parts)), None, line)
        self._add(self._macros, macro.name, macro, line)

    def _family(self, tree: Tree[Any], line: int) -> None:
        family, *forms = tree.children
        for form in forms:
            name, *parts = form.children
            macro = Macro(str(name), tuple(map(_part, parts)), str(family), form.meta.line)
            self._add(self._macros, macro.name, macro, form.meta.line)

    def _fuse(self, tree: Tree[Any], line: int) -> None:
        choices = tuple(tuple(map(str, choice.children)) for choice in tree.children)
        self._fuses.append(Fuse(choices, line))

    def _combine(self, tree: Tree[Any], line: int) -> None:
        name, first, second = (str(child) for child in tree.children)
        self._add(self._combines, name, Combine(name, first, second, line), line)

    def _word(self, tree: Tree[Any], line: int) -> None:
        name, instruction = (str(child) for child in tree.children)
        self._add(self._words, name.strip('"'), WordLine(name.strip('"'), instruction, line), line)


def _flag(tree: Tree[Any]) -> tuple[str, tuple[str, ...]]:
    flag, *arguments = tree.children
    return str(flag), tuple(map(str, filter(None, arguments)))


def _refinement_reads(tree: Tree[Any] | None, line: int) -> tuple[str, ...] | None:
    """The one flag that a refined type may have."""
    if tree is None:
        return None
    flag, arguments = _flag(tree)
    if flag != "reads":
        raise DefinitionError(line, f"a refined type may have the flag 'reads', not '{flag}'")
    return arguments


def _operand(tree: Tree[Any]) -> Operand:
    name, cache, bits = tree.children
    return Operand(str(name), int(str(bits)), cache is not None)


def _items(tree: Tree[Any]) -> tuple[Item, ...]:
    result = []
    for child in filter(None, tree.children):
        name, count, type_name = child.children
        result.append(Item(str(name), type_name and str(type_name), count and str(count)))
    return tuple(result)


def _part(tree: Tree[Any]) -> Part:
    uop, binding = tree.children
    line = tree.meta.line
    if binding is None:
        return Part(str(uop), None, None, line)
    if binding.data == "fixed":
        return Part(str(uop), None, int(str(binding.children[0])), line)
    name, addend = binding.children
    return Part(str(uop), str(name), int(str(addend or 0)), line)
