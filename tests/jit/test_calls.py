"""Calls from trace to trace: they stay in machine code, leave nothing behind when they can't, and
what was known before them is known behind them.
"""

from __future__ import annotations

import pytest

import minivm
from minivm.generated.uop_table import UOPS
from tests.jit.running import Ran, run

FIB = "fn fib(n -- f) { n 2 < if { n return } n 1 - fib n 2 - fib + }\n20 fib print"
ENGINES = ["uops", "jit"]


def uops_of(ran: Ran, function: str) -> list[str]:
    """The uops of the trace of a function's start, after the last stage."""
    (executor,) = (e for e in ran.executors if e.place.function == function and e.place.offset == 0)
    return [UOPS[uop.opcode].name for uop in executor.stages[-1].uops]


@pytest.mark.parametrize("engine", ENGINES)
def test_recursion_stays_in_traces(engine: str) -> None:
    options = {"entry_threshold": 10, "exit_threshold": 2, "counting": True}
    ran = run(FIB, engine=engine, **options)
    plain = run(FIB, engine="tier1", counting=True)
    assert ran.output == plain.output == "6765\n"
    assert ran.statistics.instructions == plain.statistics.instructions
    assert ran.statistics.trace_instructions > 0.9 * plain.statistics.instructions


def test_what_is_known_of_types_is_not_checked_again() -> None:
    uops = uops_of(run(FIB, entry_threshold=10, keep_stages=True), "fib")
    # Three levels of the recursion: eight calls below the lowest four.
    assert uops.count("_CALL_ROOT") == uops.count("_RESUME") == 8
    # `n` of seven levels behind their first calls, and three sums; the eight results are of unknown
    # type.
    assert uops.count("_FETCH_INT") == 10
    assert uops[: uops.index("_CALL_ROOT")].count("_UNBOX_INT") == 1
    assert uops.count("_UNBOX_INT") == 9


@pytest.mark.parametrize("engine", ENGINES)
def test_calls_and_recursion_can_be_left_out(engine: str) -> None:
    def calls(*disabled: str) -> int:
        ran = run(FIB, engine=engine, disabled=disabled, entry_threshold=10, keep_stages=True)
        assert ran.output == "6765\n"
        called = [UOPS[uop.opcode].name for e in ran.executors for uop in e.stages[-1].uops]
        return called.count("_CALL_ROOT")

    assert calls() >= 8
    assert calls("recursion") == 2
    assert calls("calls") == 0


def test_a_list_may_be_packed_otherwise_behind_a_call() -> None:
    text = """
    fn last(list n -- x) {
        n 0 == if { 0 return }
        list 0 get n + -> first
        list n 1 - last list 0 get + first +
    }
    for i in 0 50 range { [ 1 2 3 ] 8 last drop }
    """
    uops = uops_of(run(text, entry_threshold=10, keep_stages=True), "last")
    behind = uops[uops.index("_RESUME") :]
    assert "_FETCH_LIST" in behind and "_REFINE_LIST_INT" in behind


@pytest.mark.parametrize("engine", ENGINES)
def test_the_callee_is_redefined_while_its_caller_waits(engine: str) -> None:
    """The host redefines a function below which traces wait for calls: they come back to tier one,
    as nothing that was inlined there holds any more.
    """
    options = {"entry_threshold": 5, "loop_threshold": 5, "exit_threshold": 2, "warm_up": 1}
    with minivm.VM(jit=engine if engine == "uops" else True, output="capture", debug=options) as vm:
        changed: list[int] = []

        @vm.word("change", "( -- )")
        def change() -> None:
            if not changed:
                changed.append(1)
                vm.run("fn bump(n -- m) { n 1000 + }")

        vm.run("fn bump(n -- m) { n 1 + }")
        vm.run("fn down(n -- m) { n 0 == if { 0 return } n 1 - down bump }")
        vm.run("0 -> sum for i in 0 100 range { sum i 10 % down + -> sum } sum print")
        assert vm.output == "450\n"
        vm.run("fn down(n -- m) { n 0 == if { change 0 return } n 1 - down bump } 20 down print")
        vm.run("20 down print")
        assert vm.output.split()[1:] == ["20000", "20000"]


def test_a_trace_waits_for_what_has_not_run_yet() -> None:
    text = "fn down(n -- s) { n 0 == if { 0 return } n 1 - down n + }\n500 down print"
    ran = run(text, entry_threshold=20, keep_stages=True)
    assert ran.output == "125250\n"
    assert ran.aborts["cold"] == 3
    again = run(text + "\n" + "500 down print " * 3, entry_threshold=600, keep_stages=True)
    assert "_ADD" not in uops_of(again, "down")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_stacks_end_alike_wherever_they_do(engine: str) -> None:
    """Also where side traces that need more frames are made while their callers wait."""
    text = """
    fn leaf(n -- m) { n 3 % 0 == if { n "x" concat_or } else { n 1 + } }
    fn concat_or(n s -- m) { n s len + }
    fn down(n -- m) {
        n 0 == if { 0 return }
        n 5 % 0 == if { n leaf drop }
        n 1 - down n 7 % 0 == if { n leaf + } else { 1 + }
    }
    for i in 0 60 range { try { i down print } catch e { e .kind print } }
    """
    options = {"entry_threshold": 5, "exit_threshold": 3, "warm_up": 1}
    for depth in range(12, 60, 3):
        ran = run(text, engine=engine, max_depth=depth, **options)
        assert ran.output == run(text, engine="tier1", max_depth=depth).output


@pytest.mark.parametrize("engine", ENGINES)
def test_most_calls_return_at_once(engine: str) -> None:
    """Then a function's trace is short, and what goes on from it stays in traces all the same."""
    text = """
    fn tak(x y z -- r) {
        y x < not if { z return }
        x 1 - y z tak  y 1 - z x tak  z 1 - x y tak  tak
    }
    for i in 0 2 range { 18 12 6 tak print }
    """
    ran = run(text, engine=engine, counting=True, entry_threshold=20, exit_threshold=8)
    assert ran.output == "7\n7\n" == run(text, engine="tier1").output
    assert ran.statistics.trace_instructions > 5 * ran.statistics.tier_one_instructions
    # Side traces have levels of the recursion in them only as long as there are few.
    assert ran.statistics.traces < 60


@pytest.mark.parametrize("engine", ENGINES)
def test_recursion_in_a_loop_is_not_unrolled(engine: str) -> None:
    """The loop has a trace, which an unrolled call would have to leave for."""
    text = """
    fn ways(list k -- n) {
        k list len == if { 1 return }
        0 -> n
        for i in k list len range { n list k 1 + ways + -> n }
        n
    }
    [ 1 2 3 4 5 6 7 ] 0 ways print
    """
    ran = run(text, engine=engine, entry_threshold=20, exit_threshold=8)
    assert ran.output == "5040\n"
    assert ran.exits.get("loop", 0) < 50
