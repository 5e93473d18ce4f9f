"""What `--stats` shows.

In: a VM's `Statistics`, its engine and the time the run took. Out: lines of text, aligned.
"""

from __future__ import annotations

from minivm.executors import Statistics
from minivm.generated.uop_table import ABORT_REASONS, EXIT_REASONS

_LABEL_WIDTH = 34
_NUMBER_WIDTH = 16


def render_statistics(statistics: Statistics, engine: str, seconds: float) -> str:
    """All that is known of a run, in groups."""
    lines = [
        _row("wall time of the run", f"{seconds * 1000:,.1f}", "ms"),
        *_instructions(statistics, engine),
        _row("collections", f"{statistics.collections:,}"),
        _row("collecting", f"{statistics.collection_nanoseconds / 1e6:,.1f}", "ms"),
        _row("longest collection", f"{statistics.longest_collection / 1e6:,.2f}", "ms"),
        _row("heap in use", f"{statistics.heap_bytes:,}", "bytes"),
    ]
    if engine != "tier1":
        lines += _traces(statistics, engine)
    return "\n".join(lines)


def _instructions(statistics: Statistics, engine: str) -> list[str]:
    lines = [_row("instructions in tier one", f"{statistics.tier_one_instructions:,}")]
    if engine == "tier1":
        return lines
    share = 100 * statistics.trace_instructions / max(1, statistics.instructions)
    where = "machine code" if engine in ("jit", "llvm") else "the uop interpreter"
    return [
        *lines,
        _row("instructions in traces", f"{statistics.trace_instructions:,}"),
        _row(f"share in {where}", f"{share:.1f}", "%"),
    ]


def _traces(statistics: Statistics, engine: str) -> list[str]:
    lines = [
        _row("traces made", f"{statistics.traces:,}"),
        _row("traces invalidated", f"{statistics.invalidated:,}"),
        _row("traces dropped as cold", f"{statistics.dropped:,}"),
        _row("uops projected", f"{statistics.uops:,}"),
        _row("uops in the end, with exits", f"{statistics.final_uops:,}"),
    ]
    if statistics.uops:
        nanoseconds = statistics.trace_nanoseconds / statistics.uops
        lines.append(_row("making a trace", f"{nanoseconds:,.0f}", "ns per uop projected"))
    if engine in ("jit", "llvm"):
        lines.append(_row("machine code", f"{statistics.code_bytes:,}", "bytes"))
    if engine == "jit":
        lines.append(_row("exits and constants", f"{statistics.cold_bytes:,}", "bytes"))
    lines.append(_row("metadata", f"{statistics.data_bytes:,}", "bytes"))
    lines += _reasons("exits", statistics.exits, EXIT_REASONS)
    return lines + _reasons("traces given up", statistics.aborts, ABORT_REASONS)


def _reasons(title: str, counts: dict[str, int], texts: dict[str, str]) -> list[str]:
    lines = [_row(title, f"{sum(counts.values()):,}")]
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        if count:
            lines.append(_row(f"  {name}", f"{count:,}", texts[name]))
    return lines


def _row(label: str, number: str, unit: str = "") -> str:
    return f"{label:<{_LABEL_WIDTH}}{number:>{_NUMBER_WIDTH}}  {unit}".rstrip()
