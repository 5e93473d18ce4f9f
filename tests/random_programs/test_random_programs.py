"""Random programs do the same on every engine; see also `python -m tests.random_programs`."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings

from tests.program_cases import Outcome, cases_in, difference, run_case
from tests.random_programs import compare as comparing
from tests.random_programs.compare import REFERENCE, answered, compare
from tests.random_programs.grammar import numbered_program, programs
from tests.random_programs.reduce import reduced

_EXAMPLES = 25
_NUMBERS = range(100)


# Shrinking would take minutes; `python -m tests.random_programs` makes small what it finds.
@seed(20261121)
@settings(max_examples=_EXAMPLES, database=None, deadline=None, phases=(Phase.generate,))
@given(programs())
def test_programs_of_the_strategy(text: str) -> None:
    assert compare(text)[0] == ""


def test_numbered_programs() -> None:
    for number in _NUMBERS:
        problem, _ = compare(numbered_program(number))
        assert not problem, f"program {number}: {problem}"


def test_a_program_is_made_small() -> None:
    text = "1 -> a\nfor i in 0 3 range {\n    a 2 * -> a\n}\nif_lost print\na print\n"
    assert reduced(text, lambda smaller: "a print" in smaller) == "a print\n"
    kept = reduced(
        text, lambda smaller: "range {" in smaller and smaller.count("{") == smaller.count("}")
    )
    assert kept == "for i in 0 3 range {\n}\n"


def test_a_difference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that prints something else, one that crashes."""
    assert compare("1 print\n") == ("", None)

    def wrong(text: str, settings: object) -> Outcome:
        return Outcome("1\n" if settings is REFERENCE else "2\n", traceback=())

    monkeypatch.setattr(comparing, "outcome_of", wrong)
    problem, settings = compare("1 print\n")
    assert "output line 1: expected '1', found '2'" in problem
    assert settings == comparing.settings_for("1 print\n")[0]


def test_what_is_disabled_is_so_in_every_run() -> None:
    for run in comparing.settings_for("1 print\n", ["hoist", "side traces"]):
        assert {"hoist", "side traces"} <= set(run.options["disabled"])


@pytest.mark.parametrize(
    ("stop", "found"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "it crashes: SIGKILL"),
        (lambda: os.kill(os.getpid(), signal.SIGPROF), "it hangs"),
        (lambda: os._exit(3), "it stops the process with the code 3"),
    ],
)
def test_a_crash_is_found(
    stop: Callable[[], None], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crashing(text: str, settings: object) -> Outcome:
        if settings is not REFERENCE:
            stop()
        return Outcome("", traceback=())

    monkeypatch.setattr(comparing, "outcome_of", crashing)
    assert found in compare("1 print\n")[0]


@pytest.mark.parametrize("end", ["1 0 // print", "7 exit", ""])
def test_what_is_kept_is_a_test(end: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.mvm"
    path.write_text(answered(f'"a" print "" print\n"b" print\n{end}\n', "why"), encoding="utf-8")
    (case,) = cases_in(path)
    assert case.expected.output == "a\n\nb\n"
    assert difference(case, run_case(case, REFERENCE)) == ""
