"""The errors of minivm: one base class, and a class for each way a program can fail.

In: what went wrong. Out: exceptions that hold it. `SourceError`, for text that does not compile,
is in lang/errors.py. Misuse of the API raises Python's own exceptions: TypeError, ValueError,
KeyError, and RuntimeError for a VM that is closed or in use by another thread.
"""

from __future__ import annotations

from collections.abc import Sequence


class Error(Exception):
    """The base class of what minivm raises."""


class TracebackEntry:
    """A call in progress. `column` and `end_column` mark the word, as in `lang.Position`."""

    __slots__ = ("column", "end_column", "function", "line", "path")

    def __init__(self, function: str, path: str, line: int, column: int, end_column: int) -> None:
        self.function = function
        self.path = path
        self.line = line
        self.column = column
        self.end_column = end_column

    def __repr__(self) -> str:
        return f"<{self.function} at {self.path}:{self.line}:{self.column}>"


class ProgramError(Error):
    """A run-time error of a program.

    `kind` is one word or two ("overflow", "division by zero"), `message` one line. `innermost` are
    the calls in progress, the one that failed first; of very many, `omitted` follow that are not
    kept, and then `outermost`. `value` is what was thrown, if the program threw a value that is no
    Error; it is converted when the error reaches Python through a `VM`, and None otherwise.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        innermost: Sequence[TracebackEntry] = (),
        omitted: int = 0,
        outermost: Sequence[TracebackEntry] = (),
    ) -> None:
        super().__init__(kind, message)
        self.kind = kind
        self.message = message
        self.innermost = tuple(innermost)
        self.omitted = omitted
        self.outermost = tuple(outermost)
        self.value: object = None

    @property
    def traceback(self) -> tuple[TracebackEntry, ...]:
        """The calls in progress, innermost first."""
        return self.innermost + self.outermost

    @property
    def path(self) -> str | None:
        """The file in which the error happened; None when no call was in progress."""
        return self.innermost[0].path if self.innermost else None

    @property
    def line(self) -> int | None:
        """The line in `path`, from 1."""
        return self.innermost[0].line if self.innermost else None

    @property
    def column(self) -> int | None:
        """The column in `line`, from 1, in code points."""
        return self.innermost[0].column if self.innermost else None

    def __str__(self) -> str:
        text = f"{self.message} ({self.kind})"
        return f"{self.path}:{self.line}:{self.column}: {text}" if self.innermost else text


class Interrupted(ProgramError):
    """Somebody stopped the program (kind "interrupt")."""


class Timeout(ProgramError):
    """The time limit was reached (kind "timeout")."""


class MemoryLimit(ProgramError):
    """The heap limit was reached, or there is no more memory (kind "memory")."""


class DepthLimit(ProgramError):
    """Too many calls were in progress (kind "stack depth")."""


class Exit(ProgramError):
    """The program ended itself with the word `exit` (kind "exit"); `status` is 0 … 255."""

    status = 0


_CLASSES: dict[str, type[ProgramError]] = {
    "interrupt": Interrupted,
    "timeout": Timeout,
    "memory": MemoryLimit,
    "stack depth": DepthLimit,
    "exit": Exit,
}


def error_class(kind: str) -> type[ProgramError]:
    """The class of a run-time error of that kind."""
    return _CLASSES.get(kind, ProgramError)
