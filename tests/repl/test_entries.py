"""Which lines are an entry, and which are only its beginning."""

from __future__ import annotations

import pytest

from minivm.repl.entries import needs_more


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 2 +",
        "# a comment {",
        '"{ [ ("',
        "true if { 1 print }",
        "fn f(a -- b) { a }",
        "fn f(a -- b) {\n    a\n}",
        "}",
        "[ 1 2 )",
        '"not closed',
        "no_such_word",
        "1 @",
        "true if\n",
        "[ 1 ] )",
    ],
)
def test_complete(text: str) -> None:
    assert not needs_more(text)


@pytest.mark.parametrize(
    "text",
    [
        "true if {",
        "[ 1 2",
        "fn f(a",
        "fn f(a -- b)",
        "fn f",
        "true if",
        "while { true }",
        "1 ->",
        "true if { 1 } else",
        "for i in 0 10 range",
        "true if {\n    1 print\n",
        "[ {",
    ],
)
def test_goes_on(text: str) -> None:
    assert needs_more(text)
