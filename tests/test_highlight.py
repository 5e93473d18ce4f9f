"""The Pygments lexer: every program here without an error, and each kind of word as what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers import load_lexer_from_file
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Token

import minivm.highlight
from minivm.generated.instruction_table import WORDS
from minivm.highlight import MvmLexer
from minivm.lang.keywords import CONTROL, LITERALS

_ROOT = Path(__file__).parents[1]
_PROGRAMS = sorted(
    path
    for path in _ROOT.rglob("*.mvm")
    if "errors" not in path.parts and ".venv" not in path.parts
)


def kinds(text: str) -> list[tuple[object, str]]:
    """The tokens of a text but spaces."""
    return [(kind, value) for kind, value in MvmLexer().get_tokens(text) if value.strip()]


@pytest.mark.parametrize("path", _PROGRAMS, ids=lambda path: str(path.relative_to(_ROOT)))
def test_programs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = list(MvmLexer(stripnl=False).get_tokens(text))
    assert "".join(value for _, value in tokens) == text
    assert not [value for kind, value in tokens if kind in Error]


@given(st.text())
def test_any_text(text: str) -> None:
    found = MvmLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(text)
    assert "".join(value for _, _, value in found) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# a comment", [(Comment.Single, "# a comment")]),
        ("0xff", [(Number.Hex, "0xff")]),
        ("-1_0", [(Number.Integer, "-1_0")]),
        ("1e-3", [(Number.Float, "1e-3")]),
        ("-> x", [(Operator, "->"), (Name.Variable, "x")]),
        ("-> .x", [(Operator, "->"), (Name.Attribute, ".x")]),
        ("p .x", [(Name, "p"), (Name.Attribute, ".x")]),
        ("&sqrt", [(Name.Function, "&sqrt")]),
        ("a and not", [(Name, "a"), (Operator.Word, "and"), (Operator.Word, "not")]),
        ("len", [(Name.Builtin, "len")]),
        ("<<", [(Operator, "<<")]),
        ("true", [(Keyword.Constant, "true")]),
        ("record P", [(Keyword.Declaration, "record"), (Name.Class, "P")]),
        ("import list", [(Keyword.Declaration, "import"), (Name.Namespace, "list")]),
        ("x@y", [(Error, "x@y")]),
    ],
)
def test_words(text: str, expected: list[tuple[object, str]]) -> None:
    assert kinds(text) == expected


def test_declarations() -> None:
    assert kinds("method Circle.area(self -- a)") == [
        (Keyword.Declaration, "method"),
        (Name.Class, "Circle"),
        (Token.Punctuation, "."),
        (Name.Function, "area"),
        (Token.Punctuation, "("),
        (Name.Variable, "self"),
        (Operator, "--"),
        (Name.Variable, "a"),
        (Token.Punctuation, ")"),
    ]


def test_strings() -> None:
    assert kinds(r'"a\n\q"') == [
        (String.Double, '"'),
        (String.Double, "a"),
        (String.Escape, r"\n"),
        (Error, r"\q"),
        (String.Double, '"'),
    ]
    # One that is not closed ends with its line.
    assert kinds('"a\nlen')[-1] == (Name.Builtin, "len")


def test_every_word_is_known() -> None:
    for word in [*WORDS, *CONTROL, *LITERALS]:
        ((kind, _),) = kinds(word)
        assert kind not in Error and kind is not Name


def test_loading() -> None:
    path = str(Path(minivm.highlight.__file__))
    assert load_lexer_from_file(path, "MvmLexer").name == "mvm"
    entry = '[project.entry-points."pygments.lexers"]\nmvm = "minivm.highlight:MvmLexer"'
    assert entry in (_ROOT / "pyproject.toml").read_text(encoding="utf-8")
