"""What times alone do not show: how programs warm up, and what their traces take.

In: programs and the names of minivm's engines. Out: a `Look` for each program on each engine, and
failures, as those of the timed runs. Each look is a process of its own (inside.py).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.measure import Failure, Progress, launch
from bench.suite import answers, small_text

# The engines that make machine code.
_COMPILING = ("jit", "llvm")

# Enough for all traces to be made, and for some iterations after that.
ITERATIONS = 40

# Each iteration's time is the least of so many processes: it is short, and easily disturbed.
_PROCESSES = 3


@dataclass(frozen=True)
class Look:
    """Seconds of each iteration, of the program with less to do; and the traces of a whole run:
    nanoseconds to make it, bytes of code, bytes of exits. `uops` are those of all traces."""

    program: str
    engine: str
    iterations: tuple[float, ...] = ()
    traces: tuple[tuple[int, int, int], ...] = ()
    uops: int = 0


class _LookError(Exception):
    """Why there is nothing to be seen."""


def look_inside(
    programs: Sequence[str], engines: Sequence[str], timeout: float, progress: Progress
) -> tuple[list[Look], list[Failure]]:
    """Looks into every program on every engine."""
    looks: list[Look] = []
    failures: list[Failure] = []
    for program in programs:
        if small_text(program) is None:
            continue
        # What the first engine prints with less to do, the others must print, too.
        printed: set[str] = set()
        for engine in engines:
            progress.show(f"looking inside: {program}", f"on {engine}")
            try:
                looks.append(_look(program, engine, timeout, printed))
            except _LookError as error:
                failures.append(Failure(program, engine, str(error)))
                progress.say(f"error: {failures[-1]}")
    return looks, failures


def _look(program: str, engine: str, timeout: float, printed: set[str]) -> Look:
    times = [_iterations(program, engine, timeout, printed) for _ in range(_PROCESSES)]
    iterations = tuple(map(min, *times))
    if engine not in _COMPILING:
        return Look(program, engine, iterations)
    found = _ask(["traces", engine, program], timeout)
    if found["output"] != answers()[program] + "\n":
        raise _LookError("wrong answer when its traces are looked at")
    traces = tuple((row[0], row[1], row[2]) for row in found["traces"])
    return Look(program, engine, iterations, traces, found["uops"])


def _iterations(program: str, engine: str, timeout: float, printed: set[str]) -> list[float]:
    found = _ask(["iterations", engine, program, str(ITERATIONS)], timeout)
    lines = found["output"].splitlines()
    printed.update(lines)
    if len(lines) != ITERATIONS or len(printed) != 1:
        raise _LookError(f"wrong answer when run {ITERATIONS} times in one VM")
    seconds: list[float] = found["seconds"]
    return seconds


def _ask(words: Sequence[str], timeout: float) -> dict[str, Any]:
    """What bench/inside.py answers."""
    finished = launch([sys.executable, "-m", "bench.inside", *words], timeout)
    if isinstance(finished, str):
        raise _LookError(f"{words[0]}: {finished}")
    found: dict[str, Any] = json.loads(finished.output)
    return found
