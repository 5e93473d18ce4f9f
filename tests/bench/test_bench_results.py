"""Results in pyperf's files, ratios and means, `python -m bench compare`.

In: times made up here and in conftest.py. Out: the same through a file; tables.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import compare
from bench.engines import BenchError
from bench.looks import Look
from bench.results import load
from bench.suite import ROOT
from bench.summary import (
    WarmUp,
    changes,
    geometric_mean,
    noise_report,
    noisy,
    ratio,
    short_ratio,
    warm_up,
    yardstick,
)
from bench.table import memory_rows, ratio_rows, seconds_rows, trace_rows, warm_rows


def test_through_a_file(write: Callable[..., Path]) -> None:
    look = Look(
        "fib", "jit", (0.4, 0.3, 0.2, 0.1), ((5000, 10, 20), (7000, 30, 40)), 16, 99, (0.7, 0.6)
    )
    results = load(write(looks=[look]))
    fib = results.find("fib", "jit")
    assert fib is not None
    assert (fib.seconds, fib.start, fib.memory) == ((2.0, 4.0), 0.5, 2_000_000)
    assert (fib.least, fib.spread) == (2.0, 0.8)
    assert fib.look == look
    assert fib.version == "jit 1.0"
    assert results.failures == ("sieve/jit: crash: SIGSEGV: it said nothing",)
    assert results.missing == ("PyPy: no pypy3",)
    hello = results.find("hello", "jit")
    assert hello is not None
    assert hello.least == 0.625, "starting is not taken off what shows starting"


def test_ratios_and_means(write: Callable[..., Path]) -> None:
    results = load(write())
    assert yardstick(results) == "c"
    assert ratio(results, "fib", "jit") == 2.0
    assert ratio(results, "sieve", "jit") is None
    assert geometric_mean([2.0, 8.0]) == pytest.approx(4.0)
    assert geometric_mean([]) is None
    assert ratio_rows(results) == [
        ["program", "c", "jit"],
        ["fib", "1.00", "2.00"],
        ["sieve", "1.00", "-"],
        ["geometric mean", "1.00", "2.00"],
        ["… of programs", "2", "1"],
    ]
    assert seconds_rows(results)[1:] == [
        ["fib", "1.000", "2.000"],
        ["sieve", "2.000", "-"],
        ["start", "0.250", "0.500"],
    ]
    assert memory_rows(results)[1] == ["fib", "2", "2"]


def test_traces_in_a_table(write: Callable[..., Path]) -> None:
    look = Look("fib", "jit", (), ((5000, 10, 20), (7000, 30, 40)), 16, 1700)
    row = trace_rows(load(write(looks=[look])))[1]
    assert row == ["fib", "jit", "2", "16", "6", "750", "6.2", "2"]


def test_warming_up() -> None:
    slow, fast = [4.0] * 12, [1.0, 1.1, 1.0] * 12
    found = warm_up(slow + fast)
    assert found == WarmUp(sum(slow), 1.0)
    assert warm_up([*slow, 1.0, *slow, *fast]) == WarmUp(2 * sum(slow) + 1, 1.0), (
        "one is not enough"
    )
    assert warm_up([4.0, *fast]) == WarmUp(4.0, 1.0), "the first is slow, whatever follows"
    assert warm_up([1.0] * 9) == WarmUp(0.0, 1.0)
    assert warm_up([1.0] * 8) is None


def test_short_runs_and_warm_up_in_a_table() -> None:
    looks = [
        Look("fib", "tier1", (0.002,) * 20, short=(0.01, 0.008)),
        Look("fib", "jit", (0.003, *(0.001,) * 20), short=(0.002, 0.009)),
        Look("sieve", "jit", short=(0.002,)),
    ]
    assert [short_ratio(look, looks) for look in looks] == [1.0, 0.25, None]
    assert warm_rows(looks)[1:] == [
        ["fib", "tier1", "0.00", "2.00", "8.00", "1.00"],
        ["fib", "jit", "3.00", "1.00", "2.00", "0.25"],
        ["sieve", "jit", "-", "-", "2.00", "-"],
    ]


def test_noise_is_reported(write: Callable[..., Path]) -> None:
    results = load(write())
    worst = noisy(results)[0]
    assert (worst.program, worst.engine) == ("fib", "jit")
    assert "(the most: fib/jit 80%" in noise_report(results)
    calm = load(write({("empty", "c"): [0.25, 0.25], ("fib", "c"): [1.25, 1.25]}))
    assert "No program's runs are more than 10% apart" in noise_report(calm)
    once = load(write({("empty", "c"): [0.25], ("fib", "c"): [1.25]}))
    assert noise_report(once).startswith("One run of each")


def test_pyperf_reads_the_file(write: Callable[..., Path]) -> None:
    path = str(write(looks=[Look("fib", "jit", (0.4, 0.3, 0.2, 0.1))]))
    command = [sys.executable, "-m", "pyperf"]
    shown = subprocess.run([*command, "show", "-q", path], capture_output=True, text=True)
    assert "fib/jit: Mean +- std dev: 3.00 sec" in shown.stdout, shown.stderr
    assert "fib/jit/again: Mean +- std dev: 150 ms" in shown.stdout
    done = subprocess.run([*command, "compare_to", path, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_compare(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    before = write(name="before.json")
    after = write(
        {
            ("empty", "c"): [0.25],
            ("fib", "c"): [1.375],
            ("empty", "jit"): [0.5],
            ("fib", "jit"): [1.5],
            ("matmul", "jit"): [1.5],
        },
        name="after.json",
    )
    found = changes(load(before), load(after))
    assert [(c.program, c.engine, c.ratio, c.is_certain) for c in found] == [
        ("fib", "c", 1.125, False),
        ("fib", "jit", 0.5, True),
    ]
    assert compare.main([str(before), str(after)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["fib", "c", "1.000", "1.125", "1.12", "~"]
    assert lines[2].split() == ["fib", "jit", "2.000", "1.000", "0.50"]
    assert lines[4].split() == ["geometric", "mean", "jit", "0.50"]
    assert lines[-1] == "only after: matmul/jit"


def test_reader_that_leaves(write: Callable[..., Path]) -> None:
    path = write()
    program = f"{sys.executable} -m bench compare {path} {path} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) in [("141\n", ""), ("0\n", "")]


def test_files_that_are_no_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"benchmarks": []}')
    with pytest.raises(BenchError, match="is not a file of `bench run`"):
        load(wrong)
    assert compare.main([str(wrong), str(tmp_path / "none.json")]) == 1
    assert compare.main([str(tmp_path / "none.json"), str(wrong)]) == 1
    assert "can't read" in capsys.readouterr().err
