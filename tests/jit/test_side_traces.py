"""Side traces: what they start from, where they go on, when they are made, and that all of it is
counted. Programs whose side traces differ in kind run on every engine, like tier one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

import minivm
from minivm.debuginfo.regions import name_of
from minivm.executors import Executor
from minivm.generated.uop_table import UOPS
from minivm.listing.traces import EXITS, heading, list_executor
from minivm.listing.uops import UopNames
from tests.jit.running import Ran, compiled, run
from tests.program_cases import cases_in

PROGRAMS = Path(__file__).parents[1] / "programs"
AT_ONCE: dict[str, Any] = {"loop_threshold": 1, "entry_threshold": 1, "exit_threshold": 1}
SIDE: dict[str, Any] = {"exit_threshold": 2, "loop_threshold": 5}

# What side traces inherit and where they go on, a program for each kind.
KINDS = {
    "types and registers": """
        0 -> t  0.5 -> x
        for i in 0 300 range {
            x 0.25 + -> x
            i 3 % 0 == if { t i + -> t } else { x t float + 2.0 / -> x }
        }
        t print x print
    """,
    "spills": """
        1 -> a 2 -> b 3 -> c 4 -> d 5 -> e 6 -> f 7 -> g 8 -> h 9 -> j 10 -> k
        for i in 0 300 range {
            a b + 97 % -> a b c + 97 % -> b c d + 97 % -> c d e + 97 % -> d e f + 97 % -> e
            f g + 97 % -> f g h + 97 % -> g h j + 97 % -> h j k + 97 % -> j k a + 97 % -> k
            i 3 % 0 == if { a b c d e + + + + 89 % -> f } else { f g h j k + + + + 89 % -> a }
        }
        [ a b c d e f g h j k ] print
    """,
    "constants": """
        0 -> t
        for i in 0 300 range {
            7 -> a  2.5 -> b  "text" -> c
            i 4 % 0 == if { c len a + t + -> t } else { b 2.0 * int t + -> t }
        }
        t print
    """,
    "inlined frames": """
        fn inner(n -- m) { n 3 % 0 == if { n 1 + } else { n 2 * } }
        fn middle(n -- m) { n 1 + inner 3 + }
        fn outer(n -- m) { n middle n + middle }
        0 -> t
        for i in 0 300 range { i outer t + 1_000_003 % -> t }
        t print
    """,
    "closures": """
        fn choose(limit -- f) { fn(n -- m) { n limit < if { n limit + } else { n limit - } } }
        150 choose -> f
        0 -> t
        for i in 0 300 range { i f call(1 -- 1) t + -> t }
        t print
    """,
    "methods": """
        record Square { side }
        record Box { width height }
        generic area(shape -- a)
        method Square.area(self -- a) { self .side dup * }
        method Box.area(self -- a) { self .width 9 > if { 0 } else { self .width self .height * } }
        0 -> t
        for i in 0 300 range {
            i 3 % 0 == if { i Square } else { i 20 % 5 Box } -> shape
            t shape area + -> t
        }
        t print
    """,
    "values found to be one": """
        fn half(x -- y) { x 2 % 0 == if { x 2 // } else { x 3 * 1 + } }
        fn add3(a b c -- d) { a b + c + }
        0 -> t
        for i in 0 300 range { t i i half i half half add3 i half - + -> t }
        t print
    """,
    "another loop": """
        0 -> t
        for i in 0 300 range {
            t i + -> t
            i 3 % 0 == if { for k in 0 i 7 % range { t k + -> t } } else { t 1 + -> t }
            i 5 % 0 == if { for k in 0 i 4 % range { t 2 + -> t } }
        }
        t print
    """,
    "a loop in an inlined call": """
        fn sum(n -- t) { 0 -> t for k in 0 n range { t k + -> t } t }
        fn work(n -- t) { n 3 % 0 == if { n 5 % sum } else { n 1 + } }
        0 -> t
        for i in 0 300 range { t i work + -> t }
        t print
    """,
    "lists of anything": """
        [ 1 2.5 3 "four" nil ] -> list
        0 -> t
        for i in 0 300 range {
            list i 5 % get -> v
            v type "int" == if { t v + -> t }
            v type "float" == if { t v int + -> t }
            v type "string" == if { t v len + -> t }
        }
        t print
    """,
    "errors": """
        0 -> t
        for i in 0 300 range {
            try {
                i 3 % 0 == if { t 10 i 2 % // + -> t } else { t 1 + -> t }
            } catch e { t 2 + -> t }
        }
        t print
        [ 1 2 3 ] -> list
        for i in 0 300 range { i 4 % 3 == if { i 290 > if { list i get drop } t 1 + -> t } }
    """,
    "what is allocated": """
        record Node { next value }
        nil -> top
        for i in 0 300 range {
            i 3 % 0 == if { top i Node -> top } else { top i string Node -> top }
            i 50 % 0 == if { nil -> top }
        }
        0 -> n
        while { top nil != } {
            n 1 + -> n
            top .value type "int" == if { n 1 + -> n }
            top .next -> top
        }
        n print
    """,
}  # fmt: skip


@cache
def plain(text: str) -> Ran:
    return run(text, engine="tier1", counting=True)


def side_traces(ran: Ran) -> list[Executor]:
    return [executor for executor in ran.executors if executor.is_side_trace]


def same(found: Ran, wanted: Ran) -> bool:
    return (found.output, str(found.error)) == (wanted.output, str(wanted.error))


@pytest.mark.parametrize("engine", ["uops", "jit"])
@pytest.mark.parametrize("kind", KINDS)
def test_side_traces_do_what_tier_one_does(kind: str, engine: str) -> None:
    ran = run(KINDS[kind], engine=engine, counting=True, **SIDE)
    assert same(ran, plain(KINDS[kind]))
    assert side_traces(ran)
    assert ran.statistics.instructions == plain(KINDS[kind]).statistics.instructions


@pytest.mark.parametrize(
    "options",
    [
        {"stress": True}, {"force_exits": 5}, {"force_exits": 6, "stress": True},
        {"warm_up": 1, **AT_ONCE}, {"exit_threshold": 30}, {"max_depth": 4},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("kind", KINDS)
def test_side_traces_under_stress(kind: str, options: dict[str, Any]) -> None:
    uops, machine = (
        run(KINDS[kind], **{"engine": engine, **SIDE, **options}) for engine in ("uops", "jit")
    )
    assert same(uops, plain(KINDS[kind])) and same(machine, plain(KINDS[kind]))
    assert uops.exits == machine.exits
    assert [e.link for e in uops.executors] == [e.link for e in machine.executors]


# --- counting ------------------------------------------------------------------------------------

COUNTED = (
    "branches_that_flip", "closures", "control_flow", "exits", "generics", "hot_entries",
    "inlined_calls", "nested_loops", "records", "recursion", "spills_and_exits",
    "strings_in_traces", "try_catch", "type_changes",
)  # fmt: skip


@pytest.mark.parametrize("engine", ["uops", "jit"])
@pytest.mark.parametrize("name", COUNTED)
def test_every_instruction_is_counted_once(name: str, engine: str) -> None:
    """Those of tier one and of traces together, as tier one alone: in side traces, in traces that
    others go on in, and where an instruction leaves, fails or makes a trace."""
    for case in cases_in(PROGRAMS / f"{name}.mvm"):
        wanted = run(case.text, engine="tier1", counting=True)
        for options in (AT_ONCE, SIDE):
            found = run(case.text, engine=engine, counting=True, **options)
            assert same(found, wanted), case.name
            assert found.statistics.instructions == wanted.statistics.instructions, case.name


# --- where traces end ----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_the_end_of_a_trace_is_linked_when_the_other_loop_is_hot(engine: str) -> None:
    """The inner loop gets its trace after the side trace that ends at it."""
    text = """
    0 -> t
    for i in 0 4000 range {
        t i + 1000 % -> t
        i 3 % 0 == if { 0 -> k while { k 2 < } { k 1 + -> k t 1 + -> t } }
    }
    t print
    """
    ran = run(text, engine=engine, exit_threshold=16, loop_threshold=120)
    assert ran.output == run(text, engine="tier1").output
    # Each of them gets a side trace when it is hot, and only one.
    ends = [
        e for executor in ran.executors for e in executor.exits if e.reason == "loop" and e.count
    ]
    assert ends and all(e.side is not None for e in ends)
    assert all(e.count <= 64 for e in ends)
    places = [(e.parent, e.parent_exit) for e in side_traces(ran)]
    assert len(set(places)) == len(places)


# --- sites that meet several types ---------------------------------------------------------------

SITES = {
    "elements": """
        [ 1 2.5 3 4.5 6 ] -> list
        0.0 -> t
        for i in 0 600 range { list i 5 % get t + -> t }
        t print
    """,
    "fields": """
        record Box { value }
        [ 1 Box 2.5 Box 3 Box ] -> list
        0.0 -> t
        for i in 0 600 range { list i 3 % get .value t + -> t }
        t print
    """,
    "loop variables": """
        0.0 -> t
        for i in 0 100 range { for v in [ 1 2.5 3 4.5 6 ] { v t + -> t } }
        t print
    """,
    "values of maps": """
        %{ 1 2 2 2.5 3 4 } -> scores
        0.0 -> t
        for i in 0 600 range { scores i 3 % 1 + get t + -> t }
        t print
    """,
}


@pytest.mark.parametrize("engine", ["uops", "jit"])
@pytest.mark.parametrize("site", SITES)
def test_a_load_is_not_checked_again_for_the_type_it_had_not(site: str, engine: str) -> None:
    """A side trace loads the value as it is; what follows for its type is a side trace of that."""
    ran = run(SITES[site], engine=engine, exit_threshold=16, disabled=["unrolling"])
    assert same(ran, plain(SITES[site]))
    missed = [e for e in ran.executors for e in e.exits if e.reason == "type" and e.count]
    # At the load, and at what takes the value; each until its side trace is made.
    assert [e.count for e in missed] == [16, 16]
    assert all(e.side is not None for e in missed)


def test_a_missed_type_is_told_from_a_missed_element() -> None:
    """Both leave at the same load."""
    text = """
    [ 1 2 "three" 4 ] -> list
    0 -> t
    for i in 0 600 range { try { list i 5 % get t + -> t } catch e { t 1 + -> t } }
    t print
    """
    for engine in ("uops", "jit"):
        assert same(run(text, engine=engine, **SIDE), plain(text))


# --- how long they live --------------------------------------------------------------------------

WORK = """
fn next(n -- m) { n 3 % 0 == if { n %d + } else { n 2 * } }
fn sum(n -- t) { 0 -> t for k in 0 n range { t k next + -> t } t }
fn more(t i -- t) { i 4 % 0 == if { t i 7 % sum + } else { t i next + } }
fn work(n -- t) { 0 -> t for i in 0 n range { t i more -> t } t }
"""


def wanted_work(n: int, added: int) -> int:
    def step(k: int) -> int:
        return k + added if k % 3 == 0 else k * 2

    return sum(sum(map(step, range(i % 7))) if i % 4 == 0 else step(i) for i in range(n))


@pytest.mark.parametrize("debug", [{}, {"stress": True}, {"force_exits": 3}], ids=str)
@pytest.mark.parametrize("jit", [True, "uops"])
def test_redefined_functions_take_their_side_traces_with_them(
    jit: bool | str, debug: dict[str, Any]
) -> None:
    """Side traces rely on functions that their roots do not; others link to what is gone."""
    options = {"loop_threshold": 3, "entry_threshold": 50, "warm_up": 1, "exit_threshold": 2}
    with minivm.VM(jit=jit, output="capture", debug={**options, **debug}) as vm:
        vm.run(WORK.replace("%d", "0"))
        text = WORK.splitlines()
        for round_ in range(60):
            redefined = text[1 + round_ % 4].replace("%d", str(round_))
            vm.run(redefined)
            added = round_ - round_ % 4
            assert vm.call("work", 80) == wanted_work(80, added), round_


def test_an_interrupt_stops_a_loop_of_side_traces() -> None:
    """Each is left and entered by a link; what it goes on in looks."""
    text = """
    fn spin(--) {
        0 -> t
        while { true } { t 1 + 1000 % -> t t 2 % 0 == if { t 3 + -> t } else { t 2 + -> t } }
    }
    """
    for jit in (True, "uops"):
        with minivm.VM(jit=jit, debug={"exit_threshold": 2}, timeout=0.5) as vm:
            vm.run(text)
            with pytest.raises(minivm.Timeout):
                vm.call("spin")


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_a_link_asks_for_room_on_the_stacks(engine: str) -> None:
    """A loop at every depth of a recursion, whose side traces call three functions deep."""
    text = """
    fn c(n -- m) { n 1 + }
    fn b(n -- m) { n c 1 + }
    fn a(n -- m) { n b 1 + }
    fn deep(n -- t) {
        0 -> t
        for i in 0 40 range { i 3 % 0 == if { t i a + -> t } else { t 1 + -> t } }
        n 0 == if { t } else { n 1 - deep t + }
    }
    0 -> most
    for depth in 0 60 range { try { depth deep drop depth -> most } catch e { e .kind print } }
    most print
    """
    for max_depth in (16, 20, 33):
        ran, wanted = (
            run(text, engine=each, max_depth=max_depth, **SIDE) for each in (engine, "tier1")
        )
        assert same(ran, wanted)
        assert side_traces(ran)


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_a_root_trace_has_so_many_side_traces(engine: str) -> None:
    ways = "\n".join(f"i 150 % {n} == if {{ t {n + 2} + -> t }}" for n in range(150))
    text = f"0 -> t\nfor i in 0 6000 range {{ {ways} }}\nt print"
    ran = run(text, engine=engine, exit_threshold=3)
    assert ran.output == run(text, engine="tier1").output
    children = [e for e in ran.executors if e.parent is not None]
    assert len(children) >= 100
    assert ran.aborts.get("side_traces", 0) > 0


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_there_are_none_when_they_are_disabled(engine: str) -> None:
    text = KINDS["another loop"]
    assert side_traces(run(text, engine=engine, **SIDE))
    ran = run(text, engine=engine, disabled=["side traces"], **SIDE)
    assert ran.output == run(text, engine="tier1").output
    assert ran.executors and not side_traces(ran)


def test_what_gets_no_side_trace() -> None:
    text = """
    0 -> t
    for i in 0 500 range { try { "x" i 400 min slice drop } catch e { t 1 + -> t } }
    t print
    """
    ran = run(text.replace("i 400 min slice", "i 1 + 5 slice"), **SIDE)
    errors = [e for executor in ran.executors for e in executor.exits if e.reason == "error"]
    assert sum(e.count for e in errors) > 100
    assert all(e.side is None for e in errors)


# --- names ---------------------------------------------------------------------------------------


def test_side_traces_are_named_and_listed() -> None:
    """By where they start and what they grew from, and their root's exits by them."""
    text = """fn half(x -- y) {
    x 2 % 0 == if { x 2 // } else {
        x 3 * 1 +
    }
}
0 -> t
for i in 0 300 range { t i half + -> t }
t print
"""
    ran = run(text, keep_stages=True, **SIDE)
    (number,) = (i for i, executor in enumerate(ran.executors) if executor.is_side_trace)
    side = ran.executors[number]
    assert (side.place.function, side.parent, side.link) == ("half", 0, 0)
    (grown_from,) = (i for i, e in enumerate(ran.executors[0].exits) if e.side == number)
    assert side.parent_exit == grown_from
    assert name_of(side) == f"mvm:half (test.mvm:{side.place.line} side)"
    title, state = heading(number + 1, side, compiled(text))
    start = f"trace {number + 1}: side trace of trace 1, exit {grown_from}, in half, test.mvm:"
    assert title.startswith(f"{start}{side.place.line}:")
    assert "goes on in trace 1" in state
    (link,) = (uop for uop in side.stages[-1].uops if UOPS[uop.opcode].name == "_LINK_LOOP")
    names = UopNames(side, compiled(text))
    assert names.uop(link, "registers").startswith("_LINK_LOOP trace 1")
    root = "\n".join(
        list_executor(1, ran.executors[0], compiled(text), lambda stage: stage == EXITS)
    )
    assert f"branch, goes on in trace {number + 1}" in root


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_what_goes_on_in_a_loop_that_failed_is_made_anew(engine: str) -> None:
    """The inner loop's trace relies on `bound` being small; what links to it must not stay."""
    text = """
    0 -> sum
    for k in 0 6000 range {
        k 1000 < if { 5 } else { 2_000_000_000 } -> bound
        20 -> j
        while { j bound min 3 > } { j 1 - -> j  sum bound + 1_000_003 % -> sum }
    }
    sum print
    """
    ran = run(text, engine=engine)
    assert ran.output == run(text, engine="tier1").output
    valid = [executor.valid for executor in ran.executors]
    assert False in valid
    links = [e.link for e in ran.executors if e.valid and e.link is not None]
    assert links and all(valid[link] for link in links)


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_a_side_trace_is_for_what_is_called_now(engine: str) -> None:
    """And not for what tier one called last, at another depth of the recursion."""
    text = """
    record Leaf { value }
    record Branch { parts }
    generic walk(tree f -- )
    method Leaf.walk(tree f -- ) { tree .value f call(1 -- 0) }
    method Branch.walk(tree f -- ) { for part in tree .parts { part f walk } }
    fn make(n -- tree) {
        n 0 == if { 1 Leaf return }
        [ n 1 - make 2 Leaf n 1 - make n 1 - make ] Branch
    }
    0 -> sum
    6 make -> tree
    for i in 0 20 range { tree fn(x -- ) { sum x + -> sum } walk }
    sum print
    """
    ran = run(text, engine=engine, entry_threshold=100, exit_threshold=8)
    assert ran.output == run(text, engine="tier1").output
    assert ran.exits["record"] < 100
    assert ran.statistics.traces < 40


def test_listings_count_how_often_side_traces_are_entered() -> None:
    text = (
        "0 -> t\nfor i in 0 600 range { i 3 % 0 == if { t 1 + -> t } else { t 2 + -> t } }\nt print"
    )
    ran = run(text, counting=True, **SIDE)
    (side,) = [executor for executor in ran.executors if executor.parent is not None]
    (way_out,) = [e for e in ran.executors[0].exits if e.side is not None]
    assert way_out.count == SIDE["exit_threshold"]
    assert 150 < side.entered <= 400
