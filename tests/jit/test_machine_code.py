"""Machine code at work: protection of its memory, roots, the depth of calls, and interrupts."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from minivm.errors import ProgramError
from minivm.machine import CAPTURE, Machine
from tests.engines import ENGINES
from tests.interrupting import interrupted_after
from tests.jit.running import SOON, compiled, run

LOOP = "0 -> t for i in 0 50 range { t i + -> t } t print\n"
# Each in a function of its own: a trace's frame has room for some hundred locals.
LOOPS = 300
MANY_LOOPS = "".join(f"fn loop{n}(--) {{ {LOOP} }}\n" for n in range(LOOPS)) + " ".join(
    f"loop{n}" for n in range(LOOPS)
)


@dataclass(frozen=True)
class Mapping:
    start: int
    end: int
    protection: str
    name: str


def mappings() -> list[Mapping]:
    """This process's memory now."""
    found = []
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        span, protection, _, _, _, *name = line.split(maxsplit=5)
        start, end = (int(number, 16) for number in span.split("-"))
        found.append(Mapping(start, end, protection, "".join(name)))
    return found


def protection_of(address: int) -> str:
    for mapping in mappings():
        if mapping.start <= address < mapping.end:
            return mapping.protection
    return ""


# --- the code cache ------------------------------------------------------------------------------


def test_code_is_never_writable_and_executable_at_once() -> None:
    seen = []
    # Those of cffi's callbacks, which earlier tests may have made.
    before = {m.start for m in mappings() if "w" in m.protection and "x" in m.protection}
    with Machine(output=CAPTURE, **SOON) as vm:
        vm.load(compiled(MANY_LOOPS))
        runner = threading.Thread(target=vm.run)
        runner.start()
        while runner.is_alive():
            seen.append(mappings())
        runner.join()
        executors = vm.executors()
        assert len(executors) == LOOPS
        for executor in executors[::50]:
            assert protection_of(executor.code_address) == "r-xp"
            assert protection_of(executor.cold_address) == "r-xp"
    assert len(seen) > 1
    for moment in seen:
        both = {m.start for m in moment if "w" in m.protection and "x" in m.protection}
        assert both <= before


def test_traces_share_arenas_which_go_with_the_vm() -> None:
    vm = Machine(output=CAPTURE, **SOON)
    vm.load(compiled(MANY_LOOPS))
    vm.run()
    addresses = [executor.code_address for executor in vm.executors()]
    assert len(addresses) == LOOPS
    memory = mappings()
    arenas = {(m.start, m.end) for a in addresses for m in memory if m.start <= a < m.end}
    assert len(arenas) == 1
    vm.close()
    assert all("x" not in protection_of(address) for address in addresses[::50])


def test_traces_do_not_overlap() -> None:
    ran = run(MANY_LOOPS)
    spans = sorted(
        span
        for e in ran.executors
        for span in ((e.code_address, e.code_size), (e.cold_address, e.cold_size))
    )
    for (start, size), (following, _) in pairwise(spans):
        assert size > 0 and start + size <= following
    assert all(address % 16 == 0 for address, _ in spans)


def test_listed_code_is_what_stands_in_memory() -> None:
    ran = run(LOOP, keep_stages=True)
    (executor,) = ran.executors
    hot = [row for row in executor.emitted if row.uop < executor.stages[-1].cold_start]
    assert sum(len(row.code) for row in hot) == executor.code_size
    assert hot[0].address == executor.code_address


# --- the collector -------------------------------------------------------------------------------

ROOTS = {
    "a string over a call that allocates": """
        "" -> s
        for i in 0 60 range { s i string concat -> s }
        s print
    """,
    "a list unboxed while another is made": """
        [ 1 2 3 ] -> l 0 -> t [ ] -> m
        for i in 0 60 range {
            l 1 get t + -> t
            [ t i ] -> m
            m 0 get l 0 get + -> t
            l 2 i set
        }
        t print l print m print
    """,
    "a list that grows": """
        0 0 fill -> l
        for i in 0 100 range { l i string push }
        l len print l 99 get print l 0 get print
    """,
    "objects in lists of any": """
        [ "a" 1 ] -> l
        for i in 0 60 range { l 0 l 0 get "b" concat set l 1 [ i ] set }
        l print
    """,
    "objects of an inlined call": """
        fn wrap(s -- t) { [ s s ] -> pair pair 0 get pair 1 get concat }
        "x" -> t
        for i in 0 60 range { i string wrap -> t }
        t print
    """,
    "ranges and floats beside objects": """
        0.5 -> f "" -> s
        for i in 0 60 range {
            0 i range -> r
            f r len float + -> f
            r string -> s
        }
        f print s print
    """,
    "more objects than registers": """
        "a" -> a "b" -> b "c" -> c "d" -> d "e" -> e "f" -> f "g" -> g
        "h" -> h "i" -> i "j" -> j 0 -> n
        for k in 0 40 range {
            a len b len + c len + d len + e len + f len + g len + h len + i len + j len + -> n
            k string -> a
            a "!" concat -> j
        }
        a print b print c print d print e print f print g print h print i print j print n print
    """,
}


@pytest.mark.parametrize("engine", ["uops", "jit"])
@pytest.mark.parametrize("name", ROOTS)
def test_collecting_at_every_allocation(name: str, engine: str) -> None:
    expected = run(ROOTS[name], engine="tier1")
    assert expected.error is None
    ran = run(ROOTS[name], engine=engine, stress=True, max_depth=1000)
    assert ran.error is None
    assert ran.output == expected.output
    assert ran.statistics.collections > 20
    assert sum(executor.entered for executor in ran.executors) > 0


# --- calls ---------------------------------------------------------------------------------------

DEPTH = """
fn down(n -- m) {
    n 0 == if { 0 return }
    n 2 * -> double
    double 2 // 1 - -> less
    less down 1 +
}
for i in 0 30 range { 5 down drop }
%d down print
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_deep_recursion(engine: str) -> None:
    ran = run(DEPTH % 50_000, engine=engine, entry_threshold=5, counting=True)
    assert (ran.error, ran.output) == (None, "50000\n")
    if engine != "tier1":
        assert ran.statistics.trace_instructions > 50_000


@pytest.mark.parametrize("depth", [10, 100, 5000])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_depth_of_calls_is_limited_alike(engine: str, depth: int) -> None:
    """`main` is a call too: one less fits, with the same error everywhere."""
    fits = run(DEPTH % (depth - 2), engine=engine, entry_threshold=5, max_depth=depth)
    assert (fits.error, fits.output) == (None, f"{depth - 2}\n")
    ran = run(DEPTH % (depth * 2), engine=engine, entry_threshold=5, max_depth=depth)
    plain = run(DEPTH % (depth * 2), engine="tier1", max_depth=depth)
    assert ran.error is not None and plain.error is not None
    assert ran.error.kind == "stack depth"
    assert ran.error.message == plain.error.message
    calls = [(call.function, call.line) for call in ran.error.innermost]
    assert calls == [(call.function, call.line) for call in plain.error.innermost]
    assert ran.error.omitted == plain.error.omitted


INLINED = """
fn inner(a b -- c) { a b + }
fn middle(a -- c) { a 1 inner a 2 inner + }
fn outer(a -- c) { a middle a middle + }
0 -> t
for i in 0 %d range { i outer t + -> t }
t print
"""


def test_inlined_calls_need_room_for_their_frames() -> None:
    """Three frames deep in one trace: it is entered only when there is room for them."""
    for depth in (4, 5, 6, 50):
        ran = run(INLINED % 100, max_depth=depth)
        plain = run(INLINED % 100, engine="tier1", max_depth=depth)
        assert (ran.output, str(ran.error)) == (plain.output, str(plain.error)), depth


def test_an_error_in_an_inlined_call_has_its_traceback() -> None:
    text = INLINED.replace("a b +", "a 50 == if { nil } else { a } b +") % 100
    errors = [run(text, engine=engine).error for engine in ENGINES]
    shown = []
    for error in errors:
        assert error is not None
        calls = [(c.function, c.line, c.column, c.end_column) for c in error.innermost]
        shown.append((error.kind, error.message, calls))
    assert [name for name, *_ in shown[0][2]] == ["inner", "middle", "outer", "main"]
    assert shown[1] == shown[0] and shown[2] == shown[0]


# --- interrupts ----------------------------------------------------------------------------------

ENDLESS = {
    "a loop": "0 -> n while { true } { n 1 +% -> n }",
    "a loop that computes": "0 -> n while { n 0 >= } { n 7 * 3 + 1000003 % -> n }",
    "nested loops": "0 -> n while { true } { for i in 0 50 range { n 1 +% -> n } }",
    "a loop with calls": "fn next(n -- m) { n 1 +% } 0 -> n while { true } { n next -> n }",
    "a loop that allocates": 'while { true } { "a" "b" concat drop }',
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ENDLESS)
def test_interrupts_stop_every_engine(name: str, engine: str) -> None:
    with Machine(output=CAPTURE, **{**SOON, "engine": engine}) as vm:
        vm.load(compiled(ENDLESS[name]))
        started = time.perf_counter()
        # Not before LLVM has made the traces.
        seconds = 1.5 if engine == "llvm" else 0.05
        with interrupted_after(vm, seconds), pytest.raises(ProgramError) as raised:
            vm.run()
        assert time.perf_counter() - started < 5
        assert raised.value.kind == "interrupt"
        executors = vm.executors()
        if engine != "tier1":
            assert any(executor.entered for executor in executors)
            assert vm.statistics().exits["interrupt"] <= 1


def test_a_simple_loop_is_interrupted_inside_its_trace() -> None:
    with Machine(output=CAPTURE, **SOON) as vm:
        vm.load(compiled(ENDLESS["a loop"]))
        with interrupted_after(vm, 0.05), pytest.raises(ProgramError, match="interrupt"):
            vm.run()
        assert vm.statistics().exits["interrupt"] == 1
        assert vm.executors()[0].entered == 1


# --- several at once -----------------------------------------------------------------------------


def test_machines_in_several_threads() -> None:
    text = MANY_LOOPS + "\n0 -> t\nfor i in 0 100000 range { t i 7 % + -> t }\nt print\n"
    expected = run(text, engine="tier1").output
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: run(text), range(4)))
    assert {ran.output for ran in results} == {expected}
    assert {len(ran.executors) for ran in results} == {LOOPS + 1}


def test_nothing_of_the_host_is_in_the_error_of_a_trace() -> None:
    error = run("0 -> t\nfor i in 0 100 range { t 2 * 1 + -> t }").error
    assert error is not None
    assert not re.search(r"0x[0-9a-f]{6,}", error.message)
