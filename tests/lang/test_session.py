"""Sessions: what an entry finds of the earlier ones, and what it leaves."""

from __future__ import annotations

import pytest
from decoded_code import decode, verify

from minivm.lang import SourceError
from minivm.lang.session import Entry, Session
from minivm.machine import CAPTURE, Machine


class Prompt:
    """A session whose entries all succeed."""

    def __init__(self) -> None:
        self.session = Session()
        self.count = 0

    def __call__(self, text: str) -> Entry:
        self.count += 1
        entry = self.session.compile_entry(text, f"<entry {self.count}>")
        verify(self.session.program)
        self.session.done(entry, succeeded=True)
        return entry


def shape(entry: Entry) -> tuple[list[str], int, list[str], list[str]]:
    """Variables and stack before the entry, and after it."""
    types = [item.type for item in entry.stack]
    return list(entry.takes), entry.depth, list(entry.variables), types


def test_stack_and_variables_go_on() -> None:
    prompt = Prompt()
    assert shape(prompt("1 2")) == ([], 0, [], ["int", "int"])
    assert shape(prompt("-> x")) == ([], 2, ["x"], ["int"])
    assert shape(prompt('x "a" -> y')) == (["x"], 1, ["x", "y"], ["int", "any"])
    assert shape(prompt("drop drop")) == (["x", "y"], 2, ["x", "y"], [])


def test_variable_that_may_be_unset_is_forgotten() -> None:
    prompt = Prompt()
    assert shape(prompt("false if { 1 -> x } 2 -> y"))[2] == ["y"]
    with pytest.raises(SourceError, match="unknown word 'x'"):
        prompt("x")
    assert shape(prompt("false if { 3 -> y }"))[2] == ["y"]


def test_failed_entry_leaves_nothing() -> None:
    prompt = Prompt()
    prompt("1 -> x 5")
    entry = prompt.session.compile_entry("drop 2 -> z", "<entry>")
    prompt.session.done(entry, succeeded=False)
    assert list(prompt.session.variables) == ["x"] and prompt.session.depth == 1


def test_wrong_entry_changes_nothing() -> None:
    prompt = Prompt()
    prompt("fn f(a -- b) { a }")
    functions = len(prompt.session.program.functions)
    for text in (
        "fn g( -- ) { 1 }",
        "record P { x } nonsense",
        "import no_such",
        "generic h(a -- )",
    ):
        if text.startswith("generic"):
            text += " method P.h(a -- ) { }"
        with pytest.raises(SourceError):
            prompt(text)
    assert not {"g", "P", "h"} & set(prompt.session.definitions())
    entry = prompt("record P { y } fn g( -- r) { 2 P .y } g")
    assert [record.fields for record in entry.update.program.records[1:]] == [["y"]]
    # The top level takes the place of the first one's.
    assert [index for index, _ in entry.update.functions] == [functions]
    assert [index for index, _ in entry.update.redefined] == [0]


def test_function_gets_other_code() -> None:
    prompt = Prompt()
    prompt("fn f(a -- b) { a } fn g( -- b) { 1 f }")
    index = prompt.session.definitions()["f"].index
    entry = prompt("fn f(a -- b) { a 1 + }")
    assert entry.replaced == ["f"]
    assert [number for number, _ in entry.update.redefined] == [0, index]
    entry = prompt("fn f(a b -- c) { a b + } 1 2 f")
    assert entry.replaced == [] and prompt.session.definitions()["f"].index != index


def test_method_gets_other_code() -> None:
    prompt = Prompt()
    prompt("generic area(s -- a) record Circle { r } method Circle.area(s -- a) { 0 }")
    entry = prompt("method Circle.area(s -- a) { s .r }")
    assert entry.replaced == ["Circle.area"] and entry.update.methods == []
    entry = prompt("record Square { a } method Square.area(s -- a) { s .a }")
    assert [method[:2] for method in entry.update.methods] == [(0, 2)]


def test_captured_variable_becomes_a_cell() -> None:
    prompt = Prompt()
    prompt("0 -> n 7 -> k")
    entry = prompt("fn( -- ) { n 1 + -> n } -> inc")
    assert entry.cells == {"n"} and list(entry.variables) == ["n", "k", "inc"]
    entry = prompt("inc call(0 -- 0) n")
    assert entry.cells == {"n"}
    names = {"LOAD_CELL", "MAKE_CELL"}
    code = prompt.session.program.functions[entry.function]
    assert names & {one.name for one in decode(code)} == {"LOAD_CELL"}


def test_variable_keeps_its_name() -> None:
    prompt = Prompt()
    prompt("1 -> x")
    with pytest.raises(SourceError, match="'x' is a variable"):
        prompt("fn x( -- ) { }")


def test_variable_hides_what_there_was_before() -> None:
    prompt = Prompt()
    prompt("fn f( -- n) { 5 } fn g( -- n) { f }")
    prompt("import list")
    prompt("1 -> f 2 -> sum")
    assert prompt("f sum +").takes == ["f", "sum"]
    prompt("drop import list g")
    with pytest.raises(SourceError, match="'f' is a variable"):
        prompt("fn f( -- n) { 6 }")


def test_return_at_the_prompt() -> None:
    with pytest.raises(SourceError, match="'return' outside of a function"):
        Prompt()("return")


def test_texts_of_a_host() -> None:
    session = Session()
    with Machine(output=CAPTURE) as vm:
        for number, text in enumerate(
            [
                "fn double(n -- m) { n 2 * } 4 double print",
                "5 -> x fn four( -- r) { 4 double } four print",
                "fn double(n -- m) { n 3 * } four print 6 -> x x print",
            ]
        ):
            entry = session.compile_text(text, f"<text {number}>")
            vm.update(entry.update)
            vm.run(entry.function)
            session.done(entry, succeeded=True)
        assert vm.captured().decode().split() == ["8", "8", "12", "6"]
    assert list(session.variables) == [] and session.depth == 0


def test_words_of_the_host() -> None:
    session = Session()
    assert session.add_word("now", "( -- seconds)") == 0
    assert session.add_word("add", "(a b -- c)") == 1
    entry = session.compile_text("now 1 add print &now drop", "<text>")
    assert [code.name for _, code in entry.update.functions] == ["now", "add", "main"]
    verify(session.program)
    for name, effect in (("print", "( -- )"), ("x", "a b"), ("x", "( -- ) y"), ("1x", "( -- )")):
        with pytest.raises(SourceError):
            session.add_word(name, effect)
    with pytest.raises(SourceError, match="'now' is already the name of a word of the host"):
        session.compile_text("fn now( -- ) { }", "<text>")
