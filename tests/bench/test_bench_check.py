"""`python -m bench check`: each thing that was asked, and whether it holds.

In: made-up results (conftest.py). Out: a table; the exit code.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import check
from bench.demands import findings
from bench.looks import Look
from bench.results import load

_ENGINES = {"c": 1.0, "tier1": 4.0, "jit": 1.25, "luajit": 1.5, "luajit-joff": 5.0, "pypy3": 2.0}
_LOOKS = [
    Look("fib", "tier1", short=(0.01,)),
    Look("fib", "jit", (0.03, *(0.01,) * 20), ((1, 2, 3),), 4, 1_500_000, (0.005,)),
]


def _times(**others: float) -> dict[tuple[str, str], list[float]]:
    """Of fib and nbody; `others` replaces the time of nbody on an engine."""
    times = {}
    for engine, seconds in _ENGINES.items():
        times["empty", engine] = [0.25]
        times["fib", engine] = [seconds + 0.25]
        times["nbody", engine] = [others.get(engine, seconds) + 0.25]
    return times


def _backends(path: Path, median: float) -> Path:
    path.write_text(
        json.dumps({"compiling": {"stencils": {"median": 10}, "LLVM -O0": {"median": median}}})
    )
    return path


def test_all_holds(
    write: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(write(_times(), _LOOKS, engines=_ENGINES))
    backends = str(_backends(tmp_path / "backends.json", 1000))
    assert check.main([path, "--backends", backends, "--before", path]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert len(rows) == 13
    assert all("  yes  " in row for row in rows)
    assert [row.split("  yes    ")[1] for row in rows] == [
        *("0.83 ×", "fib 0.83 ×", "0.62 ×", "1.25 ×", "nbody 1.25 ×", "0.80 ×", "fib 0.31 ×"),
        *("fib 0.50 ×", "fib 30.0 ms", "fib 1.50 MB", "100 ×", "250 ms", "250 ms"),
    ]


def test_what_does_not_hold(write: Callable[..., Path], tmp_path: Path) -> None:
    slow = [
        Look("fib", "tier1", short=(0.01,)),
        Look("fib", "jit", (0.06, *(0.01,) * 20), ((1, 2, 3),), 4, 2_500_000, (0.02,)),
    ]
    before = load(write(_times(), engines=_ENGINES, name="before.json"))
    times = {key: [each[0] + 0.25] for key, each in _times(jit=8.0).items()}
    found = findings(load(write(times, slow, engines=_ENGINES)), 99.0, before)
    assert [each.measured for each in found if each.holds is False] == [
        *("2.11 ×", "nbody 5.33 ×", "1.58 ×"),
        *("3.16 ×", "nbody 8.00 ×", "nbody 2.00 ×"),
        *("fib 2.00 ×", "fib 60.0 ms", "fib 2.50 MB", "99 ×", "500 ms", "500 ms"),
    ]


def test_what_was_not_measured(
    write: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "document.md"
    document.write_text("<!-- asked -->\n<!-- end of asked -->\n")
    assert check.main([str(write()), "--document", str(document)]) == 0
    table = capsys.readouterr().out
    assert table.count("-  ") >= 9
    assert document.read_text() == f"<!-- asked -->\n```text\n{table}```\n<!-- end of asked -->\n"


def test_files_that_are_no_results(
    write: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    assert check.main([str(wrong)]) == 1
    assert check.main([str(write()), "--backends", str(wrong)]) == 1
    assert check.main([str(write()), "--backends", str(tmp_path / "none.json")]) == 1
    assert capsys.readouterr().err.count("error: ") == 3
