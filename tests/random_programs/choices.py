"""Choices: what a random program is made of.

In: a source of numbers, hypothesis or a seeded generator. Out: numbers, options, yes or no. The
first option, the lowest number and "no" are what hypothesis shrinks towards.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


@cache
def _numbers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


class Choices:
    """Every choice is one number."""

    def __init__(self, between: Callable[[int, int], int]) -> None:
        self._between = between

    def number(self, low: int, high: int) -> int:
        """`low` … `high`, both included."""
        return self._between(low, high) if low < high else low

    def choose(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)]

    def happens(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent


def drawn(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Choices:
    """Choices that hypothesis makes."""
    return Choices(lambda low, high: draw(_numbers(low, high)))


def seeded(seed: int) -> Choices:
    """Always the same choices for the same seed. They take a twentieth of the time."""
    return Choices(random.Random(seed).randint)
