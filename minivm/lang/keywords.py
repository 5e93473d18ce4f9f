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

# What other languages write for our operators that take a block.
BLOCK_OPERATORS = {
    "&&": "write and { … }, with the right side in the block",
    "||": "write or { … }, with the right side in the block",
}

# Longer words are not typing errors, and comparing them takes long.
_MAX_COMPARED = 40

# In words of up to so many letters, two slips would make almost any word of any other.
_SHORT = 4

_NAME = re.compile(r"[^\W\d]\w*[?!]?")


def is_keyword(name: str) -> bool:
    """Whether the grammar reserves `name`, so that no function or local can have it."""
    return name in CONTROL or name in LITERALS


def is_name(text: str) -> bool:
    """Whether `text` is spelled as functions and locals are."""
    return _NAME.fullmatch(text) is not None


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` may be a misspelling of: at most one slip in up to four letters,
    two in more. Upper and lower case count as the same.
    """
    if len(name) > _MAX_COMPARED:
        return None
    limit = 1 if len(name) <= _SHORT else 2
    best, found = limit + 1, None
    for other in candidates:
        if abs(len(other) - len(name)) <= limit and other != name:
            slips = _slips(name.lower(), other.lower())
            if slips < best:
                best, found = slips, other
    return found


def _slips(left: str, right: str) -> int:
    """How many letters are missing, too many, wrong, or have changed places with the next one.

    In very short words a wrong letter counts twice: `foo` is not `for`.
    """
    wrong = 2 if len(left) < _SHORT else 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        before, above, row = row, before, [i]
        for j, other in enumerate(right, 1):
            slips = before[j - 1] + (0 if letter == other else wrong)
            slips = min(slips, before[j] + 1, row[j - 1] + 1)
            if i > 1 and j > 1 and letter == right[j - 2] and other == left[i - 2]:
                slips = min(slips, above[j - 2] + 1)
            row.append(slips)
    return row[-1]
