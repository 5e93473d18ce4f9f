"""The benchmark programs.

In: the folders programs/, probes/ and peers/, and the table in peers/README.md. Out: the programs'
names, the line each must print, and their text with less work to do, for short and for repeated
runs.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS, PEERS = ROOT / "bench" / "programs", ROOT / "bench" / "peers"
_PROBES = ROOT / "bench" / "probes"

# The program that shows what starting takes. It has no work to compare, so no line in the table.
START = "hello"
_START_ANSWER = "hello world"

_ROW = re.compile(r"^\| (\w+) \|.*\| `(.*)` \|$", re.MULTILINE)

# How each program's text says how much there is to do, and how it says that it is less.
_SIZES = {
    "binary_trees": ("15 -> deepest", "{} -> deepest", ("8", "10")),
    "fannkuch": ("10 fannkuch", "{} fannkuch", ("7", "7")),
    "fib": ("38 fib", "{} fib", ("22", "27")),
    "hash_map": ("1_000_000", "{}", ("5_000", "60_000")),
    "loop_sum": ("30_000_000", "{}", ("100_000", "500_000")),
    "mandelbrot": ("500 -> n", "{} -> n", ("40", "50")),
    "matmul": ("200 -> n", "{} -> n", ("20", "36")),
    "nbody": ("1_000_000", "{}", ("1_000", "5_000")),
    "nqueens": ("13 -> n", "{} -> n", ("8", "10")),
    "quicksort": ("1_000_000 -> n", "{} -> n", ("5_000", "20_000")),
    "sieve": ("5_000_000", "{}", ("10_000", "55_000")),
    "spectral_norm": ("1000 -> n", "{} -> n", ("40", "72")),
    "string_count": ("1_500_000", "{}", ("5_000", "25_000")),
}

# Less to do: about half a millisecond of machine code, to be repeated; and about ten milliseconds
# of tier one.
SMALL, SHORT = range(2)


def answers() -> dict[str, str]:
    """Every program, in alphabetical order, START last, with what it must print."""
    table = dict(_ROW.findall((PEERS / "README.md").read_text(encoding="utf-8")))
    return {**dict(sorted(table.items())), START: _START_ANSWER}


def smaller_text(name: str, size: int) -> str | None:
    """The program's text with less to do, SMALL or SHORT; None for one that has no work.

    Raises ValueError when the program no longer says what it is expected to say.
    """
    if name not in _SIZES:
        return None
    text = (PROGRAMS / f"{name}.mvm").read_text(encoding="utf-8")
    full, pattern, numbers = _SIZES[name]
    if full not in text:
        raise ValueError(f"{name}.mvm does not have {full!r}, which says how much it does")
    return text.replace(full, pattern.format(numbers[size]))


def programs_and_probes() -> dict[str, Path]:
    """All that passes may do something for: programs with work, then probes."""
    names = [name for name in answers() if name != START]
    probes = sorted(_PROBES.glob("*.mvm"))
    return {path.stem: path for path in [*(PROGRAMS / f"{n}.mvm" for n in names), *probes]}
