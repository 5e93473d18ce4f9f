"""The examples: each prints what stands in tests/examples, on every engine.

In: examples/*.mvm and the file of the same name in tests/examples. Out: no difference; no example
without such a file, and no such file without its example.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from program_cases import Case, Outcome, Settings, difference, run_case

from minivm.machine import ENGINES

_EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.mvm"))
_OUTPUTS = Path(__file__).parent / "examples"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path, engine: str) -> None:
    expected = (_OUTPUTS / f"{path.stem}.txt").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    case = Case(path.stem, str(path), text, Outcome(expected))
    assert not difference(case, run_case(case, Settings(engine, {"checking": True})))


def test_every_output_has_its_example() -> None:
    names = {path.stem for path in _EXAMPLES}
    assert {path.stem for path in _OUTPUTS.glob("*.txt")} == names


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_says_what_it_is(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")
