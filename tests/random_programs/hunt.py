"""A search for programs that do not do the same everywhere.

In: the number to start with, and how long. Out: how many programs ran; each one that differs, made
small.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minivm.lang import SourceError
from minivm.native import load
from tests.program_cases import Settings

from .compare import compare
from .grammar import numbered_program
from .reduce import reduced


@dataclass(frozen=True)
class Difference:
    """A program that differs, how, and in which run."""

    text: str
    problem: str
    where: Settings


@dataclass
class Count:
    programs: int = 0


def search(
    first: int, deadline: float, count: Count, disabled: Sequence[str] = ()
) -> Iterator[Difference]:
    """Yield what is found up to the deadline (`time.monotonic`); all runs do without what is
    `disabled`."""
    number = first
    load()  # The library as it is now, for all the processes to come.
    while time.monotonic() < deadline:
        text = numbered_program(number)
        problem, where = compare(text, disabled=disabled)
        count.programs += 1
        if where:
            yield smaller(Difference(text, problem, where))
        number += 1


def smaller(found: Difference) -> Difference:
    """The same difference in fewer lines. Only the run that showed it counts."""

    def differs(text: str) -> bool:
        try:
            return bool(compare(text, [found.where])[0])
        except SourceError:
            return False

    text = reduced(found.text, differs)
    return Difference(text, compare(text, [found.where])[0], found.where)
