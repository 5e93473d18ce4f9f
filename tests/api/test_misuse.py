"""Slips in calls of the Python API: each is an error at once that names the argument.

In: wrong arguments. Out: a TypeError, ValueError or KeyError with a sentence.
"""

from __future__ import annotations

from typing import Any

import pytest

import minivm


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"jit": "foo"}, ValueError, "jit is True, False or 'uops', not 'foo'"),
        ({"max_depth": -1}, ValueError, "max_depth is 0 or more, not -1"),
        ({"max_depth": 2**32}, ValueError, "max_depth is at most 4294967295, not 4294967296"),
        ({"max_heap": 2**70}, ValueError, "max_heap is at most 18446744073709551615, not"),
        ({"max_heap": 1.5}, TypeError, "max_heap is an int, not 1.5"),
        ({"timeout": "x"}, TypeError, "timeout is None or a number of seconds, not 'x'"),
        ({"timeout": -1}, ValueError, "timeout is more than 0 seconds, not -1"),
        ({"timeout": float("nan")}, ValueError, "timeout is more than 0 seconds, not nan"),
    ],
)
def test_options(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        minivm.VM(**options)


def test_calls() -> None:
    vm: Any = minivm.VM()
    with pytest.raises(TypeError, match="a program is source text or a compiled program, not int"):
        vm.run(5)
    with pytest.raises(TypeError, match="a function is named or a Function, not int"):
        vm.call(5)
    with pytest.raises(KeyError, match="no function is called 'gret'"):
        vm["gret"]
    with pytest.raises(TypeError, match="the word 'area' needs something to call, not 5"):
        vm.register("area", 5, "(a -- b)")
    assert vm.eval("1 2 +") == 3
