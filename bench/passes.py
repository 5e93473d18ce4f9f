"""`python -m bench passes`: what each pass and each other switch of `--jit-disable` brings.

In: the programs and probes; the switches, of which the library has the list. Each program runs with
all of them on and with each alone off, by turns, every time in a process of its own, and must
always print the same. Out: a table of ratios, a line for each switch, both in a document if wanted;
with -o the times as JSON, which --show takes in place of measuring.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.document import put_into, write
from bench.engines import JIT, BenchError, minivm_engines
from bench.looks import LookError, ask
from bench.measure import Progress, settle
from bench.run import add_programs, add_rounds, check_place
from bench.suite import programs_and_probes
from bench.summary import geometric_mean
from bench.table import render_rows
from minivm.machine import Machine
from minivm.native import NativeError

_MARKS = "<!-- passes -->", "<!-- end of passes -->"

# All on; and the same again, since what differs between these two is noise.
_ALL, _AGAIN = "", "again"

# Ratios this near to 1 are noise, whatever the programs.
_LEAST = 0.02

_MOST_PROGRAMS = 6  # named for a switch

Times = dict[str, dict[str, list[float]]]  # seconds, by program, then by what is off


def main(words: Sequence[str]) -> int:
    """Measures, or reads; prints and writes. The exit code is 1 when a program failed."""
    arguments = _parser().parse_args(words)
    errors: list[str] = []
    try:
        if arguments.show:
            version, times = _read(arguments.show)
        else:
            version = minivm_engines([JIT])[0][0].version
            times, errors = _measured(arguments)
        text = _render(version, times)
        if arguments.output:
            written = {"version": version, "passes": times}
            write(arguments.output, json.dumps(written, indent=1).encode())
        if arguments.document:
            put_into(arguments.document, _MARKS, text)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join([text, *(f"FAILED: {error}" for error in errors)]))
    return 1 if errors else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench passes",
        description="Run programs and probes with each pass on and off, and say what it brings.",
    )
    add_programs(parser)
    add_rounds(parser)
    parser.add_argument("--pass", dest="passes", metavar="A,B", help="all there are without it")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the times there")
    parser.add_argument("--show", type=Path, metavar="FILE", help="times that were written before")
    parser.add_argument(
        "--document",
        type=Path,
        metavar="FILE",
        help=f"put it between the lines {_MARKS[0]} and {_MARKS[1]} of a Markdown file",
    )
    return parser


# --- measuring -----------------------------------------------------------------------------------


def _measured(arguments: argparse.Namespace) -> tuple[Times, list[str]]:
    programs = _known(arguments.names, list(programs_and_probes()), "program")
    try:
        switches = list(Machine.switches())
    except NativeError as error:
        raise BenchError(str(error)) from None
    wanted = arguments.passes.split(",") if arguments.passes else []
    passes = _known([name.replace("-", " ") for name in wanted], switches, "pass")
    if arguments.output:
        check_place(arguments.output)
    if arguments.document and arguments.rounds == 1:
        raise BenchError("one round says nothing of noise: take more for a document")
    return measure(programs, passes, arguments.rounds, arguments.timeout)


def _known(wanted: Sequence[str], known: Sequence[str], what: str) -> list[str]:
    """Those wanted, or all; BenchError for one that there is not."""
    for name in wanted:
        if name not in known:
            raise BenchError(f"no {what} called {name!r}; there are {', '.join(known)}")
    return [name for name in known if not wanted or name in wanted]


def measure(
    programs: Sequence[str], passes: Sequence[str], rounds: int, timeout: float
) -> tuple[Times, list[str]]:
    """Times of the programs where all went well, and what went wrong with the others."""
    progress = Progress()
    settle(progress)
    variants = [_ALL, *passes, _AGAIN]
    times: Times = {name: {variant: [] for variant in variants} for name in programs}
    errors: list[str] = []
    printed: dict[str, str] = {}
    for number in range(rounds):
        for name in list(times):
            progress.show(f"round {number + 1} of {rounds}: {name}", "")
            first = number % len(variants)
            try:
                for variant in [*variants[first:], *variants[:first]]:
                    times[name][variant].append(_seconds(name, variant, timeout, printed))
            except LookError as error:
                errors.append(f"{name}: {error}")
                progress.say(f"error: {errors[-1]}")
                del times[name]
    progress.say("")
    return times, errors


def _seconds(name: str, variant: str, timeout: float, printed: dict[str, str]) -> float:
    off = [] if variant in (_ALL, _AGAIN) else [variant]
    found = ask(["without", JIT, name, *off], timeout)
    if printed.setdefault(name, found["output"]) != found["output"]:
        raise LookError(f"it prints something else without {variant or 'nothing'}")
    seconds: float = found["seconds"][0]
    return seconds


# --- what it comes to ----------------------------------------------------------------------------


def ratios(times: Times, variant: str) -> dict[str, float]:
    """How many times the time each program takes that it takes with all on: the least of each."""
    found = {}
    for name, by_variant in times.items():
        base = min(by_variant[_ALL] + by_variant[_AGAIN])
        found[name] = min(by_variant[variant]) / base
    return found


def noise(times: Times) -> dict[str, float]:
    """How far apart two measurements of the same are; none is taken to be nearer than _LEAST."""
    apart = {name: min(each[_ALL]) / min(each[_AGAIN]) for name, each in times.items()}
    return {name: max(_LEAST, each - 1, 1 / each - 1) for name, each in apart.items()}


def summary_line(times: Times, variant: str) -> str:
    """What a switch brings, and to which programs."""
    found, unsure = ratios(times, variant), noise(times)
    mean = geometric_mean(found.values())
    worst = sorted(found.items(), key=lambda item: -item[1])
    slower = [f"{name} {each:.2f}" for name, each in worst if each > 1 + unsure[name]]
    faster = [
        f"{name} {each:.2f}" for name, each in reversed(worst) if each * (1 + unsure[name]) < 1
    ]
    parts = [f"without it {mean:.2f} × the time" if mean else "nothing was measured"]
    if slower:
        parts.append(", ".join(slower[:_MOST_PROGRAMS]))
    if faster:
        parts.append(f"faster without it: {', '.join(faster[:_MOST_PROGRAMS])}")
    if not slower and not faster:
        parts.append("no program differs by more than noise")
    return f"- **{variant}**: {'; '.join(parts)}."


def _variants(times: Times) -> list[str]:
    """The switches, in order."""
    names = dict.fromkeys(variant for each in times.values() for variant in each)
    return [name for name in names if name not in (_ALL, _AGAIN)]


def _render(version: str, times: Times) -> str:
    if not times:
        raise BenchError("there is no result")
    variants = _variants(times)
    rows = [["without", *variants]]
    columns = [ratios(times, variant) for variant in variants]
    for name in times:
        rows.append([name, *(f"{column[name]:.2f}" for column in columns)])
    means = [geometric_mean(column.values()) or 1.0 for column in columns]
    rows.append(["geometric mean", *(f"{mean:.2f}" for mean in means)])
    rounds = len(next(iter(times.values()))[_ALL])
    if rounds == 1:
        lines = ["One round says nothing of noise, so these are no findings: take more."]
        about = f"{version}; one run of each"
    else:
        lines = [summary_line(times, variant) for variant in variants]
        about = f"{version}; the least of {rounds} runs; noise: {max(noise(times).values()):.0%}"
    return "\n".join([*lines, "", "```text", about, "", render_rows(rows), "```", ""])


# --- files ---------------------------------------------------------------------------------------


def _read(path: Path) -> tuple[str, Times]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        return found["version"], found["passes"]
    except OSError as error:
        raise BenchError(f"can't read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise BenchError(f"{path} is not a file of `bench passes`") from None
