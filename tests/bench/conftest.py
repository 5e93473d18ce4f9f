"""Engines that are not: a Python program plays each of them, so that no test depends on times."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

pytest.importorskip("pyperf")

from bench.engines import Engine
from bench.looks import Look
from bench.measure import Failure, Job, Measurement, Sample
from bench.results import save
from bench.suite import PROGRAMS, answers

_Times = Mapping[tuple[str, str], Sequence[float]]
_TIMES = {
    ("empty", "c"): [0.25, 0.5],
    ("fib", "c"): [1.25, 1.5],
    ("sieve", "c"): [2.25, 2.25],
    ("empty", "jit"): [0.5, 0.5],
    ("hello", "jit"): [0.625, 0.75],
    ("fib", "jit"): [2.5, 4.5],
}

# An engine prints what the benchmark program that it is given must print.
_RIGHT = f"""
import pathlib, sys
answers = {answers()!r}
name = pathlib.Path(sys.argv[1]).stem
if name != "empty":
    print(answers[name])
"""


@pytest.fixture(autouse=True)
def processors() -> Iterator[None]:
    """What a test measures stays on one processor; the tests after it need not."""
    if sys.platform != "linux":
        yield
        return
    allowed = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, allowed)


@pytest.fixture
def fake_engine() -> Callable[..., Engine]:
    """Makes an engine called `name`; it first does what `code` says, which knows `name`."""

    def make(name: str, code: str = "") -> Engine:
        program = _RIGHT.replace("if name", f"{code}\nif name", 1)
        command = (sys.executable, "-c", program)
        return Engine(name, name, f"{name} 1.0", command, PROGRAMS, ".mvm")

    return make


@pytest.fixture
def results_path(tmp_path: Path) -> Path:
    return tmp_path / "results.json"


@pytest.fixture
def write(fake_engine: Callable[..., Engine], results_path: Path) -> Callable[..., Path]:
    """Writes a file of made-up times and gives its path."""

    def write(
        times: _Times = _TIMES,
        looks: Sequence[Look] = (),
        name: str = "",
        engines: Iterable[str] = ("c", "jit"),
    ) -> Path:
        samples = [
            Sample(Job(program, engine, (), "42\n"), seconds, 2_000_000, 0.0, 1.5)
            for (program, engine), each in times.items()
            for seconds in each
        ]
        failures = [Failure("sieve", "jit", "crash: SIGSEGV: it said nothing")]
        path = results_path.with_name(name) if name else results_path
        found = [fake_engine(engine) for engine in engines]
        save(path, found, Measurement(samples, failures), looks, ["PyPy: no pypy3"])
        return path

    return write
