"""The virtual machine for Python: a thin wrapper of the C interface (runtime/api.h).

In: a compiled `Program` (minivm/lang) and options. Out: its output, at a file descriptor or kept;
a `ProgramError` when it fails; statistics and executors (minivm/executors.py) to look into.

    with VM(engine="jit") as vm:
        vm.load(compile_source(text, path))
        vm.run()
"""

from __future__ import annotations

from collections.abc import Sequence

from minivm.generated.instruction_table import DIGEST
from minivm.interruptible import call_interruptibly
from minivm.lang.code import Program, Update
from minivm.loader import Loader, path_bytes, whole
from minivm.native import NativeError, load

# Not typing: see minivm/native.py.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from minivm.executors import Executor, Statistics

# In the order of mvm_engine.
ENGINES = ("tier1", "uops", "jit")
CAPTURE = -1


class TracebackEntry:
    """A call in progress. `column` and `end_column` mark the word, as in `lang.Position`."""

    __slots__ = ("column", "end_column", "function", "line", "path")

    def __init__(self, function: str, path: str, line: int, column: int, end_column: int) -> None:
        self.function = function
        self.path = path
        self.line = line
        self.column = column
        self.end_column = end_column


class ProgramError(Exception):
    """A run-time error of a program.

    `kind` is one word or two ("overflow", "division by zero"), `message` one line. `innermost` are
    the calls in progress, the one that failed first; of very many, `omitted` follow that are not
    kept, and then `outermost`.
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

    def __str__(self) -> str:
        return f"{self.message} ({self.kind})"


class VM:
    """One virtual machine; it shares nothing with others. Close it, or use it in a `with`.

    All numbers may be 0 for the default or no limit. Only `interrupt` may be called from another
    thread than the one that runs the program.
    """

    def __init__(
        self,
        *,
        engine: str = "tier1",
        output: int = 1,
        max_depth: int = 0,
        max_heap: int = 0,
        force_exits: int = 0,
        warm_up: int = 0,
        loop_threshold: int = 0,
        entry_threshold: int = 0,
        stress: bool = False,
        counting: bool = False,
        checking: bool = False,
        keep_stages: bool = False,
    ) -> None:
        """`engine` is one of ENGINES, `output` a file descriptor or CAPTURE.

        `max_depth` is in calls, `max_heap` in bytes; thresholds are in executions, 1 … 4095.
        `force_exits` is a seed, below 2**64: leave traces at random (for tests).
        Raises NativeError when the library can't be loaded, MemoryError when there is no room.
        """
        self._ffi, self._lib = load()
        if self._ffi.string(self._lib.mvm_definitions_digest()).decode() != DIGEST:
            raise NativeError("libminivm is not the one for this uops.def: run `minivm build`")
        options = self._ffi.new("mvm_options *")
        options.output_descriptor = output
        options.engine = ENGINES.index(engine)
        options.max_depth = max_depth
        options.max_heap = max_heap
        options.force_exits = force_exits
        options.warm_up = warm_up
        options.loop_threshold = loop_threshold
        options.entry_threshold = entry_threshold
        options.stress = stress
        options.counting = counting
        options.checking = checking
        options.keep_stages = keep_stages
        self._vm = self._lib.mvm_vm_new(options)
        if not self._vm:
            raise MemoryError("no memory for a virtual machine")

    def __enter__(self) -> VM:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back. Nothing else may be called after this."""
        if self._vm:
            self._lib.mvm_vm_free(self._vm)
            self._vm = self._ffi.NULL

    def load(self, program: Program) -> None:
        """Add a program's functions; the main program becomes function 0. Once for each VM."""
        self.update(whole(program))

    def update(self, update: Update) -> None:
        """Add what an entry of a session (lang/session.py) brings to its program."""
        Loader(self._ffi, self._lib, self._vm, self._check).load(update)

    def add_arguments(self, arguments: Sequence[str]) -> None:
        """What the word `args` gives. Raises UnicodeEncodeError for what is not text."""
        for argument in arguments:
            content = argument.encode()
            self._check(self._lib.mvm_add_argument(self._vm, content, len(content)))

    def run(self, function: int = 0) -> None:
        """Run a function that takes nothing; ProgramError when it fails.

        In the main thread, Ctrl-C makes it fail with an error of the kind "interrupt".
        """
        vm, run = self._vm, self._lib.mvm_run
        self._check(call_interruptibly(lambda: bool(run(vm, function)), self.interrupt))

    def interrupt(self) -> None:
        """Stop the running program, from any thread."""
        if self._vm:
            self._lib.mvm_interrupt(self._vm)

    def units(self, function: int, count: int) -> list[int]:
        """The first `count` units of a function's code as they are now, specialised."""
        units = self._lib.mvm_function_units(self._vm, function)
        return list(self._ffi.unpack(units, count))

    def captured(self) -> bytes:
        """What the program has printed so far, with `output=CAPTURE`."""
        length = self._ffi.new("uint64_t *")
        start = self._lib.mvm_output_bytes(self._vm, length)
        return bytes(self._ffi.buffer(start, length[0]))

    def statistics(self) -> Statistics:
        """The account of what has run so far."""
        from minivm.executors import read_statistics

        return read_statistics(self._lib, self._vm)

    def executors(self) -> list[Executor]:
        """Every trace made so far, oldest first; uops of each stage only with `keep_stages`."""
        from minivm.executors import read_executors

        return read_executors(self._ffi, self._lib, self._vm)

    def _check(self, succeeded: bool) -> None:
        """Raise the pending error unless the library said that all is well."""
        if succeeded:
            return
        length = self._ffi.new("uint64_t *")
        kind = self._sized_text(self._lib.mvm_error_name(self._vm, length), length)
        if kind == "none":
            raise MemoryError("no memory for the program")
        message = self._sized_text(self._lib.mvm_error_text(self._vm, length), length)
        count = int(self._lib.mvm_traceback_length(self._vm))
        omitted = int(self._lib.mvm_traceback_omitted(self._vm))
        entries = [self._traceback_entry(index) for index in range(count)]
        first = int(self._lib.mvm_traceback_innermost()) if omitted else count
        raise ProgramError(kind, message, entries[:first], omitted, entries[first:])

    def _traceback_entry(self, index: int) -> TracebackEntry:
        entry = self._lib.mvm_traceback_at(self._vm, index)
        name, path = self._text(entry.name), self._text(entry.path)
        return TracebackEntry(name, path, entry.line, entry.column, entry.end_column)

    def _sized_text(self, characters: Any, length: Any) -> str:
        return bytes(self._ffi.buffer(characters, length[0])).decode(errors="replace")

    def _text(self, characters: Any) -> str:
        content: bytes = self._ffi.string(characters)
        return content.decode(errors="replace")


def as_loaded(path: str) -> str:
    """How a traceback calls the file at `path`."""
    return path_bytes(path).decode()
