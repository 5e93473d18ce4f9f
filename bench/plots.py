"""Results as pictures.

In: results. Out: figures of matplotlib by name, each with the sentence that belongs under it; and
their files, SVG or PNG, which are the same bytes for the same results.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from bench.engines import is_minivm, title
from bench.looks import Look
from bench.results import Results
from bench.summary import WARM_WITHIN, all_looks, geometric_mean, ratio, ratios, yardstick

# Paul Tol's "bright" colours, which people who don't see all colours can tell apart. minivm's
# engines have large marks of full colour, peers smaller ones, of shapes of their own.
_COLORS = {"tier1": "#EE7733", "uops": "#AA3377", "jit": "#0077BB", "llvm": "#009988"}
_PEER_MARKS = {
    "c": ("|", "#000000"),
    "luajit": ("^", "#666666"),
    "luajit-joff": ("v", "#666666"),
    "pypy3": ("P", "#888855"),
    "node": ("D", "#558855"),
    "gforth": ("*", "#885555"),
    "lua5.4": ("s", "#8888BB"),
    "python3": ("X", "#BB9944"),
}
_STYLE = {
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "svg.hashsalt": "minivm",
    "legend.frameon": False,
}


FORMS = ("svg", "png")


@dataclass(frozen=True)
class Picture:
    """A figure: `name` is for its file, `caption` says what it shows."""

    name: str
    caption: str
    figure: Figure

    def encoded(self, form: str) -> bytes:
        """The file's content; `form` is one of FORMS."""
        file = io.BytesIO()
        # A date would make the same results another file.
        about = {"Date": None} if form == "svg" else {"Software": None}
        with matplotlib.rc_context(_STYLE):
            self.figure.savefig(file, format=form, dpi=130, bbox_inches="tight", metadata=about)
        return file.getvalue()


def pictures(results: Results) -> list[Picture]:
    """All that there are results for."""
    with matplotlib.rc_context(_STYLE):
        found = [_relative(results), _means(results), _warm_up(all_looks(results))]
        return [each for each in [*found, _traces(results), _memory(results)] if each is not None]


# --- time relative to C ---


def _relative(results: Results) -> Picture | None:
    engines, programs = results.engines(), results.programs()
    if len(engines) < 2 or not programs:
        return None
    reference = title(yardstick(results))
    rows = [*programs, "geometric mean"]
    figure, axes = _rows_figure(rows)
    for engine in engines:
        found = [ratio(results, program, engine) for program in programs]
        _marks(axes, engine, [*found, geometric_mean(ratios(results, engine).values())])
    axes.axhline(len(programs) - 0.5, color="#999999", linewidth=0.8)
    _log_axis(axes, lambda value, _: f"{value:g}×")
    axes.set_xlabel(f"time, {reference} = 1 (logarithmic; less is better)")
    _legend_above(axes, len(engines))
    caption = f"Time of each program relative to {reference}."
    return Picture("relative", caption, figure)


def _rows_figure(rows: Sequence[str], height: float = 0.34) -> tuple[Figure, Any]:
    """A figure with a row of `height` inches for each name, from the top down."""
    figure = Figure(figsize=(8.6, 1.4 + height * len(rows)))
    axes = figure.add_subplot()
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    return figure, axes


def _marks(axes: Any, engine: str, numbers: Sequence[float | None], shift: float = 0.0) -> None:
    """An engine's marks, a row each; `shift` is how far below its middle."""
    points = [(number, row + shift) for row, number in enumerate(numbers) if number is not None]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if is_minivm(engine):
        look = {"marker": "o", "s": 62, "color": _COLORS[engine], "zorder": 4}
    else:
        marker, color = _PEER_MARKS[engine]
        look = {"marker": marker, "s": 34, "color": color, "zorder": 3}
    if engine == "c":
        look["s"] = 110
    axes.scatter(xs, ys, label=title(engine), linewidths=1.2, **look)


def _log_axis(axes: Any, text: Callable[[float, object], str]) -> None:
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    # Over a wide range, more than a number a decade would run into each other.
    steps = (1, 2, 5) if high / low < 1000 else (1,)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=steps, numticks=20))
    axes.xaxis.set_major_formatter(FuncFormatter(text))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _legend_above(axes: Any, count: int) -> None:
    columns = min(count, 6)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncol=columns,
        columnspacing=1.2,
        handletextpad=0.2,
    )


# --- geometric means ---


def _means(results: Results) -> Picture | None:
    engines = results.engines()
    found = [(geometric_mean(ratios(results, engine).values()), engine) for engine in engines]
    means = sorted((mean, engine) for mean, engine in found if mean is not None)
    if len(means) < 2:
        return None
    labels = [_mean_label(results, engine) for _, engine in means]
    figure = Figure(figsize=(8.6, 0.8 + 0.32 * len(means)))
    axes = figure.add_subplot()
    colors = [_COLORS.get(engine, "#B8B8B8") for _, engine in means]
    bars = axes.barh(labels, [mean for mean, _ in means], color=colors, height=0.7)
    axes.bar_label(bars, [f" {mean:.2f}" for mean, _ in means])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")
    axes.set_xlabel(f"geometric mean of the times, {title(yardstick(results))} = 1")
    return Picture("means", "Geometric means of the programs.", figure)


def _mean_label(results: Results, engine: str) -> str:
    """The engine's title; with a number of programs where it does not have all."""
    count, total = len(ratios(results, engine)), len(results.programs())
    return title(engine) + (f" ({count} of {total})" if count < total else "")


# --- warm-up ---


def warm_up_picture(looks: Sequence[Look]) -> Picture | None:
    """How the iterations of each program get faster."""
    with matplotlib.rc_context(_STYLE):
        return _warm_up(looks)


def _warm_up(found: Sequence[Look]) -> Picture | None:
    looks = {(each.program, each.engine): each.iterations for each in found if each.iterations}
    engines = list(dict.fromkeys(engine for _, engine in looks))
    programs = list(dict.fromkeys(program for program, _ in looks))
    if not programs:
        return None
    columns = min(5, len(programs))
    lines = -(-len(programs) // columns)
    figure = Figure(figsize=(2.05 * columns, 1.75 * lines + 0.5), layout="constrained")
    grid = list(figure.subplots(lines, columns, squeeze=False, sharex=True).flat)
    for number, axes in enumerate(grid):
        axes.set_visible(number < len(programs))
        # What has nothing under it has the numbers of the axis.
        axes.tick_params(axis="x", labelbottom=number + columns >= len(programs))
    for axes, program in zip(grid, programs, strict=False):
        for engine in engines:
            _curve(axes, engine, looks.get((program, engine), ()))
        axes.set_title(program, fontsize=9.5)
        _warm_up_scales(axes)
    figure.supxlabel("milliseconds since the program started (logarithmic)", fontsize=9.5)
    figure.supylabel("milliseconds an iteration (logarithmic)", fontsize=9.5)
    handles, labels = _all_handles(grid)
    figure.legend(handles, labels, loc="outside upper left", ncol=len(labels))
    caption = (
        "Warm-up: how long iterations of each program take, with little to do, one after the other"
        " in one VM. The line is where a program should be warm."
    )
    return Picture("warm_up", caption, figure)


def _curve(axes: Any, engine: str, seconds: Sequence[float]) -> None:
    if seconds:
        milliseconds = [each * 1000 for each in seconds]
        passed = list(itertools.accumulate(milliseconds))
        look = {"color": _COLORS[engine], "linewidth": 1.2}
        axes.plot(passed, milliseconds, label=title(engine), **look)


def _warm_up_scales(axes: Any) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([1, 10, 100])
    axes.axvline(WARM_WITHIN * 1000, color="#999999", linewidth=0.8)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    low, high = axes.get_ylim()
    # A picture with a single number on its axis says too little.
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 50 else (1,)))
    axes.tick_params(labelsize=8)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())


def _all_handles(grid: Sequence[Any]) -> tuple[list[Any], list[str]]:
    """Every engine that has a curve in any of the pictures, once."""
    found: dict[str, Any] = {}
    for axes in grid:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values()), list(found)


# --- traces ---


def _traces(results: Results) -> Picture | None:
    found = [r for r in results.results if r.look is not None and r.look.traces]
    programs = list(dict.fromkeys(result.program for result in found))
    if not programs:
        return None
    engines = list(dict.fromkeys(result.engine for result in found))
    figure = Figure(figsize=(9.2, 1.2 + 0.34 * len(programs)), layout="constrained")
    times, sizes = figure.subplots(1, 2, sharey=True)
    for result in found:
        assert result.look is not None
        row = programs.index(result.program) + _shift(engines, result.engine, 0.3)
        rows = [row] * len(result.look.traces)
        look = {"s": 20, "color": _COLORS[result.engine], "alpha": 0.55, "linewidths": 0}
        times.scatter([trace[0] / 1e3 for trace in result.look.traces], rows, **look)
        sizes.scatter([trace[1] + trace[2] for trace in result.look.traces], rows, **look)
    _log_axis(times, lambda value, _: f"{value:g}")
    _log_axis(sizes, lambda value, _: f"{value:g}")
    times.set_xlabel("microseconds to make a trace (logarithmic)")
    sizes.set_xlabel("bytes of code of a trace, with its exits (logarithmic)")
    times.set_yticks(range(len(programs)), programs)
    times.set_ylim(len(programs) - 0.4, -0.6)
    for axes in (times, sizes):
        axes.tick_params(axis="x", labelsize=8)
        axes.tick_params(axis="y", length=0)
    if len(engines) > 1:
        handles = [times.scatter([], [], color=_COLORS[engine], s=20) for engine in engines]
        names = [title(engine) for engine in engines]
        figure.legend(handles, names, loc="outside upper left", ncol=len(engines))
    caption = (
        "Traces, a dot each: what it takes to make one, from projection to code, and its size."
    )
    return Picture("traces", caption, figure)


def _shift(engines: Sequence[str], engine: str, step: float) -> float:
    """How far below the middle of its row an engine's marks are: they shouldn't cover others."""
    return (engines.index(engine) - (len(engines) - 1) / 2) * step


# --- memory ---


def _memory(results: Results) -> Picture | None:
    programs = results.programs()
    if not programs:
        return None
    figure, axes = _rows_figure(programs, 0.42)
    engines = results.engines()
    for engine in engines:
        found = [results.find(program, engine) for program in programs]
        megabytes = [None if each is None else each.memory / 1e6 for each in found]
        # Many have the same: one above the other, all can be seen.
        _marks(axes, engine, megabytes, _shift(engines, engine, 0.5 / len(engines)))
    _log_axis(axes, lambda value, _: f"{value:g} MB")
    axes.set_xlabel("most memory at once (logarithmic; about 9 MB is the least that is seen)")
    _legend_above(axes, len(engines))
    return Picture("memory", "The most memory that each process had at once.", figure)
