"""Errors as users see them.

In: a `ProgramError` and the texts of the program's files. Out: the message with the source line and
carets, and the calls that were in progress:

    deep.mvm:2:10: error: integer overflow (overflow)
      2 |     n n * square
        |         ^
    calls in progress, the innermost first:
      square  deep.mvm:2:10
      main    deep.mvm:5:3

Where the standard library failed, the line that called it is shown as well. Of a `SourceError`: the
text on the standard error, and an exit code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from minivm.commands.console import BOLD, RED, RESET, complain, uses_color
from minivm.commands.exit_codes import BAD_SOURCE, NO_INPUT
from minivm.errors import ProgramError, TracebackEntry
from minivm.lang import SourceError, render_position
from minivm.lang.errors import printable
from minivm.machine import as_loaded

BROKEN_PIPE_TEXT = os.strerror(32)

# Of a long traceback, how many calls are shown at either end.
_SHOWN = 10
_NAME_WIDTH = 40


def is_broken_pipe(error: ProgramError) -> bool:
    """Whether the program failed because nobody reads its output any more."""
    return error.kind == "output" and error.message.endswith(BROKEN_PIPE_TEXT)


def tell_source_error(error: SourceError) -> int:
    """Show it on the standard error; the exit code for it."""
    complain(error.render(uses_color(sys.stderr)))
    return NO_INPUT if error.line is None else BAD_SOURCE


def render_failure(error: ProgramError, path: str, sources: Mapping[str, str], color: bool) -> str:
    """The whole report; `path` is the program's, `sources` has each file's text by its path."""
    label, bold, reset = (f"{RED}error:{RESET}", BOLD, RESET) if color else ("error:", "", "")
    message = f"{label} {bold}{printable(error.message)}{reset} ({error.kind})"
    if not error.innermost:
        return f"{printable(path)}: {message}"
    place = error.innermost[0]
    lines = [f"{printable(place.path)}:{place.line}:{place.column}: {message}"]
    lines += _excerpt(place, sources, color)
    caller = _caller_of_library(error.traceback)
    if caller:
        lines.append(f"called by {printable(caller.path)}:{caller.line}:{caller.column}:")
        lines += _excerpt(caller, sources, color)
    return "\n".join(lines + _traceback(error))


def _caller_of_library(calls: Sequence[TracebackEntry]) -> TracebackEntry | None:
    """The innermost call outside of the standard library, if the first one is in it."""
    # Only an error pays for this import.
    from minivm.lang.modules import is_standard

    if not is_standard(calls[0].path):
        return None
    return next((call for call in calls if not is_standard(call.path)), None)


def _excerpt(place: TracebackEntry, sources: Mapping[str, str], color: bool) -> list[str]:
    """The source line of a call, if its file is known."""
    for path, text in sources.items():
        if as_loaded(path) == place.path:
            excerpt = render_position(
                path, text, place.line, place.column, place.end_column, color=color
            )
            return [excerpt] if excerpt else []
    return []


def _traceback(error: ProgramError) -> list[str]:
    calls = [*error.innermost, *error.outermost]
    if len(calls) < 2:
        return []
    lines = ["calls in progress, the innermost first:"]
    if error.omitted == 0 and len(calls) <= 2 * _SHOWN:
        return lines + _rows(calls, calls)
    first, last = calls[:_SHOWN], calls[-_SHOWN:]
    omitted = len(calls) + error.omitted - 2 * _SHOWN
    lines += _rows(first, [*first, *last])
    lines.append(f"  … {omitted:,} more …")
    return lines + _rows(last, [*first, *last])


def _rows(calls: Sequence[TracebackEntry], aligned: Sequence[TracebackEntry]) -> list[str]:
    """A line for each of `calls`, in columns that fit all of `aligned`."""
    width = min(_NAME_WIDTH, max(len(call.function) for call in aligned))
    return [
        f"  {call.function:<{width}}  {printable(call.path)}:{call.line}:{call.column}"
        for call in calls
    ]
