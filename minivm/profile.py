"""Where the time goes: a profile of what a VM's thread does.

In: a `Machine`. Out: a `Profile`, its processor time told apart by what it was spent on. The
library (jit/profile_api.h) takes samples and measures the stages of making traces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from minivm.executors import Executor, Place, read_executors, read_place
from minivm.machine import Machine
from minivm.native import NativeError

# In the order of mvm_activity.
TIER_ONE, TRACE, ENTERING, COLLECTOR, HELPER, OTHER = _ACTIVITIES = (
    "tier one",
    "trace",
    "entering",
    "collector",
    "helper",
    "other",
)


@dataclass(frozen=True)
class Share:
    """Nanoseconds that one activity took, in one place.

    `executor` is a number, from 0 on, and only of traces; `place` only of tier one, on line 0 where
    nobody knows the line. Of a helper,
    `helper` is the C function that tier one or the trace has called, "" when it has no name.
    """

    activity: str
    nanoseconds: float
    executor: int | None
    helper: str
    place: Place | None


@dataclass(frozen=True)
class Profile:
    """All times are in nanoseconds, and of the thread's processor time but for `wall`.

    `processor` is the whole time; `stages` and `shares` add up to it. The times of shares come from
    so many samples; without any there are no shares. `executors` are those of the VM.
    """

    processor: int
    wall: int
    samples: int
    stages: dict[str, int]
    shares: list[Share]
    executors: list[Executor]


class Profiler:
    """Profiles what this thread does with a VM, from now until `stop`, in the same thread."""

    def __init__(self, machine: Machine) -> None:
        """Raises NativeError when there can be no profile."""
        self._machine = machine
        self._pointer = machine.lib.mvm_profile_start(machine.pointer)
        if not self._pointer:
            raise NativeError("there is no profile here: it takes Linux, and SIGPROF to itself")

    def stop(self) -> Profile:
        """What was found. Must be called once, before the VM is closed."""
        lib = self._machine.lib
        lib.mvm_profile_stop(self._pointer)
        try:
            return self._read()
        finally:
            lib.mvm_profile_free(self._pointer)

    def _read(self) -> Profile:
        ffi, lib, vm = self._machine.ffi, self._machine.lib, self._machine.pointer
        times = lib.mvm_profile_read_times(self._pointer)
        stages = self._stages()
        sampled = sum(row.nanoseconds for row in self._rows())
        # The samples tell how what was not measured divides; measured times are exact.
        scale = max(0, times.processor - sum(stages.values())) / max(1, sampled)
        shares = [self._share(row, scale) for row in self._rows() if row.nanoseconds]
        # Their iterations were counted.
        executors = read_executors(ffi, lib, vm, counting=True)
        return Profile(times.processor, times.wall, times.samples, stages, shares, executors)

    def _rows(self) -> list[Any]:
        lib = self._machine.lib
        count = lib.mvm_profile_row_count(self._pointer)
        return [lib.mvm_profile_row_at(self._pointer, index) for index in range(count)]

    def _stages(self) -> dict[str, int]:
        """What each stage took, by name, in their order."""
        names = [*self._machine.stages(), "emission"]
        time_of = self._machine.lib.mvm_profile_stage
        return {name: int(time_of(self._pointer, stage)) for stage, name in enumerate(names)}

    def _share(self, row: Any, scale: float) -> Share:
        ffi = self._machine.ffi
        return Share(
            activity=_ACTIVITIES[row.activity],
            nanoseconds=row.nanoseconds * scale,
            executor=row.executor if row.executor >= 0 else None,
            helper=ffi.string(row.helper).decode() if row.helper else "",
            place=read_place(ffi, row.position) if row.position.function else None,
        )
