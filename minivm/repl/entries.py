"""Where an entry ends: the lines that belong together.

In: the lines typed so far. Out: whether they need more to make sense.
"""

from __future__ import annotations

from minivm.lang import SourceError
from minivm.lang.parser import parse
from minivm.lang.source import Source
from minivm.lang.tokens import Token, tokenise

_CLOSERS = {"{": "}", "[": "]", "(": ")", "%{": "}"}


def needs_more(text: str) -> bool:
    """Whether `text` is the beginning of something: a bracket is open, or its end comes too early.

    Where no bracket is open, an empty line ends an entry that only seemed to go on. What is wrong
    anyhow needs no more: the compiler will say so.
    """
    try:
        if _open_brackets(tokenise(Source(text, ""))):
            return True
    except (_Unbalanced, SourceError):
        return False
    return not text.endswith("\n") and _ends_too_early(text)


def _ends_too_early(text: str) -> bool:
    error = _parse_error(text)
    if error is None:
        return False
    at_end = (error.line, error.column) == Source(text, "").locate(len(text))
    # Some errors mark the word that has no block, instead of the place where it should be.
    return at_end or any(_parse_error(text + block) is None for block in (" { }", " if { }"))


def _parse_error(text: str) -> SourceError | None:
    try:
        parse(Source(text, ""))
    except SourceError as error:
        return error
    return None


class _Unbalanced(Exception):
    """A closing bracket that closes nothing."""


def _open_brackets(tokens: list[Token]) -> int:
    expected: list[str] = []
    for token in tokens:
        if token.kind in _CLOSERS:
            expected.append(_CLOSERS[token.kind])
        elif token.kind in ("}", "]", ")") and (not expected or expected.pop() != token.kind):
            raise _Unbalanced
    return len(expected)
