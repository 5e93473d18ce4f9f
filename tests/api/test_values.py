"""Values on their way into a VM and out of it."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minivm

SAME = [
    None,
    True,
    False,
    0,
    -(2**63),
    2**63 - 1,
    1.5,
    math.inf,
    "",
    "ä€𝄞\0",
    [],
    [1, 2, 3],
    [1.5, 2.5],
    [True, False],
    [1, 2.5, "x", None],
    [[1], [2, ["x"]]],
    {},
    {"a": 1, 2: [3], 2.5: {}, True: None},
    range(0),
    range(3, 30, 4),
    range(5, -5, -1),
]


@pytest.mark.parametrize("value", SAME, ids=repr)
def test_there_and_back(stressed: minivm.VM, value: object) -> None:
    back = stressed.eval("fn(a -- a) { a }")(value)
    assert back == value and type(back) is type(value)


def test_what_a_program_sees(stressed: minivm.VM) -> None:
    show = stressed.eval("fn(a -- text) { a string }")
    assert show([None, True, 1, 1.0, "x", (1, 2)]) == '[nil true 1 1.0 "x" [1 2]]'
    assert show({"k": [1]}) == '%{"k" [1]}'


def test_packed_lists_can_be_used(vm: minivm.VM) -> None:
    vm.run("fn sum(l -- s) { 0 -> s for x in l { s x + -> s } s }")
    assert vm.call("sum", list(range(1000))) == 499500
    assert vm.call("sum", [0.5] * 1000) == 500.0
    grown = vm.eval("fn(l -- l) { l 7 push l }")
    assert (grown([1]), grown([1.5]), grown(["x"]), grown([])) == ([1, 7], [1.5, 7], ["x", 7], [7])


def test_nan() -> None:
    with minivm.VM() as vm:
        assert math.isnan(vm.eval("fn(a -- a) { a }")(math.nan))


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(max_size=3) | st.integers(2, 99), inner)
    ),
    max_leaves=30,
)


@settings(deadline=None, max_examples=200)
@given(_values)
def test_any_structure_there_and_back(value: Any) -> None:
    with minivm.VM(debug={"stress": True}) as vm:
        assert vm.eval("fn(a -- a) { a }")(value) == value


def test_copies_are_copies(vm: minivm.VM) -> None:
    given = [1, 2]
    assert vm.eval("fn(l -- l) { l 3 push l }")(given) == [1, 2, 3]
    assert given == [1, 2]


def test_what_is_one_object_stays_one(stressed: minivm.VM) -> None:
    inner: list[Any] = [1]
    outer: dict[str, Any] = {"a": inner, "b": inner}
    inner.append(outer)
    back = stressed.eval("fn(a -- a) { a }")(outer)
    assert back["a"] is back["b"] and back["a"][1] is back
    assert stressed.eval('fn(m -- s) { m "a" get m "b" get same }')(outer) is True


def test_deep_structures(vm: minivm.VM) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    back = vm.eval("fn(a -- a) { a }")(deep)
    depth = 0
    while back:
        back, depth = back[0], depth + 1
    assert depth == 100_000
    while deep:
        deep = deep[0]


BAD = [
    (2**63, OverflowError, "argument 1: an int of the VM has 64 bits"),
    ([0, 2**64], OverflowError, r"argument 1\[1\]: an int"),
    ({1, 2}, TypeError, "argument 1: a value of type set can't go in"),
    ({"a": [0, {"b": object()}]}, TypeError, r"argument 1\['a'\]\[1\]\['b'\]: a value of type obj"),
    ({(1, 2): 3}, TypeError, "argument 1: a map has no keys of type tuple"),
    ({math.nan: 3}, ValueError, "NaN can't be a key"),
    (["\ud800"], ValueError, r"argument 1\[0\]: U\+D800 is a surrogate"),
    (range(2**70), OverflowError, "argument 1: an int"),
    (minivm.Record("None_such", x=1), ValueError, "no record None_such in this VM"),
    (minivm.Record("Error", x=1), ValueError, "Error has the fields kind message line value trace"),
]


@pytest.mark.parametrize(("value", "error", "message"), BAD, ids=lambda each: repr(each)[:30])
def test_what_cannot_go_in(value: object, error: type[Exception], message: str) -> None:
    with minivm.VM() as vm:
        take = vm.eval("fn(a -- ) { a drop }")
        with pytest.raises(error, match=message):
            take(value)
        assert vm.eval("1") == 1


def test_keys_that_are_one_in_python() -> None:
    with minivm.VM() as vm, pytest.raises(ValueError, match="both 1 and true"):
        vm.eval('%{ 1 "int" true "bool" }')


def test_no_room(vm: minivm.VM) -> None:
    with minivm.VM(max_heap=1 << 20) as small:
        take = small.eval("fn(a -- n) { a len }")
        with pytest.raises(minivm.MemoryLimit):
            take(["x" * 100] * 100_000)
        with pytest.raises(minivm.MemoryLimit):
            take([1] * 1_000_000)
        assert take([1] * 1000) == 1000


# --- records -------------------------------------------------------------------------------------


def test_records(stressed: minivm.VM) -> None:
    stressed.run("record Point { x y } fn flip(p -- q) { p .y p .x Point }")
    point = stressed.call("flip", minivm.Record("Point", x=1, y=[2]))
    assert (point.x, point.y, point["x"]) == ([2], 1, [2])
    assert repr(point) == "Point(x=[2], y=1)"
    point.x = 7
    assert stressed.call("flip", point) == minivm.Record("Point", x=1, y=7)
    points = stressed.eval("1 2 Point -> p [ [ p p ] [ 3 4 Point ] [ ] ]")
    expected = [minivm.Record("Point", x=1, y=2), minivm.Record("Point", x=3, y=4)]
    assert points == [[expected[0]] * 2, [expected[1]], []] and points[0][0] is points[0][1]
    with pytest.raises(AttributeError, match="Point has no field 'z'"):
        point.z = 1
    with pytest.raises(AttributeError, match="Point has no field 'z'"):
        _ = point.z
    assert (minivm.record_name(point), minivm.record_fields(point)) == ("Point", {"x": 7, "y": 1})


def test_records_are_ordinary_objects() -> None:
    record = minivm.Record("Node", value=1, next=None)
    assert copy.deepcopy(record) == pickle.loads(pickle.dumps(record)) == record
    assert record != minivm.Record("Leaf", value=1, next=None) and record != 1
    record.next = record
    assert repr(record) == "Node(value=1, next=...)"
    for other in (copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert other.next is other and other is not record
    with pytest.raises(TypeError):
        hash(record)


def test_records_with_cycles(stressed: minivm.VM) -> None:
    stressed.run("record Node { value next }")
    node = minivm.Record("Node", value=1, next=None)
    node.next = node
    back = stressed.eval("fn(n -- n) { n .next .next }")(node)
    assert back.next is back and back.value == 1


def test_values_that_are_made_on_the_way(stressed: minivm.VM) -> None:
    class Squares(list[Any]):
        def __iter__(self) -> Any:
            # Nobody else holds them, so each may be where the one before it was.
            return ([n, n * n] for n in range(5))

    assert stressed.eval("fn(a -- a) { a }")(Squares([1])) == [[n, n * n] for n in range(5)]
