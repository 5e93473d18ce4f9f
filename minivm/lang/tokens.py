"""The lexer: source text to tokens.

In: a Source. Out: its tokens in order, an "end" token last. Comments and whitespace are left out;
`{ } [ ] ( ) %{` and strings stand alone, anything else goes to the next whitespace.
"""

from __future__ import annotations

import re

from minivm.lang.errors import quote
from minivm.lang.literals import looks_like_number, number_value, string_value
from minivm.lang.source import COMMENT_HINT, Source

# Keeps memory and time within bounds for any file load_source accepts.
MAX_TOKENS = 1_000_000

_TOKEN = re.compile(r"[ \t\r\n\f\v]+|#[^\n]*|(%\{|[{}\[\]()])|([\w?!.&|^~<>=+\-*/%]+)|(\")")

# What people who know other languages write.
_HINTS = {
    ",": "values and names are set apart by spaces",
    ";": "nothing ends a statement: words are set apart by spaces or lines",
    "'": 'strings stand in double quotes: "text"',
    "`": 'strings stand in double quotes: "text"',
    ":": "a value is stored with '-> name', a block stands in braces",
    "@": "a built-in or declared function as a value is written &name",
}


class Token:
    """One token. `kind` is "word", "number", "string", "end", or the bracket itself.

    It stands at `[start, end)` in the source. `value` is a word's text, a number's or a string's
    value, and "" otherwise.
    """

    __slots__ = ("end", "kind", "start", "value")

    def __init__(self, kind: str, start: int, end: int, value: str | int | float) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.value = value


def tokenise(source: Source) -> list[Token]:
    """All tokens of `source`. Raises SourceError for what cannot be a token."""
    text = source.text
    match_at = _TOKEN.match
    tokens: list[Token] = []
    offset = 0
    while offset < len(text):
        match = match_at(text, offset)
        if match is None:
            raise _unexpected(source, offset)
        start, offset = offset, match.end()
        group = match.lastindex
        if group is None:
            continue
        if group == 2:
            tokens.append(_word_or_number(source, start, offset))
        elif group == 1:
            tokens.append(Token(text[start:offset], start, offset, ""))
        else:
            value, offset = string_value(source, start)
            tokens.append(Token("string", start, offset, value))
        if len(tokens) > MAX_TOKENS:
            raise source.error(start, offset, f"a program may have at most {MAX_TOKENS:,} words")
    tokens.append(Token("end", len(text), len(text), ""))
    return tokens


def _word_or_number(source: Source, start: int, end: int) -> Token:
    text = source.text[start:end]
    if looks_like_number(text):
        return Token("number", start, end, number_value(source, start, end))
    return Token("word", start, end, text)


def _colon_hint(before: str) -> str:
    """What a colon after `before` may have been meant for."""
    if before.rfind("%{") > before.rfind("}"):
        return "no colon between key and value: %{ key value … }"
    if before[before.rfind("\n") + 1 :].lstrip().startswith(("def ", "fn ")):
        return "a function is written fn name(a -- b) { … }"
    return ""


def _unexpected(source: Source, offset: int) -> Exception:
    character = source.text[offset]
    shown = quote(character) if character.isprintable() else f"U+{ord(character):04X}"
    note = _HINTS.get(character, "")
    if source.in_foreign_comment(offset):
        note = COMMENT_HINT
    elif character == ":":
        note = _colon_hint(source.text[:offset]) or note
    return source.error(offset, offset + 1, f"unexpected character {shown}", note)
