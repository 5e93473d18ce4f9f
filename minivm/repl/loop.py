"""Reading, running and showing, entry after entry.

In: a terminal to read from and a workspace to run in. Out: everything a user sees at the prompt,
and an exit code.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from minivm.commands.exit_codes import OK
from minivm.repl.commands import CommandError, find_command, meant_command
from minivm.repl.entries import needs_more
from minivm.repl.terminal import Terminal
from minivm.repl.workspace import EntryError, Leave, Workspace

PROMPT, MORE = "mvm> ", "...> "


class Loop:
    """The prompt. What goes wrong in an entry is shown, and the next one is read."""

    def __init__(self, terminal: Terminal, workspace: Workspace) -> None:
        self.terminal = terminal
        self.workspace = workspace
        # Whether the stack was shown last, so that it is shown again when it becomes empty.
        self._shown = False

    def load(self, paths: Sequence[str]) -> int:
        """Run files, as `:load` does; an exit code, not 0 if a program has ended itself so."""
        try:
            for path in paths:
                self._command(f":load {path}")
        except Leave as leaving:
            return leaving.status
        return OK

    def run(self) -> int:
        """Until the end of the input, `:quit` or a program's `exit`; the exit code."""
        try:
            while True:
                try:
                    self._entry(self._read())
                except KeyboardInterrupt:
                    self.terminal.say("")
        except EOFError:
            self.terminal.end()
            return OK
        except Leave as leaving:
            return leaving.status

    def _read(self) -> str:
        """The lines of one entry. Raises EOFError, KeyboardInterrupt."""
        text = self.terminal.read(PROMPT)
        if text.lstrip().startswith(":"):
            return text
        while needs_more(text):
            try:
                text += "\n" + self.terminal.read(MORE)
            except EOFError:
                # What is missing is now an error, and then the input ends again.
                return text
        return text

    def _entry(self, text: str) -> None:
        if not text.strip():
            return
        if text.lstrip().startswith(":"):
            self._command(text.strip())
        else:
            self.evaluate(text)

    def evaluate(self, text: str) -> None:
        """Run an entry and show the stack, or what went wrong."""
        try:
            self.workspace.evaluate(text)
        except EntryError as error:
            meant = meant_command(text)
            hint = f"\na command of the prompt begins with a colon: :{meant}" if meant else ""
            self.terminal.complain(f"{error}{hint}")
        self.show_stack()

    def show_stack(self, always: bool = False) -> None:
        """The values on the stack, if there are any or there were."""
        values = self.workspace.stack()
        if values or self._shown or always:
            self.terminal.say_values(values)
        self._shown = bool(values)

    def timed(self, text: str) -> None:
        """Run an entry and say how long that took."""
        started = time.perf_counter()
        self.evaluate(text)
        self.terminal.say(show_seconds(time.perf_counter() - started))

    def _command(self, text: str) -> None:
        name, _, argument = text[1:].partition(" ")
        try:
            find_command(name).act(self, argument.strip())
        except (CommandError, EntryError) as error:
            self.terminal.complain(str(error))


def show_seconds(seconds: float) -> str:
    """A duration with three digits and a unit that fits it."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"
