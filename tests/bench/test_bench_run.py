"""`python -m bench run`: what is right is kept, what is wrong is named and fails the run.

In: engines that fail in every way (conftest.py). Out: exit codes, the file, what is said.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bench import engines, run
from bench.engines import BenchError, Engine
from bench.measure import Finished, Job, Progress, launch, measure, settle
from bench.results import load
from bench.suite import PEERS, PROGRAMS, ROOT, SHORT, SMALL, answers, smaller_text


def _run(monkeypatch: pytest.MonkeyPatch, found: Sequence[Engine], path: Path, *words: str) -> int:
    monkeypatch.setattr(engines, "minivm_engines", lambda _: (list(found), ["PyPy: no pypy3"]))
    return run.main([*words, "--times-only", "--rounds", "2", "-o", str(path), "fib", "sieve"])


def test_right_answers(
    fake_engine: Callable[..., Engine],
    results_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run(monkeypatch, [fake_engine("one"), fake_engine("two")], results_path) == 0
    results = load(results_path)
    assert results.engines() == ["one", "two"]
    assert results.programs() == ["fib", "sieve"]
    assert [len(result.seconds) for result in results.results] == [2] * 6
    assert results.failures == ()
    assert results.missing == ("PyPy: no pypy3",)
    said = capsys.readouterr()
    assert "geometric mean" in said.out
    assert "missing: PyPy: no pypy3" in said.out
    assert "one 1.0" in said.err


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("if name == 'sieve': answers = {'sieve': 41}", "sieve/bad: wrong answer: '41\\n', not"),
        ("if name == 'sieve': import os; os.abort()", "sieve/bad: crash: SIGABRT: it said nothing"),
        ("if name == 'sieve': sys.exit('no luck')", "failed with exit code 1: 'no luck'"),
        ("if name == 'sieve': import time; time.sleep(60)", "time-out: not done after 5 s"),
    ],
)
def test_one_failure_leaves_the_rest(
    code: str,
    reason: str,
    fake_engine: Callable[..., Engine],
    results_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = [fake_engine("good"), fake_engine("bad", code)]
    assert _run(monkeypatch, found, results_path, "--timeout", "5") == 1
    results = load(results_path)
    names = [(result.program, result.engine) for result in results.results]
    assert ("sieve", "bad") not in names
    assert {("sieve", "good"), ("fib", "bad"), ("hello", "bad")} <= set(names)
    assert len(results.failures) == 1
    assert reason in results.failures[0]
    said = capsys.readouterr()
    assert f"error: {results.failures[0]}" in said.err
    assert f"FAILED: {results.failures[0]}" in said.out


def test_engine_that_never_starts(
    fake_engine: Callable[..., Engine], results_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Engine("gone", "gone", "1", ("no-such-program-anywhere",), PROGRAMS, ".mvm")
    assert _run(monkeypatch, [fake_engine("good"), gone], results_path) == 1
    results = load(results_path)
    assert results.engines() == ["good"]
    assert all("/gone: can't be started" in failure for failure in results.failures)


def test_failure_in_a_later_round(tmp_path: Path) -> None:
    """An engine that is right once and then wrong has no result."""
    seen = tmp_path / "seen"
    code = f"import os, pathlib as p; f = p.Path({str(seen)!r}); print(f.exists()); f.touch()"
    job = Job("fib", "forgetful", (sys.executable, "-c", code), "False\n")
    measured = measure([job], 3, 30, Progress())
    assert measured.samples == []
    assert [str(failure) for failure in measured.failures] == [
        "fib/forgetful: wrong answer: 'True\\n', not 'False\\n'"
    ]


def test_rounds_are_interleaved(tmp_path: Path) -> None:
    jobs = [
        Job(program, engine, (sys.executable, "-c", ""), "")
        for engine in "ab"
        for program in ("p", "q")
    ]
    order = [(s.job.program, s.job.engine) for s in measure(jobs, 2, 30, Progress()).samples]
    assert order[:4] == [("p", "a"), ("p", "b"), ("q", "a"), ("q", "b")]
    assert order[4:] == [("p", "b"), ("p", "a"), ("q", "b"), ("q", "a")]


def test_memory_and_time_are_the_command_s() -> None:
    code = "x = b'x' * 100_000_000; sum(range(3_000_000))"
    large = launch((sys.executable, "-c", code), 30)
    small = launch((sys.executable, "-c", ""), 30)
    assert isinstance(large, Finished)
    assert isinstance(small, Finished)
    assert large.memory - small.memory > 90_000_000
    assert large.seconds > small.seconds > 0


@pytest.mark.skipif(sys.platform != "linux", reason="processes can't be kept on a processor")
def test_runs_stay_on_one_processor() -> None:
    settle(Progress())
    finished = launch(
        (sys.executable, "-c", "import os; print(len(os.sched_getaffinity(0)))"), 60.0
    )
    assert isinstance(finished, Finished)
    assert finished.output == "1\n"


def test_missing_peers_are_named() -> None:
    found, missing = engines.peer_engines(lambda program: None)
    assert found == []
    assert "C: no gcc or clang" in missing
    assert "PyPy: no pypy3" in missing
    found, missing = engines.peer_engines(lambda name: name if name == sys.executable else None)
    assert [engine.name for engine in found] == ["python3"]
    assert found[0].version.startswith("CPython 3.")


def test_unknown_names() -> None:
    with pytest.raises(BenchError, match="no engine called 'turbo'"):
        engines.minivm_engines(["turbo"])
    assert run.main(["no_such_program"]) == 1


def test_no_place_for_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["-o", str(tmp_path / "none" / "bench.json")]) == 1
    assert run.main(["-o", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("error: can't write") == 2


def test_every_program_has_a_small_form() -> None:
    for name in answers():
        if name != "hello":
            for size in (SMALL, SHORT):
                text = smaller_text(name, size)
                assert text is not None
                assert text != (PROGRAMS / f"{name}.mvm").read_text(encoding="utf-8")
    assert smaller_text("hello", SMALL) is None


def test_every_peer_has_its_programs() -> None:
    for suffix in (".c", ".lua", ".py", ".js"):
        assert {path.stem for path in PEERS.glob(f"*{suffix}")} == set(answers())


def test_minivm_itself(results_path: Path) -> None:
    """The real thing, as a user starts it: the answers are right and the insides are there."""
    words = ["run", "--engine", "tier1,jit", "--rounds", "1", "-o", str(results_path), "loop_sum"]
    command = [sys.executable, "-m", "bench", *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT, timeout=300)
    assert (done.returncode, "FAILED" in done.stdout) == (0, False), done.stderr
    results = load(results_path)
    compiled, interpreted = results.find("loop_sum", "jit"), results.find("loop_sum", "tier1")
    assert compiled is not None and interpreted is not None
    assert compiled.look is not None and interpreted.look is not None
    assert compiled.look.traces and compiled.look.uops > 0
    assert not interpreted.look.traces
    assert min(len(compiled.look.iterations), len(interpreted.look.iterations)) >= 40
    assert min(len(compiled.look.short), len(interpreted.look.short)) > 1
    assert compiled.look.bytes > sum(code + cold for _, code, cold in compiled.look.traces)


def test_compiled_modules_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """However whoever measures has set up Python."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    done = launch((sys.executable, "-c", "import sys; print(sys.dont_write_bytecode)"), 30)
    assert isinstance(done, Finished)
    assert done.output == "False\n"
