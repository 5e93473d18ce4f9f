"""The benchmark programs.

In: the folders programs/ and peers/, and the table in peers/README.md. Out: the programs' names,
the line each must print, and their text with less work to do, for runs that are repeated often.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS, PEERS = ROOT / "bench" / "programs", ROOT / "bench" / "peers"

# The program that shows what starting takes. It has no work to compare, so no line in the table.
START = "hello"
_START_ANSWER = "hello world"

_ROW = re.compile(r"^\| (\w+) \|.*\| `(.*)` \|$", re.MULTILINE)

# How each program's text says how much there is to do, and a way to say that it is little: about
# a millisecond of machine code.
_SMALLER = {
    "binary_trees": ("15 -> deepest", "8 -> deepest"),
    "fannkuch": ("10 fannkuch", "7 fannkuch"),
    "fib": ("38 fib", "22 fib"),
    "hash_map": ("1_000_000", "5_000"),
    "loop_sum": ("30_000_000", "100_000"),
    "mandelbrot": ("500 -> n", "40 -> n"),
    "matmul": ("200 -> n", "20 -> n"),
    "nbody": ("1_000_000", "1_000"),
    "nqueens": ("13 -> n", "8 -> n"),
    "quicksort": ("1_000_000 -> n", "5_000 -> n"),
    "sieve": ("5_000_000", "10_000"),
    "spectral_norm": ("1000 -> n", "40 -> n"),
    "string_count": ("1_500_000", "5_000"),
}


def answers() -> dict[str, str]:
    """Every program, in alphabetical order, START last, with what it must print."""
    table = dict(_ROW.findall((PEERS / "README.md").read_text(encoding="utf-8")))
    return {**dict(sorted(table.items())), START: _START_ANSWER}


def small_text(name: str) -> str | None:
    """The program's text with little to do; None for one that is not repeated.

    Raises ValueError when the program no longer says what it is expected to say.
    """
    if name not in _SMALLER:
        return None
    text = (PROGRAMS / f"{name}.mvm").read_text(encoding="utf-8")
    full, small = _SMALLER[name]
    if full not in text:
        raise ValueError(f"{name}.mvm does not have {full!r}, which says how much it does")
    return text.replace(full, small)
