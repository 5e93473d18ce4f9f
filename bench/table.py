"""Results as text, for a terminal.

In: results, or changes between two. Out: tables in plain text.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.engines import title
from bench.looks import Look
from bench.results import Result, Results
from bench.suite import START
from bench.summary import (
    WARM,
    Change,
    all_looks,
    geometric_mean,
    noise_report,
    ratio,
    ratios,
    short_ratio,
    warm_up,
    yardstick,
)

_NONE = "-"

WARM_HEADING = (
    f"Milliseconds from a program's start to {WARM:.0%} of its peak speed; of an iteration, with"
    " little to do, at its peak;\nand of a short run in a VM of its own:"
)


def render_results(results: Results) -> str:
    """Times, ratios, and what has to be known about them."""
    parts = [
        "Seconds of user and system time, less an empty program's ('start'):",
        render_rows(seconds_rows(results)),
    ]
    if len(results.engines()) > 1:
        parts += [f"How many times {title(yardstick(results))}:", render_rows(ratio_rows(results))]
    notes = [noise_report(results)]
    notes += [f"missing: {each}" for each in results.missing]
    notes += [f"FAILED: {each}" for each in results.failures]
    return "\n\n".join([*parts, "\n".join(notes)])


def render_document(results: Results) -> str:
    """The same as blocks of Markdown, with the engines' versions, memory and traces."""
    versions = {result.engine: result.version for result in results.results}
    about = [f"{name}: {value}" for name, value in results.machine.items()]
    about += [f"{title(engine)}: {version}" for engine, version in versions.items()]
    parts = ["\n".join(about), render_results(results)]
    parts += ["Megabytes, the most at once:\n\n" + render_rows(memory_rows(results))]
    warm = warm_rows(all_looks(results))
    if len(warm) > 1:
        parts += [f"{WARM_HEADING}\n\n" + render_rows(warm, text_columns=2)]
    traces = trace_rows(results)
    if len(traces) > 1:
        parts += ["Traces:\n\n" + render_rows(traces, text_columns=2)]
    return "\n".join(f"```text\n{part}\n```\n" for part in parts)


def seconds_rows(results: Results) -> list[list[str]]:
    """A program a row, an engine a column."""
    rows = [["program", *results.engines()]]
    for program in results.programs():
        found = [results.find(program, engine) for engine in results.engines()]
        rows.append([program, *(_NONE if r is None else f"{r.least:.3f}" for r in found)])
    starts = [_start(results, engine) for engine in results.engines()]
    rows.append(["start", *(f"{seconds:.3f}" for seconds in starts)])
    return rows


def _start(results: Results, engine: str) -> float:
    return next(r.start for r in results.results if r.engine == engine)


def ratio_rows(results: Results) -> list[list[str]]:
    """The same in comparison with the yardstick; the last row is geometric means."""
    rows = [["program", *results.engines()]]
    for program in results.programs():
        found = [ratio(results, program, engine) for engine in results.engines()]
        rows.append([program, *(_ratio_text(each) for each in found)])
    means = [geometric_mean(ratios(results, e).values()) for e in results.engines()]
    rows.append(["geometric mean", *(_ratio_text(mean) for mean in means)])
    counts = [len(ratios(results, engine)) for engine in results.engines()]
    if len(set(counts)) > 1:
        rows.append(["… of programs", *map(str, counts)])
    return rows


def memory_rows(results: Results) -> list[list[str]]:
    """The most memory a process had at once, in MB."""
    rows = [["program", *results.engines()]]
    for program in [*results.programs(), START]:
        found = [results.find(program, engine) for engine in results.engines()]
        rows.append([program, *(_NONE if r is None else f"{r.memory / 1e6:.0f}" for r in found)])
    return rows


def warm_rows(looks: Sequence[Look]) -> list[list[str]]:
    """How programs warm up, and their short runs: a program on an engine a row."""
    rows = [["program", "engine", "ms to be warm", "at its peak", "short run", "× tier one"]]
    for look in looks:
        found = warm_up(look.iterations)
        times = (found.seconds, found.peak) if found else (None, None)
        shown = [_milliseconds(each) for each in (*times, min(look.short, default=None))]
        rows.append([look.program, look.engine, *shown, _ratio_text(short_ratio(look, looks))])
    return rows


def _milliseconds(seconds: float | None) -> str:
    return _NONE if seconds is None else f"{seconds * 1000:.2f}"


def trace_rows(results: Results) -> list[list[str]]:
    """What traces took to make, and their size: a program on an engine a row."""
    heading = [
        "program",
        "engine",
        "traces",
        "uops",
        "µs a trace",
        "ns a uop",
        "bytes a uop",
        "kB in all",
    ]
    found = [r for r in results.results if r.look is not None and r.look.traces]
    return [heading, *(_trace_row(result) for result in found)]


def _trace_row(result: Result) -> list[str]:
    assert result.look is not None
    traces, uops = result.look.traces, result.look.uops
    nanoseconds = sum(row[0] for row in traces)
    size = sum(row[1] + row[2] for row in traces)
    each = f"{nanoseconds / len(traces) / 1000:.0f}"
    numbers = [f"{len(traces)}", f"{uops}", each, f"{nanoseconds / uops:.0f}", f"{size / uops:.1f}"]
    numbers.append(f"{result.look.bytes / 1000:.0f}")
    return [result.program, result.engine, *numbers]


def render_changes(changes: Sequence[Change]) -> str:
    """A change a row, then a mean for each engine. ~ marks what noise alone may have done."""
    rows = [["program", "engine", "before", "after", "ratio", ""]]
    for change in changes:
        mark = "" if change.is_certain else "~"
        times = [f"{change.before:.3f}", f"{change.after:.3f}", f"{change.ratio:.2f}"]
        rows.append([change.program, change.engine, *times, mark])
    for engine in dict.fromkeys(change.engine for change in changes):
        own = [c.ratio for c in changes if c.engine == engine and c.program != START]
        if own:
            rows.append(["geometric mean", engine, "", "", _ratio_text(geometric_mean(own)), ""])
    return render_rows(rows, text_columns=2)


def _ratio_text(number: float | None) -> str:
    if number is None:
        return _NONE
    return f"{number:.2f}" if number < 100 else f"{number:.0f}"


def render_rows(rows: Sequence[Sequence[str]], text_columns: int = 1) -> str:
    """Rows in columns: the first ones to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        pairs = list(zip(row, widths, strict=True))
        cells = [cell.ljust(width) for cell, width in pairs[:text_columns]]
        cells += [cell.rjust(width) for cell, width in pairs[text_columns:]]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
