"""Figures made from results: ratios, geometric means, noise, warm-up.

In: the results of one file, or of two. Out: numbers, for tables and pictures.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.engines import TIER_ONE, C
from bench.looks import Look
from bench.results import LEAST_SECONDS, Result, Results

# Runs of one program that are further apart than this are noisy.
_NOISY = 0.10

# When a program is warm: the share of its peak speed that it has. A speed is that of so many
# iterations, the one in the middle: collections slow some of them down for good.
WARM = 0.9
WARM_WITHIN = 0.05  # seconds
_WINDOW = 9


def yardstick(results: Results) -> str:
    """The engine all others are compared with: C, or else the first one."""
    engines = results.engines()
    return C if C in engines else engines[0]


def ratio(results: Results, program: str, engine: str) -> float | None:
    """How many times the yardstick's time a program takes; None where one of them is missing."""
    return ratios(results, engine).get(program)


def ratios(results: Results, engine: str) -> dict[str, float]:
    """An engine's ratios, of the programs that have one."""
    return relative(results, engine, yardstick(results))


def relative(results: Results, engine: str, other: str) -> dict[str, float]:
    """How many times another engine's time the programs take, of those that both have."""
    found = {}
    for program in results.programs():
        own, its = results.find(program, engine), results.find(program, other)
        if own is not None and its is not None:
            found[program] = own.least / its.least
    return found


def geometric_mean(numbers: Iterable[float]) -> float | None:
    """None for no numbers."""
    logarithms = [math.log(number) for number in numbers]
    return math.exp(sum(logarithms) / len(logarithms)) if logarithms else None


def noisy(results: Results) -> list[Result]:
    """Results whose runs were far apart, the worst first. Too short ones are all noise."""
    long_enough = [result for result in results.results if result.least > 10 * LEAST_SECONDS]
    found = [result for result in long_enough if result.spread > _NOISY]
    return sorted(found, key=lambda result: -result.spread)


def noise_report(results: Results) -> str:
    """How far the times can be trusted, in a sentence or two."""
    runs = {len(result.seconds) for result in results.results}
    if max(runs) == 1:
        return "One run of each: nothing can be said about noise."
    count = f"{min(runs)}" if len(runs) == 1 else f"{min(runs)} to {max(runs)}"
    found = noisy(results)
    text = f"Each time is the least of {count} runs. "
    if not found:
        return f"{text}No program's runs are more than {_NOISY:.0%} apart."
    worst = ", ".join(f"{r.program}/{r.engine} {r.spread:.0%}" for r in found[:3])
    total = len(results.results)
    return (
        f"{text}Noise: the runs of {len(found)} of {total} are more than {_NOISY:.0%} apart"
        f" (the most: {worst})."
    )


@dataclass(frozen=True)
class Change:
    """A program on an engine, before and after. `is_certain` says that the runs do not overlap."""

    program: str
    engine: str
    before: float
    after: float
    is_certain: bool

    @property
    def ratio(self) -> float:
        """How many times the time of before."""
        return self.after / self.before


def changes(before: Results, after: Results) -> list[Change]:
    """What both have, in the order of `after`."""
    found = []
    for new in after.results:
        old = before.find(new.program, new.engine)
        if old is not None:
            apart = new.least > max(old.seconds) or old.least > max(new.seconds)
            found.append(Change(new.program, new.engine, old.least, new.least, apart))
    return found


@dataclass(frozen=True)
class WarmUp:
    """Seconds that pass before a program is WARM, and of an iteration at its peak speed."""

    seconds: float
    peak: float


def warm_up(iterations: Sequence[float]) -> WarmUp | None:
    """How the iterations of a program warm up; None for too few."""
    starts = range(len(iterations) - _WINDOW + 1)
    times = [statistics.median(iterations[start : start + _WINDOW]) for start in starts]
    if not times:
        return None
    peak = min(times)
    # The window alone would say that a slow iteration before eight fast ones is fast.
    both = map(max, times, iterations)
    first = next((start for start, each in enumerate(both) if each * WARM <= peak), len(times))
    return WarmUp(sum(iterations[:first]), peak)


def short_ratio(look: Look, others: Iterable[Look]) -> float | None:
    """How many times tier one's time a short run takes; None where one of them is missing."""
    for other in others:
        if (other.program, other.engine) == (look.program, TIER_ONE) and other.short and look.short:
            return min(look.short) / min(other.short)
    return None


def all_looks(results: Results) -> list[Look]:
    """Those of the results that have one."""
    return [result.look for result in results.results if result.look is not None]
