"""Golden traces: the uops of small programs before and after each pass.

In: golden/*.mvm, whose line `# golden: PASS, PASS` names the passes to look at; a line
`# exit threshold: N` has side traces made, a line `# unrolled` has short loops unrolled. Out: each
is as in golden/NAME.PASS.txt. `pytest tests/jit --update-golden` writes these anew; look at the
difference. Machine code is not in them, since it is the compiler's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from minivm.executors import Executor, Stage
from minivm.lang.code import Program
from minivm.listing.uops import UopNames
from minivm.machine import CAPTURE, Machine
from tests.jit.running import SOON, compiled, run

GOLDEN = Path(__file__).parent / "golden"
PASSES = (
    "projection", "types", "liveness", "escape", "common", "constants", "hoist", "ranges",
    "dead code", "combine", "registers",
)  # fmt: skip
_WANTED = re.compile(r"^# golden: (.+)$", re.MULTILINE)
_UNROLLED = re.compile(r"^# unrolled$", re.MULTILINE)
_EXIT_THRESHOLD = re.compile(r"^# exit threshold: ([0-9]+)$", re.MULTILINE)


def wanted() -> Iterator[tuple[str, str]]:
    """Program and pass, of all goldens."""
    for path in sorted(GOLDEN.glob("*.mvm")):
        match = _WANTED.search(path.read_text(encoding="utf-8"))
        assert match is not None, f"{path} has no line '# golden: PASS, …'"
        for name in match[1].split(", "):
            yield path.stem, name


def golden_path(program: str, name: str) -> Path:
    return GOLDEN / f"{program}.{name.replace(' ', '_')}.txt"


def traces(text: str) -> tuple[Program, list[Executor]]:
    """The program and its traces, with the uops after every pass."""
    options = {**SOON, "entry_threshold": 100, "keep_stages": True}
    if not _UNROLLED.search(text):
        options["disabled"] = ["unrolling"]
    if threshold := _EXIT_THRESHOLD.search(text):
        options["exit_threshold"] = int(threshold[1])
    with Machine(output=CAPTURE, **options) as vm:
        program = compiled(text)
        vm.load(program)
        vm.run()
        return program, vm.executors()


def show(program: Program, executor: Executor, name: str) -> Iterator[str]:
    """The trace's uops before and after one pass."""
    names = UopNames(executor, program)
    kind = "loop" if executor.is_loop else "function"
    if executor.parent is not None:
        kind = f"side trace of trace {executor.parent + 1}, exit {executor.parent_exit}"
    yield f"{kind} in {executor.place.function}, line {executor.place.line}"
    stages: list[Stage | None] = [None, *executor.stages]
    for before, after in pairwise(stages):
        if after is None or after.name != name:
            continue
        if before is not None:
            yield f"before {name}:"
            yield from names.stage(before)
        if before is not None and before.uops == after.uops:
            yield f"after {name}: the same"
        else:
            yield f"after {name}:"
            yield from names.stage(after)
    if name == PASSES[-1]:
        for number, way_out in enumerate(executor.exits):
            if way_out.uop_count:
                yield f"exit {number} ({way_out.reason}):"
                for line in names.exit_uops(executor.stages[-1], way_out):
                    yield f"          {line}"


@pytest.mark.parametrize(("program", "name"), list(wanted()))
def test_golden(program: str, name: str, update_golden: bool) -> None:
    assert name in PASSES
    code, executors = traces((GOLDEN / f"{program}.mvm").read_text(encoding="utf-8"))
    parts = ["\n".join(show(code, executor, name)) for executor in executors]
    found = "\n\n".join(parts) + "\n"
    path = golden_path(program, name)
    if update_golden:
        path.write_text(found, encoding="utf-8")
    assert path.is_file(), f"no {path.name}: run pytest tests/jit --update-golden"
    assert found == path.read_text(encoding="utf-8")


def test_no_golden_is_left_over() -> None:
    expected = {golden_path(program, name).name for program, name in wanted()}
    assert {path.name for path in GOLDEN.glob("*.txt")} == expected


def test_every_pass_has_a_golden() -> None:
    assert {name for _, name in wanted()} == set(PASSES)
    _, executors = traces((GOLDEN / "folding.mvm").read_text(encoding="utf-8"))
    assert tuple(stage.name for stage in executors[0].stages) == PASSES


@pytest.mark.parametrize("program", sorted({program for program, _ in wanted()}))
def test_golden_programs_do_the_same_everywhere(program: str) -> None:
    text = (GOLDEN / f"{program}.mvm").read_text(encoding="utf-8")
    plain, uops, machine = (run(text, engine=engine) for engine in ("tier1", "uops", "jit"))
    assert plain.error is None
    assert (uops.output, uops.error) == (machine.output, machine.error) == (plain.output, None)
    assert uops.exits == machine.exits
