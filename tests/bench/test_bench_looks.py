"""Looks inside: what a VM that is wrong or gone comes to.

In: answers made up in place of those of bench/inside.py. Out: looks, failures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from bench import looks
from bench.measure import Finished, Progress
from bench.suite import answers


class _Inside:
    """Plays bench/inside.py; `wrong` is what it prints for the engine `bad`."""

    def __init__(self, wrong: str = "1\n" * looks.ITERATIONS) -> None:
        self.wrong = wrong
        self.slowness = 0

    def launch(self, command: Sequence[str], timeout: float) -> Finished | str:
        look, engine, program = command[3:6]
        if engine == "gone":
            return "crash: SIGSEGV: it said nothing"
        if look == "traces":
            found = {"output": answers()[program] + "\n", "uops": 7, "traces": [[5, 6, 7]]}
            return Finished(json.dumps(found), 1.0, 1)
        self.slowness += 1
        printed = self.wrong if engine == "bad" else "1\n" * looks.ITERATIONS
        found = {"output": printed, "seconds": [self.slowness, *[2] * (looks.ITERATIONS - 1)]}
        return Finished(json.dumps(found), 1.0, 1)


def _look(
    monkeypatch: pytest.MonkeyPatch, inside: _Inside, *engines: str
) -> tuple[object, list[str]]:
    monkeypatch.setattr(looks, "launch", inside.launch)
    found, failures = looks.look_inside(["fib", "hello"], engines, 5.0, Progress())
    return found, [str(failure) for failure in failures]


def test_the_least_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    found, failures = _look(monkeypatch, _Inside(), "tier1", "jit")
    assert failures == []
    # The processes' first iterations took 1, 2, 3 and 4, 5, 6.
    later = [2] * (looks.ITERATIONS - 1)
    assert found == [
        looks.Look("fib", "tier1", (1, *later)),
        looks.Look("fib", "jit", (4, *later), ((5, 6, 7),), 7),
    ]


@pytest.mark.parametrize("printed", ["2\n" * looks.ITERATIONS, "1\n" * 3, "1\n2\n" * 20, ""])
def test_wrong_answers(printed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found, failures = _look(monkeypatch, _Inside(printed), "tier1", "bad")
    assert [look.engine for look in found] == ["tier1"]
    assert failures == ["fib/bad: wrong answer when run 40 times in one VM"]


def test_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    found, failures = _look(monkeypatch, _Inside(), "gone", "tier1")
    assert [look.engine for look in found] == ["tier1"]
    assert failures == ["fib/gone: iterations: crash: SIGSEGV: it said nothing"]
