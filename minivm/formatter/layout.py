"""Lines of text.

In: items with the line breaks they shall have. Out: the lines they make, or the text of them all:
indented, with single spaces, and with comments at the ends of consecutive lines aligned where they
were aligned in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minivm.formatter.items import CLOSERS, COMMENT, OPENERS, Item
from minivm.lang.keywords import is_keyword

INDENTATION = 4
_BEFORE_COMMENT = 2
_BRACKETS = OPENERS | CLOSERS


class Line:
    """The items `[start, end)`. `within` is the kind of the bracket that is open at its start."""

    __slots__ = ("end", "indentation", "start", "within")

    def __init__(self, start: int, end: int, indentation: int, within: str) -> None:
        self.start = start
        self.end = end
        self.indentation = indentation
        self.within = within


def lines_of(items: Sequence[Item]) -> Iterator[Line]:
    """The lines that the items' breaks make of them."""
    # Of each open bracket: its kind, and the indentation of the line it stands on.
    open_ones: list[tuple[str, int]] = []
    start = 0
    while start < len(items):
        end = start + 1
        while end < len(items) and not items[end].breaks:
            end += 1
        within = open_ones[-1][0] if open_ones else ""
        indentation = open_ones[-1][1] + INDENTATION if open_ones else 0
        leading = True
        for item in items[start:end]:
            leading = leading and item.kind in CLOSERS
            if item.kind in CLOSERS and open_ones:
                outer = open_ones.pop()[1]
                indentation = outer if leading else indentation
            elif item.kind in OPENERS:
                open_ones.append((item.kind, indentation))
        yield Line(start, end, indentation, within)
        start = end


def spaces_before(items: Sequence[Item], index: int) -> int:
    """How many spaces stand between an item and the one before it on its line."""
    item, before = items[index], items[index - 1]
    if not _needs_space(items, index):
        return 0
    # Two where the author has set apart what is done on one line, one thing after the other.
    bound = is_keyword(before.text) or before.kind in _BRACKETS or item.kind in _BRACKETS
    return 2 if item.apart and not bound else 1


def _needs_space(items: Sequence[Item], index: int) -> bool:
    item, before = items[index], items[index - 1]
    if before.kind == "(":
        return item.text == "--"
    if item.kind == ")":
        return before.text == "--" and index > 1 and items[index - 2].kind == "("
    return item.kind != "(" and not (before.kind == "%{" and item.kind == "}")


def width_of(items: Sequence[Item], start: int, end: int) -> int:
    """How many columns the tokens of `[start, end)` take on one line."""
    width = 0
    for index in range(start, end):
        if items[index].kind != COMMENT:
            width += len(items[index].text) + (spaces_before(items, index) if index > start else 0)
    return width


def lay_out(items: Sequence[Item]) -> str:
    """The text of all items, with a line break at its end unless it is empty."""
    rows: list[str] = []
    trailing: list[tuple[int, Item]] = []
    for line in lines_of(items):
        rows += [""] * (items[line.start].breaks - 1)
        comment = items[line.end - 1]
        if comment.trails:
            trailing.append((len(rows), comment))
        rows.append(_row(items, line))
    for run in _runs(trailing):
        column = max(len(rows[number]) for number, _ in run) + _BEFORE_COMMENT
        for number, comment in run:
            rows[number] = rows[number].ljust(column) + comment.text
    return "".join(f"{row}\n" for row in rows)


def _row(items: Sequence[Item], line: Line) -> str:
    """A line without the comment at its end."""
    pieces = [" " * line.indentation]
    for index in range(line.start, line.end):
        if not items[index].trails:
            if index > line.start:
                pieces.append(" " * spaces_before(items, index))
            pieces.append(items[index].text)
    return "".join(pieces)


def _runs(trailing: Sequence[tuple[int, Item]]) -> Iterator[list[tuple[int, Item]]]:
    """Comments of consecutive rows that stood in the same column."""
    run: list[tuple[int, Item]] = []
    for number, comment in trailing:
        if run and (run[-1][0] + 1 != number or run[-1][1].column != comment.column):
            yield run
            run = []
        run.append((number, comment))
    if run:
        yield run
