"""Source text: reading it, and finding lines and columns in it.

In: a path, or text and the path to show for it. Out: a `Source`, which turns offsets (in code
points, from 0) into lines and columns (from 1), notes and errors.
"""

from __future__ import annotations

import os
import re
import sys
from array import array
from bisect import bisect_right

from minivm.lang.errors import Note, SourceError, render_notes

MAX_SOURCE_BYTES = 16 * 1024 * 1024

# How much of a very long source line an error shows, and how much of that stands before the mark.
_EXCERPT_COLUMNS = 100
_EXCERPT_BEFORE = 40

# Said where the comment of another language may be what was meant.
COMMENT_HINT = "comments begin with #"

_NEWLINE = re.compile("\n")


class Source:
    """One source text and the path errors show for it."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self._line_starts: array[int] | None = None

    @property
    def line_starts(self) -> array[int]:
        """The offset of each line's first character."""
        if self._line_starts is None:
            self._line_starts = array("I", [0])
            self._line_starts.extend(match.end() for match in _NEWLINE.finditer(self.text))
        return self._line_starts

    def locate(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at `offset`."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def in_foreign_comment(self, offset: int) -> bool:
        """Whether the line of `offset` begins, up to there, as comments of other languages do."""
        line_start = self.text.rfind("\n", 0, offset) + 1
        return self.text[line_start:offset].lstrip().startswith(("//", "/*"))

    def note(self, start: int, end: int, text: str) -> Note:
        """A note that marks `[start, end)`, as far as it stands on the line of `start`."""
        line, column = self.locate(start)
        line_start = start - column + 1
        line_end = self.text.find("\n", start)
        if line_end < 0:
            line_end = len(self.text)
        end = max(min(end, line_end), start)
        first, last = line_start, line_end
        if line_end - line_start > _EXCERPT_COLUMNS:
            first = max(line_start, min(start - _EXCERPT_BEFORE, line_end - _EXCERPT_COLUMNS))
            last = min(first + _EXCERPT_COLUMNS, line_end)
        before = "…" if first > line_start else ""
        after = "…" if last < line_end else ""
        excerpt = before + self.text[first:last].rstrip("\r") + after
        mark = start - first + len(before)
        mark_end = min(end, last) - first + len(before)
        return Note(self.path, line, column, column + end - start, text, excerpt, mark, mark_end)

    def error(self, start: int, end: int, message: str, note: str = "", *more: Note) -> SourceError:
        """The error at `[start, end)`; `note` stands beside its carets."""
        first = self.note(start, end, note)
        return SourceError(self.path, message, first.line, first.column, (first, *more))


def render_position(
    path: str,
    source_text: str,
    line: int,
    column: int,
    end_column: int,
    note: str = "",
    color: bool = False,
) -> str:
    """The source line of a position and a line of carets under it, with `note` beside them.

    Lines and columns count from 1, columns in code points, `end_column` exclusive. The text may
    have changed since the position was made: what lies outside it is clipped, and a line it does
    not have gives "".
    """
    source = Source(source_text, path)
    if not 1 <= line <= len(source.line_starts):
        return ""
    line_start = source.line_starts[line - 1]
    line_end = source_text.find("\n", line_start)
    limit = (line_end if line_end >= 0 else len(source_text)) - line_start
    start = line_start + min(max(column - 1, 0), limit)
    mark = source.note(start, line_start + end_column - 1, note)
    return "\n".join(render_notes([mark], path, color))


def load_source(path: str) -> str:
    """The text of the file at `path`, or of the standard input if it is "-".

    Raises SourceError if it cannot be read, is larger than MAX_SOURCE_BYTES or is not UTF-8. A byte
    order mark at the start is left out.
    """
    shown = "<stdin>" if path == "-" else path
    try:
        content = _read_stdin() if path == "-" else _read_file(path)
    except (OSError, ValueError) as error:
        raise SourceError(shown, _reason(error)) from None
    if len(content) > MAX_SOURCE_BYTES:
        raise too_large(shown)
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _not_utf8(shown, error) from None


def make_source(text: str, path: str) -> Source:
    """The source of a file. Raises SourceError for a text too large, or that UTF-8 can't hold."""
    if len(text) > MAX_SOURCE_BYTES:
        raise too_large(path)
    source = Source(text, path)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"U+{ord(text[error.start]):04X} is a surrogate, not a character"
        raise source.error(error.start, error.start + 1, message) from None
    return source


def too_large(path: str) -> SourceError:
    """The error for a source text over MAX_SOURCE_BYTES."""
    return SourceError(path, f"a program may have at most {MAX_SOURCE_BYTES >> 20} MB of text")


def _read_file(path: str) -> bytes:
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size > MAX_SOURCE_BYTES:
            raise too_large(path)
        # A device or a pipe tells no size: one byte too many is enough to know.
        return file.read(MAX_SOURCE_BYTES + 1)


def _read_stdin() -> bytes:
    if sys.stdin is None:
        raise ValueError("there is no standard input")
    return sys.stdin.buffer.read(MAX_SOURCE_BYTES + 1)


def _reason(error: OSError | ValueError) -> str:
    """Why reading failed, in words of our own for the usual causes."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "is a directory, not a program"
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return f"cannot be read: {error}"


def _not_utf8(path: str, error: UnicodeDecodeError) -> SourceError:
    before = error.object[: error.start]
    line = before.count(b"\n") + 1
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    byte = error.object[error.start]
    message = f"not UTF-8: byte 0x{byte:02x} at byte offset {error.start}"
    return SourceError(path, message, line, column)
