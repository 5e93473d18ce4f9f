"""`minivm.VM`: programs of mvm inside a Python program.

In: source text, Python values, Python functions. Out: what programs print and leave; exceptions.
`docs/python.md` is the guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from minivm.embedding.arguments import (
    check_callable,
    check_jit,
    check_limit,
    check_text,
    check_timeout,
)
from minivm.embedding.function import Function
from minivm.embedding.host import Host, Word
from minivm.embedding.streams import descriptor_of, file_of, sink_of, wants_lines
from minivm.embedding.to_python import Reader
from minivm.embedding.to_vm import Writer
from minivm.embedding.watchdog import Watchdog
from minivm.errors import ProgramError
from minivm.generated.instruction_table import WORDS
from minivm.handles import Handle
from minivm.interruptible import call_interruptibly
from minivm.lang.code import Program, Update
from minivm.lang.session import Entry, Session
from minivm.lang.source import load_source
from minivm.machine import Machine

if TYPE_CHECKING:
    import os
    from types import TracebackType

_Callable = TypeVar("_Callable", bound=Callable[..., Any])


class VM:
    """A virtual machine: programs and their functions, records and values.

        vm = VM(timeout=2.0)
        vm.run("fn add(a b -- c) { a b + }")
        vm.call("add", 1, 2)                    # 3

    It belongs to one thread at a time; several run in parallel in several threads. Every method but
    `interrupt` raises RuntimeError while another thread uses it, and once it is closed.
    """

    def __init__(
        self,
        *,
        jit: bool | str = True,
        output: Any = None,
        input: Any = 0,
        max_heap: int = 0,
        max_depth: int = 0,
        timeout: float | None = None,
        arguments: Sequence[str] = (),
        debug: Mapping[str, Any] | None = None,
    ) -> None:
        """All limits are optional.

        `jit` may be "uops", to interpret what would be machine code. `output` takes what is
        printed: a file, a file descriptor, a function of one string, "capture" to keep it for
        `output`; None is `sys.stdout`. `input` is what programs read: text, a file or a file
        descriptor. `max_heap` is in bytes, `max_depth` in calls, `timeout` in
        seconds for each call from Python. `arguments` are what the word `args` gives. `debug` has
        options of `minivm.machine.Machine`.
        """
        check_jit(jit)
        check_limit("max_heap", max_heap, 2**64 - 1)
        check_limit("max_depth", max_depth, 2**32 - 1)
        check_timeout(timeout)
        engine = "uops" if jit == "uops" else "jit" if jit else "tier1"
        sink = sink_of(output)
        # Kept open as long as the VM.
        self._input = file_of(input)
        self.machine = Machine(
            engine=engine,
            output=descriptor_of(output),
            input=self._input if isinstance(self._input, int) else self._input.fileno(),
            max_heap=max_heap,
            max_depth=max_depth,
            **(debug or {}),
        )
        self._lock = RLock()
        self._depth = 0
        self._session = Session()
        self._texts = 0
        # Of `eval`.
        self._variables: dict[str, Handle] = {}
        self._host = Host(self, sink, wants_lines(output))
        # Nothing that the VM owns may own the VM: who drops it wants its memory back.
        weak = ref(self)
        self._reader = Reader(self.machine, lambda place, view: _function(weak(), place, view))
        self._writer = Writer(self.machine)
        self.machine.read_thrown = lambda: _read_thrown(weak())
        bark = self.machine.time_out
        self._watchdog = Watchdog(timeout, bark) if timeout is not None else None
        self.machine.add_arguments(arguments)

    # --- running ---

    def run(self, program: str | Program, path: str | None = None) -> None:
        """Run a program: source text, or what `minivm.compile` or a `CodeBuilder` made.

        What it declares lasts; its variables do not. `path` is how errors call the text. Raises
        SourceError, ProgramError; VerifyError for a program that could crash the VM.
        """
        _require_room()
        self._enter()
        try:
            if isinstance(program, Program):
                self._run_program(program)
                return
            check_text("a program", program, "source text or a compiled program")
            path = path or self._next_path()
            self._run_entry(self._session.compile_text(program, path), path, ())
        finally:
            self._leave()

    def run_file(self, path: str | os.PathLike[str]) -> None:
        """Run the program in a file. Raises SourceError, also when it can't be read."""
        name = str(path)
        self.run(load_source(name), name)

    def eval(self, text: str, path: str | None = None) -> Any:
        """What `text` leaves on the stack: None, a value, or a tuple of several.

        As at a prompt, its variables last, for the next `eval`.
        """
        _require_room()
        self._enter()
        try:
            path = path or self._next_path()
            entry = self._session.compile_entry(text, path)
            left = self._run_entry(entry, path, [self._variables[name] for name in entry.takes])
            count = len(entry.variables)
            # Unless a word has used `eval` meanwhile: then it is its variables that last.
            if self._session.variables is entry.variables:
                self._variables = dict(zip(entry.variables, left, strict=False))
                self._session.drop_stack(len(left) - count)
            return _unpack([self._from_handle(handle) for handle in left[count:]])
        finally:
            self._leave()

    def call(self, function: str | Function, *arguments: object) -> Any:
        """What a function leaves: None, a value, or a tuple of several.

        Raises KeyError for a name that is not known, TypeError for the wrong number of arguments or
        a value that can't go in, OverflowError, ValueError; ProgramError when the function fails.
        """
        _require_room()
        self._enter()
        lib, vm = self.machine.lib, self.machine.pointer
        place = lib.mvm_exchange_count(vm)
        try:
            self._put_function(function, len(arguments))
            for number, argument in enumerate(arguments, 1):
                self._writer.put(argument, f"argument {number}")
            self._start(lambda: bool(lib.mvm_call(vm, place)))
            return _unpack(self.take(place))
        finally:
            lib.mvm_exchange_cut(vm, place)
            self._leave()

    def __getitem__(self, name: str) -> Function:
        """A function by name: one that a program declared, a constructor, a generic, a word."""
        check_text("a function's name", name, "text")
        if name not in self and name not in WORDS:
            raise KeyError(f"no function is called {name!r}")
        function = self.eval(f"&{name}")
        assert isinstance(function, Function)
        return function

    def __contains__(self, name: str) -> bool:
        return self._session.definition(name) is not None

    def names(self) -> list[str]:
        """All that programs and Python have declared: functions, records, generics, words."""
        return sorted(self._session.definitions())

    # --- words ---

    def word(self, name: str, effect: str) -> Callable[[_Callable], _Callable]:
        """Decorates a Python function that programs may call by that name.

        `effect` is as in a declaration, `(name -- value)`: the function gets what stands before the
        dashes and returns what comes after them, None for nothing, a tuple for several.
        """

        def decorate(function: _Callable) -> _Callable:
            self.register(name, function, effect)
            return function

        return decorate

    def register(self, name: str, function: Callable[..., Any], effect: str) -> None:
        """Make a Python function a word; again, with the same effect, to replace it."""
        check_callable(name, function)
        self._enter()
        try:
            for word in self._host.words:
                if word.name == name and word.effect == effect:
                    word.function = function
                    return
            number = self._session.add_word(name, effect)
            assert number == len(self._host.words)
            definition = self._session.definition(name)
            assert definition is not None
            results = len(definition.effect.outputs)
            self._host.words.append(Word(name, effect, results, function))
        finally:
            self._leave()

    # --- output, limits, the end ---

    @property
    def output(self) -> str:
        """All that was printed so far, with output="capture"."""
        return self.machine.captured().decode(errors="replace")

    def take_output(self) -> str:
        """What was printed since this was last called, with output="capture"."""
        self._enter()
        try:
            text = self.output
            self.machine.lib.mvm_forget_output(self.machine.pointer)
            return text
        finally:
            self._leave()

    def interrupt(self) -> None:
        """Stop the running program, from any thread: it raises Interrupted."""
        self.machine.interrupt()

    def collect(self) -> None:
        """Free the memory of all that nothing refers to any more."""
        self._enter()
        try:
            self.machine.free_dropped()
            self.machine.lib.mvm_collect(self.machine.pointer)
        finally:
            self._leave()

    def close(self) -> None:
        """Give the memory back; of no use after this. A VM that is dropped closes itself."""
        if not self.machine.pointer:
            return
        self._enter()
        running = self._depth > 1
        self._leave()
        if running:
            raise RuntimeError("a VM can't be closed while a program runs in it")
        self.machine.close()

    def __enter__(self) -> VM:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if "machine" in self.__dict__:
            self.machine.close()

    # --- for the modules of this package ---

    def take(self, place: int) -> list[Any]:
        """What stands on the exchange from `place` on, converted and taken off."""
        lib, vm = self.machine.lib, self.machine.pointer
        locked, self._host.locked = self._host.locked, True
        try:
            return self._reader.read(place, lib.mvm_exchange_count(vm) - place)
        finally:
            self._host.locked = locked
            lib.mvm_exchange_cut(vm, place)

    def give(self, values: Iterable[Any], what: str) -> None:
        """Put values on the exchange; `what` is how messages call them."""
        for value in values:
            self._writer.put(value, what)

    # --- private ---

    def _enter(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("the VM is in use by another thread")
        if not self.machine.pointer or self._host.locked:
            self._lock.release()
            what = "is converting values" if self.machine.pointer else "is closed"
            raise RuntimeError(f"the VM {what}")
        self._depth += 1

    def _leave(self) -> None:
        self._depth -= 1
        self._lock.release()

    def _next_path(self) -> str:
        self._texts += 1
        return "<text>" if self._texts == 1 else f"<text {self._texts}>"

    def _run_program(self, program: Program) -> None:
        from minivm.verifier import verify

        # Whoever made it, and whatever has been done to it since: it can't crash the VM.
        verify(program)
        update, main = self._session.add_program(program)
        self._load(update)
        self.machine.call(main, start=self._start)

    def _run_entry(self, entry: Entry, path: str, arguments: Sequence[Handle]) -> list[Handle]:
        self._load(entry.update)
        succeeded = False
        try:
            left = self.machine.call(entry.function, arguments, self._start)
            succeeded = True
            return left
        finally:
            self._session.done(entry, succeeded)
            if len(entry.update.functions) <= 1 and not entry.replaced:
                # Nothing that is left is of this text.
                self._session.program.sources.pop(path, None)

    def _load(self, update: Update) -> None:
        try:
            self.machine.update(update)
        except BaseException:
            # The session counts on it: there is no way back.
            self.machine.close()
            raise

    def _put_function(self, function: str | Function, count: int) -> None:
        machine = self.machine
        if isinstance(function, str):
            definition = self._session.definition(function)
            if definition is not None and definition.kind == "function":
                code = self._session.program.functions[definition.index]
                _check_count(code.name, code.parameters, count)
                machine.check(machine.lib.mvm_put_function(machine.pointer, definition.index))
                return
            function = self[function]
        if not isinstance(function, Function):
            raise TypeError(f"a function is named or a Function, not {type(function).__name__}")
        _check_count(function.name, function.parameters, count)
        number = function.number_in(machine, "the function that is called")
        machine.check(machine.lib.mvm_put_handle(machine.pointer, number))

    def _start(self, run: Callable[[], bool]) -> None:
        """Run in the VM. Calls from within a word are part of the outermost one."""
        outermost = self._depth == 1
        if outermost:
            self._host.forget()
        watchdog = self._watchdog if outermost else None
        try:
            if watchdog:
                watchdog.start()
            finished = call_interruptibly(run, self.interrupt) if outermost else run()
        finally:
            if watchdog:
                watchdog.stop()
        try:
            self.machine.check(finished)
        except ProgramError as error:
            raise self._host.translate(error) from error.__cause__

    def _from_handle(self, handle: Handle) -> Any:
        machine = self.machine
        place = machine.lib.mvm_exchange_count(machine.pointer)
        machine.check(machine.lib.mvm_put_handle(machine.pointer, handle.number))
        return self.take(place)[0]


def _function(vm: VM | None, place: int, view: Any) -> Function:
    """The function that stands on the exchange at `place`."""
    assert vm is not None
    name = vm.machine.ffi.string(view.name).decode()
    return Function(vm, vm.machine.handle(place), name, view.parameters, view.results)


def _read_thrown(vm: VM | None) -> object:
    """The value that a program threw, of the pending error."""
    if vm is None:
        return None
    lib, pointer = vm.machine.lib, vm.machine.pointer
    place = lib.mvm_exchange_count(pointer)
    if not lib.mvm_put_error(pointer):
        return None
    try:
        thrown = vm.take(place)[0]
    except ValueError:
        return None
    return thrown["value"] if thrown is not None else None


def _require_room(calls: int = 40) -> None:
    """Raises RecursionError where Python's stack is too full for so many calls: better here than
    on the other side of the library, where there is nobody to raise it to.
    """
    if calls:
        _require_room(calls - 1)


def _unpack(values: list[Any]) -> Any:
    if len(values) > 1:
        return tuple(values)
    return values[0] if values else None


def _check_count(name: str, parameters: int, count: int) -> None:
    if count != parameters:
        values = "value" if parameters == 1 else "values"
        raise TypeError(f"{name} takes {parameters} {values}, not {count}")
