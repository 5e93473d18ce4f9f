"""Making a program that differs small.

In: a program's text, and whether a smaller one still differs. Out: one of which no line can be
left out, with what belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Differs = Callable[[list[str]], bool]

# Leave out so many lines at once, from the longest runs to the shortest.
_LENGTHS = (32, 16, 8, 4, 2, 1)


def reduced(text: str, differs: Callable[[str], bool]) -> str:
    """The smallest program found. `differs` must take any text, also one that does not compile."""
    lines = text.splitlines()
    while True:
        before = lines
        for step in (_without_runs, _without_blocks, _with_constants):
            lines = step(lines, lambda smaller: differs(_text(smaller)))
        if lines == before:
            return _text(lines)


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _without_runs(lines: list[str], differs: Differs) -> list[str]:
    for length in _LENGTHS:
        start = 0
        while start < len(lines):
            smaller = lines[:start] + lines[start + length :]
            if differs(smaller):
                lines = smaller
            else:
                start += max(1, length // 2)
    return lines


def _without_blocks(lines: list[str], differs: Differs) -> list[str]:
    """Blocks left out, or only their two ends."""
    for start in reversed(range(len(lines))):
        end = _end_of_block(lines, start)
        if not lines[start].endswith("{") or not end:
            continue
        body = lines[start + 1 : end]
        for kept in ([], body):
            smaller = lines[:start] + kept + lines[end + 1 :]
            if differs(smaller):
                lines = smaller
                break
    return lines


def _with_constants(lines: list[str], differs: Differs) -> list[str]:
    """A constant in place of what is computed for a variable."""
    for number, line in enumerate(lines):
        match = re.fullmatch(r"(\s*)(.* .*) (-> \w+)", line)
        for constant in ("0", "1", "nil") if match else ():
            smaller = [*lines[:number], f"{match[1]}{constant} {match[3]}", *lines[number + 1 :]]
            if differs(smaller):
                lines = smaller
                break
    return lines


def _end_of_block(lines: list[str], start: int) -> int:
    """The line that closes what the line `start` opens; 0 when there is none."""
    depth = 0
    for number in range(start, len(lines)):
        depth += lines[number].count("{") - lines[number].count("}")
        if depth <= 0 and number > start:
            return number
    return 0
