"""Links into the middle of other traces' loops: that they are made, end, and are cut when what they
go on in is gone.
"""

from __future__ import annotations

from typing import Any

import pytest

import minivm
from minivm.executors import Executor
from minivm.generated.uop_table import UOPS
from tests.jit.running import run

SIDE: dict[str, Any] = {"exit_threshold": 2, "loop_threshold": 5}
NESTED = """
0 -> t
for i in 0 200 range {
    i 2 * -> a
    for j in 0 3 range { t a j * + -> t }
}
t print
"""


def links(executors: list[Executor]) -> list[str]:
    """The names of the uops with which traces go on in others."""
    finals = (executor.stages[-1].uops for executor in executors)
    names = (UOPS[uop.opcode].name for uops in finals for uop in uops)
    return [name for name in names if name in ("_LINK", "_LINK_LOOP")]


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_the_way_around_an_outer_loop_links_to_the_inner_loops_top(engine: str) -> None:
    ran = run(NESTED, engine=engine, keep_stages=True, **SIDE)
    without = run(NESTED, engine=engine, keep_stages=True, disabled=["links"], **SIDE)
    assert ran.output == without.output == "119400\n"
    assert "_LINK_LOOP" in links(ran.executors)
    assert set(links(without.executors)) == {"_LINK"}


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_instructions_are_counted_over_links(engine: str) -> None:
    """All ways to go on run the same instructions."""
    counts = set()
    for disabled in ([], ["links"], ["side traces"]):
        found = run(NESTED, engine=engine, counting=True, disabled=disabled, **SIDE).statistics
        counts.add(found.tier_one_instructions + found.trace_instructions)
    assert len(counts) == 1


def test_ways_through_several_iterations_have_no_trace_each() -> None:
    """The inner loops mostly end at once: their traces do not close."""
    text = """
    [ ] -> list
    42 -> x
    for i in 0 3000 range { x 16807 * 2147483647 % -> x list x push }
    fn divide(list low high -- moves) {
        low -> i  high -> j  0 -> moves
        list low high + 2 // get -> pivot
        while { i j <= } {
            while { list i get pivot < } { i 1 + -> i }
            while { list j get pivot > } { j 1 - -> j }
            i j <= if {
                list i get -> t
                list i list j get set
                list j t set
                i 1 + -> i  j 1 - -> j  moves 1 + -> moves
            }
        }
        low j < if { list low j divide moves + -> moves }
        i high < if { list i high divide moves + -> moves }
        moves
    }
    list 0 2999 divide print
    """
    ran = run(text, **SIDE)
    assert ran.output == run(text, engine="tier1").output
    assert len(ran.executors) < 150 and "side_traces" not in ran.aborts


def test_a_link_looks_for_interrupts() -> None:
    """The inner loop runs once: its own end, which looks as well, is never come to."""
    text = """
    fn spin(--) {
        0 -> t  0 -> n
        while { true } {
            n 40 < if { 5 } else { 1 } -> m
            n 1 + -> n
            for j in 0 m range { t j + 1000 % -> t }
        }
    }
    """
    for jit in (True, "uops"):
        with minivm.VM(jit=jit, debug={"exit_threshold": 2}, timeout=0.5) as vm:
            vm.run(text)
            with pytest.raises(minivm.Timeout):
                vm.call("spin")


@pytest.mark.parametrize("debug", [{}, {"stress": True}, {"force_exits": 3}], ids=str)
@pytest.mark.parametrize("jit", [True, "uops"])
def test_links_are_cut_when_the_loop_is_redefined(jit: bool | str, debug: dict[str, Any]) -> None:
    """Only the inner loop relies on the function."""
    text = """
    fn weight(n -- m) { n %d + }
    fn work(n -- t) {
        0 -> t
        for i in 0 n range { i 3 %% -> a for j in 0 4 range { t j a * weight + -> t } }
        t
    }
    """
    options = {"loop_threshold": 3, "entry_threshold": 50, "warm_up": 1, "exit_threshold": 2}
    with minivm.VM(jit=jit, output="capture", debug={**options, **debug}) as vm:
        vm.run(text % 0)
        for added in range(1, 12):
            vm.run(f"fn weight(n -- m) {{ n {added} + }}")
            expected = sum(j * (i % 3) + added for i in range(60) for j in range(4))
            assert vm.call("work", 60) == expected
