"""Records of the host, and of what it calls: traces rely on what fields have held until then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import minivm

ADD_UP = """
record Point { x y }
fn add_up(p n -- t) { 0 -> t  for i in 0 n range { t p .x + -> t }  t }
"""


def test_an_argument_with_a_field_of_another_type(vm: minivm.VM) -> None:
    vm.run(ADD_UP + "1 2 Point 300 add_up drop")
    for x in (1, 0.5, "text", 2):
        point = minivm.Record("Point", x=x, y=1)
        if x == "text":
            with pytest.raises(minivm.ProgramError, match="string"):
                vm.call("add_up", point, 300)
        else:
            assert vm.call("add_up", point, 300) == 300 * x
        assert vm.call("add_up", minivm.Record("Point", x=1, y=1), 300) == 300


def test_a_word_that_changes_one_while_a_loop_waits(vm: minivm.VM) -> None:
    """The loop relies on `.x` of the record that the function, which the word calls, changes."""
    calls = 0

    def change(function: Callable[[], None]) -> None:
        nonlocal calls
        calls += 1
        if calls == 250:
            function()

    vm.register("change", change, "(f -- )")
    vm.run(
        ADD_UP + "1 2 Point -> p  fn( -- ) { 0.5 p -> .x } -> f\n"
        "0 -> t  for i in 0 300 range { p 9 add_up drop  t p .x + -> t  f change }  t print"
    )
    assert vm.output == f"{250 + 50 * 0.5}\n"


def test_a_result_with_a_field_of_another_type(vm: minivm.VM) -> None:
    def make(i: int) -> minivm.Record:
        return minivm.Record("Point", x=i if i < 250 else i + 0.5, y=[i])

    vm.run("record Point { x y }  1 [ ] Point drop")
    vm.register("make", make, "(i -- p)")
    vm.run("0 -> t  for i in 0 300 range { t i make .x + -> t }  t print")
    assert vm.output == f"{sum(range(300)) + 25.0}\n"
