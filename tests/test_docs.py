"""README.md and the pages of docs/: their examples, and whether language.md knows every word.

In: the blocks that begin with ```mvm, with their answers in comments as in tests/programs; an error
of the kind "source" is one at compile time. Out: each does on each engine what it says; every
built-in word is in language.md's tables and is used by some program of tests/programs. README.md's
blocks that begin with ```python print what their comments say, and its listings are those of the
command that stands above them, with parts left out where they have "…".
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from program_cases import Case, Settings, difference, make_case, run_case

from minivm.generated.instruction_table import WORDS
from minivm.lang import SourceError, compile_source
from tests.engines import ENGINES

_ROOT = Path(__file__).parents[1]
_LANGUAGE = _ROOT / "docs" / "language.md"
_PAGES = (
    "README.md",
    "docs/language.md",
    "docs/library.md",
    "docs/profiling.md",
    "docs/tutorial.md",
)
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_MODES = re.MULTILINE | re.DOTALL
_BLOCK = re.compile(r"^```mvm\n(.*?)^```$", _MODES)
_PYTHON = re.compile(r"^```python\n(.*?)^```$", _MODES)
_EXAMPLE = "example.mvm"
_TABLE_ROW = re.compile(r"^\| (`.*?`) \| `?\(", re.MULTILINE)


def _examples() -> list[Case]:
    cases = []
    for page in _PAGES:
        text = (_ROOT / page).read_text(encoding="utf-8")
        for block in _BLOCK.finditer(text):
            line = text.count("\n", 0, block.start(1)) + 1
            cases.append(make_case(f"{Path(page).name}:{line}", _EXAMPLE, block[1]))
    return cases


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", _examples(), ids=lambda case: case.name)
def test_example(case: Case, engine: str) -> None:
    if case.expected.kind == "source":
        with pytest.raises(SourceError) as caught:
            compile_source(case.text, case.path)
        assert caught.value.message == case.expected.message
        return
    assert not difference(case, run_case(case, Settings(engine, {"checking": True})))


@pytest.mark.parametrize("block", _PYTHON.findall(_README))
def test_python_example(block: str) -> None:
    done = subprocess.run([sys.executable, "-c", block], capture_output=True, encoding="utf-8")
    expected = re.findall(r"^print.*  # (.*)$", block, re.MULTILINE)
    assert (done.stdout.splitlines(), done.stderr) == (expected, "")


_LISTING = re.compile(r"^```console\n\$ minivm ((?:dis|trace) [^\n]*)\n(.*?)^```$", _MODES)


@pytest.mark.skipif(
    "asan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer does not let capstone load"
)
@pytest.mark.parametrize(("words", "shown"), _LISTING.findall(_README))
def test_listing(words: str, shown: str) -> None:
    command = [sys.executable, "-m", "minivm", *words.split()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=_ROOT)
    rest = done.stdout
    for part in filter(None, re.split(r"^ *…\n", shown, flags=re.MULTILINE)):
        _, found, rest = rest.partition(part)
        assert found == part, f"not in the rest of the listing:\n{part}"


def _words_in(cells: str) -> set[str]:
    return {word.replace("\\|", "|") for word in re.findall(r"`([^` ]+)`", cells)}


def test_every_word_is_described() -> None:
    described: set[str] = set()
    for row in _TABLE_ROW.finditer(_LANGUAGE.read_text(encoding="utf-8")):
        described |= _words_in(row[1])
    assert described == set(WORDS)


def test_every_word_is_tested() -> None:
    programs = (Path(__file__).parent / "programs").glob("*.mvm")
    lines = [line for path in programs for line in path.read_text(encoding="utf-8").split("\n")]
    used = {word for line in lines for word in line.split("#")[0].split()}
    assert set(WORDS) - used - {"args"} == set()
