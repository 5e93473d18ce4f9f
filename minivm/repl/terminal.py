"""The terminal: reading lines with editing, history and completion, and showing what comes of them.

In: lines typed, or piped in when the standard input is no terminal; then there are no prompts. Out:
text. Where there is no readline, lines are read without its help.
"""

from __future__ import annotations

import atexit
import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import ModuleType

from minivm.commands import console

# What ends the word to complete: names may hold anything else.
_DELIMITERS = ' \t\n()[]{}"'
_HISTORY_LENGTH = 2000
# Of a deep stack the topmost values are shown, and of each value the beginning.
_MAX_VALUES = 20
_MAX_TEXT = 72


class Terminal:
    """`candidates(beginning)` gives what a word may be completed to."""

    def __init__(self, candidates: Callable[[str], Iterable[str]]) -> None:
        self._candidates = candidates
        self._found: list[str] = []
        self.interactive = sys.stdin is not None and sys.stdin.isatty()
        self._colors = console.uses_color(sys.stdout)
        if self.interactive:
            _set_up_readline(self._complete)
        elif isinstance(sys.stdin, io.TextIOWrapper):
            # What is not UTF-8 is then an error of the entry it is in.
            sys.stdin.reconfigure(errors="surrogateescape")

    def read(self, prompt: str) -> str:
        """The next line, without its end. Raises EOFError, KeyboardInterrupt."""
        if self.interactive:
            return input(prompt)
        line = sys.stdin.readline() if sys.stdin is not None else ""
        if not line:
            raise EOFError
        return line.removesuffix("\n")

    def say(self, text: str) -> None:
        """Show a line or several."""
        console.say(text)

    def complain(self, text: str) -> None:
        """Show what went wrong."""
        # On a terminal both streams are one, and have to stay in order.
        console.flush()
        console.complain(text)

    def say_values(self, values: Sequence[str]) -> None:
        """The stack, its topmost value last."""
        shown = [_shorten(value) for value in values[-_MAX_VALUES:]]
        omitted = len(values) - len(shown)
        more = [f"… {omitted} more …"] if omitted else []
        if self._colors:
            shown = [_highlight(text) for text in shown]
        self.say(" ".join(["(", *more, *shown, ")"]))

    def end(self) -> None:
        """Leave the line of the last prompt."""
        if self.interactive:
            self.say("")

    def _complete(self, beginning: str, state: int) -> str | None:
        """For readline: candidate number `state`."""
        if state == 0:
            self._found = sorted(set(self._candidates(beginning)))
        return self._found[state] if state < len(self._found) else None


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


def _highlight(text: str) -> str:
    """Values in colour, where Pygments is installed."""
    try:
        from pygments import highlight
        from pygments.formatters import TerminalFormatter

        from minivm.highlight import MvmLexer
    except ImportError:
        return text
    colored: str = highlight(text, MvmLexer(), TerminalFormatter())
    return colored.rstrip("\n")


def _set_up_readline(complete: Callable[[str, int], str | None]) -> None:
    try:
        import readline
    except ImportError:
        return
    readline.set_completer(complete)
    readline.set_completer_delims(_DELIMITERS)
    # macOS has libedit under the same name.
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    path = history_path()
    # There may be none yet, or it can't be read: a prompt without a past.
    with suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(_HISTORY_LENGTH)
    atexit.register(_save_history, readline, path)


def _save_history(readline: ModuleType, path: str) -> None:
    # Losing the history is no reason to complain at the end.
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        readline.write_history_file(path)


def history_path() -> str:
    """Where the lines typed are kept: in the folder for such things, as XDG has it."""
    state = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(state):
        state = os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(state, "minivm", "history")
