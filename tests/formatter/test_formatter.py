"""What the formatter makes of texts, and what it never does to any.

`layouts/NAME.mvm` is formatted to `layouts/NAME.expected`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minivm.commands.fmt import formatted_program
from minivm.formatter import format_source
from minivm.formatter.breaks import MAX_COLUMNS
from minivm.formatter.items import COMMENT, read_items
from minivm.lang import SourceError, compile_source
from minivm.lang.source import Source

_LAYOUTS = Path(__file__).parent / "layouts"
_ROOT = Path(__file__).parents[2]
_PROGRAMS = [
    path
    for folder in ("examples", "bench/programs", "tests", "minivm")
    for path in sorted((_ROOT / folder).rglob("*.mvm"))
]

_WORDS = st.sampled_from(
    ["x", "-> x", "->", "1", "-2.5", '"a # b"', "if", "else", "--", "print", "&f"]
)
_LONG = st.sampled_from(
    ["a_name_that_is_rather_long", '"' + "text " * 12 + '"', "0.123456789012345"]
)
_BRACKETS = st.sampled_from(
    ["{", "}", "[", "]", "(", ")", "%{", "{ }", "fn f(a -- b) {", "while {"]
)
_SPACES = st.sampled_from([" ", " ", " ", "  ", "\n", "\n\n", "\n\n\n  ", "\t", "\r\n"])
_COMMENTS = st.sampled_from(["# one\n", "#\n", "  # two # three  \n", "\n# alone\n"])
_TEXTS = st.lists(
    st.tuples(st.one_of(_WORDS, _LONG, _BRACKETS, _COMMENTS), _SPACES).map("".join), max_size=60
).map("".join)


def spellings(text: str) -> list[str]:
    """All tokens and comments as they are written."""
    return [item.text for item in read_items(Source(text, "a.mvm"))]


@pytest.mark.parametrize("path", sorted(_LAYOUTS.glob("*.mvm")), ids=lambda path: path.stem)
def test_layouts(path: Path) -> None:
    formatted = formatted_program(path.read_text(encoding="utf-8"), str(path))
    assert formatted == path.with_suffix(".expected").read_text(encoding="utf-8")
    assert formatted_program(formatted, str(path)) == formatted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \n\n\t", ""),
        ("\n\n# only a comment", "# only a comment\n"),
        ("1 print\r\n2 print\r\n", "1 print\n2 print\n"),
        ("fn  f (a   b --)  { }", "fn f(a b --) { }\n"),
        ("fn f(--){ }", "fn f( -- ) { }\n"),
        ("fn f(-- r){1}", "fn f( -- r) { 1 }\n"),
        ("[1 2]print", "[ 1 2 ] print\n"),
        ("[]{}", "[ ] { }\n"),
        ("a  b", "a  b\n"),
        ("->  x", "-> x\n"),
        ("1 ->\n\nx", "1 -> x\n"),
        ("if\n{ a }", "if { a }\n"),
        ("if {\n\n}", "if { }\n"),
        ("if { a\nb }", "if {\n    a\n    b\n}\n"),
        ("if { # why\n\n\na\n\n }", "if {  # why\n\n    a\n}\n"),
        ("if # why\n{ a }", "if  # why\n{ a }\n"),
        ("[ [\n1 ] ]", "[\n    [\n        1\n    ]\n]\n"),
        ("} ] a {", "} ] a {\n"),
    ],
)
def test_small_texts(text: str, expected: str) -> None:
    assert format_source(text, "a.mvm") == expected
    assert format_source(expected, "a.mvm") == expected


_WIDE = '"' + "wide " * 20 + '"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"if {{ {_WIDE} print }} 1 print", f"if {{\n    {_WIDE} print\n}}\n1 print\n"),
        (f"if {{ {_WIDE} }} else {{ 2 }} 3", f"if {{\n    {_WIDE}\n}} else {{\n    2\n}}\n3\n"),
        (f"if {{ {_WIDE} }} -> x 1 print", f"if {{\n    {_WIDE}\n}} -> x\n1 print\n"),
        (f"fn(a -- b) {{ {_WIDE} }} map", f"fn(a -- b) {{\n    {_WIDE}\n}} map\n"),
    ],
)
def test_after_a_broken_block(text: str, expected: str) -> None:
    """A new statement begins a line; what takes a function stays where the function ends."""
    assert format_source(text, "a.mvm") == expected
    assert format_source(expected, "a.mvm") == expected


@settings(max_examples=500)
@given(_TEXTS)
def test_any_tokens(text: str) -> None:
    """Formatting loses nothing, adds nothing, and is done when it is done."""
    formatted = format_source(text, "a.mvm")
    assert spellings(formatted) == spellings(text)
    assert format_source(formatted, "a.mvm") == formatted
    assert all(line == line.rstrip() for line in formatted.split("\n"))
    assert "\n\n\n" not in formatted and not formatted.startswith("\n")


@pytest.mark.parametrize("path", _PROGRAMS, ids=lambda path: str(path.relative_to(_ROOT)))
def test_programs_mean_the_same(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    try:
        before = compile_source(text, str(path))
    except SourceError:
        return
    formatted = formatted_program(text, str(path))
    assert spellings(formatted) == spellings(text)
    assert formatted_program(formatted, str(path)) == formatted
    after = compile_source(formatted, str(path))
    for one, other in zip(before.functions, after.functions, strict=True):
        assert one.units == other.units
        assert [str(value) for value in one.constants] == [str(value) for value in other.constants]


@pytest.mark.parametrize("folder", ["examples", "bench/programs", "minivm/std"])
def test_what_is_shown_around_is_formatted(folder: str) -> None:
    """`minivm fmt examples bench/programs minivm/std` puts it right."""
    for path in (_ROOT / folder).rglob("*.mvm"):
        text = path.read_text(encoding="utf-8")
        assert formatted_program(text, str(path)) == text, path


def test_long_lines_are_broken() -> None:
    long_row = "[ " + "1000 " * 60 + "]"
    lines = format_source(f"{long_row} -> x", "a.mvm").splitlines()
    assert lines[0] == "[" and lines[-1] == "] -> x"
    assert max(map(len, lines)) <= MAX_COLUMNS
    block = "true if { " + "first print " * 9 + "} else { 2 print }"
    lines = format_source(block, "a.mvm").splitlines()
    assert lines[0] == "true if {" and lines[2:] == ["} else {", "    2 print", "}"]


def test_comments_stay_aligned() -> None:
    text = "1 print     # one\n22 print    # two\n3 print # three\n"
    assert format_source(text, "a.mvm") == "1 print   # one\n22 print  # two\n3 print  # three\n"


def test_text_without_tokens_is_refused() -> None:
    with pytest.raises(SourceError, match="unterminated string"):
        format_source('"abc', "a.mvm")
    with pytest.raises(SourceError, match="never closed"):
        formatted_program("true if {", "a.mvm")
    assert COMMENT not in {item.kind for item in read_items(Source("1 2", "a.mvm"))}
