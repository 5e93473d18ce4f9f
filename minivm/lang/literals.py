"""Literals: numbers and strings as written, turned into their values.

In: the source and where a literal starts. Out: the int, float or str it stands for, or a
SourceError that marks what is wrong in it.
"""

from __future__ import annotations

import re

from minivm.lang.errors import quote
from minivm.lang.source import Source

INT_MIN, INT_MAX = -(2**63), 2**63 - 1

# No number that fits needs more; Python's own conversions are slow or refuse far beyond this.
_MAX_NUMBER_LENGTH = 400

_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*(?:_[0-9]+)*)")
_PREFIXED = re.compile(
    r"-?0(?:x[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|o[0-7]+(?:_[0-7]+)*|b[01]+(?:_[01]+)*)"
)
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*(?:_[0-9]+)*)(?:\.[0-9]+(?:_[0-9]+)*)?(?:[eE][+-]?[0-9]+)?")
_NUMBER_START = re.compile(r"-?\.?[0-9]")
_LEADING_ZERO = re.compile(r"-?0[0-9_]+")

_PLAIN = re.compile(r'[^"\\\n]*')
_UNICODE_ESCAPE = re.compile(r"u\{([0-9a-fA-F]{1,6})\}")
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "0": "\0"}


def looks_like_number(text: str) -> bool:
    """Whether `text`, a run of word characters, can only be meant as a number."""
    return text[0] in "-.0123456789" and _NUMBER_START.match(text) is not None


def number_value(source: Source, start: int, end: int) -> int | float:
    """The value of the number at `[start, end)`. Raises SourceError if it is none, or too large."""
    text = source.text[start:end]
    if len(text) > _MAX_NUMBER_LENGTH:
        limit = f"a number may have at most {_MAX_NUMBER_LENGTH} characters"
        raise source.error(start, end, f"number literal {quote(text)} is too long", limit)
    if _DECIMAL.fullmatch(text) or _PREFIXED.fullmatch(text):
        number = int(text, 0)
        if not INT_MIN <= number <= INT_MAX:
            limit = f"an int is between {INT_MIN} and {INT_MAX}"
            raise source.error(start, end, f"int literal {quote(text)} is out of range", limit)
        return number
    if _FLOAT.fullmatch(text):
        value = float(text)
        if value in (float("inf"), float("-inf")):
            message = f"float literal {quote(text)} is out of range"
            raise source.error(start, end, message, "the largest float is about 1.8e308")
        return value
    raise source.error(start, end, f"malformed number {quote(text)}", _number_hint(text))


def _number_hint(text: str) -> str:
    if _LEADING_ZERO.fullmatch(text):
        return "a number does not start with 0; octal numbers start with 0o"
    if text.lstrip("-").startswith("."):
        return "write a digit before the point"
    if "--" in text:
        return f"write spaces around '--': {text.replace('--', ' -- ').strip()}"
    if text.endswith("."):
        return "write a digit after the point"
    return "numbers look like 1 -1 1_000 0xff 0b1 0o7 1.5 1e-3; words are set apart by spaces"


def string_value(source: Source, start: int) -> tuple[str, int]:
    """The value of the string whose opening quote is at `start`, and the offset after it.

    Raises SourceError if the string is not closed on its line or has an unknown escape.
    """
    text = source.text
    pieces: list[str] = []
    offset = start + 1
    while True:
        end = _match_end(_PLAIN, text, offset)
        pieces.append(text[offset:end])
        character = text[end : end + 1]
        if character == '"':
            return "".join(pieces), end + 1
        if character != "\\":
            note = "this string is not closed on its line; write \\n for a line break"
            raise source.error(start, start + 1, "unterminated string", note)
        piece, offset = _escape(source, end)
        pieces.append(piece)


def _match_end(pattern: re.Pattern[str], text: str, offset: int) -> int:
    match = pattern.match(text, offset)
    return match.end() if match else offset


def _escape(source: Source, start: int) -> tuple[str, int]:
    """The character an escape stands for, and the offset after it; `start` is at the backslash."""
    following = source.text[start + 1 : start + 2]
    if following in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[following], start + 2
    if following == "u":
        return _unicode_escape(source, start)
    end = start + 1 if following in ("", "\n", "\r") else start + 2
    message = f"unknown escape {quote(source.text[start:end])}"
    raise source.error(start, end, message, r"the escapes are \n \t \r \0 \" \\ \u{…}")


def _unicode_escape(source: Source, start: int) -> tuple[str, int]:
    match = _UNICODE_ESCAPE.match(source.text, start + 1)
    if match is None:
        note = r"write the code point in braces, 1 to 6 hexadecimal digits: \u{1f600}"
        raise source.error(start, start + 2, "malformed unicode escape", note)
    point = int(match[1], 16)
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        message = f"U+{point:04X} is not a character"
        note = "code points go to 10ffff; d800 to dfff are surrogates"
        raise source.error(start, match.end(), message, note)
    return chr(point), match.end()
