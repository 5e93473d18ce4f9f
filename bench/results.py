"""Results in files that pyperf can read, and out of them.

In and out: what was measured, and a JSON file of pyperf. `pyperf show`, `stats` and `compare_to`
work on it. Its benchmarks are

    sieve/jit         a run each: seconds of user and system time, less an empty program's;
                      `hello` alone is whole, as it shows what starting takes
    sieve/jit/again   one run: the iterations of the program with little to do, in one VM; the
                      first half are pyperf's warm-ups
    sieve/jit/short   one run: the program with less to do, each time in a VM of its own

What belongs to a result besides its time is pyperf metadata: the engine's version, the answer, the
memory, the traces, and in all of them what failed and what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyperf

from bench.engines import BenchError, Engine
from bench.looks import Look
from bench.measure import EMPTY, Measurement, Sample
from bench.suite import START

_AGAIN, _SHORT = "again", "short"

# pyperf wants times above zero; this is also less than can be told from noise.
LEAST_SECONDS = 0.001

# What tells something about whoever measures, but nothing about what was measured; and pyperf's
# account of its own process.
_PRIVATE = ("hostname", "python_executable", "boot_time", "uptime", "mem_max_rss", "load_avg_1min")


@dataclass(frozen=True)
class Result:
    """A program on an engine. Seconds are those of each run, in order; `start` an empty program's,
    `memory` in bytes the least that a run had at most."""

    program: str
    engine: str
    version: str
    seconds: tuple[float, ...]
    start: float
    memory: int
    look: Look | None = None

    @property
    def least(self) -> float:
        """What the program takes when nothing disturbs it."""
        return min(self.seconds)

    @property
    def spread(self) -> float:
        """How far apart its runs are, as a share of the least one, start and all."""
        return (max(self.seconds) - self.least) / (self.least + self.start)


@dataclass(frozen=True)
class Results:
    """All results of a file, and what it says of them all."""

    results: tuple[Result, ...]
    missing: tuple[str, ...]
    failures: tuple[str, ...]
    machine: dict[str, str] = field(default_factory=dict)

    def programs(self) -> list[str]:
        """The programs that were compared, without the one for starting."""
        names = dict.fromkeys(result.program for result in self.results)
        return [name for name in names if name != START]

    def engines(self) -> list[str]:
        """The engines, in the order they were measured."""
        return list(dict.fromkeys(result.engine for result in self.results))

    def find(self, program: str, engine: str) -> Result | None:
        """A program's result on an engine, if there is one."""
        key = (program, engine)
        return next((r for r in self.results if (r.program, r.engine) == key), None)


# --- writing ---


def save(
    path: Path,
    engines: Sequence[Engine],
    measured: Measurement,
    looks: Sequence[Look],
    missing: Sequence[str],
) -> None:
    """Writes what was measured; BenchError when there is nothing, or no file can be written."""
    shared = _shared_metadata(measured, missing)
    starts = _starts(measured.samples)
    benchmarks = []
    # Without an empty program's time there is nothing to take off.
    for engine in (engine for engine in engines if engine.name in starts):
        for program, samples in _by_program(measured.samples, engine.name).items():
            about = {**shared, "engine": engine.name, "version": engine.version}
            about["start"] = starts[engine.name]
            look = _look_of(looks, program, engine.name)
            benchmarks.append(_timed(samples, {**about, **_of_traces(look)}))
            if look:
                benchmarks += _looked_at(look, about)
    if not benchmarks:
        raise BenchError("there is no result to write")
    try:
        pyperf.BenchmarkSuite(benchmarks).dump(str(path), compact=False, replace=True)
    except OSError as error:
        raise BenchError(f"can't write {path}: {error.strerror}") from None


def _shared_metadata(measured: Measurement, missing: Sequence[str]) -> dict[str, Any]:
    """What all results have in common: the machine, and what is not among them."""
    found = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    shared = {name: value for name, value in found.items() if name not in _PRIVATE}
    shared["unit"] = "second"
    shared["missing"] = json.dumps(list(missing))
    shared["failures"] = json.dumps([str(failure) for failure in measured.failures])
    return shared


def _starts(samples: Sequence[Sample]) -> dict[str, float]:
    """The least time of an empty program, by engine."""
    starts: dict[str, float] = {}
    for sample in samples:
        if sample.job.program == EMPTY:
            engine = sample.job.engine
            starts[engine] = min(sample.seconds, starts.get(engine, sample.seconds))
    return starts


def _by_program(samples: Sequence[Sample], engine: str) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.job.engine == engine and sample.job.program != EMPTY:
            found.setdefault(sample.job.program, []).append(sample)
    return found


def _timed(samples: Sequence[Sample], about: dict[str, Any]) -> pyperf.Benchmark:
    job = samples[0].job
    less = 0.0 if job.program == START else about["start"]
    runs = []
    for sample in samples:
        metadata = {
            **about,
            "name": f"{job.program}/{job.engine}",
            "answer": job.expected.strip(),
            "command_max_rss": sample.memory,
            "load_avg_1min": sample.load,
            "date": datetime.fromtimestamp(sample.started).isoformat(" "),
        }
        seconds = max(sample.seconds - less, LEAST_SECONDS)
        runs.append(pyperf.Run([seconds], metadata=metadata, collect_metadata=False))
    return pyperf.Benchmark(runs)


def _of_traces(look: Look | None) -> dict[str, Any]:
    if look is None or not look.uops:
        return {}
    return {
        "traces": json.dumps(look.traces),
        "trace_uops": look.uops,
        "trace_bytes": look.bytes,
    }


def _looked_at(look: Look, about: dict[str, Any]) -> list[pyperf.Benchmark]:
    """The times that the look has."""
    half = len(look.iterations) // 2
    kinds = ((_AGAIN, look.iterations, half), (_SHORT, look.short, 0))
    return [_of_look(look, about, *kind) for kind in kinds if kind[1]]


def _of_look(
    look: Look, about: dict[str, Any], kind: str, times: Sequence[float], warmups: int
) -> pyperf.Benchmark:
    metadata = {**about, "name": f"{look.program}/{look.engine}/{kind}"}
    # A clock may not have moved on in so short a time.
    seconds = [max(each, 1e-9) for each in times]
    run = pyperf.Run(
        seconds[warmups:],
        warmups=[(1, each) for each in seconds[:warmups]],
        metadata=metadata,
        collect_metadata=False,
    )
    return pyperf.Benchmark([run])


def _look_of(looks: Sequence[Look], program: str, engine: str) -> Look | None:
    return next((look for look in looks if (look.program, look.engine) == (program, engine)), None)


# --- reading ---


def load(path: Path) -> Results:
    """Reads what `save` wrote; BenchError for any other file."""
    try:
        suite = pyperf.BenchmarkSuite.load(str(path))
        benchmarks = {benchmark.get_name(): benchmark for benchmark in suite.get_benchmarks()}
        results = [
            _result(benchmark, benchmarks)
            for name, benchmark in benchmarks.items()
            if name.count("/") == 1
        ]
        about = next(iter(benchmarks.values())).get_metadata()
        return Results(
            tuple(results),
            tuple(json.loads(about["missing"])),
            tuple(json.loads(about["failures"])),
            _machine(about),
        )
    except OSError as error:
        hint = "; `python -m bench run` writes one" if not path.exists() else ""
        raise BenchError(f"can't read {path}: {error.strerror}{hint}") from None
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        raise BenchError(f"{path} is not a file of `bench run`") from None


def merge(files: Sequence[Results]) -> Results:
    """One of several; where two have a result for the same, the later one counts."""
    found = {(r.program, r.engine): r for results in files for r in results.results}
    missing = dict.fromkeys(each for results in files for each in results.missing)
    failures = dict.fromkeys(each for results in files for each in results.failures)
    return Results(tuple(found.values()), tuple(missing), tuple(failures), files[-1].machine)


def _result(benchmark: pyperf.Benchmark, all_: dict[str, pyperf.Benchmark]) -> Result:
    name = benchmark.get_name()
    program, engine = name.split("/")
    about = benchmark.get_metadata()
    memory = min(run.get_metadata()["command_max_rss"] for run in benchmark.get_runs())
    again, short = (_all_values(all_.get(f"{name}/{kind}")) for kind in (_AGAIN, _SHORT))
    look = None
    if again or short or "traces" in about:
        traces = tuple((row[0], row[1], row[2]) for row in json.loads(about.get("traces", "[]")))
        uops, size = about.get("trace_uops", 0), about.get("trace_bytes", 0)
        look = Look(program, engine, again, traces, uops, size, short)
    seconds = tuple(benchmark.get_values())
    return Result(program, engine, about["version"], seconds, about["start"], memory, look)


def _all_values(benchmark: pyperf.Benchmark | None) -> tuple[float, ...]:
    """Those of a benchmark with one run, warm-ups among them."""
    if benchmark is None:
        return ()
    run = benchmark.get_runs()[0]
    return (*(seconds for _, seconds in run.warmups), *run.values)


def _machine(about: dict[str, Any]) -> dict[str, str]:
    """What the report says of the machine."""
    names = {"cpu_model_name": "processor", "cpu_count": "processors", "platform": "system"}
    return {shown: str(about[name]) for name, shown in names.items() if name in about}
