"""Connects a VM with whoever wants to know of its machine code.

In: a VM that has not run yet, and what is asked for. Out: gdb and perf are told of each executor as
it comes and goes. What fails is told once and given up; the program goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from minivm.debuginfo.gdb import GdbObjects
from minivm.debuginfo.jitdump import JitDump
from minivm.debuginfo.perf_map import PerfMap
from minivm.debuginfo.regions import Region, read_regions
from minivm.machine import Machine


class Listener(Protocol):
    """Is told of executors; `executor` is a number that no other has while it is there."""

    name: str

    def add(self, executor: int, regions: Sequence[Region]) -> None: ...
    def remove(self, executor: int) -> None: ...


# What is written for each form of --perf.
PERF_FILES: Mapping[str, tuple[Callable[[], Listener], ...]] = {
    "map": (PerfMap,),
    "jitdump": (JitDump,),
    "both": (PerfMap, JitDump),
}


def describe_code(
    machine: Machine, *, gdb: bool, perf: str, complain: Callable[[str], None]
) -> None:
    """Tell gdb, perf ("" or one of PERF_FILES), or both, of all that `machine` will compile.

    To be called before it runs. `complain` gets a line of text when that can't be done.
    """
    listeners: list[Listener] = [make() for make in PERF_FILES.get(perf, ())]
    if gdb:
        listeners.append(GdbObjects(machine.lib))
    observer = _observing(machine.ffi, machine.lib, listeners, complain)
    machine.observer = machine.ffi.callback("mvm_executor_observer", observer)
    machine.lib.mvm_set_observer(machine.pointer, machine.observer)


def _observing(
    ffi: Any, lib: Any, listeners: list[Listener], complain: Callable[[str], None]
) -> Callable[[Any, bool], None]:
    """What the library calls. It does not know the machine, so that both go at once."""

    def observe(executor: Any, made: bool) -> None:
        number = int(ffi.cast("uintptr_t", executor))
        regions = read_regions(ffi, lib, executor) if made and listeners else []
        for listener in tuple(listeners):
            try:
                if not made:
                    listener.remove(number)
                elif regions:
                    listener.add(number, regions)
            except Exception as error:  # nothing that goes wrong here is the program's fault
                listeners.remove(listener)
                complain(f"{listener.name} gets no more machine code: {_reason(error)}")

    return observe


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)
