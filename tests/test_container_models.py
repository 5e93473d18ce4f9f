"""Random work on maps and lists, which must do what Python's dict and list do.

In: random operations. Each sequence becomes a program that goes over them in a loop, so that traces
are made of it. Out: it prints, on every engine, what Python's containers hold after each operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program_cases import Outcome, Settings, difference, make_case, run_case

from tests.engines import ENGINES

_AT_ONCE = {
    "warm_up": 1, "loop_threshold": 1, "entry_threshold": 1, "exit_threshold": 1,
    "checking": True, "llvm_level": 0,
}  # fmt: skip

Key = int | float | bool | str
Operation = tuple[str, Any, Any]

_KEYS: st.SearchStrategy[Key] = st.one_of(
    st.integers(-3, 12),
    st.sampled_from([2**53, 2**53 + 1, 2**63 - 1, -(2**63), 1009 * 2**40]),
    st.sampled_from([0.0, -0.0, 1.0, 2.5, 2.0**53, 2.0**63, 1e300, -math.inf]),
    st.booleans(),
    st.sampled_from(["", "a", "b", "key", "a longer key than eight bytes", "é", "1"]),
)
_ELEMENTS = {
    "ints": st.integers(-5, 5),
    "floats": st.sampled_from([-1.5, 0.0, 0.5, 1.0, 2.0, 3.25]),
    "numbers": st.one_of(st.integers(-5, 5), st.sampled_from([-1.5, 0.0, 0.5, 1.0, 4.0])),
    "strings": st.text("abé", max_size=3),
    "mixed": st.one_of(st.integers(-2, 2), st.booleans(), st.sampled_from(["a", 0.5, 1.0])),
}


def _show(value: Any) -> str:
    """The value as `print` shows it in a container, which is how it is written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(map(_show, value))}]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _write(value: Any) -> str:
    """The value as a program writes it; infinity has no literal."""
    if isinstance(value, float) and math.isinf(value):
        return "1e308 -10.0 *"
    return "9223372036854775807 neg 1 -" if value == -(2**63) else _show(value)


def _program(define: str, operations: list[Operation], start: str) -> str:
    words = " ".join(f"{_show(name)} {_write(a)} {_write(b)}" for name, a, b in operations)
    return f"""{define}
{start} -> container
[ {words} ] -> operations
for i in 0 operations len range 3 step {{
    container operations i get operations i 1 + get operations i 2 + get apply
    container print
}}
"""


def _check(engine: str, text: str, lines: list[str]) -> None:
    case = replace(make_case("model", "model.mvm", text), expected=Outcome("\n".join([*lines, ""])))
    assert not difference(case, run_case(case, Settings(engine, _AT_ONCE))), text


# --- maps ------------------------------------------------------------------------------------

_MAP_WORDS = """fn apply(m word key value -- ) {
    word "set" == if { m key value set }
    word "has" == if { m key has print }
    word "get" == if { try { m key get print } catch e { e .kind print } }
    word "get_or" == if { m key value get_or print }
    word "remove" == if { try { m key remove } catch e { e .kind print } }
    word "count" == if { m key m key 0 get_or 1 + set }
    word "copy" == if { m copy m == print }
    word "lists" == if { m keys print m values print }
    word "loop" == if { 0 -> sum for k in m { sum m k get + -> sum } sum print }
    word "clear" == if { m clear }
}"""


class _Map:
    """The model: a dict of keys that keep true and 1 apart, as Python does not."""

    def __init__(self) -> None:
        self.entries: dict[tuple[bool, Key], tuple[Key, int]] = {}
        self.lines: list[str] = []

    def apply(self, word: str, key: Key, value: int) -> None:
        place = (isinstance(key, bool), key)
        held = self.entries.get(place)
        kept = held[0] if held else key
        words: dict[str, Callable[[], None]] = {
            "set": lambda: self.entries.__setitem__(place, (kept, value)),
            "has": lambda: self._print(held is not None),
            "get": lambda: self.lines.append(str(held[1]) if held else "key"),
            "get_or": lambda: self._print(held[1] if held else value),
            "remove": lambda: self._remove(place),
            "count": lambda: self.entries.__setitem__(place, (kept, held[1] + 1 if held else 1)),
            "copy": lambda: self._print(True),
            "lists": self._lists,
            "loop": lambda: self._print(sum(count for _, count in self.entries.values())),
            "clear": self.entries.clear,
        }
        words[word]()
        pairs = " ".join(f"{_show(k)} {_show(v)}" for k, v in self.entries.values())
        self.lines.append(f"%{{{pairs}}}")

    def _print(self, value: Any) -> None:
        self.lines.append(_show(value))

    def _remove(self, place: tuple[bool, Key]) -> None:
        if self.entries.pop(place, None) is None:
            self.lines.append("key")

    def _lists(self) -> None:
        self._print([key for key, _ in self.entries.values()])
        self._print([value for _, value in self.entries.values()])


_MAP_WORD = st.sampled_from(
    ["set"] * 6 + ["remove"] * 3 + ["has", "get", "get_or", "count", "copy", "lists", "loop"] * 2
    + ["clear"]
)  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(_MAP_WORD, _KEYS, st.integers(0, 99)), min_size=1, max_size=120))
def test_maps_do_as_dicts(engine: str, operations: list[Operation]) -> None:
    model = _Map()
    for operation in operations:
        model.apply(*operation)
    _check(engine, _program(_MAP_WORDS, operations, "%{ }"), model.lines)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=10, deadline=None)
@given(
    st.integers(1, 400), st.integers(1, 2**50), st.integers(1, 5), st.integers(0, 2**62)
)  # fmt: skip
def test_large_maps_do_as_dicts(
    engine: str, count: int, stride: int, gone: int, first: int
) -> None:
    text = f"""%{{ }} -> m
for i in 0 {count} range {{ m {first} i {stride} * + i set }}
for i in 0 {count} range {gone} step {{ m {first} i {stride} * + remove }}
for i in 0 {count} range {{ m {first} i {stride} * + dup m swap -1 get_or 1 + set }}
m print
"""
    model = {first + i * stride: i for i in range(count)}
    for i in range(0, count, gone):
        del model[first + i * stride]
    for i in range(count):
        model[first + i * stride] = model.get(first + i * stride, -1) + 1
    pairs = " ".join(f"{key} {value}" for key, value in model.items())
    _check(engine, text, [f"%{{{pairs}}}"])


# --- lists -----------------------------------------------------------------------------------

_LIST_WORDS = """fn apply(l word place value -- ) {
    l len -> n
    n 0 > if { place n % } else { 0 } -> index
    word "push" == if { l value push }
    word "insert" == if { l place n 1 + % value insert }
    word "set" == n 0 > and if { l index value set }
    word "remove" == n 0 > and if { l index remove }
    word "pop" == n 0 > and if { l pop print }
    word "get" == n 0 > and if { l index get print }
    word "find" == if { l value find print }
    word "has" == if { l value has print }
    word "slice" == if { l index n slice print l 0 index slice print }
    word "copy" == if { l copy -> c c l == print c value push c l == print }
    word "reverse" == if { l reverse }
    word "sort" == if { try { l sort } catch e { e .kind print } }
    word "clear" == if { l clear }
}"""


def _same_kind(left: Any, right: Any) -> bool:
    """Whether `==` compares the two: true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool)


def _find(elements: list[Any], value: Any) -> int:
    matches = (_same_kind(element, value) and element == value for element in elements)
    return next((i for i, matched in enumerate(matches) if matched), -1)


def _sort(elements: list[Any], lines: list[str]) -> None:
    numbers = all(isinstance(e, int | float) and not isinstance(e, bool) for e in elements)
    if numbers or all(isinstance(e, str) for e in elements):
        elements.sort()
    else:
        lines.append("type")


def _apply_to_list(elements: list[Any], lines: list[str], word: str, place: int, item: Any) -> None:
    index = place % len(elements) if elements else 0
    words: dict[str, Callable[[], Any]] = {
        "push": lambda: elements.append(item),
        "insert": lambda: elements.insert(place % (len(elements) + 1), item),
        "find": lambda: lines.append(str(_find(elements, item))),
        "has": lambda: lines.append(_show(_find(elements, item) >= 0)),
        "slice": lambda: lines.extend([_show(elements[index:]), _show(elements[:index])]),
        "copy": lambda: lines.extend(["true", "false"]),
        "reverse": elements.reverse,
        "sort": lambda: _sort(elements, lines),
        "clear": elements.clear,
    }
    in_list: dict[str, Callable[[], Any]] = {
        "set": lambda: elements.__setitem__(index, item),
        "remove": lambda: elements.pop(index),
        "pop": lambda: lines.append(_bare(elements.pop())),
        "get": lambda: lines.append(_bare(elements[index])),
    }
    if word in words:
        words[word]()
    elif elements:
        in_list[word]()
    lines.append(_show(elements))


def _bare(value: Any) -> str:
    return value if isinstance(value, str) else _show(value)


_LIST_WORD = st.sampled_from(
    ["push"] * 6 + ["insert"] * 4 + ["set", "remove", "pop", "get", "find", "has"] * 2
    + ["slice", "copy", "reverse", "sort", "sort", "clear"]
)  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", _ELEMENTS)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_lists_do_as_lists(engine: str, kind: str, data: st.DataObject) -> None:
    step = st.tuples(_LIST_WORD, st.integers(0, 20), _ELEMENTS[kind])
    operations = data.draw(st.lists(step, min_size=1, max_size=80))
    elements: list[Any] = []
    lines: list[str] = []
    for operation in operations:
        _apply_to_list(elements, lines, *operation)
    _check(engine, _program(_LIST_WORDS, operations, "[ ]"), lines)
