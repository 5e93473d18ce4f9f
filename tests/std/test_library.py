"""The standard library: its tests, its page, and names that go together.

In: minivm/std/*.mvm, tests/std/test_*.mvm, docs/library.md. Out: the tests pass on every engine, in
every mode; each file has tests that use all its words; the page is what the files' comments say; no
two files offer the same word, and none a built-in one.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from library_page import MODULES, PAGE, declarations, page

from minivm.generated.instruction_table import WORDS
from minivm.lang import compile_source
from minivm.machine import CAPTURE, Machine
from tests.engines import ENGINES
from tests.program_cases import MODES

_FOLDER = Path(__file__).parent
_TESTS = sorted(_FOLDER.glob("test_*.mvm"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", _TESTS, ids=lambda path: path.stem)
def test_tests_pass(path: Path, engine: str, mode: str) -> None:
    program = compile_source(path.read_text(encoding="utf-8"), str(path), tests=True)
    assert program.tests
    for test in program.tests:
        with Machine(engine=engine, output=CAPTURE, llvm_level=0, **MODES[mode]) as vm:
            vm.load(program)
            vm.run()
            vm.run(test.function)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_word_is_tested(path: Path) -> None:
    used = set((_FOLDER / f"test_{path.stem}.mvm").read_text(encoding="utf-8").split())
    used |= {word.removeprefix("&") for word in used}
    offered = {name for name, _, _ in declarations(path.read_text(encoding="utf-8"))}
    # Records whose makers are functions of the file.
    assert offered - used <= {"Heap", "Queue"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_word_is_described(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    described = {name for name, _, _ in declarations(text)}
    imported = f"import {path.stem}\n"
    for name in described:
        compile_source(f"{imported}fn f( -- f) {{ &{name} }}\n", "program.mvm")
    lines = [line.split("(")[0].split() for line in text.splitlines()]
    declared = {line[1] for line in lines if line[:1] in (["fn"], ["record"])}
    assert described == {name for name in declared if not name.startswith("_")}


def test_words_go_together() -> None:
    texts = [path.read_text(encoding="utf-8") for path in MODULES]
    offered = Counter(name for text in texts for name, _, _ in declarations(text))
    assert not {name for name, count in offered.items() if count > 1}
    assert not set(offered) & set(WORDS)
    compile_source("\n".join(f"import {path.stem}" for path in MODULES), "program.mvm")


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run tests/std/library_page.py"
