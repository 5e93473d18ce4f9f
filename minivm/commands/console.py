"""What goes to the terminal, or to whatever stands in its place.

In: text. Out: the same on the standard output or the standard error, whatever their state: closed,
full, or a pipe that nobody reads.
"""

from __future__ import annotations

import io
import os
import sys

# Not typing: see minivm/native.py.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

BOLD, RED, GREEN, DIM, RESET = "\x1b[1m", "\x1b[1;31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"


class OutputError(Exception):
    """The standard output can't be written; `broken_pipe`: because nobody reads it any more."""

    def __init__(self, message: str, broken_pipe: bool) -> None:
        super().__init__(message)
        self.broken_pipe = broken_pipe


def uses_color(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal whose user has not asked for plain text (no-color.org)."""
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return stream.isatty()
    except ValueError:
        return False


def say(text: str) -> None:
    """Write lines to the standard output. Raises OutputError."""
    _write(f"{text}\n")


def write(text: str) -> None:
    """Write text to the standard output as it is. Raises OutputError."""
    _write(text)


def flush() -> None:
    """Write what is still on its way. Raises OutputError."""
    _write("")


def complain(text: str) -> None:
    """Write lines to the standard error; if that fails, there is nobody to tell."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()
    except (OSError, ValueError):
        _give_up(2)


def error_text(message: str, hint: str = "") -> str:
    """`minivm: error: …` and, if there is one, a line on what to do."""
    label = f"{RED}error:{RESET}" if uses_color(sys.stderr) else "error:"
    return f"minivm: {label} {message}" + (f"\n{hint}" if hint else "")


def _write(text: str) -> None:
    if sys.stdout is None:
        return
    try:
        if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
            # Not every encoding has all the signs of a listing.
            sys.stdout.reconfigure(errors="replace")
        if text:
            sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _give_up(1)
        message = f"cannot write the output: {error.strerror or error}"
        raise OutputError(message, isinstance(error, BrokenPipeError)) from None


def _give_up(descriptor: int) -> None:
    """Point a stream that fails at nothing, or Python tries again at its end, and complains."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, descriptor)
        os.close(nothing)
    except OSError:
        pass
