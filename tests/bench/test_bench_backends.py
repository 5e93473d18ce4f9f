"""What `python -m bench backends` makes of its runs; and one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import backends
from bench.backend_worker import BACKENDS, STENCILS, count_uops, measure
from bench.suite import answers
from tests.engines import HAS_LLVM

PROGRAM = "0 -> t for i in 0 3000 range { t i + -> t } t print\n"


def result(seconds: float, nanoseconds: int, **changes: Any) -> dict[str, Any]:
    trace = {"place": "main:1", "uops": 10, "nanoseconds": nanoseconds, "bytes": 200}
    return {"output": "1\n", "seconds": seconds, "traces": [trace], **changes}


def results(*programs: tuple[float, float]) -> backends.Results:
    """Of each program the seconds with stencils and with LLVM, which takes 100 times to compile."""
    return {
        f"program{number}": {
            backend: result(*((own, 50) if backend == STENCILS else (other, 5000)))
            for backend in BACKENDS
        }
        for number, (own, other) in enumerate(programs)
    }


def test_compile_times_are_a_uop() -> None:
    summary = backends.compile_summary(results((1.0, 1.0), (1.0, 2.0)))
    assert summary[STENCILS] == {"traces": 2, "median": 5, "p99": 5, "bytes": 20}
    assert summary["LLVM -O2"]["median"] == 500


def test_ratios_leave_out_what_is_too_short() -> None:
    found = results((1.0, 2.0), (2.0, 1.0), (0.001, 1.0))
    ratios = backends.run_ratios(found, "LLVM -O2")
    assert ratios == {"program0": 0.5, "program1": 2.0}
    assert backends.run_table(found)[-1][-1] == "1.00"


def test_runs_must_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(backend: str, path: Path) -> dict[str, Any]:
        answer = "2" if (backend, path.stem) == ("LLVM -O1", "fib") else answers()[path.stem]
        return result(1.0, 50, output=answer + "\n")

    monkeypatch.setattr(backends, "_run", run)
    found, errors = backends.measure(["fib", "sieve"], 2)
    assert list(found) == ["sieve"]
    assert errors == ["fib with LLVM -O1 printed '2\\n'"]


def test_other_traces_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(backend: str, path: Path) -> dict[str, Any]:
        changes = {"traces": []} if backend == "LLVM -O3" else {}
        return result(1.0, 50, output=answers()["fib"] + "\n", **changes)

    monkeypatch.setattr(backends, "_run", run)
    _, errors = backends.measure(["fib"], 1)
    assert errors == ["fib with LLVM -O3 made other traces than with stencils"]


@pytest.mark.skipif(not HAS_LLVM, reason="llvmlite is not installed")
def test_back_ends_make_the_same_traces(tmp_path: Path) -> None:
    path = tmp_path / "program.mvm"
    path.write_text(PROGRAM)
    own, other = measure(STENCILS, path), measure("LLVM -O0", path)
    assert own["output"] == other["output"] == f"{sum(range(3000))}\n"
    assert [t["uops"] for t in own["traces"]] == [t["uops"] for t in other["traces"]]
    assert all(t["nanoseconds"] > 0 and t["bytes"] > 0 for t in own["traces"] + other["traces"])


def test_uops_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "program.mvm"
    path.write_text(PROGRAM)
    assert 1000 < count_uops(path)["_ADD_INT"] <= 6000
