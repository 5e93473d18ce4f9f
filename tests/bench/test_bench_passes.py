"""`python -m bench passes`: ratios with each pass on and off, and what is said of them.

In: answers made up in place of those of bench/inside.py; the probes. Out: tables, lines, files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench import passes
from bench.looks import LookError
from bench.suite import PROGRAMS, programs_and_probes
from tests.program_cases import Case, Outcome, Settings, compiled, run_case

_SECONDS = {"": 1.0, "ranges": 1.5, "hoist": 0.9}


def _answering(
    seconds: dict[str, float], printed: Callable[[str], str] = lambda off: "1\n"
) -> Callable[..., dict[str, Any]]:
    def ask(words: Sequence[str], timeout: float) -> dict[str, Any]:
        off = words[3] if len(words) > 3 else ""
        if words[2] == "sieve" and off == "ranges":
            raise LookError("crash: SIGSEGV")
        return {"output": printed(off), "seconds": [seconds.get(off, 1.0)]}

    return ask


def test_each_switch_has_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(passes, "ask", _answering(_SECONDS))
    document, kept = tmp_path / "document.md", tmp_path / "passes.json"
    start, end = "<!-- passes -->", "<!-- end of passes -->"
    document.write_text(f"Before.\n{start}\nold\n{end}\n")
    words = ["fib", "gcd", "--rounds", "2", "--document", str(document), "-o", str(kept)]
    assert passes.main(words) == 0
    said = capsys.readouterr().out
    assert "- **ranges**: without it 1.50 × the time; fib 1.50, gcd 1.50.\n" in said
    assert "- **hoist**: without it 0.90 × the time; faster without it: " in said
    assert "- **side traces**: without it 1.00 × the time; no program differs" in said
    assert f"{start}\n{said.rstrip()}\n{end}\n" == document.read_text().removeprefix("Before.\n")
    assert passes.main(["--show", str(kept)]) == 0
    assert capsys.readouterr().out == said


def test_only_some(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(passes, "ask", _answering(_SECONDS))
    assert passes.main(["fib", "--pass", "side-traces,hoist"]) == 0
    assert "without         hoist  side traces\n" in capsys.readouterr().out
    assert passes.main(["fib", "--pass", "magic"]) == 1
    assert passes.main(["magic"]) == 1
    said = capsys.readouterr().err
    assert "no pass called 'magic'; there are liveness, " in said
    assert "no program called 'magic'; there are binary_trees, " in said


def test_one_failure_leaves_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(passes, "ask", _answering(_SECONDS))
    assert passes.main(["fib", "sieve", "--rounds", "2"]) == 1
    said = capsys.readouterr().out
    assert "FAILED: sieve: crash: SIGSEGV" in said
    assert "- **ranges**: without it 1.50 × the time; fib 1.50." in said


def test_one_round_finds_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(passes, "ask", _answering(_SECONDS))
    monkeypatch.setattr("os.getloadavg", lambda: (1000.0, 0.0, 0.0))
    assert passes.main(["fib", "--rounds", "1"]) == 0
    said = capsys.readouterr()
    assert "One round says nothing of noise" in said.out
    assert "**ranges**" not in said.out and "noise: " not in said.out
    assert "warning: this machine is busy (load 1000.0)" in said.err
    document = tmp_path / "document.md"
    document.write_text("<!-- passes -->\n<!-- end of passes -->\n")
    assert passes.main(["fib", "--rounds", "1", "--document", str(document)]) == 1
    assert document.read_text() == "<!-- passes -->\n<!-- end of passes -->\n"


def test_wrong_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(passes, "ask", _answering(_SECONDS, lambda off: off))
    assert passes.main(["fib", "--pass", "hoist"]) == 1
    said = capsys.readouterr()
    assert "error: there is no result" in said.err
    assert "error: fib: it prints something else without hoist" in said.err


def test_noise() -> None:
    """What two measurements of the same differ by says what is a difference."""
    times = {"fib": {"": [1.0, 1.2], "again": [1.25, 1.1], "hoist": [1.05]}}
    times["gcd"] = {"": [1.0], "again": [1.0], "hoist": [1.01]}
    assert passes.noise(times) == pytest.approx({"fib": 0.1, "gcd": 0.02})
    assert "no program differs" in passes.summary_line(times, "hoist")
    times["fib"]["hoist"] = [1.5, 1.2]
    assert "; fib 1.20." in passes.summary_line(times, "hoist")


def test_files_that_are_no_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.json"
    for text in ("{}", "[]", "no JSON", json.dumps({"version": "", "passes": {}})):
        wrong.write_text(text)
        assert passes.main(["--show", str(wrong)]) == 1
    assert passes.main(["--show", str(tmp_path / "none.json")]) == 1
    assert capsys.readouterr().err.count("error: ") == 5


_PROBES = [path for path in programs_and_probes().values() if path.parent != PROGRAMS]


@pytest.mark.parametrize("path", _PROBES, ids=lambda path: path.stem)
def test_probes_print_the_same(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    compiled(text, path.name)
    case = Case(path.stem, path.name, text, Outcome(""))
    slow, fast = (run_case(case, Settings(engine, {})) for engine in ("tier1", "jit"))
    assert slow.output == fast.output
    assert len(slow.output.splitlines()) == 1
