"""Where lines end.

In: items, with the line breaks of the source before each. Out: the same with the line breaks they
shall have.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from minivm.formatter.items import CLOSERS, COMMENT, OPENERS, Item
from minivm.formatter.layout import Line, lines_of, spaces_before, width_of

MAX_COLUMNS = 100

# Brackets whose contents are a row of values, which may be broken between any two.
_ROWS = ("[", "%{")


def set_breaks(items: list[Item]) -> None:
    """Drop and add line breaks, so that brackets stand where they belong."""
    for index in range(len(items)):
        _adjust(items, index)
    # An effect takes one line, unless a comment is in it.
    spread = list(accumulate(item.breaks > 0 for item in items))
    for index, item in enumerate(items):
        if item.kind not in OPENERS or item.kind == "(" or item.match < 0:
            continue
        if spread[item.match] > spread[index]:
            _open_up(items, index)


def _adjust(items: list[Item], index: int) -> None:
    """The line breaks that depend on an item and the one before it."""
    item = items[index]
    if index == 0 or item.trails:
        item.breaks = 0
        return
    before = items[index - 1]
    if before.kind == COMMENT:
        item.breaks = max(item.breaks, 1)
    elif item.kind != COMMENT and not _may_break(items, index):
        item.breaks = 0
    if before.kind in OPENERS or item.kind in CLOSERS:
        item.breaks = min(item.breaks, 1)


def _may_break(items: list[Item], index: int) -> bool:
    """Whether a line may end before an item, which is not the first, if no comment does it."""
    item, before = items[index], items[index - 1]
    if item.kind in ("{", "(", ")") or before.kind == "(" or before.text == "->":
        return False
    return not (item.kind in CLOSERS and before.kind in OPENERS)


def _open_up(items: list[Item], opener: int) -> None:
    """Put what stands in a bracket on lines of its own."""
    first, closer = items[opener + 1], items[items[opener].match]
    if first is closer:
        return
    if not first.trails:
        first.breaks = max(first.breaks, 1)
    closer.breaks = max(closer.breaks, 1)


def break_long_lines(items: list[Item]) -> None:
    """Break lines that are too long at their outermost brackets, then at those within."""
    broken = True
    while broken:
        long_lines = [line for line in lines_of(items) if _is_long(items, line)]
        broken = False
        for line in long_lines:
            broken = _break(items, line) or broken


def _is_long(items: list[Item], line: Line) -> bool:
    return line.indentation + width_of(items, line.start, line.end) > MAX_COLUMNS


def _break(items: list[Item], line: Line) -> bool:
    """Break one line if it can be broken; whether it could."""
    groups = [index for index in _outermost(items, line) if items[index].match > index + 1]
    blocks = [index for index in groups if items[index].kind == "{"]
    # The condition of a loop stays with its `while` if the body is reason enough for the length.
    bodies = [index for index in blocks if not _is_condition(items, index)]
    rows = [index for index in groups if items[index].kind in _ROWS]
    if bodies or blocks:
        for index in bodies or blocks:
            _open_up(items, index)
            _end_statement(items, index)
    elif rows:
        _open_up(items, max(rows, key=lambda index: width_of(items, index, items[index].match)))
    else:
        return line.within in _ROWS and _fill(items, line)
    return True


def _end_statement(items: list[Item], opener: int) -> None:
    """Put what comes after a block on a line of its own, unless it goes on with the block."""
    if opener and items[opener - 1].kind == ")" and items[items[opener - 1].match - 1].text == "fn":
        # The block is a function as a value: it is taken by the words that follow.
        return
    index = items[opener].match + 1
    if index < len(items) and items[index].text == "->":
        index += 2
    if index < len(items) and _may_begin_statement(items, index):
        items[index].breaks = max(items[index].breaks, 1)


def _may_begin_statement(items: list[Item], index: int) -> bool:
    item = items[index]
    goes_on = item.text in ("else", "catch") or item.kind in CLOSERS
    return not (goes_on or item.trails) and _may_break(items, index)


def _outermost(items: list[Item], line: Line) -> Iterator[int]:
    """The opening brackets of a line that are closed on it and stand in no other such."""
    index = line.start
    while index < line.end:
        closer = items[index].match if items[index].kind in OPENERS else -1
        if line.start <= closer < line.end:
            yield index
            index = closer
        index += 1


def _is_condition(items: list[Item], opener: int) -> bool:
    following = items[opener].match + 1
    return following < len(items) and items[following].kind == "{"


def _fill(items: list[Item], line: Line) -> bool:
    """Break a row of values wherever the line is full; whether there was a place."""
    broken = False
    column = line.indentation
    for index in range(line.start, line.end):
        item = items[index]
        if item.kind == COMMENT:
            break
        if index > line.start:
            column += spaces_before(items, index)
        full = column + len(item.text) > MAX_COLUMNS
        if full and index > line.start and _may_break(items, index):
            item.breaks = 1
            column = line.indentation
            broken = True
        column += len(item.text)
    return broken
