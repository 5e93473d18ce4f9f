"""Errors in source text: what they hold and how they are shown.

In: where an error is, its message, and notes that mark places in the source. Out: the text a user
reads, a headline and, for each note, the source line with carets under the marked part:

    prime.mvm:4:11: error: the two sides of this 'if' leave different stacks
      4 |     n 2 < if { false 1 } else { true }
        |           ^^ 'if' side leaves 2 values ( -- bool int), 'else' side leaves 1 ( -- bool)
"""

from __future__ import annotations

from collections.abc import Sequence

from minivm.errors import Error

_TAB_WIDTH = 4
_MAX_QUOTED = 60

_BOLD, _RED, _RESET = "\x1b[1m", "\x1b[1;31m", "\x1b[0m"


class Note:
    """A marked place. Lines and columns count from 1, in code points; `end_column` is exclusive.

    It stands in the file `path`. `excerpt` is the source line, or the part of a very long line
    around the mark; the mark is `excerpt[mark_start:mark_end]`, never empty in what is shown.
    """

    __slots__ = (
        "column",
        "end_column",
        "excerpt",
        "line",
        "mark_end",
        "mark_start",
        "path",
        "text",
    )

    def __init__(
        self,
        path: str,
        line: int,
        column: int,
        end_column: int,
        text: str,
        excerpt: str,
        mark_start: int,
        mark_end: int,
    ) -> None:
        self.path = path
        self.line = line
        self.column = column
        self.end_column = end_column
        self.text = text
        self.excerpt = excerpt
        self.mark_start = mark_start
        self.mark_end = mark_end


class SourceError(Error):
    """An error in a program's text, or in reading it; then `line` and `column` may be None.

    The first note marks the error itself; more notes mark other places that matter.
    """

    def __init__(
        self,
        path: str,
        message: str,
        line: int | None = None,
        column: int | None = None,
        notes: Sequence[Note] = (),
    ) -> None:
        super().__init__(path, message, line, column, notes)
        self.path = path
        self.message = message
        self.line = line
        self.column = column
        self.notes = tuple(notes)

    def render(self, color: bool = False) -> str:
        """The whole error: headline, then the source line and carets of each note."""
        place = printable(self.path)
        if self.line is not None:
            place += f":{self.line}" if self.column is None else f":{self.line}:{self.column}"
        label = f"{_RED}error:{_RESET}" if color else "error:"
        message = f"{_BOLD}{self.message}{_RESET}" if color else self.message
        headline = f"{place}: {label} {message}"
        return "\n".join([headline, *render_notes(self.notes, self.path, color)])

    def __str__(self) -> str:
        return self.render()


def render_notes(notes: Sequence[Note], path: str, color: bool = False) -> list[str]:
    """Two lines of text for each note, their line numbers aligned.

    Before a note in another file than the one before it, starting from `path`, comes its place.
    """
    width = max((len(str(note.line)) for note in notes), default=0)
    lines = []
    for note in notes:
        if note.path != path:
            path = note.path
            lines.append(f"{printable(path)}:{note.line}:{note.column}:")
        shown, before, marked = _lay_out(note)
        carets = "^" * max(1, marked)
        if color:
            carets = f"{_RED}{carets}{_RESET}"
        lines.append(f"  {note.line:>{width}} | {shown}".rstrip())
        lines.append(f"  {'':>{width}} | {' ' * before}{carets} {note.text}".rstrip())
    return lines


def _lay_out(note: Note) -> tuple[str, int, int]:
    """The excerpt as shown, and how many terminal columns stand before and under the mark."""
    shown: list[str] = []
    column = before = marked = 0
    for index, character in enumerate(note.excerpt):
        if index == note.mark_start:
            before = column
        width = _TAB_WIDTH - column % _TAB_WIDTH if character == "\t" else _width(character)
        shown.append(" " * width if character == "\t" else printable(character))
        column += width
        if note.mark_start <= index < note.mark_end:
            marked += width
    if note.mark_start >= len(note.excerpt):
        before = column
    return "".join(shown), before, marked


def _width(character: str) -> int:
    """Terminal columns of one character: 2 for wide East Asian ones, 0 for combining ones."""
    if character.isascii() or not character.isprintable():
        return 1
    # Only lines that are not ASCII pay for this import.
    import unicodedata

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    """`text` with whatever could disturb a terminal (control characters, …) replaced."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def quote(text: str) -> str:
    """A name from the source, in quotes, safe to show and not too long."""
    if len(text) > _MAX_QUOTED:
        text = text[: _MAX_QUOTED - 1] + "…"
    return f"'{printable(text)}'"


def count(number: int, noun: str) -> str:
    """`1 value`, `2 values`: a count with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
