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


@dataclass(frozen=True)
class Look:
    """Seconds of each iteration, of the program with less to do; and the traces of a whole run:
    nanoseconds to make it, bytes of code, bytes of exits. `uops` are those of all traces."""

    program: str
    engine: str
    iterations: tuple[float, ...] = ()
    traces: tuple[tuple[int, int, int], ...] = ()
    uops: int = 0


def look_inside(
    programs: Sequence[str], engines: Sequence[str], timeout: float, progress: Progress
) -> tuple[list[Look], list[Failure]]:
    """Looks into every program on every engine."""
    looks: list[Look] = []
    failures: list[Failure] = []
    for program in programs:
        if small_text(program) is None:
            continue
        wanted = ""
        for engine in engines:
            progress.show(f"looking inside: {program}", f"on {engine}")
            found = _look(program, engine, timeout, wanted)
            if isinstance(found, Failure):
                failures.append(found)
                progress.say(f"error: {found}")
                continue
            look, wanted = found
            looks.append(look)
    return looks, failures


def _look(program: str, engine: str, timeout: float, wanted: str) -> tuple[Look, str] | Failure:
    """The look, and what was printed with less to do: the other engines must print that, too."""
    repeated = _ask(["iterations", engine, program, str(ITERATIONS)], timeout)
    if isinstance(repeated, str):
        return Failure(program, engine, f"run {ITERATIONS} times, {repeated}")
    lines = repeated["output"].splitlines()
    wanted = wanted or repeated["output"]
    if len(lines) != ITERATIONS or len(set(lines)) != 1 or repeated["output"] != wanted:
        return Failure(program, engine, f"wrong answer when run {ITERATIONS} times")
    look = Look(program, engine, tuple(repeated["seconds"]))
    if engine not in _COMPILING:
        return look, wanted
    made = _ask(["traces", engine, program], timeout)
    if isinstance(made, str):
        return Failure(program, engine, f"looking at its traces, {made}")
    if made["output"] != answers()[program] + "\n":
        return Failure(program, engine, "wrong answer when its traces are looked at")
    traces = tuple((row[0], row[1], row[2]) for row in made["traces"])
    return Look(program, engine, look.iterations, traces, made["uops"]), wanted


def _ask(words: Sequence[str], timeout: float) -> dict[str, Any] | str:
    """What bench/inside.py answers, or what went wrong."""
    finished = launch([sys.executable, "-m", "bench.inside", *words], timeout)
    if isinstance(finished, str):
        return finished
    found: dict[str, Any] = json.loads(finished.output)
    return found
