"""A Pygments lexer for mvm, registered by entry point under the name `mvm`.

In: any text, also a broken program. Out: Pygments' tokens, for colours in documents, editors and at
the prompt. Only who uses Pygments imports this module: minivm itself does not need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups, default, include
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

from minivm.generated.instruction_table import WORDS
from minivm.lang.keywords import LITERALS, is_keyword, is_name
from minivm.lang.literals import looks_like_number

_NAME = r"[^\W\d]\w*[?!]?"
# Where the lexer of the language would refuse a character, the whole word is shown as wrong.
_WORD = r'[^\s{}\[\]()"#]+'

_BASES = {"0x": Number.Hex, "0o": Number.Oct, "0b": Number.Bin}


def _number(text: str) -> Any:
    """The token type of a number."""
    base = _BASES.get(text.lstrip("-")[:2])
    if base is not None:
        return base
    return Number.Float if set(text) & set(".eE") else Number.Integer


def _kind(word: str) -> Any:
    """The token type of a run of word characters."""
    if looks_like_number(word):
        return _number(word)
    if word in LITERALS:
        return Keyword.Constant
    if is_keyword(word):
        return Keyword if is_name(word) else Operator
    if word in WORDS:
        if not is_name(word):
            return Operator
        return Operator.Word if word in ("and", "or", "not") else Name.Builtin
    if is_name(word):
        return Name
    if is_name(word[1:]):
        return {".": Name.Attribute, "&": Name.Function}.get(word[0], Error)
    return Name.Function if word[0] == "&" and word[1:] in WORDS else Error


def _word(lexer: Any, match: re.Match[str]) -> Iterator[tuple[int, Any, str]]:
    yield match.start(), _kind(match[0]), match[0]


def _declaration(keyword: str, name: str, kind: Any) -> tuple[str, Any]:
    """The rule for a keyword and the name it declares."""
    return rf"({keyword})(\s+)({name})", bygroups(Keyword.Declaration, Whitespace, kind)


class MvmLexer(RegexLexer):  # type: ignore[misc]
    """For `.mvm` files."""

    name = "mvm"
    aliases: ClassVar = ["mvm", "minivm"]
    filenames: ClassVar = ["*.mvm"]
    mimetypes: ClassVar = ["text/x-mvm"]
    flags = re.MULTILINE
    tokens: ClassVar = {
        "blank": [
            (r"\s+", Whitespace),
            (r"#.*$", Comment.Single),
        ],
        "root": [
            (r"\A#!.*$", Comment.Hashbang),
            include("blank"),
            _declaration("fn|generic", _NAME, Name.Function),
            _declaration("record", _NAME, Name.Class),
            _declaration("import", _NAME, Name.Namespace),
            (
                rf"(method)(\s+)({_NAME})(\.)({_NAME})",
                bygroups(Keyword.Declaration, Whitespace, Name.Class, Punctuation, Name.Function),
            ),
            (rf"(->)(\s+)({_NAME})", bygroups(Operator, Whitespace, Name.Variable)),
            (r"\(", Punctuation, "effect"),
            (r"%\{|[{}\[\])]", Punctuation),
            (r'"', String.Double, "string"),
            (_WORD, _word),
        ],
        "effect": [
            include("blank"),
            (r"--", Operator),
            (rf"{_NAME}", Name.Variable),
            (r"\d+", Number.Integer),
            (r"\)", Punctuation, "#pop"),
            default("#pop"),
        ],
        "string": [
            (r'[^"\\\n]+', String.Double),
            (r'\\(?:[ntr0"\\]|u\{[0-9a-fA-F]{1,6}\})', String.Escape),
            (r'"', String.Double, "#pop"),
            (r"\\.", Error),
            default("#pop"),
        ],
    }
