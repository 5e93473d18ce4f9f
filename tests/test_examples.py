"""The examples: each prints what stands in tests/examples, on every engine.

In: examples/*.mvm and the files of the same name in tests/examples: what it prints (`.txt`), what
it reads (`.input`, if anything) and what the command line gives it (`.arguments`, one a line). Out:
no difference; no example without what it prints, and no such file without its example; these
programs, the benchmarks and the standard library look as `minivm fmt` would have them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from minivm.formatter import format_source

_ROOT = Path(__file__).parents[1]
_EXAMPLES = sorted((_ROOT / "examples").glob("*.mvm"))
_ANSWERS = Path(__file__).parent / "examples"
_FLAGS = ([], ["--jit=uops"], ["--jit"])


def _answer(path: Path, suffix: str) -> str:
    answer = _ANSWERS / f"{path.stem}{suffix}"
    return answer.read_text(encoding="utf-8") if answer.exists() else ""


@pytest.mark.parametrize("flags", _FLAGS, ids=lambda flags: "".join(flags) or "tier1")
@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path, flags: list[str]) -> None:
    command = [
        sys.executable,
        "-m",
        "minivm",
        "run",
        "--check-uops",
        *flags,
        f"examples/{path.name}",
    ]
    command += _answer(path, ".arguments").splitlines()
    given = _answer(path, ".input")
    done = subprocess.run(
        command, input=given, capture_output=True, encoding="utf-8", cwd=_ROOT, timeout=120
    )
    assert done.stdout == _answer(path, ".txt")
    assert (done.stderr, done.returncode) == ("", 0)


def test_every_answer_has_its_example() -> None:
    names = {path.stem for path in _EXAMPLES}
    assert {path.stem for path in _ANSWERS.glob("*.txt")} == names
    assert {path.stem for path in _ANSWERS.iterdir()} == names


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_says_what_it_is(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("folder", ["examples", "bench/programs", "minivm/std", "tests/std"])
def test_is_formatted(folder: str) -> None:
    for path in sorted((_ROOT / folder).glob("*.mvm")):
        text = path.read_text(encoding="utf-8")
        assert format_source(text, str(path)) == text, path
