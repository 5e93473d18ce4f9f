"""When traces are made, left, given up and invalidated, and that all of it is counted and named."""

from __future__ import annotations

import pytest

from minivm.generated.uop_table import ABORT_REASONS, EXIT_REASONS
from minivm.native import load
from tests.engines import ENGINES
from tests.jit.running import compiled, run

NEVER = 4095


def loop(iterations: int, body: str = "t i + -> t") -> str:
    return f"0 -> t\nfor i in 0 {iterations} range {{ {body} }}\nt print\n"


# --- thresholds and back-off ---------------------------------------------------------------------


@pytest.mark.parametrize("threshold", [1, 2, 10, 100, NEVER])
def test_a_loop_is_traced_at_its_threshold(threshold: int) -> None:
    # With a longer warm-up the trace would wait for its instructions.
    before = run(loop(threshold - 1), loop_threshold=threshold, warm_up=1)
    assert before.executors == []
    after = run(loop(threshold), loop_threshold=threshold, warm_up=1)
    (executor,) = after.executors
    assert (executor.is_loop, executor.closes, executor.valid) == (True, True, True)
    assert after.output == f"{threshold * (threshold - 1) // 2}\n"


# Of 1, `main` would be traced, and the first call with it.
@pytest.mark.parametrize("threshold", [2, 10, 100])
def test_a_function_is_traced_at_its_threshold(threshold: int) -> None:
    body = "n 1 + -> m  m 2 * -> m  m 3 - -> m  m n + -> m  m m +"
    calls = "0 -> t\nfor i in 0 {} range {{ i twice -> t }}\nt print"
    text = "fn twice(n -- m) {{ " + body + " }}\n" + calls
    options = {"entry_threshold": threshold, "loop_threshold": NEVER, "warm_up": 1}

    def entries(count: int) -> list[bool]:
        executors = run(text.format(count), **options).executors
        return [e.is_loop for e in executors if e.place.function == "twice"]

    assert entries(threshold - 1) == []
    assert entries(threshold) == [False]


def test_nothing_is_traced_in_tier_one() -> None:
    ran = run(loop(1000), engine="tier1")
    assert (ran.executors, ran.statistics.traces, ran.exits, ran.aborts) == ([], 0, {}, {})


# There is nothing to gain in it, so no trace is made.
EMPTY = "fn nothing(--) {{ }}\nfor i in 0 {} range {{ nothing }}\n"


def test_attempts_that_fail_back_off() -> None:
    """Again after 64 ticks, then after twice as many each time.

    The instruction itself runs after the attempt, and is the first of these ticks.
    """
    calls = 2
    for exponent in range(7):
        for short, attempts in ((1, exponent), (0, exponent + 1)):
            text = EMPTY.format(calls - short)
            ran = run(text, entry_threshold=2, loop_threshold=NEVER)
            assert ran.aborts.get("too_short", 0) == attempts, calls
        calls += (64 << exponent) - 1


# --- why traces are left -------------------------------------------------------------------------

LEFT = {
    "branch": loop(100, "i 90 < if { t 1 + -> t } else { t 2 + -> t }"),
    "type": "0 -> t\nfor i in 0 100 range { i 90 == if { 0.5 -> t } t 1 + -> t }\nt print",
    "overflow": loop(100, "t 2 * 1 + -> t"),
    "zero": "1.0 -> t\nfor i in 0 100 range { t 90 i - float / -> t }",
    "bounds": "[ 1 2 3 ] -> l 0 -> t\nfor i in 0 100 range { l i 30 // get -> t }",
    "growth": "[ 1 ] -> l\nfor i in 0 200 range { l i push }\nl len print",
    "domain": "0.0 -> t\nfor i in 0 100 range { 90 i - float sqrt t + -> t }\nt print",
    "error": f'"{"x" * 90}" -> s\nfor i in 0 100 range {{ s i i 1 + slice print }}',
    "full": "0 -> t\nfor i in 0 90 range { " + "t 1 + -> t\n" * 400 + " }\nt print",
}


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_maps_grow_without_leaving_the_trace(engine: str) -> None:
    source = "%{ } -> m\nfor i in 0 200 range { m i i set }\nm len print"
    assert "growth" not in run(source, engine=engine).exits
    assert run(source, engine=engine, stress=True).exits["growth"] > 0  # time to collect


@pytest.mark.parametrize("engine", ["uops", "jit"])
@pytest.mark.parametrize("reason", LEFT)
def test_exits_are_counted_by_reason(reason: str, engine: str) -> None:
    ran = run(LEFT[reason], engine=engine)
    assert ran.exits.get(reason, 0) > 0, (ran.exits, ran.aborts)
    plain = run(LEFT[reason], engine="tier1")
    assert ran.output == plain.output
    assert str(ran.error) == str(plain.error)


def test_traces_of_functions_end_where_they_return_or_call() -> None:
    text = """
    fn sum_to(n -- total) {
        n 1 < if { 0 return }
        n 2 * -> double
        double 2 // 1 - -> less
        less sum_to n +
    }
    0 -> t
    for i in 0 20 range { 100 sum_to -> t }
    t print
    """
    called = run(text, entry_threshold=10)
    assert called.output == "5050\n"
    assert called.exits.get("returning", 0) + called.exits.get("call", 0) <= 20
    ended = run(text, entry_threshold=10, engine="llvm") if "llvm" in ENGINES else called
    assert ended.output == called.output


@pytest.mark.parametrize("engine", [e for e in ENGINES if e not in ("tier1", "uops")])
@pytest.mark.parametrize("reason", LEFT)
def test_engines_leave_alike(reason: str, engine: str) -> None:
    """The uop interpreter is the oracle: the others take the same exits, as often."""
    uops, machine = (run(LEFT[reason], engine=each, counting=True) for each in ("uops", engine))
    assert uops.exits == machine.exits
    assert [e.iterations for e in uops.executors] == [e.iterations for e in machine.executors]
    assert uops.statistics.trace_instructions == machine.statistics.trace_instructions


def test_an_exit_says_where_tier_one_goes_on() -> None:
    ran = run("0 -> t\nfor i in 0 100 range {\n    t 2 * 1 + -> t\n}\n")
    assert ran.error is not None and ran.error.kind == "overflow"
    (way_out,) = [e for e in ran.executors[0].exits if e.count]
    assert way_out.reason == "overflow"
    assert (way_out.place.function, way_out.place.line) == ("main", 3)


def test_what_can_not_be_a_reason_is_never_counted() -> None:
    ffi, lib = load()
    vm = ffi.gc(lib.mvm_vm_new(ffi.new("mvm_options *", {"engine": 2})), lib.mvm_vm_free)
    for reason in (0, len(EXIT_REASONS), 2**32 - 1):
        assert lib.mvm_exit_count(vm, reason) == 0
    for reason in (0, len(ABORT_REASONS) + 1, 2**32 - 1):
        assert lib.mvm_abort_count(vm, reason) == 0
    assert lib.mvm_executor_count(vm) == 0


# --- statistics ----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_instructions_are_counted_wherever_they_run(engine: str) -> None:
    """A trace counts as many instructions as tier one would have run, the last one included."""
    text = loop(500, "i 3 % 0 == if { t i + -> t }")
    plain = run(text, engine="tier1", counting=True).statistics
    found = run(text, engine=engine, counting=True).statistics
    assert found.instructions == plain.instructions
    assert found.trace_instructions > 0


def test_statistics_of_traces() -> None:
    ran = run(loop(500))
    statistics, (executor,) = ran.statistics, ran.executors
    assert statistics.traces == 1
    assert statistics.uops > 0 and statistics.final_uops > 0
    assert statistics.trace_nanoseconds >= executor.nanoseconds > 0
    assert statistics.code_bytes == executor.code_size > 0
    assert statistics.cold_bytes == executor.cold_size > 0
    assert statistics.invalidated == 0
    uops = run(loop(500), engine="uops").statistics
    assert (uops.traces, uops.code_bytes, uops.cold_bytes) == (1, 0, 0)
    assert (uops.uops, uops.final_uops) == (statistics.uops, statistics.final_uops)


# --- invalidation --------------------------------------------------------------------------------

CHANGING = """
fn sum(first n -- total) {
    first -> total
    for i in 0 n range { total first + -> total }
    total
}
1 50 sum print
for k in 0 %d range { 0.5 9 sum drop }
0.5 9 sum print
"""


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_a_trace_whose_types_changed_is_made_again(engine: str) -> None:
    before = run(CHANGING % 3, engine=engine)
    assert before.statistics.invalidated == 0
    ran = run(CHANGING % 2000, engine=engine)
    assert ran.output == "51\n5.0\n"
    loops = [e for e in ran.executors if e.is_loop and e.place.function == "sum"]
    assert [executor.valid for executor in loops] == [False, True]
    assert loops[0].place == loops[1].place
    assert ran.statistics.invalidated == 1
    # Nothing enters the old one any more: it had some dozens of chances.
    assert loops[0].entered < 200 < loops[1].entered
    (first,) = [e for e in loops[0].exits if e.count and e.reason == "type"]
    assert first.count > 64


def test_leaving_late_does_not_invalidate() -> None:
    """Exits in the middle of the loop are its normal course, however many."""
    text = """
    fn run(n -- t) { 0 -> t for i in 0 n range { i 4 == if { t 2 + -> t } else { t 1 + -> t } } t }
    for k in 0 1000 range { 9 run drop }
    9 run print
    """
    ran = run(text)
    assert ran.output == "10\n"
    assert ran.exits.get("branch", 0) > 500
    assert ran.statistics.invalidated == 0


def test_programs_do_not_share_traces() -> None:
    text = loop(200)
    assert len(run(text).executors) == len(run(text).executors) == 1
    assert list(compiled(text).functions[0].units) == list(compiled(text).functions[0].units)


# Of the four kinds of calls, three are not what a trace was made for.
TURNS = """
fn work(x y n -- z) { for i in 0 n range { x 1 + -> x  y 1 + -> y } x y + }
0 -> t
for k in 0 20000 range {
    k 2 % 0 == if { 1 } else { 1.5 } -> x
    k 4 % 2 < if { 1 } else { 1.5 } -> y
    x y 20 work -> t
}
t print
"""


def test_a_loop_whose_types_keep_changing_is_left_alone() -> None:
    ran = run(TURNS, exit_threshold=40, disabled=["side traces"])
    assert ran.output == "43.0\n"
    assert ran.aborts.get("unstable", 0) > 0
    assert ran.statistics.invalidated == 8
    # Each one is given more time than the one before it.
    failed = [e.entered for e in ran.executors if e.is_loop and e.place.function == "work"]
    assert failed == sorted(failed) and failed[-1] > failed[0] + 7 * 2 * 40


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_types_that_come_by_turns_get_side_traces(engine: str) -> None:
    """Also where an exit gets hot later than a first trace is given up."""
    ran = run(TURNS, engine=engine, exit_threshold=128, counting=True)
    assert ran.output == "43.0\n"
    assert ran.statistics.invalidated < 3
    assert ran.aborts.get("unstable", 0) == 0
    assert ran.statistics.trace_instructions > 0.9 * ran.statistics.instructions


# --- forced exits --------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["uops", "jit"])
def test_forced_exits_change_nothing_but_the_way(engine: str) -> None:
    ran = run(loop(5000), engine=engine, force_exits=7)
    assert ran.output == f"{5000 * 4999 // 2}\n"
    assert ran.exits["forced"] > 100
    assert run(loop(5000), engine=engine, force_exits=7).exits == ran.exits
    assert run(loop(5000), engine=engine, force_exits=8).exits != ran.exits
    assert "forced" not in run(loop(5000), engine=engine).exits


# --- loops that are in their trace several times over ---------------------------------------------

ROUNDS = {
    "one way through it": (loop(100, "t 1 + -> t"), 4),
    "a branch": (loop(100, "i 200 < if { t 1 + -> t }"), 1),
    "several types": (
        "[ 1 2.5 ] -> l\nfor i in 0 100 range { l i 2 % get dup + drop }", 1,
    ),
    "too long for more": (loop(100, "t 1 + -> t " * 6), 3),
    "far too long": (loop(100, "t 1 + -> t " * 20), 1),
    "a short way to count": (loop(30, "for j in 0 9 range { t 1 + -> t }"), 1),
    "a short list": (loop(30, "for x in [ 1 2 3 4 5 6 7 8 9 ] { t x + -> t }"), 1),
    "a test that holds on": ("0 -> t\nwhile { t 100 < } { t 1 + -> t }", 4),
    "a test that often fails": (loop(30, "0 -> j while { j 9 < } { j 1 + -> j }"), 1),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["uops", "jit"])
@pytest.mark.parametrize("body", ROUNDS)
def test_short_loops_are_unrolled(body: str, engine: str) -> None:
    text, rounds = ROUNDS[body]
    ran = run(text, engine=engine, loop_threshold=50)
    assert ran.output == run(text, engine="tier1").output
    assert ran.executors[0].rounds == rounds
    assert run(text, engine=engine, disabled=["unrolling"]).executors[0].rounds == 1


@pytest.mark.parametrize("disabled", [[], ["unrolling"]])
def test_iterations_are_the_loop_s(disabled: list[str]) -> None:
    """Tier one has run the first twenty, and the last exit leaves a pass through the trace."""
    (executor,) = run(loop(100), counting=True, disabled=disabled).executors
    assert executor.iterations is not None and 76 <= executor.iterations <= 80
