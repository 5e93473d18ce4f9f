"""Words of the host: Python functions that a program calls.

In: calls and output from the library (runtime/host.c). Out: results on the exchange, or an error
recorded in the VM. Exceptions never cross the library: they are kept here, and raised again by
whoever started the program, unless the program catches the error that they became.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import ref

from minivm.embedding.streams import Sink
from minivm.errors import Error, Exit, Interrupted, ProgramError, Timeout

if TYPE_CHECKING:
    from minivm.embedding.vm import VM

# In bytes; what the VM keeps of a message must be all of it, so that it can be found again.
_LONGEST_MESSAGE = 200
# Runs that have been stopped stay so: no program catches these.
_STOPS = (Interrupted, Timeout, Exit)


class Word:
    """A word: its name, its effect as text, and what it calls."""

    __slots__ = ("effect", "function", "name", "results")

    def __init__(self, name: str, effect: str, results: int, function: Callable[..., Any]) -> None:
        self.name = name
        self.effect = effect
        self.results = results
        self.function = function


class Host:
    """What the library calls, for one VM."""

    def __init__(self, vm: VM, sink: Sink | None, by_lines: bool) -> None:
        # The VM owns this: it would never be freed if this owned it, too.
        self._vm = ref(vm)
        self._machine = vm.machine
        self._sink = sink
        self.words: list[Word] = []
        # What the last failed word raised, and what is to end the program whatever it catches.
        self._raised: BaseException | None = None
        self._stopping: BaseException | None = None
        # True while nothing may run in the VM.
        self.locked = False
        ffi, lib = vm.machine.ffi, vm.machine.lib
        self._callbacks = (
            ffi.callback("mvm_host_word", self._call_word),
            ffi.callback("mvm_host_output", self._take_output) if sink else ffi.NULL,
        )
        lib.mvm_set_host(vm.machine.pointer, *self._callbacks, by_lines)

    def forget(self) -> None:
        """A new run begins: nothing has been raised."""
        self._raised = self._stopping = None

    def translate(self, error: ProgramError) -> BaseException:
        """What to raise for an error of the VM."""
        if self._stopping is not None and isinstance(error, Interrupted):
            stopping, self._stopping = self._stopping, None
            return stopping
        raised = self._raised
        if raised is not None and _message_of(raised) == error.message:
            error.__cause__ = raised
            if isinstance(raised, ProgramError):
                # Its calls are those of the word's caller, too.
                error.innermost, error.omitted = raised.innermost, raised.omitted
                error.outermost = raised.outermost
        return error

    # --- called by the library ---

    def _call_word(self, _: Any, index: int, place: int) -> bool:
        vm, word = self._vm(), self.words[index]
        assert vm is not None
        try:
            arguments = vm.take(place)
            result = word.function(*arguments)
            vm.give(_results(word, result), f"the result of {word.name}")
            return True
        except BaseException as error:
            return self._fail(vm, error)

    def _take_output(self, _: Any, content: Any, count: int) -> bool:
        assert self._sink is not None
        locked, self.locked = self.locked, True
        try:
            self._sink(self._machine.ffi.buffer(content, count)[:])
            return True
        except BaseException as error:
            return self._fail(None, error)
        finally:
            self.locked = locked

    def _fail(self, vm: VM | None, error: BaseException) -> bool:
        """Record in the VM what Python code has raised."""
        lib, pointer = self._machine.lib, self._machine.pointer
        if isinstance(error, _STOPS) or not isinstance(error, Exception):
            self._stopping = error
            return bool(lib.mvm_fail_stopped(pointer))
        self._raised = error
        if isinstance(error, ProgramError) and vm is not None:
            return self._throw_again(vm, error)
        return bool(lib.mvm_fail_host(pointer, _message_of(error).encode()))

    def _throw_again(self, vm: VM, error: ProgramError) -> bool:
        """An error of a program that the word has run stays what it was."""
        from minivm.embedding.record import Record

        trace = [
            f"{call.function} ({call.path}:{call.line}:{call.column})" for call in error.traceback
        ]
        lib, pointer = self._machine.lib, self._machine.pointer
        place = lib.mvm_exchange_count(pointer)
        try:
            record = Record(
                "Error",
                kind=error.kind,
                message=error.message,
                line=error.line,
                value=error.value,
                trace=trace,
            )
            vm.give([record], "the error")
            return bool(lib.mvm_fail_thrown(pointer, place))
        except (Error, TypeError, ValueError):
            return bool(lib.mvm_fail_host(pointer, _message_of(error).encode(errors="replace")))
        finally:
            lib.mvm_exchange_cut(pointer, place)


def _results(word: Word, result: Any) -> Sequence[Any]:
    if word.results == 1:
        return (result,)
    if word.results == 0:
        if result is None:
            return ()
        raise TypeError(f"{word.name} {word.effect} must return None")
    if isinstance(result, (tuple, list)) and len(result) == word.results:
        return result
    raise TypeError(f"{word.name} {word.effect} must return a tuple of {word.results} values")


def _message_of(error: BaseException) -> str:
    """One line, which comes out of the VM as it goes in."""
    if isinstance(error, ProgramError):
        return error.message
    text = " ".join(str(error).replace("\0", " ").split())
    name = type(error).__name__
    message = (f"{name}: {text}" if text else name).encode(errors="replace")
    return message[:_LONGEST_MESSAGE].decode(errors="ignore")
