"""When traces are made, if nobody says: the numbers that docs/cli.md gives.

In: those numbers, and programs that run a loop, call a function or leave a trace so often or once
less often. Out: whether there is a trace, or a side trace.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minivm.machine import CAPTURE, Machine
from tests.program_cases import compiled

_CLI = Path(__file__).parents[2] / "docs" / "cli.md"
_ROW = re.compile(r"^\| `--(\w+)-threshold N` \|.*; (\d+) without this \|$", re.MULTILINE)
DEFAULTS = {name: int(number) for name, number in _ROW.findall(_CLI.read_text(encoding="utf-8"))}

LOOP = "0 -> n while {{ n {} < }} {{ n 1 + -> n }} n print"
# Long enough to be worth a trace; called with a real loop that is not traced itself.
CALLS = """
fn work(n -- m) {{ n 3 * 1 + n 5 * + n - 7 % n + 2 * n - }}
0 -> n while {{ n {} < }} {{ n work drop n 1 + -> n }} n print
"""
# The loop's trace expects what it has seen; the branch then goes the other way every time.
EXITS = """
fn either(n limit -- m) {{ n limit < if {{ 1 }} else {{ n 3 * 5 % }} }}
0 -> n while {{ n {} < }} {{ n 2_000 either drop n 1 + -> n }} n print
"""


def traces(text: str, **options: int) -> int:
    with Machine(engine="jit", output=CAPTURE, **options) as vm:
        vm.load(compiled(text, "program"))
        vm.run()
        return len(vm.executors())


def test_all_are_in_the_manual() -> None:
    assert sorted(DEFAULTS) == ["entry", "exit", "loop"]


@pytest.mark.parametrize("less", [0, 5])
def test_loops(less: int) -> None:
    assert traces(LOOP.format(DEFAULTS["loop"] + 2 - less)) == (less == 0)


@pytest.mark.parametrize("less", [0, 5])
def test_calls(less: int) -> None:
    made = traces(CALLS.format(DEFAULTS["entry"] + 2 - less), loop_threshold=4095)
    assert made == (less == 0)


@pytest.mark.parametrize("less", [0, 5])
def test_exits(less: int) -> None:
    made = traces(EXITS.format(2_000 + DEFAULTS["exit"] + 2 - less), entry_threshold=4095)
    assert made == 1 + (less == 0)
