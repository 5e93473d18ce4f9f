"""`python -m bench run`: programs on engines → a table, and a JSON file of pyperf.

The exit code is 1 when a program failed on some engine; all other results are kept.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import engines as engines_
from bench.engines import BenchError, Engine
from bench.looks import Look, look_inside
from bench.measure import EMPTY, Job, Measurement, Progress, measure, settle
from bench.results import load, save
from bench.suite import START, answers, programs_and_probes
from bench.table import render_results

_DESCRIPTION = """\
Measure programs of bench/programs on the engines of minivm and, with --peers, the same programs
in other languages. Each run's answer is checked before its time counts. A time is user and system
time of the process, less what an empty program takes on the same engine."""

_EXAMPLES = """\
examples:
  python -m bench run                                 everything, on every engine of minivm
  python -m bench run --engine jit --peers sieve fib  two programs, against other languages
  python -m bench run -o before.json                  to be compared with later"""


def main(words: Sequence[str]) -> int:
    """Measures, prints a table, writes the file; the exit code."""
    arguments = _parser().parse_args(words)
    try:
        names = chosen(arguments.names)
        check_place(arguments.output)
        found, missing = _engines(arguments)
        with tempfile.TemporaryDirectory() as scratch:
            return _run(arguments, names, found, missing, Path(scratch))
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench run",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_programs(parser)
    parser.add_argument("--engine", metavar="A,B", help="of minivm; all there are without it")
    parser.add_argument("--peers", action="store_true", help="other languages, too")
    add_rounds(parser)
    parser.add_argument(
        "--times-only", action="store_true", help="don't look at warm-up and traces"
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("bench.json"), metavar="FILE", help="(bench.json)"
    )
    return parser


def add_programs(parser: argparse.ArgumentParser) -> None:
    """Which programs, and how long each of them may take."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs; all without any")
    parser.add_argument(
        "--timeout", type=float, default=120.0, metavar="S", help="seconds a run may take (120)"
    )


def add_rounds(parser: argparse.ArgumentParser) -> None:
    """How often."""
    parser.add_argument("--rounds", type=_positive, default=5, help="runs of each program (5)")


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 or more")
    return number


def chosen(names: Sequence[str]) -> list[str]:
    """The programs to run, START among them."""
    known = answers()
    unknown = [name for name in names if name not in known]
    if unknown:
        probe = ", a probe for `bench passes`" if unknown[0] in programs_and_probes() else ""
        raise BenchError(f"no program called {unknown[0]!r}{probe}; there are {', '.join(known)}")
    return [name for name in known if not names or name in names or name == START]


def check_place(path: Path) -> None:
    """BenchError when no file can be written there: better now than after all the work."""
    folder = path.resolve().parent
    if path.is_dir() or not os.access(folder, os.W_OK):
        raise BenchError(f"can't write {path}: {'a folder' if path.is_dir() else 'no such place'}")


def _engines(arguments: argparse.Namespace) -> tuple[list[Engine], list[str]]:
    wanted = arguments.engine.split(",") if arguments.engine else None
    found, missing = engines_.minivm_engines(wanted)
    if arguments.peers:
        peers, absent = engines_.peer_engines()
        # C first: it is what the others are compared with.
        found = sorted(found + peers, key=lambda engine: engine.name != engines_.C)
        missing += absent
    return found, missing


def _run(
    arguments: argparse.Namespace,
    names: Sequence[str],
    found: Sequence[Engine],
    missing: Sequence[str],
    scratch: Path,
) -> int:
    progress = Progress()
    _announce(found, missing, progress)
    ready = [engines_.prepare(engine, names, scratch) for engine in found]
    jobs = [job for engine in ready for job in _jobs(engine, names, scratch)]
    measured = measure(jobs, arguments.rounds, arguments.timeout, progress)
    looks = [] if arguments.times_only else _look(names, found, arguments.timeout, measured)
    progress.say("")
    save(arguments.output, found, measured, looks, missing)
    print(render_results(load(arguments.output)))
    print(
        f"\nWritten to {arguments.output}; `python -m bench report {arguments.output}` shows more."
    )
    if measured.interrupted:
        print("Interrupted: these are the results so far.")
        return 130
    return 1 if measured.failures else 0


def _announce(found: Sequence[Engine], missing: Sequence[str], progress: Progress) -> None:
    for engine in found:
        progress.say(f"{engine.title:<17}{engine.version}")
    for each in missing:
        progress.say(f"missing          {each}")
    settle(progress)


def _jobs(engine: Engine, names: Sequence[str], scratch: Path) -> list[Job]:
    """The engine's jobs: an empty program, then those of the programs it has."""
    empty = scratch / f"{EMPTY}{engine.suffix}"
    jobs = [Job(EMPTY, engine.name, (*engine.command, str(empty)), "")]
    for name in names:
        program = engine.program(name)
        if program is not None:
            command = (*engine.command, str(program))
            jobs.append(Job(name, engine.name, command, answers()[name] + "\n"))
    return jobs


def _look(
    names: Sequence[str], found: Sequence[Engine], timeout: float, measured: Measurement
) -> list[Look]:
    """Looks inside, unless Ctrl-C has said that it is enough."""
    if measured.interrupted:
        return []
    try:
        own = [engine.name for engine in found if engines_.is_minivm(engine.name)]
        looks, failures = look_inside(names, own, timeout, Progress())
    except KeyboardInterrupt:
        measured.interrupted = True
        return []
    measured.failures += failures
    return looks
