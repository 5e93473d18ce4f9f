"""The code made from programs: instructions, jumps, slots, constants and positions."""

from __future__ import annotations

import pytest
from decoded_code import decode, listing, verify

from minivm.lang import Code, compile_source


def main_of(text: str) -> Code:
    program = compile_source(text, "a.mvm")
    verify(program)
    return program.functions[0]


def body(text: str) -> list[str]:
    """The main program's instructions without ENTER and RETURN."""
    lines = listing(main_of(text))
    assert (lines[0], lines[-1]) == ("ENTER", "RETURN")
    return lines[1:-1]


def test_empty() -> None:
    code = main_of("")
    assert listing(code) == ["ENTER", "RETURN"]
    assert (code.name, code.parameters, code.results, code.max_stack) == ("main", 0, 0, 0)
    assert (code.locals, code.constants) == ([], [])
    first = code.positions[0]
    assert (first.offset, first.line, first.column) == (0, 1, 1)


def test_numbers() -> None:
    assert body("-32768 32767 + drop") == ["LOAD_INT -32768", "LOAD_INT_ADD 32767", "POP"]
    code = main_of("32768 drop 32768 drop 1.0 drop true drop 0.0 drop -0.0 drop 100000 drop")
    assert [repr(constant) for constant in code.constants] == [
        *("32768", "1.0", "True", "0.0", "-0.0", "100000")
    ]


def test_locals_and_calls() -> None:
    program = compile_source("fn add(a b -- c) { a b + -> t t } 1 2 add print", "a.mvm")
    verify(program)
    assert listing(program.functions[0]) == [
        "ENTER",
        "LOAD_INT 1",
        "LOAD_INT 2",
        "CALL 1",
        "PRINT",
        "RETURN",
    ]
    assert program.functions[1].locals == ["a", "b", "t"]
    assert (
        program.functions[1].parameters,
        program.functions[1].results,
        program.functions[1].max_stack,
    ) == (2, 1, 2)
    assert listing(program.functions[1]) == [
        *("ENTER", "LOAD_LOCAL_LOAD_LOCAL 0 1", "ADD", "STORE_LOCAL 2", "LOAD_LOCAL 2", "RETURN")
    ]


def test_functions_may_be_called_before_they_are_declared() -> None:
    verify(compile_source("1 f fn f(a -- ) { a g } fn g(a -- ) { a f }", "a.mvm"))


def test_if() -> None:
    assert body("1 2 < if { 3 print } else { 4 print }") == [
        *("LOAD_INT 1", "LOAD_INT_LT_JUMP_IF_FALSE 2 @6", "LOAD_INT 3", "PRINT", "JUMP @8"),
        *("LOAD_INT 4", "PRINT"),
    ]


def test_not_if() -> None:
    assert body("args len 1 == not if { 3 print }") == [
        *("ARGS", "LEN", "LOAD_INT_EQ 1", "JUMP_IF_TRUE @7", "LOAD_INT 3", "PRINT"),
    ]


def test_logic_as_condition_makes_no_bool() -> None:
    assert body("true -> a a and { a } or { a not } if { 1 print } else { 2 print }") == [
        *("LOAD_CONST 0", "STORE_LOCAL 0"),
        *("LOAD_LOCAL 0", "JUMP_IF_FALSE @7", "LOAD_LOCAL 0", "JUMP_IF_TRUE @9"),
        *("LOAD_LOCAL 0", "JUMP_IF_TRUE @12", "LOAD_INT 1", "PRINT", "JUMP @14"),
        *("LOAD_INT 2", "PRINT"),
    ]


def test_logic_as_value() -> None:
    assert body("true and { false } print") == [
        *("LOAD_CONST 0", "JUMP_IF_FALSE @7", "LOAD_CONST 1", "JUMP_IF_FALSE @7"),
        *("LOAD_CONST 0", "JUMP @8", "LOAD_CONST 1", "PRINT"),
    ]


def test_while() -> None:
    assert body("0 -> i while { i 3 < } { i 1 + -> i i 2 == if { continue } i print }") == [
        *("LOAD_INT 0", "STORE_LOCAL 0", "LOAD_LOCAL 0", "LOAD_INT_LT_JUMP_IF_FALSE 3 @14"),
        *("LOAD_LOCAL 0", "LOAD_INT_ADD 1", "STORE_LOCAL 0"),
        *("LOAD_LOCAL 0", "LOAD_INT_EQ_JUMP_IF_FALSE 2 @11", "JUMP @13"),
        *("LOAD_LOCAL 0", "PRINT", "JUMP_BACKWARD @3"),
    ]


def test_endless_loop() -> None:
    assert body("while { true } { clock print break }") == ["CLOCK", "PRINT"]
    program = compile_source("fn f( -- r) { while { true } { clock return } }", "a.mvm")
    verify(program)


def test_for_range() -> None:
    code = main_of("for i in 0 9 range { i print }")
    assert code.locals == ["i", "(for)", "(for)"]
    assert listing(code)[1:-1] == [
        *("LOAD_INT 0", "LOAD_INT 9", "FOR_RANGE_PREPARE 1", "FOR_RANGE 1 @8 0"),
        *("LOAD_LOCAL 0", "PRINT", "JUMP_BACKWARD @4"),
    ]


@pytest.mark.parametrize("step", ["2", "k", "k 1 +", "args len"])
def test_for_step(step: str) -> None:
    names = [one.name for one in decode(main_of(f"2 -> k for i in 0 9 range {step} step {{ }}"))]
    assert "FOR_STEP_PREPARE" in names and "FOR_STEP" in names
    assert "RANGE" not in names and "STEP" not in names


@pytest.mark.parametrize("sequence", ["0 9 range dup len step", "r 2 step", '"abc"', "[ 1 2 ]"])
def test_for_over_objects(sequence: str) -> None:
    text = f"0 9 range -> r for i in {sequence} {{ i print }}"
    names = [one.name for one in decode(main_of(text))]
    assert "FOR_PREPARE" in names and "FOR_NEXT" in names


def test_hidden_slots_are_shared_by_loops_side_by_side() -> None:
    text = "for a in 0 1 range 1 step { for b in 0 1 range { } } for c in args { }"
    assert main_of(text).locals == ["a", "b", "c"] + ["(for)"] * 5


def test_nothing_is_fused_across_a_jump_target() -> None:
    lines = body("true -> a 5 a if { } else { 1 print } a drop 3 + print")
    assert "LOAD_INT_ADD 3" in lines
    lines = body("1 2 true if { 3 } else { 4 } + print drop")
    assert "ADD" in lines and "LOAD_INT_ADD 4" not in lines


def test_code_after_a_jump_is_left_out() -> None:
    assert listing(main_of("while { true } { } 1 print")) == ["ENTER", "JUMP_BACKWARD @1"]
    assert listing(main_of('"e" throw 1 print')) == ["ENTER", "LOAD_CONST 0", "THROW"]
    code = main_of("true if { return } else { return } 1 print")
    assert listing(code) == ["ENTER", "LOAD_CONST 0", "JUMP_IF_FALSE @4", "RETURN", "RETURN"]


def test_lists() -> None:
    assert body("[ 1 [ ] [ 2 3 ] ] drop") == [
        *("LOAD_INT 1", "BUILD_LIST 0", "LOAD_INT 2", "LOAD_INT 3", "BUILD_LIST 2"),
        *("BUILD_LIST 3", "POP"),
    ]


def test_fused_instructions_stand_at_the_word_that_can_fail() -> None:
    code = main_of("1 -> a\na a\n < if { }")
    places = {p.offset: (p.line, p.column, p.end_column) for p in code.positions}
    by_name = {one.name: places[one.offset] for one in decode(code)}
    assert by_name["LT_JUMP_IF_FALSE"] == (3, 2, 3)
    assert by_name["LOAD_LOCAL_LOAD_LOCAL"] == (2, 3, 4)


def test_types_changed_by_a_loop_are_not_relied_on() -> None:
    verify(compile_source("5 for i in 0 3 range { drop true } if { 1 print }", "a.mvm"))
    verify(compile_source("5 while { args len 0 == } { drop true } drop", "a.mvm"))
    text = "nil for i in 0 3 range { i 1 > if { dup if { } } drop true } drop"
    verify(compile_source(text, "a.mvm"))


# --- functions as values ---


def closure(text: str) -> list[list[str]]:
    """The instructions of the main program, and of the closures in it."""
    program = compile_source(text, "a.mvm")
    verify(program)
    return [listing(code)[1:-1] for code in program.functions]


def test_captured_by_value() -> None:
    main, inner = closure("1 -> x fn(a -- b) { a x + } drop")
    assert main == ["LOAD_INT 1", "STORE_LOCAL 0", "LOAD_LOCAL 0", "MAKE_CLOSURE 1 1", "POP"]
    assert inner == ["LOAD_LOCAL_LOAD_LOCAL 0 1", "ADD"]


@pytest.mark.parametrize(
    "text",
    [
        "1 -> x fn( -- b) { x } drop 2 -> x",
        "1 -> x 2 -> x fn( -- b) { x } drop",
        "1 -> x fn( -- ) { 2 -> x } drop",
        "1 -> x fn( -- f) { fn( -- ) { 2 -> x } } drop",
        "while { true } { 1 -> x fn( -- b) { x } drop }",
        "for x in 0 3 range { fn( -- b) { x } drop }",
    ],
)
def test_captured_by_cell(text: str) -> None:
    main, *_ = closure(text)
    assert main[0] == "MAKE_EMPTY_CELL 0"
    assert not {"LOAD_CELL 0", "STORE_CELL 0"}.isdisjoint(main)


@pytest.mark.parametrize(
    ("text", "cell"),
    [("fn(a -- f) { fn( -- b) { a } }", False), ("fn(a -- f) { 1 -> a fn( -- b) { a } }", True)],
)
def test_captured_parameter(text: str, cell: bool) -> None:
    _, outer, _ = closure(text + " drop")
    assert (outer[0] == "MAKE_CELL 0") == cell


def test_captured_through_a_closure() -> None:
    _, outer, inner = closure("1 -> x fn( -- f) { fn( -- b) { x } } drop")
    assert outer == ["LOAD_LOCAL 0", "MAKE_CLOSURE 2 1"]
    assert inner == ["LOAD_LOCAL 0"]


def test_closure_without_captures_is_a_constant() -> None:
    main, _ = closure("fn( -- b) { 1 } call(0 -- 1) drop")
    assert main == ["LOAD_CONST 0", "CALL_VALUE 0 1", "POP"]


def test_a_wrapper_serves_all_references() -> None:
    program = compile_source("&sqrt drop &sqrt drop &P drop record P { x }", "a.mvm")
    assert [code.name for code in program.functions] == ["main", "sqrt", "P"]
    assert listing(program.functions[2]) == ["ENTER", "LOAD_LOCAL 0", "NEW_RECORD 1 1", "RETURN"]


# --- records, generics, errors ---


def test_tables() -> None:
    program = compile_source(
        "record P { x y } generic g(a -- b) method P.g(a -- b) { a .y } 1 2 P g drop", "a.mvm"
    )
    verify(program)
    assert [(record.name, list(record.fields)) for record in program.records[1:]] == [
        ("P", ["x", "y"])
    ]
    assert program.generics[0].methods == [(1, 1)]
    assert program.symbols[-2:] == ["x", "y"]
    assert listing(program.functions[0])[3:-1] == ["NEW_RECORD 1 2", "CALL_GENERIC 0", "POP"]


def handlers(text: str) -> list[tuple[int, int, int, int]]:
    code = main_of(text)
    return [(each.start, each.end, each.target, each.depth) for each in code.handlers]


def test_handlers() -> None:
    assert handlers("try { } catch e { }") == []
    ((start, end, target, depth),) = handlers("1 try { 2 } catch e { 3 } drop drop")
    assert start < end < target and depth == 1
    inner, outer = handlers("try { 1 print try { 2 print } catch e { } } catch e { }")
    assert outer[0] < inner[0] < inner[1] < outer[1]


def test_tests_are_left_out() -> None:
    text = 'test "one" { 1 print }'
    assert len(compile_source(text, "a.mvm").functions) == 1
    program = compile_source(text, "a.mvm", tests=True)
    assert [(t.name, t.function, t.line) for t in program.tests] == [("one", 1, 1)]
