"""What `--profile` shows.

In: a `Profile`, what came before the run, the program. Out: lines of text, aligned: shares of the
whole time, then what the time of traces and of tier one was spent on, by place in the source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from minivm.executors import Executor, Exit, Place
from minivm.lang.code import Program
from minivm.lang.errors import printable
from minivm.machine import as_loaded
from minivm.profile import COLLECTOR, ENTERING, HELPER, OTHER, TIER_ONE, TRACE, Profile, Share

_LABEL_WIDTH = 34
_TEXT_WIDTH = 60
# Of long lists, how many rows are shown; what is a smaller share of the whole is not.
_SHOWN = 10
_SMALLEST = 0.0005
_NO_NAME = "(no name)"

_Key = TypeVar("_Key", bound=Hashable)
_Figures = tuple[str, ...]


def render_profile(
    profile: Profile, starting: Mapping[str, float], program: Program, engine: str
) -> str:
    """The whole report. `starting` has the seconds of each step before the run."""
    return "\n".join(_Report(profile, starting, program, engine).lines())


class _Report:
    def __init__(
        self, profile: Profile, starting: Mapping[str, float], program: Program, engine: str
    ) -> None:
        self._profile = profile
        self._starting = {name: seconds * 1e9 for name, seconds in starting.items()}
        self._total = profile.processor + sum(self._starting.values())
        self._program = program
        self._engine = engine
        self._texts = {as_loaded(path): text.splitlines() for path, text in program.sources.items()}

    def lines(self) -> list[str]:
        """Every table that has rows."""
        lines = self._activities()
        if self._engine != "tier1":
            lines += self._executors()
            lines += self._exits()
        return lines + self._functions()

    # --- shares of time ----------------------------------------------------------------------

    def _activities(self) -> list[str]:
        profile = self._profile
        label = "where the time went"
        lines = [f"{label:<{_LABEL_WIDTH}}{'ms':>12}{'share':>10}"]
        lines += self._group("starting", self._starting)
        lines += self._group("tier one", {}, self._sum(TIER_ONE))
        if self._engine != "tier1":
            lines += self._group("making traces", profile.stages)
            inside = "the uop interpreter" if self._engine == "uops" else "machine code"
            lines += self._group(inside, {}, self._sum(TRACE))
            lines += self._group("entering and leaving traces", {}, self._sum(ENTERING))
        helpers = self._add_up(self._of(HELPER), lambda share: share.helper or _NO_NAME)
        lines += self._group(
            "helpers in C", dict(_largest(helpers, self._total)), sum(helpers.values())
        )
        lines += self._group("collector, free cells", {}, self._sum(COLLECTOR))
        lines += self._group("other", {}, self._unexplained())
        lines += self._group("all", {}, self._total)
        return [*lines, f"(processor time of the program's thread; {self._basis()})"]

    def _basis(self) -> str:
        """How far to trust it."""
        milliseconds = self._profile.wall / 1e6
        return f"the run: {self._profile.samples:,} samples in {milliseconds:,.1f} ms by the clock"

    def _group(
        self, label: str, parts: Mapping[str, float], whole: float | None = None
    ) -> list[str]:
        """A row, and one for each of its parts, which are all of it unless `whole` is given."""
        whole = sum(parts.values()) if whole is None else whole
        lines = [self._row(label, whole)]
        return lines + [self._row(f"  {name}", part) for name, part in parts.items()]

    def _row(self, label: str, nanoseconds: float) -> str:
        milliseconds = f"{nanoseconds / 1e6:,.2f}"
        return f"{label:<{_LABEL_WIDTH}}{milliseconds:>12}{self._percent(nanoseconds):>10}"

    def _unexplained(self) -> float:
        """Other work of the thread, and all of a run that was over before the first sample."""
        known = sum(share.nanoseconds for share in self._profile.shares)
        rest = self._profile.processor - sum(self._profile.stages.values()) - known
        return self._sum(OTHER) + max(0.0, rest)

    # --- traces ------------------------------------------------------------------------------

    def _executors(self) -> list[str]:
        """The hottest ones: their own time, and that of what they called."""
        shares = [share for share in self._profile.shares if share.executor is not None]
        times = self._add_up(shares, lambda share: share.executor)
        inside = self._add_up(self._of(TRACE, shares), lambda share: share.executor)
        rows = []
        for number, nanoseconds in _largest(times, self._total):
            assert number is not None
            executor = self._profile.executors[number]
            figures = (
                self._percent(nanoseconds),
                self._percent(inside.get(number, 0)),
                # A side trace is entered from others, which counts nothing.
                "-" if executor.is_side_trace else f"{executor.entered:,}",
                f"{executor.iterations:,}" if executor.closes else "-",
            )
            rows.append((figures, self._describe(executor)))
        return _table("hottest traces", ("share", "its own", "entered", "iterations"), rows)

    def _describe(self, executor: Executor) -> str:
        kind = "loop" if executor.is_loop else "entry"
        if executor.is_side_trace:
            kind = "side trace"
        state = "" if executor.valid else ", invalidated"
        place = executor.place
        return f"{kind} of {place.function}, {self._where(place)}{state}"

    def _exits(self) -> list[str]:
        """The most frequent ones."""
        taken = [
            (executor, way_out)
            for executor in self._profile.executors
            for way_out in executor.exits
            if way_out.count
        ]
        taken.sort(key=lambda pair: -pair[1].count)
        rows = [self._exit(executor, way_out) for executor, way_out in taken[:_SHOWN]]
        return _table("exits", ("taken", "of entries"), rows, len(taken))

    def _exit(self, executor: Executor, way_out: Exit) -> tuple[_Figures, str]:
        # Entries from other traces are not counted.
        known = not executor.is_side_trace and way_out.count <= executor.entered
        share = f"{100 * way_out.count / executor.entered:.1f} %" if known else "-"
        start = executor.place
        there = way_out.place
        path = "line " if there.path == start.path else f"{printable(there.path)}:"
        end = f"{path}{there.line}: {self._text(there.path, there.line)}"
        text = f"{way_out.reason}, {printable(start.path)}:{start.line} → {end}"
        return (f"{way_out.count:,}", share), text

    # --- tier one ----------------------------------------------------------------------------

    def _functions(self) -> list[str]:
        """The hottest ones, with what they called of C, and of each its hottest line."""
        shares = [share for share in self._profile.shares if share.place]
        times = self._add_up(shares, _function_of)
        inside = self._add_up(self._of(TIER_ONE, shares), _function_of)
        rows = []
        for index, nanoseconds in _largest(times, self._total):
            figures = (self._percent(nanoseconds), self._percent(inside.get(index, 0)))
            rows.append((figures, self._function(index, self._hottest_line(index, shares))))
        return _table("hottest functions in tier one", ("share", "its own"), rows)

    def _hottest_line(self, index: int, shares: Iterable[Share]) -> int:
        """Of function number `index`; 0 when no line is known."""
        times: dict[int, float] = defaultdict(float)
        for share in shares:
            if share.place and share.place.function_index == index and share.place.line:
                times[share.place.line] += share.nanoseconds
        return max(times, key=times.__getitem__, default=0)

    def _function(self, index: int, line: int) -> str:
        code = self._program.functions[index]
        declared = f"{code.name}, {printable(as_loaded(code.path))}:{code.positions[0].line}"
        if not line:
            return declared
        return f"{declared}, mostly line {line}: {self._text(as_loaded(code.path), line)}"

    # --- what all of them need ---------------------------------------------------------------

    def _of(self, activity: str, shares: Iterable[Share] | None = None) -> list[Share]:
        found = self._profile.shares if shares is None else shares
        return [share for share in found if share.activity == activity]

    def _sum(self, activity: str) -> float:
        return sum(share.nanoseconds for share in self._of(activity))

    def _add_up(self, shares: Iterable[Share], key: Callable[[Share], _Key]) -> dict[_Key, float]:
        times: dict[_Key, float] = defaultdict(float)
        for share in shares:
            times[key(share)] += share.nanoseconds
        return times

    def _percent(self, nanoseconds: float) -> str:
        return f"{100 * nanoseconds / max(1, self._total):.1f} %"

    def _where(self, place: Place) -> str:
        """The line, and what is written there."""
        text = self._text(place.path, place.line)
        return f"{printable(place.path)}:{place.line}: {text}"

    def _text(self, path: str, line: int) -> str:
        lines = self._texts.get(path, [])
        text = lines[line - 1].strip() if line <= len(lines) else ""
        return printable(text if len(text) <= _TEXT_WIDTH else f"{text[: _TEXT_WIDTH - 1]}…")


def _function_of(share: Share) -> int:
    assert share.place
    return share.place.function_index


def _largest(times: Mapping[_Key, float], total: float) -> list[tuple[_Key, float]]:
    """The rows of a table that are worth to be shown, the largest first."""
    rows = sorted(times.items(), key=lambda item: -item[1])
    return [row for row in rows[:_SHOWN] if row[1] >= total * _SMALLEST]


def _table(
    title: str, heads: _Figures, rows: Sequence[tuple[_Figures, str]], count: int = 0
) -> list[str]:
    """Right-aligned columns below their heads, and the text of each row behind them."""
    if not rows:
        return []
    widths = [
        max(len(head), *(len(figures[i]) for figures, _ in rows)) + 2
        for i, head in enumerate(heads)
    ]
    lines = ["", title, _columns(heads, widths).rstrip()]
    lines += [f"{_columns(figures, widths)}  {text}" for figures, text in rows]
    left = count - len(rows)
    return [*lines, f"  … {left:,} more …"] if left > 0 else lines


def _columns(cells: tuple[str, ...], widths: list[int]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
