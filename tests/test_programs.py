"""Every program of tests/programs on every engine, in every mode.

In: the programs there and in regressions, whose answers stand in their comments (program_cases.py
says how). Out: each does the same everywhere: with the default thresholds; compiled at once;
compiled at once with traces that are left at random; and compiled at once while every allocation
collects garbage, unless the program says `# slow under stress`. The uops are checked after every
pass. Some of them also do without each thing that traces can do without.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from program_cases import MODES, Case, Outcome, Settings, cases_in, difference, run_case

from tests.engines import ENGINES, switches

_FOLDER = Path(__file__).parent / "programs"
_PROGRAMS = sorted([*_FOLDER.glob("*.mvm"), *(_FOLDER / "regressions").glob("*.mvm")])
_SLOW = "# slow under stress"

# LLVM takes its time: it does its best where there are few traces; exits that are taken at random
# get side traces later.
_LLVM: dict[str, dict[str, int]] = {
    "default": {"llvm_level": 3},
    "at_once": {"llvm_level": 2, "exit_threshold": 4},
    "forced": {"llvm_level": 0, "exit_threshold": 8},
    "stress": {"llvm_level": 0, "exit_threshold": 16},
}

# What is run without each of them: loops, records, lists, strings, many values and exits.
_WITHOUT = (
    "algorithms", "loop_carried_values", "records", "list_stores", "cells_in_loops",
    "strings_in_traces", "register_pressure", "spills_and_exits", "division_by_constants",
)  # fmt: skip

# What the process as a whole is tried with: each way of ending, and long output.
_IN_A_PROCESS = ("integers", "output_in_loops", "overflow_in_loops")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", _PROGRAMS, ids=lambda path: path.stem)
def test_program(path: Path, engine: str, mode: str) -> None:
    if mode == "stress" and _SLOW in path.read_text(encoding="utf-8"):
        pytest.skip("slow under stress")
    if mode == "forced" and engine == "tier1":
        pytest.skip("there are no traces to leave")
    settings = Settings(engine, {**MODES[mode], **(_LLVM[mode] if engine == "llvm" else {})})
    differences = [difference(case, run_case(case, settings)) for case in cases_in(path)]
    assert not any(differences), "\n".join(filter(None, differences))


@pytest.mark.parametrize("mode", ["default", "forced"])
@pytest.mark.parametrize("disabled", [*((name,) for name in switches()), switches()])
@pytest.mark.parametrize("name", _WITHOUT)
def test_program_without(name: str, disabled: tuple[str, ...], mode: str) -> None:
    settings = Settings("jit", {**MODES[mode], "disabled": disabled})
    cases = cases_in(_FOLDER / f"{name}.mvm")
    differences = [difference(case, run_case(case, settings)) for case in cases]
    assert not any(differences), "\n".join(filter(None, differences))


@pytest.mark.parametrize("flags", [[], ["--jit=uops"], ["--jit"]], ids=lambda flags: "".join(flags))
@pytest.mark.parametrize("name", _IN_A_PROCESS)
def test_process(name: str, flags: list[str], tmp_path: Path) -> None:
    case = cases_in(_FOLDER / f"{name}.mvm")[0]
    program = tmp_path / "program.mvm"
    program.write_text(case.text, encoding="utf-8")
    command = [sys.executable, "-m", "minivm", "run", *flags, str(program)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
    assert done.stdout == case.expected.output
    assert case.expected.message in done.stderr
    assert done.returncode == case.expected.exit_code


def test_answers_are_compared() -> None:
    expected = Outcome("3\n", 1, "overflow", "integer overflow …", ("main:1",))
    case = Case("case", "case.mvm", "", expected)
    right = Outcome("3\n", 1, "overflow", "integer overflow in 1 + 2", ("main:1",))
    assert difference(case, right) == ""
    for wrong in (
        Outcome("4\n", 1, "overflow", "integer overflow in 1 + 2", ("main:1",)),
        Outcome("3\n", 1, "type", "integer overflow in 1 + 2", ("main:1",)),
        Outcome("3\n", 1, "overflow", "overflow", ("main:1",)),
        Outcome("3\n", 1, "overflow", "integer overflow in 1 + 2", ("main:2",)),
        Outcome("3\n", 2, "overflow", "integer overflow in 1 + 2", ("main:1",)),
    ):
        assert difference(case, wrong) != ""
