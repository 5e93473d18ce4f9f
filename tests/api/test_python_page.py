"""docs/python.md and examples/python: they run, and print what they say.

In: the page's blocks that begin with ```python, run in order in one process: behind each `print`
stands what it shows, as in `# 3`, and behind other lines as in `# prints: 3`. The examples, with
what they print in tests/api/examples.
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "python.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWN = re.compile(r"^ *(?:print\(.*?  # |[^p].*?  # prints: )(.*)$", re.MULTILINE)
_EXAMPLES = sorted((_ROOT / "examples" / "python").glob("*.py"))
_ANSWERS = Path(__file__).parent / "examples"


def test_page() -> None:
    blocks = _BLOCK.findall(_PAGE.read_text("utf-8"))
    assert len(blocks) > 8
    names: dict[str, object] = {}
    for block in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block, str(_PAGE), "exec"), names)
        assert printed.getvalue().splitlines() == _SHOWN.findall(block)


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path) -> None:
    command = [sys.executable, str(path)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, encoding="utf-8", timeout=120)
    assert done.stderr == ""
    assert done.stdout == (_ANSWERS / f"{path.stem}.txt").read_text("utf-8")


def test_every_answer_has_its_example() -> None:
    assert {p.stem for p in _ANSWERS.iterdir()} == {p.stem for p in _EXAMPLES}
