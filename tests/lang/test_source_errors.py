"""Every error of the front end, as the user reads it: errors/*.mvm with errors/*.expected."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from minivm.lang import SourceError, compile_source, load_source, render_position
from minivm.lang.source import MAX_SOURCE_BYTES

ERRORS = Path(__file__).parent / "errors"


@pytest.mark.parametrize("path", sorted(ERRORS.glob("*.mvm")), ids=lambda path: path.stem)
def test_golden(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Imports are relative to the program's path as it is given.
    monkeypatch.chdir(ERRORS)
    with pytest.raises(SourceError) as caught:
        compile_source(load_source(str(path)), path.name)
    expected = path.with_suffix(".expected").read_text(encoding="utf-8")
    assert str(caught.value) + "\n" == expected
    assert caught.value.line is not None and caught.value.column is not None


def test_each_golden_has_a_program() -> None:
    programs = {path.stem for path in ERRORS.glob("*.mvm")}
    assert programs == {path.stem for path in ERRORS.glob("*.expected")}


def test_color() -> None:
    with pytest.raises(SourceError) as caught:
        compile_source("1 pritn", "a.mvm")
    colored = caught.value.render(color=True)
    assert "\x1b[" in colored and "\x1b[" not in caught.value.render()
    assert "did you mean 'print'?" in colored


def test_misspelled_field() -> None:
    text = "record P { x position }\n1 2 P .positoin print"
    with pytest.raises(SourceError) as caught:
        compile_source(text, "a.mvm", alone=True)
    assert "no record of this program has a field 'positoin'" in str(caught.value)
    assert "did you mean '.position'?" in str(caught.value)
    # A host may bring other records; and what is like no field was hardly misspelled.
    compile_source(text, "a.mvm")
    compile_source("record P { x y } 1 2 P .z print", "a.mvm", alone=True)


@pytest.mark.parametrize("offset", [0, 50, 5000])
def test_long_lines_are_cut(offset: int) -> None:
    with pytest.raises(SourceError) as caught:
        compile_source(" " * offset + "nonsense" + " drop" * 2000, "a.mvm")
    shown, carets = str(caught.value).splitlines()[1:3]
    assert len(shown) < 120
    assert shown[carets.index("^") :].startswith("nonsense")


def test_terminal_controls_are_not_passed_on() -> None:
    with pytest.raises(SourceError) as caught:
        compile_source('"\x1b[31m" oops # \u202e', "a\x1b.mvm")
    assert str(caught.value).replace("\n", "").isprintable()


def test_too_many_words() -> None:
    with pytest.raises(SourceError, match="at most 1,000,000 words"):
        compile_source("[] " * 500_001, "a.mvm")


def test_surrogate() -> None:
    with pytest.raises(SourceError, match=r"1:3: error: U\+D800 is a surrogate"):
        compile_source("1 \ud800", "a.mvm")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 " * 70_000, "leaves 70000 values"),
        ("[ " + "1 " * 70_000 + "] drop", "at most 65535 values"),
        ("1 " * 70_000 + "drop " * 70_000, "more than 65535 values"),
        (" ".join(f"1 -> x{i}" for i in range(65_001)), "at most 65000 locals"),
        (" ".join(f"{i}.5 drop" for i in range(65_537)), "at most 65536 constants"),
        (" ".join(f"fn f{i}( -- ){{}}" for i in range(65_536)), "at most 65535 functions"),
        ("fn( -- ){} drop " * 65_536, "at most 65535 functions"),
        ("record P { " + " ".join(f"x{i}" for i in range(256)) + " }", "at most 255 fields"),
        ("%{ " + "1 " * 70_000 + "} drop", "at most 65535 values"),
    ],
)
def test_limits(text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        compile_source(text, "a.mvm")


@pytest.mark.parametrize(
    "pattern", ["for a in ", "[ ", "true if { ", "true and { ", "%{ ", "fn( -- ) { ", "try { "]
)
def test_nesting(pattern: str) -> None:
    with pytest.raises(SourceError, match="nested more than 100 deep"):
        compile_source(pattern * 5000, "a.mvm")


def test_deepest_nesting_compiles() -> None:
    compile_source("true if { " * 100 + "}" * 100, "a.mvm")
    compile_source("true " + "and { true } " * 5000 + "if { }", "a.mvm")
    compile_source("fn( -- f) { " * 100 + "1 " + "} " * 100 + "drop", "a.mvm")
    compile_source("try { " * 100 + "} catch e { }" * 100, "a.mvm")
    compile_source("true if { } " + "else true if { } " * 5000, "a.mvm")


# --- reading files ---


def test_load(tmp_path: Path) -> None:
    path = tmp_path / "a.mvm"
    path.write_bytes(b"\xef\xbb\xbf1 print\r\n")
    assert load_source(str(path)) == "1 print\r\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ok\n\xc3\xa4 \xff", r"a.mvm:2:3: error: not UTF-8: byte 0xff at byte offset 6"),
        (b"\xc3", r"a.mvm:1:1: error: not UTF-8"),
        (b" " * (MAX_SOURCE_BYTES + 1), "at most 16 MB"),
    ],
)
def test_load_bad_content(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.mvm"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        load_source(str(path))


def test_load_bad_path(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path / "none.mvm", "none.mvm: error: no such file"),
        (tmp_path, "is a directory"),
        ("a\0b", "cannot be read"),
        (tmp_path / ("x" * 5000), "cannot be read"),
    ]:
        with pytest.raises(SourceError, match=message):
            load_source(str(path))


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs an endless file")
def test_load_endless() -> None:
    with pytest.raises(SourceError, match="at most 16 MB"):
        load_source("/dev/zero")


def test_load_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("ä".encode())))
    assert load_source("-") == "ä"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    with pytest.raises(SourceError, match="<stdin>:1:1: error: not UTF-8"):
        load_source("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError, match="no standard input"):
        load_source("-")


# --- positions of run-time errors ---


def test_render_position() -> None:
    text = "1 2 +\n\t10 0 // print\n"
    shown = render_position("a.mvm", text, 2, 7, 9, "here")
    assert shown == "  2 |     10 0 // print\n    |          ^^ here"
    assert render_position("a.mvm", text, 9, 1, 2) == ""
    assert "^" in render_position("a.mvm", text, 1, 99, 120)
    assert "^" in render_position("a.mvm", "", 1, 0, 0, color=True)
