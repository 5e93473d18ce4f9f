"""Unknown words: what may have been meant.

In: a word that means nothing where it stands. Out: the SourceError, with the nearest known word or
a hint for what people write who know other languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from minivm.generated.instruction_table import WORDS
from minivm.lang.code import RecordType
from minivm.lang.errors import SourceError, quote
from minivm.lang.keywords import BLOCK_OPERATORS, CONTROL, LITERALS, is_keyword, is_name, nearest
from minivm.lang.modules import module_with, standard_modules
from minivm.lang.names import Names
from minivm.lang.source import COMMENT_HINT, Source
from minivm.lang.tokens import Token
from minivm.lang.tree import Function

# What people who know other languages write for our words.
_OTHER_LANGUAGES = {
    "!": "not",
    "<>": "!=",
    "mod": "%",
    "**": "pow",
    "xor": "^",
    "invert": "~",
    ".": "print",
    "println": "print",
    "length": "len",
    "append": "push",
    "str": "string",
    "elif": "else",
    "None": "nil",
    "null": "nil",
    "True": "true",
    "False": "false",
    "def": "fn",
    "function": "fn",
    "except": "catch",
    "raise": "throw",
    "class": "record",
    "struct": "record",
}

_HINTS = {
    **BLOCK_OPERATORS,
    "=>": "the arrow is written ->",
    "+=": "write the steps: total 1 + -> total",
    "-=": "write the steps: total 1 - -> total",
    "let": "a value is stored with an arrow: 5 -> x",
    "var": "a value is stored with an arrow: 5 -> x",
    "const": "a value is stored with an arrow: 5 -> x",
    "lambda": "a function as a value is written fn(a b -- result) { … }",
}


_STEP = re.compile(r"(\+\+|--)?(.+?)(\+\+|--)?")


def unknown(source: Source, names: Names, token: Token, function: Function) -> SourceError:
    """The error for a word that means nothing in `function`."""
    name = str(token.value)
    if name[0] == "&" and is_name(name[1:]):
        name = name[1:]
        if is_keyword(name):
            note = "& stands before the name of a function or of a built-in word"
            return source.error(token.start, token.end, f"{quote(name)} is a keyword", note)
    foreign = name.startswith(("//", "/*")) or source.in_foreign_comment(token.start)
    note = COMMENT_HINT if foreign else _suggestion(name, names, function)
    return source.error(token.start, token.end, f"unknown word {quote(name)}", note)


def misspelled_field(
    source: Source, token: Token, name: str, records: Iterable[RecordType]
) -> SourceError | None:
    """The error for a field that no record has, if it looks like one of theirs."""
    close = nearest(name, (field for record in records for field in record.fields))
    if close is None:
        return None
    message = f"no record of this program has a field {quote(name)}"
    return source.error(token.start, token.end, message, f"did you mean '.{close}'?")


def _parts(name: str, function: Function) -> str:
    """A hint for a name and signs written as one word: `p.x`, `i++`."""
    local = {*function.variables, *function.parameter_names(), *function.captures}
    first, *fields = name.split(".")
    if fields and is_name(first) and all(is_name(field) for field in fields):
        if first not in local and first in standard_modules():
            return f"write import {first}, and then {fields[0]} alone"
        return f"a field is read with a space before the point: write {name.replace('.', ' .')}"
    step = _STEP.fullmatch(name)
    if step and is_name(step[2]) and (step[1] or step[3]):
        return f"write the steps: {step[2]} 1 {(step[1] or step[3])[0]} -> {step[2]}"
    return ""


def _suggestion(name: str, names: Names, function: Function) -> str:
    main = names.main
    if function is not main and (name in main.variables or name in main.parameter_names()):
        return "this is a local of the main program: pass it to the function as a parameter"
    if name.startswith("->") and is_name(name[2:]):
        return f"write a space after the arrow: -> {name[2:]}"
    hint = _HINTS.get(name) or _parts(name, function)
    if hint:
        return hint
    module = module_with(name)
    if module:
        return f"it is in the library: import {module}"
    known = _OTHER_LANGUAGES.get(name)
    if known is None or not (known in WORDS or is_keyword(known)):
        known = nearest(name, _candidates(names, function))
    return f"did you mean {quote(known)}?" if known else "no word has a name like it"


def _candidates(names: Names, function: Function) -> Iterable[str]:
    yield from (str(token.value) for token in function.parameters)
    yield from function.variables
    yield from function.captures
    yield from names.definitions()
    yield from WORDS
    yield from CONTROL
    yield from LITERALS
