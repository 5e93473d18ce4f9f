"""The bound of tier two's memory: what is cold is dropped, what is hot stays, and where nothing can
be dropped the program goes on without new traces. Programs with more traces than there is room for.
"""

from __future__ import annotations

from typing import Any

import pytest

import minivm
from minivm.executors import Statistics
from tests.jit.running import run

ENGINES = ["uops", "jit"]
# Many loops that get hot one after the other, some of them again and again.
_SOON: dict[str, Any] = {"loop_threshold": 20, "entry_threshold": 20, "exit_threshold": 4}
_BOUND = 60_000


def many_loops(count: int, rounds: int, each_time: str = "") -> str:
    """Functions with a loop and a branch in it; `each_time` stands between two calls."""
    functions = "\n".join(
        f"""fn f{n}(n -- t) {{
            0 -> t
            for i in 0 n range {{ i 3 % 0 == if {{ t i + -> t }} else {{ t {n} - -> t }} }}
            t
        }}"""
        for n in range(count)
    )
    calls = "\n".join(f"60 f{n} s + 1_000_003 % -> s {each_time}" for n in range(count))
    return f"{functions}\n0 -> s\nfor r in 0 {rounds} range {{ {calls} }}\ns print"


def in_use(statistics: Statistics) -> int:
    return statistics.code_bytes + statistics.cold_bytes + statistics.data_bytes


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("bound", [12_000, _BOUND, 300_000])
def test_cold_traces_are_dropped(bound: int, engine: str) -> None:
    text = many_loops(150, 3)
    ran = run(text, engine=engine, max_code=bound, **_SOON)
    assert ran.output == run(text, engine="tier1").output
    assert ran.statistics.dropped > 0
    assert 0 < in_use(ran.statistics) <= bound
    assert len(ran.executors) < ran.statistics.traces
    assert run(text, engine=engine, **_SOON).statistics.dropped == 0


def test_all_is_counted_once_however_much_is_dropped() -> None:
    text = many_loops(150, 3)
    plain = run(text, engine="tier1", counting=True).statistics.instructions
    for bound in (12_000, _BOUND):
        ran = run(text, max_code=bound, counting=True, **_SOON)
        assert ran.statistics.instructions == plain
    assert ran.exits["branch"] > sum(e.count for x in ran.executors for e in x.exits)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_entered_all_the_time_stays(engine: str) -> None:
    hot = "fn hot(n -- m) { 0 -> t for i in 0 n range { t i 3 * + -> t } t }\n"
    text = hot + "0 -> h 50 hot -> h\n" + many_loops(150, 3, "50 hot h + -> h") + " h print"
    ran = run(text, engine=engine, max_code=_BOUND, **_SOON)
    assert ran.output == run(text, engine="tier1").output
    assert ran.statistics.dropped > 0
    (kept,) = [e for e in ran.executors if e.place.function == "hot" and e.is_loop]
    assert kept.valid and kept.entered > 100


@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_trace_that_stays_goes_on_in_stays(engine: str) -> None:
    """The inner loop is only entered by links and calls, while others come and go."""
    nest = """
    fn up(n -- m) { n 0 == if { 0 } else { n 1 - up 1 + } }
    fn nest(n -- t) {
        0 -> t
        for i in 0 n range { for k in 0 i range { t k + -> t } t 9 up + -> t }
        t
    }
    """
    text = nest + "0 -> h 20 nest -> h\n" + many_loops(150, 3, "20 nest h + -> h") + " h print"
    ran = run(text, engine=engine, max_code=_BOUND, **_SOON)
    assert ran.output == run(text, engine="tier1").output
    assert ran.statistics.dropped > 0
    assert all(e.link is None or ran.executors[e.link].valid for e in ran.executors)


@pytest.mark.parametrize("engine", ENGINES)
def test_calls_come_back_to_tier_one_where_their_caller_was_dropped(engine: str) -> None:
    """Deep calls wait in traces, while at the bottom others are made until there is no room."""
    text = many_loops(150, 1).replace("s print", "") + "\n"
    declared, calls = text.split("0 -> s\n")
    text = f"""{declared}
        fn work( -- s) {{ 0 -> s {calls} s }}
        fn down(n last -- m) {{
            n 0 == if {{ last if {{ work }} else {{ 0 }} }} else {{ n 1 - last down n + }}
        }}
        0 -> t
        for i in 0 60 range {{ 30 i 59 == down t + -> t }}
        t print
    """
    ran = run(text, engine=engine, max_code=_BOUND, **_SOON)
    assert ran.output == run(text, engine="tier1").output
    assert ran.statistics.dropped > 0


def test_what_was_dropped_is_not_made_again_soon() -> None:
    """Lest what does not fit all at once pushes each other out: a loop and an entry of each
    function, the loop run 3,600 times."""
    ran = run(many_loops(150, 60), max_code=_BOUND, **_SOON)
    assert 0 < ran.statistics.dropped <= 2 * 150


@pytest.mark.parametrize("engine", ENGINES)
def test_where_nothing_can_be_dropped_the_program_goes_on(engine: str) -> None:
    text = many_loops(5, 20)
    ran = run(text, engine=engine, max_code=100, **_SOON)
    assert ran.output == run(text, engine="tier1").output
    assert ran.statistics.traces == 0
    assert set(ran.aborts) == {"cache_full"}


def test_a_side_trace_that_there_is_no_room_for_is_left_out() -> None:
    text = many_loops(1, 40)
    small = in_use(run(text, disabled=["side traces"], **_SOON).statistics)
    ran = run(text, max_code=small + small // 4, **_SOON)
    assert ran.output == run(text, engine="tier1").output
    assert ran.aborts["cache_full"] > 0 and ran.executors


@pytest.mark.parametrize("engine", ENGINES)
def test_more_values_than_registers_and_spill_slots(engine: str) -> None:
    """A loop that carries too many is left to tier one, and the next one is not."""
    names = [f"a{n}" for n in range(90)]
    start = " ".join(f"{n} -> {name}" for n, name in enumerate(names))
    turn = " ".join(f"{name} {n} ^ -> {name}" for n, name in enumerate(names))
    text = f"""{start}
        for i in 0 100 range {{ {turn} }}
        0 -> t  for i in 0 100 range {{ t i + -> t }}
        [ {" ".join(names)} t ] print
    """
    ran = run(text, engine=engine, **_SOON)
    assert ran.output == run(text, engine="tier1").output
    assert ran.aborts["registers"] > 0 and len(ran.executors) == 1


def test_redefined_functions_leave_nothing_behind() -> None:
    """However many have come and gone, in the same place."""
    sizes = []
    with minivm.VM(output="capture", debug=dict(_SOON)) as vm:
        for number in range(600):
            vm.run(f"""fn work(n -- t) {{
                0 -> t
                for i in 0 n range {{ i 2 % 0 == if {{ t {number} + -> t }} else {{ t 1 - -> t }} }}
                t
            }}
            100 work drop""")
            sizes.append(in_use(vm.machine.statistics()))
    assert max(sizes[:200]) == max(sizes) > 0


def test_functions_that_change_again_and_again_are_traced_each_time() -> None:
    """What was redefined is no failure of the loop that had it inlined."""
    with minivm.VM(output="capture", debug={"loop_threshold": 20}) as vm:
        vm.run("fn change(n -- m) { n 1 + }")
        vm.run("fn loop(n -- t) { 0 -> t for i in 0 n range { t change -> t } t }")
        for number in range(40):
            vm.run(f"fn change(n -- m) {{ n {number} + }}")
            assert vm.call("loop", 3000) == 3000 * number
        assert vm.machine.statistics().aborts["unstable"] == 0
        assert vm.machine.executors()[-1].valid
