"""The parser of command lines: which words are minivm's, and which are the program's."""

from __future__ import annotations

import pytest

from minivm.commands.command_table import BUILD, COMMANDS, RUN
from minivm.commands.parsing import UsageError, parse


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("p", ""),
        ("p a b", "a b"),
        ("--jit p a", "a"),
        ("p --jit a", "a"),
        ("p a --jit", "a --jit"),
        ("p -- --jit", "--jit"),
        ("p --jit -- --jit -- x", "--jit -- x"),
        ("p a -- b", "a -- b"),
        ("-- p --jit", "--jit"),
        ("p -5 --jit", "-5 --jit"),
        ("p -.5", "-.5"),
        ("p -", "-"),
        ("p --max-depth 7 a", "a"),
        ("--max-depth=7 p a", "a"),
    ],
)
def test_rest(words: str, rest: str) -> None:
    arguments = parse(RUN, words.split())
    assert arguments.program == "p"
    assert arguments.rest == rest.split()


def test_values() -> None:
    arguments = parse(RUN, ["--jit", "p", "--jit=uops", "--max-depth", "7", "--max-depth=9"])
    assert arguments.text("--jit") == "uops"
    assert arguments.number("--max-depth") == 9
    assert not arguments.has("--stats") and arguments.text("--stats") == ""
    assert parse(RUN, ["--jit", "p"]).text("--jit") == "machine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "no program was given"),
        ("--jit", "no program was given"),
        ("--jti p", "no such option: --jti"),
        ("p --jti", "no such option: --jti"),
        ("--jit=fast p", "--jit=fast means nothing: it can be machine or uops"),
        ("--stats=1 p", "--stats takes no value"),
        ("p --max-depth", "--max-depth needs a value: --max-depth N"),
        ("p --max-depth x", "--max-depth needs a number, not 'x'"),
        ("p --max-depth ٣", "--max-depth needs a number, not '٣'"),
        ("p --max-depth 0", "--max-depth 0 is out of range: 1 to 10000000"),
        ("p --warm-up 4096", "--warm-up 4096 is out of range: 1 to 4095"),
        ("p --max-depth " + "9" * 5000, "--max-depth 9999"),
        ("--max-code " + "9" * 20 + " p", "--max-code " + "9" * 20 + " is out of range: 1 to 9223"),
        ("--max-depth -5 p", "--max-depth -5 is out of range: 1 to 10000000"),
    ],
)
def test_usage_errors(words: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(RUN, words.split())
    assert str(caught.value).startswith(message)


def test_hints() -> None:
    with pytest.raises(UsageError) as caught:
        parse(RUN, ["p", "--jti"])
    assert caught.value.hint == (
        "did you mean --jit? To give --jti to the program, put -- before it."
    )


def test_one_word_too_many() -> None:
    with pytest.raises(UsageError, match="one word too many: 'q'"):
        parse(BUILD, ["q"])


def test_no_option_is_defined_twice() -> None:
    for command in COMMANDS.values():
        flags = [flag for option in command.options for flag in option.flags]
        assert len(flags) == len(set(flags))
