"""Running programs to look at their traces.

In: a program's text and options of the VM. Out: what it printed, its error if it had one, its
statistics and its executors. Traces are made soon and checked after every pass, unless the options
say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from minivm.errors import ProgramError
from minivm.executors import Executor, Statistics
from minivm.lang import compile_source
from minivm.lang.code import Program
from minivm.machine import CAPTURE, Machine

NO_SIDE_TRACES = 1_000_000
SOON: dict[str, Any] = {
    "engine": "jit", "warm_up": 2, "loop_threshold": 20, "entry_threshold": 4000,
    "exit_threshold": NO_SIDE_TRACES, "checking": True,
}  # fmt: skip


@dataclass(frozen=True)
class Ran:
    output: str
    error: ProgramError | None
    statistics: Statistics
    executors: list[Executor]

    @property
    def exits(self) -> dict[str, int]:
        """How often traces were left, by reason; only reasons that came up."""
        return {name: number for name, number in self.statistics.exits.items() if number}

    @property
    def aborts(self) -> dict[str, int]:
        return {name: number for name, number in self.statistics.aborts.items() if number}


def compiled(text: str, path: str = "test.mvm") -> Program:
    return compile_source(text, path)


def run(text: str, **options: Any) -> Ran:
    with Machine(output=CAPTURE, **{**SOON, **options}) as vm:
        vm.load(compiled(text))
        error = None
        try:
            vm.run()
        except ProgramError as raised:
            error = raised
        return Ran(vm.captured().decode(), error, vm.statistics(), vm.executors())
