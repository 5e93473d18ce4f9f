"""`minivm run --profile`: a run, and then where its time went.

In: a command's `Arguments`. Out: what the program prints, its exit code, and a report on the
standard error.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from minivm.commands.console import complain
from minivm.commands.parsing import Arguments, UsageError
from minivm.commands.profile_report import render_profile
from minivm.commands.program import engine_of, load, load_program, make_vm, run_program
from minivm.machine import Machine
from minivm.native import NativeError
from minivm.profile import Profiler


def execute(
    arguments: Arguments, before: float, prepare: Callable[[Machine, Arguments], None]
) -> int:
    """Run PROG, in a VM that `prepare` has been given.

    The process has taken `before` seconds of the processor for its own start.
    """
    if arguments.has("--stats"):
        raise UsageError("--stats and --profile are for two runs: counting takes time of its own")
    starting = _Stopwatch()
    starting.times["Python and its modules"] = before
    program = load_program(arguments)
    starting.lap("reading and compiling")
    engine = engine_of(arguments, "tier1")
    with make_vm(arguments, engine) as vm:
        load(vm, program, arguments)
        prepare(vm, arguments)
        starting.lap("making the VM, loading")
        try:
            profiler = Profiler(vm)
        except NativeError as error:
            raise UsageError(str(error)) from None
        try:
            code = run_program(vm, program)
        finally:
            profile = profiler.stop()
        complain(render_profile(profile, starting.times, program.code, engine))
    return code


class _Stopwatch:
    """Seconds of the processor, of this thread, by what they were for."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}
        self._last = time.thread_time()

    def lap(self, name: str) -> None:
        """What has passed since the last lap was for `name`."""
        now = time.thread_time()
        self.times[name] = now - self._last
        self._last = now
