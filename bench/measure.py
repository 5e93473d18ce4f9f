"""Measures programs, in rounds.

In: jobs, each a command and what it must print. Out: `Sample`s of the runs that were right, in
the order they were made, and a `Failure` for each job that was not: it is not run again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.suite import ROOT

_LAUNCH = Path(__file__).with_name("launch.py")

# The program that does nothing, on every engine.
EMPTY = "empty"


@dataclass(frozen=True)
class Job:
    """One program on one engine, ready to be started; `expected` is all it must print."""

    program: str
    engine: str
    command: tuple[str, ...]
    expected: str


@dataclass(frozen=True)
class Sample:
    """One run: seconds of user and system time, the most bytes it had, when it was started."""

    job: Job
    seconds: float
    memory: int
    started: float
    load: float


@dataclass(frozen=True)
class Failure:
    """Why there is no result for a program on an engine."""

    program: str
    engine: str
    reason: str

    def __str__(self) -> str:
        return f"{self.program}/{self.engine}: {self.reason}"


@dataclass
class Measurement:
    """What has been measured. `interrupted` says that rounds are missing."""

    samples: list[Sample] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False

    def failed(self, job: Job) -> bool:
        """Whether there is nothing to be had from this job any more."""
        return any((job.program, job.engine) == (f.program, f.engine) for f in self.failures)


class Progress:
    """What is running now: a line that is replaced on a terminal, elsewhere one a program."""

    def __init__(self) -> None:
        self._replaces = sys.stderr.isatty()
        self._last = ""

    def show(self, heading: str, detail: str) -> None:
        """`heading` and, where it can be taken back, `detail`."""
        if self._replaces:
            print(f"\r{heading} {detail}\x1b[K", end="", file=sys.stderr, flush=True)
        elif heading != self._last:
            print(heading, file=sys.stderr, flush=True)
        self._last = heading

    def say(self, text: str) -> None:
        """A line that stays."""
        print(f"\r\x1b[K{text}" if self._replaces else text, file=sys.stderr, flush=True)


def settle(progress: Progress) -> None:
    """All runs to come stay on one processor; a line where other work would be measured, too.

    On two that share what divides floats, or one of which is disturbed, the same program takes now
    1 and now 1.6 times as long.
    """
    if sys.platform == "linux":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    load_average = os.getloadavg()[0]
    if load_average > (os.cpu_count() or 1) / 2:
        progress.say(f"warning: this machine is busy (load {load_average:.1f}): times will vary")


def measure(jobs: Sequence[Job], rounds: int, timeout: float, progress: Progress) -> Measurement:
    """Runs every job `rounds` times. Ctrl-C ends it early, with what there is by then."""
    done = Measurement()
    try:
        for number, job in _interleaved(jobs, rounds):
            if done.failed(job):
                continue
            progress.show(f"round {number} of {rounds}: {job.program}", f"on {job.engine}")
            found = run_job(job, timeout)
            if isinstance(found, Sample):
                done.samples.append(found)
            else:
                done.failures.append(found)
                progress.say(f"error: {found}")
    except KeyboardInterrupt:
        done.interrupted = True
    # The runs of a job that failed in a later round were no good, either.
    done.samples = [sample for sample in done.samples if not done.failed(sample.job)]
    return done


def _interleaved(jobs: Sequence[Job], rounds: int) -> Iterator[tuple[int, Job]]:
    """Round by round and program by program, a different engine first in each round.

    What disturbs the machine for a while, or warms it up, so disturbs all engines alike.
    """
    programs = dict.fromkeys(job.program for job in jobs)
    for number in range(1, rounds + 1):
        for program in programs:
            same = [job for job in jobs if job.program == program]
            first = (number - 1) % len(same)
            for job in same[first:] + same[:first]:
                yield number, job


def run_job(job: Job, timeout: float) -> Sample | Failure:
    """Runs a program once and checks what it printed."""
    started, load = time.time(), os.getloadavg()[0]
    finished = launch(job.command, timeout)
    if isinstance(finished, str):
        return Failure(job.program, job.engine, finished)
    if finished.output != job.expected:
        reason = f"wrong answer: {_shortened(finished.output)}, not {_shortened(job.expected)}"
        return Failure(job.program, job.engine, reason)
    return Sample(job, finished.seconds, finished.memory, started, load)


@dataclass(frozen=True)
class Finished:
    """A command that ended well: what it printed and what that took."""

    output: str
    seconds: float
    memory: int


def launch(command: Sequence[str], timeout: float) -> Finished | str:
    """Runs a command from the clone's root; what it came to, or what went wrong."""
    reading, writing = os.pipe()
    launcher = [sys.executable, "-I", "-S", str(_LAUNCH), str(writing)]
    with os.fdopen(reading) as account:
        process = subprocess.Popen(
            [*launcher, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            pass_fds=[writing],
            start_new_session=True,
            env=_environment(),
        )
        os.close(writing)
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            return f"time-out: not done after {timeout:g} s"
        finally:
            _stop(process)
        numbers = account.read().split()
    if len(numbers) != 4:
        return f"can't be started: {_last_line(errors)}"
    if numbers[0] != "0":
        return f"{_how_it_ended(int(numbers[0]))}: {_last_line(errors)}"
    seconds = float(numbers[1]) + float(numbers[2])
    return Finished(output.decode("utf-8", "replace"), seconds, int(numbers[3]))


def _environment() -> dict[str, str]:
    """This process's. Python that keeps no compiled modules would take twice as long to start."""
    return {name: each for name, each in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and those it started, if it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"crash: {signal.Signals(-code).name}"
    return f"failed with exit code {code}"


def _last_line(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return repr(lines[-1]) if lines else "it said nothing"


def _shortened(text: str) -> str:
    """The text as a literal, of a length that fits on a line."""
    return repr(text if len(text) <= 60 else text[:57] + "…")
