"""Where entries run: a session that compiles them, a VM, and what they leave from one to the next.

In: entries. Out: what they print, variables and a stack that last, listings; `EntryError` with the
text to show for what goes wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from minivm.commands.failure import render_failure
from minivm.errors import Exit, ProgramError
from minivm.executors import Executor
from minivm.generated.instruction_table import WORDS
from minivm.handles import Handle
from minivm.lang import SourceError, load_source
from minivm.lang.errors import quote
from minivm.lang.keywords import CONTROL, LITERALS, is_name, nearest
from minivm.lang.session import Entry, Session
from minivm.listing.instructions import functions_called, list_function
from minivm.listing.traces import EXITS, heading, list_executor
from minivm.machine import Machine


class EntryError(Exception):
    """What went wrong in an entry, as it is to be shown; the stack is as it was before."""


class Leave(Exception):
    """A program has ended itself with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Workspace:
    """Runs entries on `machine`, which must be new."""

    def __init__(self, machine: Machine, color: bool = False) -> None:
        self._machine = machine
        self._color = color
        self._session = Session()
        self._variables: dict[str, Handle] = {}
        self._stack: list[Handle] = []
        # The variables whose values are the cells they live in.
        self._cells: set[str] = set()
        self._entries = 0

    # --- running ---

    def evaluate(self, text: str, path: str = "") -> None:
        """Run an entry; `path` is how errors call it. Raises EntryError, Leave."""
        self._entries += 1
        path = path or f"<{self._entries}>"
        entry, results = self._run(text, path)
        self._cells = entry.cells
        self._variables = dict(zip(entry.variables, results, strict=False))
        self._stack = results[len(entry.variables) :]

    def load(self, path: str) -> None:
        """Run the program in a file as an entry. Raises EntryError, Leave."""
        try:
            text = load_source(path)
        except SourceError as error:
            raise EntryError(error.render(self._color)) from None
        self.evaluate(text, path)

    def _run(self, text: str, path: str) -> tuple[Entry, list[Handle]]:
        """An entry, and what it leaves: the values of its variables, and above them the stack."""
        try:
            entry = self._session.compile_entry(text, path)
        except SourceError as error:
            raise EntryError(error.render(self._color)) from None
        succeeded = False
        try:
            self._machine.update(entry.update)
            arguments = [*(self._variables[name] for name in entry.takes), *self._stack]
            results = self._machine.call(entry.function, arguments)
            succeeded = True
            self._machine.end_line()
        except Exit as leaving:
            raise Leave(leaving.status) from None
        except ProgramError as error:
            sources = self._session.program.sources
            raise EntryError(render_failure(error, path, sources, self._color)) from None
        except MemoryError as error:
            raise EntryError(f"error: {error or 'out of memory'}") from None
        finally:
            self._session.done(entry, succeeded)
        return entry, results

    # --- what there is ---

    def stack(self) -> list[str]:
        """The values on the stack as text, the topmost last."""
        return [self._show(value) for value in self._stack]

    def _show(self, value: Handle) -> str:
        try:
            return self._machine.show(value)
        except ProgramError:
            # There is no room for its text.
            return "…"

    def clear(self) -> None:
        """Drop all values on the stack."""
        self._session.drop_stack(len(self._stack))
        self._stack = []

    def variables(self) -> list[tuple[str, str]]:
        """The variables and their values as text."""
        return [
            (name, self._show(self._read(name) if name in self._cells else value))
            for name, value in self._variables.items()
        ]

    def _read(self, name: str) -> Handle:
        """The value of a variable, which an entry puts on the stack."""
        _, results = self._run(name, f"<{name}>")
        self._session.drop_stack(1)
        return results[-1]

    def candidates(self, beginning: str) -> Iterator[str]:
        """The names that begin so: of words, functions, variables, fields, references."""
        mark = beginning[:1] if beginning[:1] in (".", "&") else ""
        if mark == ".":
            names = {field for record in self._session.program.records for field in record.fields}
        else:
            declared = {*WORDS, *self._session.definitions()}
            names = declared if mark else {*declared, *self._variables, *CONTROL, *LITERALS}
        for name in names:
            if is_name(name) and name.startswith(beginning.removeprefix(mark)):
                yield mark + name

    # --- listings ---

    def dis(self, name: str) -> str:
        """The instructions of a function, or of a generic's methods, specialised as they are."""
        program = self._session.program
        lines: list[str] = []
        for index in self._functions(name):
            count = len(program.functions[index].units)
            lines += [*list_function(index, program, self._machine.units(index, count)), ""]
        return "\n".join(lines[:-1])

    def traces(self, name: str) -> str:
        """All traces that are valid, in short; or those that start in a function, in full."""
        wanted = self._functions(name) if name else []
        lines: list[str] = []
        for number, executor in enumerate(self._machine.executors(), 1):
            if not executor.valid:
                # What it was made from may be gone.
                continue
            if not name:
                lines += heading(number, executor, self._session.program)
            elif executor.place.function_index in wanted:
                lines += [*self._trace(number, executor), ""]
        return "\n".join(lines).rstrip() or "no traces yet: nothing has run often enough"

    def _trace(self, number: int, executor: Executor) -> list[str]:
        last = executor.stages[-1].name
        shown = (last, EXITS)
        return list_executor(number, executor, self._session.program, lambda stage: stage in shown)

    def _functions(self, name: str) -> list[int]:
        """The functions that a name stands for. Raises EntryError when there are none.

        `main` is the line that ran last.
        """
        definitions = self._session.definitions()
        definition = definitions.get(name)
        if definition is None:
            found = functions_called(self._session.program, name)
            if not found:
                raise EntryError(_no_function(name, definitions))
            return found
        if definition.kind == "function":
            return [definition.index]
        if definition.kind == "generic function":
            generic = self._session.program.generics[definition.index]
            return [function for _, function in generic.methods]
        raise EntryError(f"{quote(name)} is a {definition.kind}, not a function")


def _no_function(name: str, known: Mapping[str, object]) -> str:
    if name in WORDS:
        return f"{quote(name)} is a built-in word: the instruction {WORDS[name].instruction}"
    close = nearest(name, known)
    hint = f"; did you mean {quote(close)}?" if close else ""
    return f"there is no function {quote(name)}{hint}"
