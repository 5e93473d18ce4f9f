"""Compares minivm with other languages: `python bench/compare.py [NAMES] [--rounds N]`.

In: bench/programs/*.mvm, the same programs in bench/peers, and the line each must print, from the
table in bench/peers/README.md. Out: a table of times (user + system, in seconds, without what an
empty program takes on the same engine; the least of all rounds), of their ratios to C, and
geometric means. A wrong answer is an error; an engine the machine lacks is left out, and that is
said.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_BENCH = Path(__file__).resolve().parent
_PROGRAMS, _PEERS = _BENCH / "programs", _BENCH / "peers"
_ROW = re.compile(r"^\| (\w+) \|.*\| `(.*)` \|$", re.MULTILINE)

# Below this a time is noise: ratios and means would be, too.
_LEAST_SECONDS = 0.002


class BenchError(Exception):
    """A program that fails or prints the wrong line; the message says which and what."""


@dataclass(frozen=True)
class Engine:
    """How one engine runs a program: `command` and then the program's file."""

    name: str
    command: tuple[str, ...]
    directory: Path
    suffix: str
    empty: str = ""

    def program(self, name: str) -> Path:
        return self.directory / f"{name}{self.suffix}"


@dataclass(frozen=True)
class Run:
    """One program on one engine, ready to be started."""

    engine: str
    program: str
    command: tuple[str, ...]
    expected: str


def _interpreters() -> tuple[list[Engine], list[str]]:
    """Every engine but C that the machine has, and the names of those it lacks."""
    minivm = (sys.executable, "-m", "minivm", "run")
    engines = [
        Engine("minivm", minivm, _PROGRAMS, ".mvm"),
        Engine("minivm --jit", (*minivm, "--jit"), _PROGRAMS, ".mvm"),
    ]
    missing = []
    for name in ("lua5.4", "luajit", "python3"):
        path = sys.executable if name == "python3" else shutil.which(name)
        if path is None:
            missing.append(name)
            continue
        suffix = ".py" if name == "python3" else ".lua"
        engines.append(Engine(name, (path,), _PEERS, suffix))
    return engines, missing


def _compile_c(names: Sequence[str], directory: Path) -> Engine | None:
    """Compiles the C peers into `directory`; None without gcc."""
    gcc = shutil.which("gcc")
    if gcc is None:
        return None
    engine = Engine("C", (), directory, "", "int main(void) { return 0; }\n")
    empty = directory / "empty.c"
    empty.write_text(engine.empty, encoding="utf-8")
    for source in [empty, *(_PEERS / f"{name}.c" for name in names)]:
        program = engine.program(source.stem)
        command = [gcc, "-O2", str(source), "-lm", "-o", str(program)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"{source} doesn't compile:\n{done.stderr}")
    return engine


def _runs(
    engine: Engine, names: Sequence[str], expected: dict[str, str], scratch: Path
) -> list[Run]:
    """The engine's runs: of an empty program, then of the others it has."""
    empty = engine.program("empty")
    if engine.name != "C":
        empty = scratch / f"empty{engine.suffix}"
        empty.write_text(engine.empty, encoding="utf-8")
    runs = [Run(engine.name, "empty", (*engine.command, str(empty)), "")]
    for name in names:
        program = engine.program(name)
        if program.exists():
            command = (*engine.command, str(program))
            runs.append(Run(engine.name, name, command, expected[name] + "\n"))
    return runs


def _time(run: Run) -> float:
    """Seconds of user and system time of one run, whose output is checked first."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(run.command, stdout=output, cwd=_BENCH.parent)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        found = output.read().decode("utf-8", "replace")
    if process.returncode != 0:
        raise BenchError(f"{run.engine}: {run.program} ended with code {process.returncode}")
    if found != run.expected:
        raise BenchError(f"{run.engine}: {run.program} printed {found!r}, not {run.expected!r}")
    return usage.ru_utime + usage.ru_stime


def _show_progress(text: str) -> None:
    """Replaces the line that says what is running, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)


def _measure(runs: Sequence[Run], rounds: int) -> dict[tuple[str, str], float]:
    """The least time of each run, by engine and program, without what its empty program takes."""
    least: dict[tuple[str, str], float] = {}
    for number in range(1, rounds + 1):
        # Interleaved: what disturbs the machine for a while disturbs all engines alike.
        for run in sorted(runs, key=lambda run: run.program):
            _show_progress(f"round {number}: {run.program} on {run.engine}")
            key = (run.engine, run.program)
            least[key] = min(_time(run), least.get(key, math.inf))
    _show_progress("")
    net = {key: time - least[key[0], "empty"] for key, time in least.items() if key[1] != "empty"}
    return {key: max(time, _LEAST_SECONDS) for key, time in net.items()}


def _mean(ratios: Sequence[float]) -> str:
    if not ratios:
        return "-"
    return f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}"


def _table(
    names: Sequence[str], engines: Sequence[str], times: dict[tuple[str, str], float]
) -> list[list[str]]:
    """Rows of the table: a program each, then the means; each time with its ratio to C."""
    rows = [["program", *engines]]
    ratios: dict[str, list[float]] = {engine: [] for engine in engines}
    for name in names:
        row = [name]
        for engine in engines:
            time, yardstick = times.get((engine, name)), times.get(("C", name))
            if time is not None and yardstick is not None:
                ratios[engine].append(time / yardstick)
                row.append(f"{time:.3f} {time / yardstick:7.2f}")
            else:
                row.append("-" if time is None else f"{time:.3f}       -")
        rows.append(row)
    rows.append(["geometric mean, C = 1", *(_mean(ratios[engine]) for engine in engines)])
    return rows


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells).rstrip())


def _arguments(known: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare minivm with other languages.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs; all without any")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program (3)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"no program called {unknown[0]}; there are {', '.join(known)}")
    if arguments.rounds < 1:
        parser.error("--rounds needs 1 or more")
    return arguments


def main() -> int:
    """Runs the comparison; the process's exit code."""
    expected = dict(_ROW.findall((_PEERS / "README.md").read_text(encoding="utf-8")))
    known = sorted(name for name in expected if (_PROGRAMS / f"{name}.mvm").exists())
    arguments = _arguments(known)
    names = [name for name in known if name in (arguments.names or known)]
    engines, missing = _interpreters()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            compiled = _compile_c(names, Path(scratch))
            engines += [compiled] if compiled else []
            missing += [] if compiled else ["gcc"]
            runs = [run for each in engines for run in _runs(each, names, expected, Path(scratch))]
            times = _measure(runs, arguments.rounds)
        except BenchError as error:
            _show_progress("")
            print(f"error: {error}", file=sys.stderr)
            return 1
    _print_table(_table(names, [engine.name for engine in engines], times))
    print("Seconds of user and system time, and how many times C's they are.")
    for name in missing:
        print(f"{name} is not on this machine.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
