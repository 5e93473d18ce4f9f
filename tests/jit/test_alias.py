"""Which loads the pass `common` takes from an earlier load or store, and which must be made again.

In: the body of a loop over records, lists and cells. Out: how many uops of a name are left after
the pass; and the program prints the same as in tier one.
"""

from __future__ import annotations

import pytest

from minivm.generated.uop_table import UOPS
from tests.jit.running import run

SETUP = """
record Point { x y }
record Other { x y }
fn makes_point(n -- p) { n n Point }
1 2 Point -> p
3 4 Point -> q
5 6 Other -> other
[ 1 2 3 4 5 6 7 8 ] -> list
[ 8 7 6 5 4 3 2 1 ] -> list2
[ 1.5 2.5 3.5 4.5 5.5 6.5 7.5 8.5 ] -> floats
"word" -> word
0 -> sum
1 -> j
2 -> k
for i in 0 100 range {
    BODY
}
sum print p print q print other print list print list2 print floats print
"""

# What stands in the loop, the uop to count, and how often it is left.
CASES = {
    "a load again": ("p .x p .x + sum + -> sum", "_LOAD_FIELD_KNOWN_INT", 1),
    "another field": ("p .x p .y + sum + -> sum", "_LOAD_FIELD_KNOWN_INT", 2),
    "a load after a store": ("i p -> .x  p .x sum + -> sum", "_LOAD_FIELD_KNOWN_INT", 0),
    "a store of another type": ("1.5 p -> .x  p .x int sum + -> sum", "_LOAD_FIELD_FLOAT", 0),
    "a store to another field": (
        "p .x  i p -> .y  p .x + sum + -> sum", "_LOAD_FIELD_KNOWN_INT", 1,
    ),
    "a store to a record that may be the same": (
        "p .x  i q -> .x  p .x + sum + -> sum", "_LOAD_FIELD_KNOWN_INT", 2,
    ),
    "a store to a record of another type": (
        "other .x sum + -> sum  p .x  i other -> .x  p .x + sum + -> sum",
        "_LOAD_FIELD_KNOWN_INT", 2,
    ),
    "a new record": (
        "p .x  i makes_point -> made  7 made -> .x  p .x + made .x + sum + -> sum",
        "_LOAD_FIELD_KNOWN_INT", 1,
    ),
    "what a new record holds": (
        "i j Point -> made  made p same drop  made .x made .y + sum + -> sum",
        "_LOAD_FIELD_KNOWN_INT", 0,
    ),
    "what a new record holds after a store to it": (
        "i j Point -> made  made p same drop  7 made -> .x  made .x made .y + sum + -> sum",
        "_LOAD_FIELD_KNOWN_INT", 0,
    ),
    "what a new record holds after a store to an old one": (
        "i j Point -> made  made p same drop  7 p -> .x  made .x p .x + sum + -> sum",
        "_LOAD_FIELD_KNOWN_INT", 0,
    ),
    "what print does": ("p .x  i print  p .x + sum + -> sum", "_LOAD_FIELD_KNOWN_INT", 1),
    "an element again": ("list j get list j get + sum + -> sum", "_LOAD_INTS", 1),
    "an element after it was set": ("list j i set  list j get sum + -> sum", "_LOAD_INTS", 0),
    "the one behind it was set": (
        "list j get  list j 1 + i set  list j get + sum + -> sum", "_LOAD_INTS", 1,
    ),
    "elements at other distances": (
        "list j get  list j 1 + get  list j 2 + 2 - 1 - i set  list j get list j 1 + get"
        " + + + sum + -> sum", "_LOAD_INTS", 2,
    ),
    "an element that may be the same": (
        "list j get  list k i set  list j get + sum + -> sum", "_LOAD_INTS", 2,
    ),
    "constant places": (
        "list 1 get  list 2 i set  list 1 get + list 2 get + sum + -> sum", "_LOAD_INTS", 1,
    ),
    "another list": (
        "list j get  list2 j i set  list j get + sum + -> sum", "_LOAD_INTS", 2,
    ),
    "a list packed in another way": (
        "list j get  floats j 0.5 set  list j get + sum + -> sum", "_LOAD_INTS", 1,
    ),
    "a length": ("list len list len + sum + -> sum", "_LEN_LIST", 1),
    "a length after a store": ("list len  list j i set  list len + sum + -> sum", "_LEN_LIST", 1),
    "a length after a push": ("list len  list2 i push  list len + sum + -> sum", "_LEN_LIST", 2),
    "a string's length": ("word len  list2 i push  word len + sum + -> sum", "_LEN_STRING", 1),
    "arithmetic": ("i j + j i + * sum + -> sum", "_ADD_INT", 2),
    "what does not commute": ("i j - j i - * sum + -> sum", "_SUB_INT", 2),
}  # fmt: skip


@pytest.mark.parametrize(("body", "name", "expected"), CASES.values(), ids=list(CASES))
def test_what_is_left(body: str, name: str, expected: int) -> None:
    text = SETUP.replace("BODY", body)
    ran = run(text, keep_stages=True, disabled=["unrolling"])
    assert ran.output == run(text, engine="tier1").output
    (executor,) = ran.executors
    (stage,) = (stage for stage in executor.stages if stage.name == "common")
    names = [UOPS[uop.opcode].name for uop in stage.uops]
    assert names.count(name) == expected, names


def test_what_the_loop_carries_is_another_value_in_each_iteration() -> None:
    """The record that `p` is at the loop's top is not the one of the iteration before."""
    text = """
    record Node { value next }
    nil -> list
    for i in 0 100 range { i list Node -> list }
    0 -> sum
    list -> p
    while { p nil != } {
        p .value sum + -> sum
        p .next -> p
    }
    sum print
    """
    ran = run(text)
    assert ran.output == run(text, engine="tier1").output == "4950\n"


def test_a_cell_is_loaded_once_between_stores() -> None:
    text = """
    0 -> count
    fn( -- ) { count 1 + -> count  count count + drop } -> up
    for i in 0 100 range { up call(0 -- 0) }
    count print
    """
    ran = run(text, keep_stages=True, disabled=["unrolling"])
    assert ran.output == "100\n"
    (stage,) = (stage for stage in ran.executors[0].stages if stage.name == "common")
    names = [UOPS[uop.opcode].name for uop in stage.uops]
    assert names.count("_GET_CELL_INT") == 1
