"""The benchmark programs: each compiles and has an answer to be compared with.

In: bench/programs and the table in bench/peers/README.md. Out: none is without its line there.
Whether they print it is checked where they are timed, by bench/compare.py: they run too long here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from minivm.lang import compile_source

_BENCH = Path(__file__).parents[1] / "bench"
_PROGRAMS = sorted((_BENCH / "programs").glob("*.mvm"))


@pytest.mark.parametrize("path", _PROGRAMS, ids=lambda path: path.stem)
def test_compiles_and_has_peers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert compile_source(text, str(path))
    for suffix in (".c", ".lua", ".py"):
        assert (_BENCH / "peers" / f"{path.stem}{suffix}").is_file()
    table = (_BENCH / "peers" / "README.md").read_text(encoding="utf-8")
    assert path.stem == "hello" or f"| {path.stem} |" in table
