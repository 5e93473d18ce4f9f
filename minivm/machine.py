"""The virtual machine for Python: a thin wrapper of the C interface (runtime/api.h).

In: a compiled `Program` (minivm/lang) and options. Out: its output, at a file descriptor or kept;
a `ProgramError` when it fails; statistics and executors (minivm/executors.py) to look into.

    with Machine(engine="jit") as machine:
        machine.load(compile_source(text, path))
        machine.run()

For programs that embed minivm there is `minivm.VM`, which is made of this (minivm/embedding).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from minivm.errors import Exit, ProgramError, TracebackEntry, error_class
from minivm.generated.instruction_table import DIGEST
from minivm.handles import Handle
from minivm.interruptible import call_interruptibly
from minivm.lang.code import Program, Update
from minivm.loader import Loader, path_bytes, whole
from minivm.native import NotBuiltError, load

# Not typing: see minivm/native.py.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from minivm.executors import Executor, Statistics
    from minivm.llvm.engine import Engine

# In the order of mvm_engine.
ENGINES = ("tier1", "uops", "jit", "llvm")
CAPTURE = -1
LLVM_LEVELS = (0, 1, 2, 3)


class Machine:
    """One virtual machine; it shares nothing with others. Close it, or use it in a `with`.

    All numbers may be 0 for the default or no limit. Only `interrupt` may be called from another
    thread than the one that runs the program. `pointer` is the library's VM, to be used with `lib`
    and `ffi` by modules of this package.
    """

    def __init__(
        self,
        *,
        engine: str = "tier1",
        output: int = 1,
        input: int = 0,
        max_depth: int = 0,
        max_heap: int = 0,
        max_code: int = 0,
        force_exits: int = 0,
        warm_up: int = 0,
        loop_threshold: int = 0,
        entry_threshold: int = 0,
        exit_threshold: int = 0,
        stress: bool = False,
        counting: bool = False,
        checking: bool = False,
        keep_stages: bool = False,
        disabled: Sequence[str] = (),
        llvm_level: int = 2,
    ) -> None:
        """`engine` is one of ENGINES, `llvm_level` one of LLVM_LEVELS: how much the engine "llvm",
        which needs llvmlite, optimises.

        `output` a file descriptor or CAPTURE, `input` a descriptor.

        `max_depth` is in calls, `max_heap` and `max_code` (of machine code and what is kept with
        it) in bytes; thresholds are in executions, 1 … 4095.
        `force_exits` is a seed, below 2**64: leave traces at random (for tests). `disabled` names
        what traces do without, of `switches`; ValueError for others.
        Raises NativeError when the library can't be loaded, MemoryError when there is no room.
        """
        self.ffi, self.lib = load()
        # The numbers of handles that nothing refers to any more; freed before the next one is made.
        self.dropped: list[int] = []
        # What a program has thrown, for Python; None when nobody wants to know.
        self.read_thrown: Callable[[], object] | None = None
        self._check_library()
        self._counting = counting
        self.pointer = self._new_vm(
            output_descriptor=output,
            input_descriptor=input,
            engine=ENGINES.index(engine),
            max_depth=max_depth,
            max_heap=max_heap,
            max_code=max_code,
            force_exits=force_exits,
            warm_up=warm_up,
            loop_threshold=loop_threshold,
            entry_threshold=entry_threshold,
            exit_threshold=exit_threshold,
            stress=stress,
            counting=counting,
            checking=checking,
            keep_stages=keep_stages,
            disabled=self._mask_of(disabled),
        )
        # Keeps alive what the library calls as executors come and go (minivm/debuginfo).
        self.observer: Any = None
        self.llvm = self._start_llvm(llvm_level) if engine == "llvm" else None

    def _new_vm(self, **options: int) -> Any:
        pointer = self.lib.mvm_vm_new(self.ffi.new("mvm_options *", options))
        if not pointer:
            raise MemoryError("no memory for a virtual machine")
        return pointer

    def _check_library(self) -> None:
        """Its opcodes mean what the tables in Python say."""
        if self.ffi.string(self.lib.mvm_definitions_digest()).decode() != DIGEST:
            raise NotBuiltError("libminivm is not the one for this uops.def: run `minivm build`")

    def stages(self) -> list[str]:
        """What a trace goes through, in this order, before it is emitted."""
        names: list[str] = []
        while name := self.lib.mvm_stage_name(len(names)):
            names.append(self._text(name))
        return names

    @staticmethod
    def switches() -> dict[str, int]:
        """What traces can do without, passes and other things, by name; each one's bit."""
        ffi, lib = load()
        names: list[str] = []
        while name := lib.mvm_switch_name(len(names)):
            names.append(ffi.string(name).decode())
        return {name: index for index, name in enumerate(names) if name}

    def _mask_of(self, disabled: Sequence[str]) -> int:
        if not disabled:
            return 0
        switches = self.switches()
        for name in disabled:
            if name not in switches:
                known = ", ".join(switches)
                raise ValueError(f"traces can't do without '{name}', but without any of: {known}")
        return sum(1 << switches[name] for name in set(disabled))

    def _start_llvm(self, level: int) -> Engine:
        try:
            from minivm.llvm.engine import Engine

            return Engine(self, level)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Machine:
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
        if self.pointer:
            self.lib.mvm_vm_free(self.pointer)
            self.pointer = self.ffi.NULL
            self.llvm = self.observer = None

    def load(self, program: Program) -> None:
        """Add a program's functions; the main program becomes function 0. Once for each VM."""
        self.update(whole(program))

    def update(self, update: Update) -> None:
        """Add what an entry of a session (lang/session.py) brings to its program."""
        Loader(self.ffi, self.lib, self.pointer, self.check).load(update)

    def end_line(self) -> None:
        """Print a line break unless nothing was printed since the last one."""
        self.check(self.lib.mvm_end_line(self.pointer))

    def add_arguments(self, arguments: Sequence[str]) -> None:
        """What the word `args` gives. Raises UnicodeEncodeError for what is not text."""
        for argument in arguments:
            content = argument.encode()
            self.check(self.lib.mvm_add_argument(self.pointer, content, len(content)))

    def run(self, function: int = 0) -> None:
        """Run a function that takes nothing; ProgramError when it fails.

        In the main thread, Ctrl-C makes it fail with an error of the kind "interrupt".
        """
        vm, run = self.pointer, self.lib.mvm_run
        self._start(lambda: bool(run(vm, function)))

    def call(
        self,
        function: int,
        arguments: Sequence[Handle] = (),
        start: Callable[[Callable[[], bool]], None] | None = None,
    ) -> list[Handle]:
        """What a function leaves. It must take as many arguments as there are; else as `run`.

        `start` starts it, and raises what it fails with, in another way than `run` does.
        """
        vm, lib = self.pointer, self.lib
        place = lib.mvm_exchange_count(vm)
        try:
            self.check(lib.mvm_put_function(vm, function))
            for argument in arguments:
                self.check(lib.mvm_put_handle(vm, argument.number))
            (start or self._start)(lambda: bool(lib.mvm_call(vm, place)))
            return [self.handle(at) for at in range(place, lib.mvm_exchange_count(vm))]
        finally:
            lib.mvm_exchange_cut(vm, place)

    def _start(self, run: Callable[[], bool]) -> None:
        self.check(call_interruptibly(run, self.interrupt, keep_handler=False))

    def handle(self, place: int) -> Handle:
        """A handle of what stands on the exchange at `place`."""
        self.free_dropped()
        number = self.lib.mvm_handle_new(self.pointer, place)
        self.check(number >= 0)
        return Handle(self, number)

    def free_dropped(self) -> None:
        """Free the handles that nothing refers to. Nothing may be running in another thread."""
        while self.dropped:
            self.lib.mvm_handle_free(self.pointer, self.dropped.pop())

    def show(self, handle: Handle) -> str:
        """The value as it looks in a list: strings are quoted."""
        vm, lib = self.pointer, self.lib
        place = lib.mvm_exchange_count(vm)
        try:
            self.check(lib.mvm_put_list(vm))
            self.check(lib.mvm_put_handle(vm, handle.number))
            self.check(lib.mvm_fill_list(vm, place, 1))
            self.check(lib.mvm_put_text(vm, place))
            return self.text_at(place + 1)[1:-1]
        finally:
            lib.mvm_exchange_cut(vm, place)

    def text_at(self, place: int) -> str:
        """The string on the exchange at `place`."""
        length = self.ffi.new("uint64_t *")
        value = self.lib.mvm_exchange_values(self.pointer) + place
        return self._sized_text(self.lib.mvm_read_string(value, length), length)

    def interrupt(self) -> None:
        """Stop the running program, from any thread."""
        if self.pointer:
            self.lib.mvm_interrupt(self.pointer)

    def time_out(self) -> None:
        """Stop the running program with a "timeout" error, from any thread."""
        if self.pointer:
            self.lib.mvm_time_out(self.pointer)

    def units(self, function: int, count: int) -> list[int]:
        """The first `count` units of a function's code as they are now, specialised."""
        units = self.lib.mvm_function_units(self.pointer, function)
        return list(self.ffi.unpack(units, count))

    def captured(self) -> bytes:
        """What the program has printed so far, with `output=CAPTURE`."""
        length = self.ffi.new("uint64_t *")
        start = self.lib.mvm_output_bytes(self.pointer, length)
        return bytes(self.ffi.buffer(start, length[0]))

    def statistics(self) -> Statistics:
        """The account of what has run so far."""
        from minivm.executors import read_statistics

        return read_statistics(self.lib, self.pointer)

    def executors(self) -> list[Executor]:
        """Every trace made so far, oldest first; uops of each stage only with `keep_stages`."""
        from minivm.executors import read_executors

        return read_executors(self.ffi, self.lib, self.pointer, self._counting)

    def check(self, succeeded: bool) -> None:
        """Raise the pending error unless the library said that all is well."""
        if not succeeded:
            raise self._pending_error()

    def _pending_error(self) -> ProgramError:
        length = self.ffi.new("uint64_t *")
        kind = self._sized_text(self.lib.mvm_error_name(self.pointer, length), length)
        if kind == "none":
            raise MemoryError("no memory for the program")
        message = self._sized_text(self.lib.mvm_error_text(self.pointer, length), length)
        count = int(self.lib.mvm_traceback_length(self.pointer))
        omitted = int(self.lib.mvm_traceback_omitted(self.pointer))
        entries = [self._traceback_entry(index) for index in range(count)]
        first = int(self.lib.mvm_traceback_innermost()) if omitted else count
        error = error_class(kind)(kind, message, entries[:first], omitted, entries[first:])
        if isinstance(error, Exit):
            error.status = int(self.lib.mvm_error_status(self.pointer))
        if self.read_thrown:
            error.value = self.read_thrown()
        self.lib.mvm_clear_error(self.pointer)
        return error

    def _traceback_entry(self, index: int) -> TracebackEntry:
        entry = self.lib.mvm_traceback_at(self.pointer, index)
        name, path = self._text(entry.name), self._text(entry.path)
        return TracebackEntry(name, path, entry.line, entry.column, entry.end_column)

    def _sized_text(self, characters: Any, length: Any) -> str:
        return bytes(self.ffi.buffer(characters, length[0])).decode(errors="replace")

    def _text(self, characters: Any) -> str:
        content: bytes = self.ffi.string(characters)
        return content.decode(errors="replace")


def as_loaded(path: str) -> str:
    """How a traceback calls the file at `path`."""
    return path_bytes(path).decode()
