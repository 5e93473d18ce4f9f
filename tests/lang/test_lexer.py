"""The lexer: tokens, their places and the values of literals."""

from __future__ import annotations

import pytest

from minivm.lang import SourceError
from minivm.lang.source import Source
from minivm.lang.tokens import tokenise


def values(text: str) -> list[object]:
    return [token.value or token.kind for token in tokenise(Source(text, "a.mvm"))][:-1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-1", -1),
        ("1_000", 1000),
        ("0xff", 255),
        ("-0xFF", -255),
        ("0b1", 1),
        ("0o7", 7),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("1e-3", 0.001),
        ("1.5", 1.5),
        ("-2.5E+2", -250.0),
        ("0.5", 0.5),
        ("1_0.2_5", 10.25),
    ],
)
def test_number(text: str, value: float) -> None:
    (token, _) = tokenise(Source(text, "a.mvm"))
    assert token.kind == "number"
    assert token.value == value and type(token.value) is type(value)


@pytest.mark.parametrize(
    "text", ["1__0", "1_", "0x", "0b2", "0o8", "1e", "1.e5", ".5", "-.5", "1.2.3", "5-3", "0_1"]
)
def test_malformed_number(text: str) -> None:
    with pytest.raises(SourceError, match="malformed number"):
        tokenise(Source(text, "a.mvm"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\n\t\r\"\\\0"', 'a\n\t\r"\\\0'),
        (r'"\u{41}\u{1f600}"', "A\U0001f600"),
        ('"# no comment"', "# no comment"),
        ('""', ""),
        ('"ä { }"', "ä { }"),
    ],
)
def test_string(text: str, value: str) -> None:
    (token, _) = tokenise(Source(text, "a.mvm"))
    assert (token.kind, token.value) == ("string", value)
    assert (token.start, token.end) == (0, len(text))


def test_brackets_and_strings_stand_alone() -> None:
    assert values('a{b}"c"d[1](e--f)') == [
        *("a", "{", "b", "}", "c", "d", "[", 1, "]", "(", "e--f", ")"),
    ]


def test_comments_and_whitespace() -> None:
    assert values('a # b { " \n\tc\r\n#d\f e') == ["a", "c"]
    assert values("") == []


def test_signs_are_words() -> None:
    assert values("a -1 + - -> -% is? set!") == ["a", -1, "+", "-", "->", "-%", "is?", "set!"]


def test_places() -> None:
    source = Source("ab\n  \U0001f600 cd", "b.mvm")
    assert source.locate(0) == (1, 1)
    assert source.locate(5) == (2, 3)
    with pytest.raises(SourceError, match=r"b\.mvm:2:3: error: unexpected character"):
        tokenise(source)
