"""What was asked of minivm's speed, and what was measured of it.

In: the results of `bench run`, those of `bench backends`, and older ones, as far as there are any.
Out: a `Finding` for each demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench.engines import JIT, TIER_ONE, C, title
from bench.results import Results
from bench.summary import (
    WARM,
    WARM_WITHIN,
    all_looks,
    geometric_mean,
    relative,
    short_ratio,
    warm_up,
)

_LUAJIT, _LUAJIT_OFF, _PYPY = "luajit", "luajit-joff", "pypy3"
_NUMERIC = ("loop_sum", "mandelbrot", "spectral_norm", "nbody", "matmul")
_LARGEST_MEGABYTES = 2.0

# Times of starting that are this near to each other are the same.
_START_NOISE = 1.05


@dataclass(frozen=True)
class Finding:
    """A demand. `holds` is None where nothing was measured, or nothing is asked."""

    demand: str
    asked: str
    measured: str
    holds: bool | None


def findings(
    results: Results, compile_ratio: float | None = None, before: Results | None = None
) -> list[Finding]:
    """All demands, in the order in which they were made."""
    return [
        _mean(results, JIT, _LUAJIT, 1.0),
        _each(_against(JIT, _LUAJIT), relative(results, JIT, _LUAJIT), 1.5, _times),
        _mean(results, JIT, _PYPY, 0.9),
        _mean(results, JIT, C, 2.5),
        _numeric(results),
        _mean(results, TIER_ONE, _LUAJIT_OFF, 1.2),
        _each(_against(JIT, TIER_ONE), relative(results, JIT, TIER_ONE), 1.0, _times),
        *_of_looks(results),
        _compile_time(compile_ratio),
        *(_start(results, before, engine) for engine in (TIER_ONE, JIT)),
    ]


def _against(engine: str, other: str) -> str:
    return f"{title(engine)} against {title(other)}, each program"


def _times(number: float) -> str:
    return f"{number:.2f} ×"


def _mean(results: Results, engine: str, other: str, most: float) -> Finding:
    mean = geometric_mean(relative(results, engine, other).values())
    demand = f"{title(engine)} against {title(other)}, geometric mean"
    return _limited(demand, mean, most, _times)


def _limited(
    demand: str, number: float | None, most: float, text: Callable[[float], str]
) -> Finding:
    asked = f"at most {text(most)}"
    if number is None:
        return Finding(demand, asked, "-", None)
    return Finding(demand, asked, text(number), number <= most)


def _each(
    demand: str, numbers: Mapping[str, float], most: float, text: Callable[[float], str]
) -> Finding:
    """The worst program, or all that are too bad."""
    asked = f"at most {text(most)}"
    if not numbers:
        return Finding(demand, asked, "-", None)
    worst = sorted(numbers.items(), key=lambda item: -item[1])
    shown = [item for item in worst if item[1] > most] or worst[:1]
    measured = ", ".join(f"{name} {text(number)}" for name, number in shown)
    return Finding(demand, asked, measured, worst[0][1] <= most)


def _numeric(results: Results) -> Finding:
    found = relative(results, JIT, C)
    numeric = {name: found[name] for name in _NUMERIC if name in found}
    demand = f"{title(JIT)} against {title(C)}, each numeric loop"
    return _each(demand, numeric, 1.5, _times)


def _of_looks(results: Results) -> Iterable[Finding]:
    """Short runs, warm-up, and what traces need."""
    looks = all_looks(results)
    own = [look for look in looks if look.engine == JIT]
    short = {look.program: short_ratio(look, looks) for look in own}
    found = {name: ratio for name, ratio in short.items() if ratio is not None}
    demand = f"{title(JIT)} against {title(TIER_ONE)}, each short run"
    yield _each(demand, found, 1.0, _times)
    warm = {look.program: warm_up(look.iterations) for look in own}
    seconds = {name: each.seconds for name, each in warm.items() if each is not None}
    demand = f"{WARM:.0%} of peak speed, each program"
    yield _each(demand, seconds, WARM_WITHIN, lambda number: f"{number * 1000:.1f} ms")
    megabytes = {look.program: look.bytes / 1e6 for look in own if look.bytes}
    demand = "machine code and all kept with it, largest program"
    yield _each(demand, megabytes, _LARGEST_MEGABYTES, lambda number: f"{number:.2f} MB")


def _compile_time(ratio: float | None) -> Finding:
    demand, asked = "compile time a uop, LLVM -O0 against stencils", "at least 100 ×"
    if ratio is None:
        return Finding(demand, asked, "-", None)
    return Finding(demand, asked, f"{ratio:,.0f} ×", ratio >= 100)


def _start(results: Results, before: Results | None, engine: str) -> Finding:
    """What an empty program takes; compared with older results, if there are any."""
    now = _start_of(results, engine)
    old = None if before is None else _start_of(before, engine)
    demand, measured = f"{title(engine)}, starting", "-" if now is None else f"{now * 1000:.0f} ms"
    if now is None or old is None:
        return Finding(demand, "no more than before", measured, None)
    asked = f"no more than before: {old * 1000:.0f} ms"
    return Finding(demand, asked, measured, now <= old * _START_NOISE)


def _start_of(results: Results, engine: str) -> float | None:
    return min((each.start for each in results.results if each.engine == engine), default=None)
