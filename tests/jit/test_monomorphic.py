"""Monomorphic fields: traces load them without a check, and go when a field is one no more."""

from __future__ import annotations

import pytest

from minivm.executors import Executor
from minivm.generated.uop_table import UOPS
from tests.jit.running import Ran, run

TRACED = ["uops", "jit"]


def uops_of(executor: Executor) -> list[str]:
    (stage,) = [stage for stage in executor.stages if stage.name == "types"]
    return [UOPS[uop.opcode].name for uop in stage.uops]


def loads(ran: Ran) -> set[str]:
    names = [name for executor in ran.executors for name in uops_of(executor)]
    return {name for name in names if name.startswith("_LOAD_FIELD")}


POINTS = """
record Point {{ x y }}
fn add_up(p n -- t) {{ 0.0 -> t  for i in 0 n range {{ t p .x + -> t }} t }}
fn count(p n -- t) {{ 0 -> t  for i in 0 n range {{ t p .y + -> t }} t }}
0.5 1 Point -> p
p 100 add_up print
p 100 count print
{}
"""


@pytest.mark.parametrize("engine", TRACED)
def test_what_has_held_one_type_is_not_checked(engine: str) -> None:
    ran = run(POINTS.format(""), engine=engine, keep_stages=True)
    assert ran.output == "50.0\n100\n"
    assert loads(ran) == {"_LOAD_FIELD_KNOWN_FLOAT", "_LOAD_FIELD_KNOWN_INT"}
    without = run(POINTS.format(""), engine=engine, keep_stages=True, disabled=["monomorphic"])
    assert without.output == ran.output
    assert loads(without) == {"_LOAD_FIELD_FLOAT", "_LOAD_FIELD_INT"}


# Each of them makes `y`, and nothing else, polymorphic.
CHANGES = {
    "a store": '"text" p -> .y',
    "a new record": "0.5 nil Point drop",
    "a store in another trace": "fn put(p v --) { for i in 0 50 range { v p -> .y } }\n"
    "p 3 put  p 0.5 put",
}


@pytest.mark.parametrize("engine", TRACED)
@pytest.mark.parametrize("change", CHANGES)
def test_traces_that_rely_on_a_field_go_with_it(change: str, engine: str) -> None:
    text = POINTS.format(CHANGES[change] + "\n1 p -> .y  p 100 count print  p 100 add_up print")
    ran = run(text, engine=engine, keep_stages=True)
    assert ran.output == "50.0\n100\n100\n50.0\n"
    loops = {f: [e for e in ran.executors if e.place.function == f] for f in ("add_up", "count")}
    assert [executor.valid for executor in loops["add_up"]] == [True]
    assert not loops["count"][0].valid
    assert "_LOAD_FIELD_KNOWN_INT" in uops_of(loops["count"][0])


@pytest.mark.parametrize("engine", TRACED)
def test_what_is_nil_at_first_is_checked(engine: str) -> None:
    text = """
    record Node { value next }
    nil -> chain
    for i in 0 100 range { i chain Node -> chain }
    0 -> sum
    while { chain nil != } { sum chain .value + -> sum  chain .next -> chain }
    sum print
    """
    ran = run(text, engine=engine, keep_stages=True)
    assert ran.output == "4950\n"
    assert "_LOAD_FIELD_KNOWN_INT" in loads(ran)
    assert not {"_LOAD_FIELD_KNOWN_RECORD", "_LOAD_FIELD_KNOWN_NIL"} & loads(ran)


@pytest.mark.parametrize("engine", TRACED)
def test_a_trace_leaves_before_it_would_store_another_type(engine: str) -> None:
    text = """
    record Holder { value }
    fn fill_from(h list --) { for i in 0 list len range { list i get h -> .value } }
    [ nil ] -> list
    for i in 0 100 range { list i push }
    list 0 7 set
    0 Holder -> h
    h list fill_from
    list 90 0.5 set
    h list fill_from
    h .value print
    """
    ran = run(text, engine=engine, keep_stages=True)
    assert ran.output == "99\n"
    first = next(e for e in ran.executors if e.place.function == "fill_from")
    assert "_REPLACE_FIELD_GENERAL" in uops_of(first)
    assert ran.exits["type"] == 1


# One instruction that sets a field of five types: what none of its forms fits is generic.
MANY = """
record A { v } record B { v } record C { v } record D { v } record E { v } record F { v }
[ 1 A 1 B 1 C 1 D 1 E 1 F ] -> all
fn put(all v --) { for each in all { v each -> .v } }
for i in 0 100 range { all i put }
fn add_up(all -- t) { 0 -> t  for each in all { t each .v + -> t }  t }
for i in 0 20 range { all add_up drop }
all 0.5 put
all add_up print
"""


@pytest.mark.parametrize("engine", TRACED)
@pytest.mark.parametrize("stress", [False, True])
def test_a_generic_store_leaves_before_it_changes_a_field(engine: str, stress: bool) -> None:
    ran = run(MANY, engine=engine, keep_stages=True, exit_threshold=1, stress=stress)
    assert ran.output == "3.0\n"
    assert any("_CHECK_SET_FIELD" in uops_of(executor) for executor in ran.executors)


@pytest.mark.parametrize("engine", TRACED)
def test_a_call_that_changes_a_field_comes_back_to_tier_one(engine: str) -> None:
    """The caller's trace has loaded the field, and would load it without a check again."""
    text = """
    record Box { value }
    fn spoil(b n --) { for j in 0 n range { j 50 == if { "text" b -> .value } } }
    fn rely(b n -- t) { 0 -> t  for i in 0 n range { t b .value + -> t  b i spoil }  t }
    1 Box -> b
    b 40 rely print
    try { b 60 rely print } catch e { e .kind print }
    """
    ran = run(text, engine=engine, loop_threshold=5, keep_stages=True)
    assert ran.output == "40\ntype\n"
    assert ran.statistics.invalidated > 0


@pytest.mark.parametrize("engine", TRACED)
def test_a_trace_of_what_has_not_run_yet_notes_what_it_stores(engine: str) -> None:
    """The function is traced in front of its first call, with a constant that it stores."""
    text = """
    record Box { value }
    fn put(b v --) { v b -> .value }
    fn change(b -- n) { 1 2 swap drop 3 swap drop dup drop  b 0.5 put }
    fn rely(b n -- t) { 0 -> t  for i in 0 n range { t b .value + -> t }  t }
    1 Box -> b
    for i in 0 9 range { b 2 put }
    b 100 rely print
    b change print
    b 100 rely print
    """
    ran = run(text, engine=engine, entry_threshold=1, warm_up=1, stress=True)
    assert ran.output == "200\n3\n50.0\n"
    assert ran.aborts["contradiction"] == 1
    assert not next(e.valid for e in ran.executors if e.place.function == "rely")
