"""What times alone do not show: how programs warm up, short runs, and what their traces take.

In: programs and the names of minivm's engines. Out: a `Look` for each program on each engine, and
failures, as those of the timed runs. Each look is a process of its own (inside.py).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.inside import LEAST_ITERATIONS
from bench.measure import Failure, Progress, launch
from bench.suite import SMALL, answers, smaller_text

# The engines that make machine code; LLVM does so for longer than a short program runs.
_COMPILING = ("jit", "llvm")
_NOT_SHORT = ("llvm",)

# Each iteration's time is the least of so many processes: it is short, and easily disturbed.
_PROCESSES = 5
# Short runs of each engine, by turns.
_SHORT_RUNS = 15


@dataclass(frozen=True)
class Look:
    """Seconds of each iteration of the program with little to do, in one VM; and of short runs,
    each in a VM of its own.

    Of a whole run `traces` has what each trace took to make, in nanoseconds, its bytes of code,
    and of exits. `uops` and `bytes` are those of all traces, `bytes` with all that is kept with
    the code.
    """

    program: str
    engine: str
    iterations: tuple[float, ...] = ()
    traces: tuple[tuple[int, int, int], ...] = ()
    uops: int = 0
    bytes: int = 0
    short: tuple[float, ...] = ()


class LookError(Exception):
    """Why there is nothing to be seen."""


def look_inside(
    programs: Sequence[str], engines: Sequence[str], timeout: float, progress: Progress
) -> tuple[list[Look], list[Failure]]:
    """Looks into every program on every engine."""
    looks: list[Look] = []
    failures: list[Failure] = []
    for program in programs:
        if smaller_text(program, SMALL) is None:
            continue
        looker = _Looker(program, timeout)
        for engine, look in _attempted(looker, engines, progress):
            if isinstance(look, Look):
                looks.append(look)
            else:
                failures.append(Failure(program, engine, str(look)))
                progress.say(f"error: {failures[-1]}")
    return looks, failures


def _attempted(
    looker: _Looker, engines: Sequence[str], progress: Progress
) -> Iterator[tuple[str, Look | LookError]]:
    """Each engine's look, or why there is none."""
    heading = f"looking inside: {looker.program}"
    progress.show(heading, "short runs")
    short = looker.short_runs(engines)
    for engine in engines:
        progress.show(heading, f"on {engine}")
        try:
            yield engine, looker.look(engine, short[engine])
        except LookError as error:
            yield engine, error


class _Looker:
    """Looks into one program. What one engine prints with less to do, the others must print."""

    def __init__(self, program: str, timeout: float) -> None:
        self.program = program
        self._timeout = timeout
        self._printed: dict[str, set[str]] = {}

    def short_runs(self, engines: Sequence[str]) -> dict[str, list[float] | LookError]:
        """Seconds of each engine's runs, a different one first each time."""
        found: dict[str, list[float] | LookError] = {engine: [] for engine in engines}
        for turn in range(_SHORT_RUNS):
            first = turn % len(engines)
            for engine in [*engines[first:], *engines[:first]]:
                runs = found[engine]
                if engine in _NOT_SHORT or isinstance(runs, LookError):
                    continue
                try:
                    runs += self._seconds("short", engine)
                except LookError as error:
                    found[engine] = error
        return found

    def look(self, engine: str, short: list[float] | LookError) -> Look:
        if isinstance(short, LookError):
            raise short
        times = [self._seconds("iterations", engine) for _ in range(_PROCESSES)]
        # Some processes have made more of them.
        iterations = tuple(map(min, *times))
        look = Look(self.program, engine, iterations, short=tuple(short))
        return self._with_traces(look) if engine in _COMPILING else look

    def _with_traces(self, look: Look) -> Look:
        found = self._ask("traces", look.engine)
        if found["output"] != answers()[self.program] + "\n":
            raise LookError("wrong answer when its traces are looked at")
        traces = tuple((row[0], row[1], row[2]) for row in found["traces"])
        uops, size = found["uops"], found["bytes"]
        return Look(self.program, look.engine, look.iterations, traces, uops, size, look.short)

    def _seconds(self, kind: str, engine: str) -> list[float]:
        found = self._ask(kind, engine)
        lines = found["output"].splitlines()
        seconds: list[float] = found["seconds"]
        printed = self._printed.setdefault(kind, set())
        printed.update(lines)
        least = LEAST_ITERATIONS if kind == "iterations" else 1
        if not len(lines) == len(seconds) >= least or len(printed) != 1:
            raise LookError(f"wrong answer with less to do ({kind})")
        return seconds

    def _ask(self, kind: str, engine: str) -> dict[str, Any]:
        return ask([kind, engine, self.program], self._timeout)


def ask(words: Sequence[str], timeout: float) -> dict[str, Any]:
    """What bench/inside.py answers."""
    finished = launch([sys.executable, "-m", "bench.inside", *words], timeout)
    if isinstance(finished, str):
        raise LookError(f"{words[0]}: {finished}")
    found: dict[str, Any] = json.loads(finished.output)
    return found
