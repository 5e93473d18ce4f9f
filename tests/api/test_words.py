"""Python functions as words: values, exceptions on both sides, calls back into the VM."""

from __future__ import annotations

from typing import Any

import pytest

import minivm


def test_a_word(vm: minivm.VM) -> None:
    @vm.word("lookup", "(name -- value)")
    def lookup(name: str) -> Any:
        return {"a": 1, "b": [1, 2]}[name]

    vm.run('"a" lookup print "b" lookup print')
    assert vm.output == "1\n[1 2]\n"
    assert lookup("a") == 1
    assert vm.call("lookup", "a") == vm["lookup"]("a") == 1


def test_effects(vm: minivm.VM) -> None:
    seen: list[object] = []
    vm.register("note", seen.append, "(value -- )")
    vm.register("pair", lambda a: (a, a + 1), "(a -- a b)")
    vm.register("three", lambda: [1, 2, 3], "( -- a b c)")
    vm.run("1 pair + note three + + note")
    assert seen == [3, 6]
    with pytest.raises(minivm.SourceError, match="'pair' needs 1"):
        vm.run("pair")


def test_a_word_in_a_hot_loop(vm: minivm.VM) -> None:
    vm.register("double", lambda n: n * 2, "(n -- m)")
    vm.run("0 -> t for i in 0 500 range { t i double + -> t } t print")
    assert vm.output == "249500\n"


def test_a_word_as_a_value(vm: minivm.VM) -> None:
    vm.register("double", lambda n: n * 2, "(n -- m)")
    vm.run("&double -> f 4 f call(1 -- 1) print")
    assert vm.output == "8\n"


def test_words_are_replaced(vm: minivm.VM) -> None:
    vm.register("version", lambda: 1, "( -- n)")
    vm.run("fn ask( -- n) { version }")
    vm.register("version", lambda: 2, "( -- n)")
    assert vm.call("ask") == 2
    vm.register("version", lambda a: a, "(a -- n)")
    vm.run("3 version print")
    assert vm.call("ask") == 2


@pytest.mark.parametrize(
    ("name", "effect"), [("if", "( -- )"), ("+", "(a b -- c)"), ("x y", "( -- )"), ("ok", "a -- b")]
)
def test_what_cannot_be_a_word(vm: minivm.VM, name: str, effect: str) -> None:
    with pytest.raises(minivm.SourceError):
        vm.register(name, lambda: None, effect)
    vm.register("good", lambda: 5, "( -- n)")
    assert vm.eval("good") == 5


@pytest.mark.parametrize(
    ("effect", "text", "result", "message"),
    [
        ("( -- )", "bad", 1, "must return None"),
        ("( -- a b)", "bad drop drop", 1, "must return a tuple of 2 values"),
        ("( -- a b)", "bad drop drop", (1, 2, 3), "must return a tuple of 2 values"),
        ("( -- a)", "bad drop", object(), "the result of bad: a value of type object can't go in"),
        ("( -- a)", "bad drop", 2**70, "the result of bad: an int"),
    ],
)
def test_wrong_results(vm: minivm.VM, effect: str, text: str, result: object, message: str) -> None:
    vm.register("bad", lambda: result, effect)
    with pytest.raises(minivm.ProgramError, match=message) as caught:
        vm.run(text)
    assert caught.value.kind == "host"


# --- exceptions ----------------------------------------------------------------------------------


def test_an_exception_is_a_host_error(vm: minivm.VM) -> None:
    vm.register("fail", lambda: {}["key"], "( -- a)")
    vm.run("try { fail drop } catch e { e .kind print e .message print e .line print }")
    assert vm.output == "host\nKeyError: 'key'\n1\n"
    with pytest.raises(minivm.ProgramError) as caught:
        vm.run("\n  fail print", "prog.mvm")
    error = caught.value
    assert (error.kind, error.message) == ("host", "KeyError: 'key'")
    assert isinstance(error.__cause__, KeyError)
    # Where the program uses the word: the word itself is nowhere in it.
    (call,) = error.traceback
    assert (call.function, call.path, call.line) == ("main", "prog.mvm", 2)
    assert (error.path, error.line) == ("prog.mvm", 2)


def test_an_exception_that_was_caught_is_no_cause(vm: minivm.VM) -> None:
    vm.register("fail", lambda: {}["key"], "( -- a)")
    with pytest.raises(minivm.ProgramError) as caught:
        vm.run("try { fail drop } catch e { } 1 0 // print")
    assert caught.value.kind == "division by zero" and caught.value.__cause__ is None


def test_an_error_of_a_function_that_a_word_calls_keeps_its_place(vm: minivm.VM) -> None:
    vm.register("apply", lambda function, value: function(value), "(f x -- y)")
    vm.run("fn inner(x -- y) {\n    x 0 //\n}\nfn outer(x -- y) {\n    &inner x apply\n}", "a.mvm")
    with pytest.raises(minivm.ProgramError) as caught:
        vm.call("outer", 3)
    assert (caught.value.kind, caught.value.line) == ("division by zero", 2)
    calls = [(call.function, call.line) for call in caught.value.traceback]
    assert calls == [("inner", 2), ("outer", 5)]
    assert vm.eval("try { 3 outer drop [ ] } catch e { e .trace }") == [
        "inner (a.mvm:2:9)",
        "outer (a.mvm:5:14)",
        "main (<text>:1:9)",
    ]


def test_deep_calls_in_front_of_deep_calls_are_left_out(vm: minivm.VM) -> None:
    def again(function: Any, depth: int) -> None:
        function(depth)

    vm.register("again", again, "(f depth --)")
    vm.run("fn fail(n --) { n 0 == if { 1 0 // drop } n 1 - fail }", "a.mvm")
    vm.run("fn deep(n --) { n 0 == if { &fail 500 again return } n 1 - deep }", "b.mvm")
    with pytest.raises(minivm.ProgramError) as caught:
        vm.call("deep", 500)
    error = caught.value
    assert {call.function for call in error.innermost} == {"fail"}
    assert {call.function for call in error.outermost} == {"deep"}
    assert len(error.traceback) + error.omitted == 1002


def test_errors_are_described_in_one_line(vm: minivm.VM) -> None:
    def fail() -> None:
        raise ValueError("one\ntwo " + "x" * 1000)

    vm.register("fail", fail, "( -- )")
    with pytest.raises(minivm.ProgramError, match=r"ValueError: one two x+ \(host\)$"):
        vm.run("fail")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_error_goes_through(vm: minivm.VM, error: type[BaseException]) -> None:
    raised = error()

    def stop() -> None:
        raise raised

    vm.register("stop", stop, "( -- )")
    with pytest.raises(error) as caught:
        vm.run("try { stop } catch e { 1 print }")
    assert caught.value is raised and vm.output == ""
    vm.run("2 print")
    assert vm.output == "2\n"


# --- calls back into the VM ----------------------------------------------------------------------


def test_a_word_calls_back(vm: minivm.VM) -> None:
    vm.register("apply", lambda f, a: f(a), "(f a -- b)")
    vm.run("&abs -5 apply print 10 -> k fn(a -- b) { a k + } 1 apply print")
    assert vm.output == "5\n11\n"


def test_calls_nest(vm: minivm.VM) -> None:
    vm.register("down", lambda n: vm.call("count", n - 1), "(n -- m)")
    vm.run("fn count(n -- m) { n 0 == if { 0 } else { n down 1 + } }")
    assert vm.call("count", 20) == 20


def test_endless_nesting_is_an_error(vm: minivm.VM) -> None:
    vm.register("down", lambda: vm.call("deeper"), "( -- )")
    vm.run("fn deeper( -- ) { down }")
    with pytest.raises(minivm.Error):
        vm.call("deeper")
    assert vm.eval("1") == 1


def test_a_word_may_run_and_redefine(vm: minivm.VM) -> None:
    vm.register("redefine", lambda: vm.run("fn f( -- n) { 2 }"), "( -- )")
    vm.run("fn f( -- n) { 1 }")
    vm.run("fn g( -- a b) { f redefine f }")
    assert vm.call("g") == (1, 2)


def test_errors_of_nested_programs_keep_their_kind(vm: minivm.VM) -> None:
    vm.register("apply", lambda f: f(), "(f -- )")
    vm.run(
        "fn bad( -- ) { 1 0 // drop }\n"
        "try { &bad apply } catch e { e .kind print e .line print }\n"
        "try { fn( -- ) { [ 7 ] throw } apply } catch e { e .value print }"
    )
    assert vm.output == "division by zero\n1\n[7]\n"
    with pytest.raises(minivm.ProgramError) as caught:
        vm.run("&bad apply")
    assert caught.value.kind == "division by zero"


def test_a_word_catches_errors_of_nested_programs(vm: minivm.VM) -> None:
    def safe(function: minivm.Function) -> str:
        try:
            function()
        except minivm.ProgramError as error:
            return error.kind
        return "fine"

    vm.register("safe", safe, "(f -- kind)")
    vm.run("fn( -- ) { 1 0 // drop } safe print fn( -- ) { } safe print")
    assert vm.output == "division by zero\nfine\n"


def test_exit_goes_through(vm: minivm.VM) -> None:
    vm.register("apply", lambda f: f(), "(f -- )")
    with pytest.raises(minivm.Exit) as caught:
        vm.run("fn( -- ) { 3 exit } -> leave try { leave apply } catch e { 1 print }")
    assert (caught.value.status, vm.output) == (3, "")


def test_words_under_stress(stressed: minivm.VM) -> None:
    stressed.register("swap_in", lambda a, b: ([b, [a]], {"k": a}), "(a b -- c d)")
    stressed.run('for i in 0 20 range { [ i "x" ] "y" i string concat swap_in drop drop }')
    assert stressed.eval('[ 1 ] "b" swap_in') == (["b", [[1]]], {"k": [1]})


@pytest.mark.parametrize("text", ["\U0001d11e" * 500, "a" * 500, "a\0b", "\udc80", ""])
def test_what_was_raised_is_the_cause(vm: minivm.VM, text: str) -> None:
    raised = ValueError(text)

    @vm.word("bad", "( -- )")
    def bad() -> None:
        raise raised

    with pytest.raises(minivm.ProgramError, match="ValueError") as caught:
        vm.run("bad")
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize("jit", [True, False])
def test_recursion_through_python_ends_with_its_error_alone(
    jit: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Wherever Python's stack is full: in the word, or on the way into the VM or out of it."""

    def deepen(vm: minivm.VM, levels: int) -> object:
        return deepen(vm, levels - 1) if levels else vm.call("again")

    for levels in range(12):
        with minivm.VM(jit=jit) as vm:
            vm.register("enter", lambda vm=vm: vm.call("again"), "( -- x)")
            vm.run("fn again( -- x) { enter }")
            with pytest.raises(minivm.ProgramError, match="RecursionError"):
                deepen(vm, levels)
            assert vm.eval("1 2 +") == 3
    assert capfd.readouterr().err == ""
