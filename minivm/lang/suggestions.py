"""Unknown words: what may have been meant.

In: a word that means nothing where it stands. Out: the SourceError, with the nearest known word or
a hint for what people write who know other languages.
"""

from __future__ import annotations

from collections.abc import Iterable

from minivm.generated.instruction_table import WORDS
from minivm.lang.errors import SourceError, quote
from minivm.lang.keywords import CONTROL, LITERALS, is_keyword, is_name, nearest
from minivm.lang.modules import module_with
from minivm.lang.names import Names
from minivm.lang.source import Source
from minivm.lang.tokens import Token
from minivm.lang.tree import Function

# What people who know other languages write for our words.
_OTHER_LANGUAGES = {
    "!": "not",
    "&&": "and",
    "||": "or",
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
    "=": "'value -> name' stores a value, '==' compares two",
    "+=": "write the steps: total 1 + -> total",
    "-=": "write the steps: total 1 - -> total",
    "lambda": "a function as a value is written fn(a b -- result) { … }",
}


def unknown(source: Source, names: Names, token: Token, function: Function) -> SourceError:
    """The error for a word that means nothing in `function`."""
    name = str(token.value).removeprefix("&")
    note = _assignment(source, token) or _suggestion(name, names, function)
    return source.error(token.start, token.end, f"unknown word {quote(name)}", note)


def _assignment(source: Source, token: Token) -> str:
    """A hint for `name = value`."""
    following = source.text[token.end : token.end + 20].lstrip(" ")
    name = str(token.value)
    return f"a value is stored with an arrow: 5 -> {name}" if following.startswith("= ") else ""


def _suggestion(name: str, names: Names, function: Function) -> str:
    main = names.main
    if function is not main and (name in main.variables or name in main.parameter_names()):
        return "this is a local of the main program: pass it to the function as a parameter"
    if name.startswith("->") and is_name(name[2:]):
        return f"write a space after the arrow: -> {name[2:]}"
    if name in _HINTS:
        return _HINTS[name]
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
