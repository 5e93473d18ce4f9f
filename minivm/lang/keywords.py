"""The words the grammar itself gives a meaning to, and what a name looks like.

Built-in words that are instructions are not here: those come from the generated table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LITERALS: dict[str, bool | None] = {"true": True, "false": False, "nil": None}

# What declares something at the top level of a file; `fn` also stands for a function value.
DECLARATIONS = frozenset(("fn", "record", "generic", "method", "import", "test"))

CONTROL = DECLARATIONS | frozenset(
    (
        *("if", "else", "while", "for", "in", "break", "continue", "return", "->", "--"),
        *("call", "try", "catch", "throw"),
    )
)

# Longer words are not typing errors, and comparing them takes long.
_MAX_COMPARED = 40

_NAME = re.compile(r"[^\W\d]\w*[?!]?")


def is_keyword(name: str) -> bool:
    """Whether the grammar reserves `name`, so that no function or local can have it."""
    return name in CONTROL or name in LITERALS


def is_name(text: str) -> bool:
    """Whether `text` is spelled as functions and locals are."""
    return _NAME.fullmatch(text) is not None


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` may be a misspelling of."""
    if len(name) > _MAX_COMPARED:
        return None
    # Only an error pays for this import.
    from difflib import get_close_matches

    close = [other for other in candidates if abs(len(other) - len(name)) <= 2]
    found = get_close_matches(name, close, n=1, cutoff=0.6)
    return found[0] if found else None
