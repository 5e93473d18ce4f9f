"""Looks inside: what a VM that is wrong or gone comes to.

In: answers made up in place of those of bench/inside.py. Out: looks, failures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from bench import looks, warmup
from bench.inside import LEAST_ITERATIONS
from bench.measure import Finished, Progress
from bench.suite import answers

_TIMES = 50  # iterations that are made up


class _Inside:
    """Plays bench/inside.py; `wrong` is what it prints for the engine `bad`."""

    def __init__(self, wrong: str = "1\n" * _TIMES, short: float = 9.0) -> None:
        self.wrong = wrong
        self.short = short
        self.slowness = 0
        self.order: list[str] = []

    def launch(self, command: Sequence[str], timeout: float) -> Finished | str:
        look, engine, program = command[3:6]
        if engine == "gone":
            return "crash: SIGSEGV: it said nothing"
        if look == "traces":
            found = {"output": answers()[program] + "\n", "uops": 7, "bytes": 8}
            return Finished(json.dumps({**found, "traces": [[5, 6, 7]]}), 1.0, 1)
        if look == "short":
            self.order.append(engine)
            seconds = self.short if engine == "jit" else 9.0
            return Finished(json.dumps({"output": "3\n", "seconds": [seconds]}), 1.0, 1)
        self.slowness += 1
        printed = self.wrong if engine == "bad" else "1\n" * _TIMES
        found = {"output": printed, "seconds": [self.slowness, *[2] * (_TIMES - 1)]}
        return Finished(json.dumps(found), 1.0, 1)


def _look(
    monkeypatch: pytest.MonkeyPatch, inside: _Inside, *engines: str
) -> tuple[object, list[str]]:
    monkeypatch.setattr(looks, "launch", inside.launch)
    found, failures = looks.look_inside(["fib", "hello"], engines, 5.0, Progress())
    return found, [str(failure) for failure in failures]


def test_the_least_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = _Inside()
    found, failures = _look(monkeypatch, inside, "tier1", "jit", "llvm")
    assert failures == []
    # The processes' first iterations took 1, 2, 3, 4, 5, then 6 and more.
    later, short = [2] * (_TIMES - 1), (9.0,) * (len(inside.order) // 2)
    assert found == [
        looks.Look("fib", "tier1", (1, *later), short=short),
        looks.Look("fib", "jit", (6, *later), ((5, 6, 7),), 7, 8, short),
        looks.Look("fib", "llvm", (11, *later), ((5, 6, 7),), 7, 8),
    ]
    assert inside.order[:6] == ["tier1", "jit", "jit", "tier1", "tier1", "jit"], "by turns"


@pytest.mark.parametrize("printed", ["2\n" * _TIMES, "1\n" * 3, "1\n2\n" * 25, ""])
def test_wrong_answers(printed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found, failures = _look(monkeypatch, _Inside(printed), "tier1", "bad")
    assert [look.engine for look in found] == ["tier1"]
    assert failures == ["fib/bad: wrong answer with less to do (iterations)"]


def test_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    found, failures = _look(monkeypatch, _Inside(), "gone", "tier1")
    assert [look.engine for look in found] == ["tier1"]
    assert failures == ["fib/gone: short: crash: SIGSEGV: it said nothing"]


@pytest.mark.parametrize(
    ("first", "short", "said"),
    [
        (0.002, 9.0, "All are warm within 50 ms; none is slower than tier one."),
        (0.051, 9.0, "fib is not warm within 50 ms"),
        (0.002, 9.9, "fib: a short run takes 1.10 × tier one's time"),
    ],
)
def test_what_warming_up_comes_to(
    first: float,
    short: float,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = [
        looks.Look("fib", "tier1", (0.001,) * LEAST_ITERATIONS, short=(9.0,)),
        looks.Look("fib", "jit", (first, *(0.001,) * LEAST_ITERATIONS), short=(short,)),
    ]
    monkeypatch.setattr(warmup, "look_inside", lambda *_: (found, []))
    assert warmup.main(["fib"]) == (0 if said.startswith("All") else 1)
    assert capsys.readouterr().out.splitlines()[-1] == said
