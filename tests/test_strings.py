"""The words for strings against Python's, on random text: ASCII and not, short and long.

In: strings made of few characters, so that parts are found, by a fixed seed. Out: the same from
both.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from minivm.lang import compile_source
from minivm.machine import CAPTURE, Machine

_ALPHABETS = ["ab,", "aé,", "日é,a", "😀,b \n", "xyzXYZÄäжЖ "]
_ROUNDS = 60


def _quoted(text: str) -> str:
    return '"' + text.replace("\n", "\\n").replace("\r", "\\r") + '"'


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + " ".join(map(_quoted, value)) + "]"
    return value.replace("\n", "|") if isinstance(value, str) else str(value)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


# What follows the operands in mvm, and what Python makes of them: a text, a part, two places.
_Model = Callable[[str, str, int, int], Any]
_WORDS: dict[str, _Model] = {
    "TEXT PART find": lambda s, part, i, j: s.find(part),
    "TEXT PART has": lambda s, part, i, j: part in s,
    "TEXT FROM TO slice": lambda s, part, i, j: s[i:j],
    "TEXT PART starts_with": lambda s, part, i, j: s.startswith(part),
    "TEXT PART ends_with": lambda s, part, i, j: s.endswith(part),
    "TEXT PART split": lambda s, part, i, j: s.split(part),
    "TEXT PART split PART join": lambda s, part, i, j: s,
    "TEXT lines": lambda s, part, i, j: _lines(s),
    'TEXT PART "<é>" replace': lambda s, part, i, j: s.replace(part, "<é>"),
    'TEXT PART "" replace': lambda s, part, i, j: s.replace(part, ""),
    "TEXT trim": lambda s, part, i, j: s.strip(),
    "TEXT upper": lambda s, part, i, j: s.upper(),
    "TEXT lower": lambda s, part, i, j: s.lower(),
    "PART FROM repeat": lambda s, part, i, j: part * i,
    "TEXT PART concat TEXT concat": lambda s, part, i, j: s + part + s,
    "TEXT PART concat PART ends_with": lambda s, part, i, j: True,
    "TEXT PART <": lambda s, part, i, j: s < part,
    "TEXT len": lambda s, part, i, j: len(s),
    "TEXT FROM TO slice PART ==": lambda s, part, i, j: s[i:j] == part,
    "TEXT LAST get code": lambda s, part, i, j: ord(s[max(i - 1, 0)]),
    "TEXT LAST get code char": lambda s, part, i, j: s[max(i - 1, 0)],
}


def _cases(source: random.Random) -> list[tuple[str, str, int, int]]:
    cases = []
    for _ in range(_ROUNDS):
        letters = source.choice(_ALPHABETS)
        length = source.choice([1, 2, 5, 20, 130, 700])
        text = "".join(source.choices(letters, k=source.randrange(1, length + 1)))
        start = source.randrange(len(text))
        cut = text[start : start + source.randrange(1, 4)]
        part = source.choice([cut, "".join(source.choices(letters, k=2))])
        first, last = sorted(source.choices(range(len(text) + 1), k=2))
        cases.append((text, part, first, last))
    return cases


@pytest.mark.parametrize("word", _WORDS)
def test_words_do_what_python_does(word: str) -> None:
    cases = _cases(random.Random(word))
    lines = []
    for text, part, first, last in cases:
        given = word.replace("TEXT", _quoted(text)).replace("PART", _quoted(part))
        given = given.replace("FROM", str(first)).replace("LAST", str(max(first - 1, 0)))
        lines.append(f'{given.replace("TO", str(last))} string "\\n" "|" replace print')
    with Machine(output=CAPTURE) as vm:
        vm.load(compile_source("\n".join(lines), "strings.mvm"))
        vm.run()
        found = vm.captured().decode("utf-8").split("\n")
    for case, mine in zip(cases, found, strict=False):
        assert mine == _shown(_WORDS[word](*case)), (word, *case)


def test_letters_change_case_as_in_python() -> None:
    """All letters that have another case of the same size; which they are, `upper` documents."""
    blocks = [*range(0x80, 0x180), *range(0x370, 0x590), *range(0x1E00, 0x1F00)]
    pairs = [(chr(code), chr(code).lower()) for code in blocks]
    pairs = [
        (capital, small)
        for capital, small in pairs
        if capital != small
        and len(small) == 1
        and small.upper() == capital
        and ord(small) in blocks
    ]
    capitals, smalls = ("".join(letters) for letters in zip(*pairs, strict=True))
    text = f'"{capitals}" lower "{smalls}" == print "{smalls}" upper "{capitals}" == print'
    with Machine(output=CAPTURE) as vm:
        vm.load(compile_source(text, "case.mvm"))
        vm.run()
        assert vm.captured() == b"true\ntrue\n"
    assert len(pairs) > 400
