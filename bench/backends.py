"""Stencils against LLVM on the very same traces: `python -m bench backends [NAMES] [-o FILE.json]`.

In: bench/programs. Each runs with stencils and with LLVM -O0 … -O3, in a process of its own, the
back ends by turns; all must print the same and make the same traces. Out: a table of compile time
a uop and code bytes a uop over all traces; one of run times, the least of all rounds, without what
making the traces took; and whether the stencils are as good as they are to be. With -o all of it
as JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.backend_worker import BACKENDS, COUNT_UOPS, STENCILS
from bench.measure import Progress, settle
from bench.suite import PROGRAMS, ROOT, START, answers
from bench.summary import geometric_mean
from bench.table import render_rows

_O0, _O2 = "LLVM -O0", "LLVM -O2"
_WANTED_COMPILE_RATIO = 100
_WANTED_RUN_RATIO = {_O0: 1.0, _O2: 1.5}
_TIME_LIMIT_SECONDS = 600
_SHOWN_UOPS = 6
# Less than this in traces is noise.
_LEAST_SECONDS = 0.02

Results = dict[str, dict[str, Any]]  # by program, then by back end


class BackendError(Exception):
    """A run that failed, or differs from the others; the message says which and how."""


def _run(backend: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.backend_worker", backend, str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, timeout=_TIME_LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise BackendError(f"{path.stem} with {backend} took too long") from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BackendError(f"{path.stem} with {backend} failed: {last}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _check(name: str, found: dict[str, Any]) -> None:
    """All back ends have printed what is right, and compiled the same traces."""
    for backend, other in found.items():
        if other["output"] != answers()[name] + "\n":
            raise BackendError(f"{name} with {backend} printed {other['output']!r:.100}")
        if _shape(other) != _shape(found[STENCILS]):
            raise BackendError(f"{name} with {backend} made other traces than with {STENCILS}")


def _shape(result: dict[str, Any]) -> list[tuple[str, int]]:
    return [(trace["place"], trace["uops"]) for trace in result["traces"]]


def _keep_least(kept: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    """The least time of the program, and of each of its traces."""
    if kept is None or _shape(kept) != _shape(new):
        return new
    for trace, again in zip(kept["traces"], new["traces"], strict=True):
        trace["nanoseconds"] = min(trace["nanoseconds"], again["nanoseconds"])
    return {**kept, "seconds": min(kept["seconds"], new["seconds"])}


def measure(names: Sequence[str], rounds: int) -> tuple[Results, list[str]]:
    """Results of the programs where all went well, and what went wrong with the others."""
    results: Results = {name: {} for name in names}
    errors: list[str] = []
    progress = Progress()
    settle(progress)
    for number in range(1, rounds + 1):
        for name in list(results):
            found = results[name]
            try:
                for backend in BACKENDS:
                    progress.show(f"round {number} of {rounds}: {name}", f"with {backend}")
                    run = _run(backend, PROGRAMS / f"{name}.mvm")
                    found[backend] = _keep_least(found.get(backend), run)
                _check(name, found)
            except BackendError as error:
                errors.append(str(error))
                del results[name]
                progress.say(f"error: {error}")
    progress.say("")
    return results, errors


# --- what it comes to ----------------------------------------------------------------------------


def compile_summary(results: Results) -> dict[str, dict[str, float]]:
    """By back end: median and p99 of the traces' nanoseconds a uop, and code bytes a uop of all."""
    summary = {}
    for backend in BACKENDS:
        traces = [trace for found in results.values() for trace in found[backend]["traces"]]
        each = sorted(trace["nanoseconds"] / trace["uops"] for trace in traces)
        summary[backend] = {
            "traces": len(traces),
            "median": _quantile(each, 0.5),
            "p99": _quantile(each, 0.99),
            "bytes": sum(t["bytes"] for t in traces) / max(1, sum(t["uops"] for t in traces)),
        }
    return summary


def compile_ratio(summary: dict[str, dict[str, float]]) -> float:
    """How many times the stencils' time LLVM -O0 takes to compile a uop: of the medians."""
    return summary[_O0]["median"] / summary[STENCILS]["median"]


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed; nan of none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def run_ratios(results: Results, backend: str) -> dict[str, float]:
    """The stencils' run time in terms of `backend`'s, by program; of those that run in traces."""
    ratios = {}
    for name, found in results.items():
        own, other = found[STENCILS], found[backend]
        if own["traces"] and min(own["seconds"], other["seconds"]) >= _LEAST_SECONDS:
            ratios[name] = own["seconds"] / other["seconds"]
    return ratios


# --- tables --------------------------------------------------------------------------------------


def compile_table(summary: dict[str, dict[str, float]]) -> list[list[str]]:
    yardstick = summary[STENCILS]["median"]
    rows = [["compiling", "ns a uop, median", "p99", "× stencils", "code bytes a uop"]]
    for backend, found in summary.items():
        rows.append(
            [
                backend,
                f"{found['median']:,.0f}",
                f"{found['p99']:,.0f}",
                f"{found['median'] / yardstick:,.0f}",
                f"{found['bytes']:.1f}",
            ]
        )
    return rows


def run_table(results: Results) -> list[list[str]]:
    """Seconds; behind LLVM's, how many times that the stencils take. At last the means of those."""
    rows = [["program", *BACKENDS]]
    ratios = {backend: run_ratios(results, backend) for backend in BACKENDS}
    for name, found in results.items():
        row = [name, f"{found[STENCILS]['seconds']:.3f}"]
        for backend in BACKENDS[1:]:
            ratio = ratios[backend].get(name)
            shown = "-" if ratio is None else f"{ratio:.2f}"
            row.append(f"{found[backend]['seconds']:.3f} {shown:>5}")
        rows.append(row)
    means = [geometric_mean(ratios[backend].values()) for backend in BACKENDS[1:]]
    last = ["-" if mean is None else f"{mean:.2f}" for mean in means]
    rows.append(["geometric mean of the ratios", "", *last])
    return rows


def _verdicts(results: Results, summary: dict[str, dict[str, float]]) -> list[str]:
    """Each aim, and whether it is met."""
    ratio = compile_ratio(summary)
    lines = [_verdict(f"compiling {ratio:,.0f} × as fast as {_O0}", ratio >= _WANTED_COMPILE_RATIO)]
    for backend, wanted in _WANTED_RUN_RATIO.items():
        mean = geometric_mean(run_ratios(results, backend).values())
        if mean is None:
            continue
        lines.append(_verdict(f"running in {mean:.2f} × the time of {backend}", mean <= wanted))
    return lines


def _verdict(text: str, is_met: bool) -> str:
    return f"{'as wanted' if is_met else 'NOT as wanted'}: {text}"


def _show_losses(results: Results) -> None:
    """Where the stencils lose: which uops run there, the most frequent first."""
    wanted = _WANTED_RUN_RATIO[_O2]
    losses = {name: r for name, r in run_ratios(results, _O2).items() if r > wanted}
    for name, ratio in sorted(losses.items(), key=lambda item: -item[1]):
        counts = _run(COUNT_UOPS, PROGRAMS / f"{name}.mvm")
        total = sum(counts.values())
        most = sorted(counts.items(), key=lambda item: -item[1])[:_SHOWN_UOPS]
        shown = ", ".join(f"{uop} {100 * count / total:.0f} %" for uop, count in most)
        print(f"{name}: {ratio:.2f} × the time of {_O2}; of the uops that run: {shown}")


def _arguments(words: Sequence[str] | None, known: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench backends", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs; all without any")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program (3)")
    parser.add_argument("-o", dest="output", metavar="FILE.json", help="where the figures go")
    arguments = parser.parse_args(words)
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"no program called {unknown[0]}; there are {', '.join(known)}")
    if arguments.rounds < 1:
        parser.error("--rounds needs 1 or more")
    return arguments


def main(words: Sequence[str] | None = None) -> int:
    """Runs the comparison; the process's exit code."""
    known = [name for name in answers() if name != START]
    arguments = _arguments(words, known)
    names = [name for name in known if name in (arguments.names or known)]
    results, errors = measure(names, arguments.rounds)
    if results:
        summary = compile_summary(results)
        if arguments.output:
            content = {"compiling": summary, "programs": results, "errors": errors}
            Path(arguments.output).write_text(json.dumps(content, indent=1), encoding="utf-8")
        print(render_rows(compile_table(summary)))
        print("\nSeconds, without what making the traces took; the stencils' in LLVM's:\n")
        print(render_rows(run_table(results)) + "\n")
        print("\n".join(_verdicts(results, summary)))
        _show_losses(results)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
