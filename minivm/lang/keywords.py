"""The words the grammar itself gives a meaning to, and what a name looks like.

Built-in words that are instructions are not here: those come from the generated table.
"""

from __future__ import annotations

import re

LITERALS: dict[str, bool | None] = {"true": True, "false": False, "nil": None}

CONTROL = frozenset(
    ("fn", "if", "else", "while", "for", "in", "break", "continue", "return", "->", "--")
)

# Reserved for what the language will have, with what to call it in the message.
NOT_YET = {
    "call": "calling a function value",
    "record": "declaring a record",
    "generic": "declaring a generic function",
    "method": "declaring a method",
    "try": "catching errors with 'try'",
    "catch": "catching errors with 'catch'",
    "throw": "throwing errors with 'throw'",
    "import": "importing a file",
}

_NAME = re.compile(r"[^\W\d]\w*[?!]?")


def is_keyword(name: str) -> bool:
    """Whether the grammar reserves `name`, so that no function or local can have it."""
    return name in CONTROL or name in LITERALS or name in NOT_YET


def is_name(text: str) -> bool:
    """Whether `text` is spelled as functions and locals are."""
    return _NAME.fullmatch(text) is not None
