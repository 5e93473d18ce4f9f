"""The benchmark programs: there is one for each of the peers, and it prints what they print.

In: bench/programs, bench/peers and the table in bench/peers/README.md. Out: no difference, on the
machine code; the other engines would take too long here. `python -m bench run` checks them all as
it times them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

_BENCH = Path(__file__).parents[1] / "bench"
_PROGRAMS = sorted((_BENCH / "programs").glob("*.mvm"))
_TABLE = (_BENCH / "peers" / "README.md").read_text(encoding="utf-8")
_ANSWERS = dict(re.findall(r"^\| (\w+) \|.*\| `(.*)` \|$", _TABLE, re.MULTILINE))


@pytest.mark.parametrize("path", _PROGRAMS, ids=lambda path: path.stem)
def test_prints_what_the_peers_print(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")
    command = [sys.executable, "-m", "minivm", "run", "--jit", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    expected = _ANSWERS.get(path.stem, "hello world")
    assert (done.stdout, done.stderr) == (expected + "\n", "")


def test_all_peers_are_ported() -> None:
    peers = {path.stem for path in (_BENCH / "peers").glob("*.py")}
    assert {path.stem for path in _PROGRAMS} == peers
    assert set(_ANSWERS) == peers - {"hello"}
