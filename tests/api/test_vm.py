"""minivm.VM: texts and files, calls, what lasts from one to the next, output, the end."""

from __future__ import annotations

import io
import os
import sys
import weakref
from pathlib import Path

import pytest

import minivm


def test_run_prints(vm: minivm.VM) -> None:
    vm.run("1 2 + print")
    vm.run('"two" print')
    assert vm.output == "3\ntwo\n"


def test_definitions_last_and_variables_do_not(vm: minivm.VM) -> None:
    vm.run("fn twice(n -- m) { n 2 * } record Point { x y } 5 -> a")
    vm.run("4 twice print 1 2 Point print")
    assert vm.output == "8\nPoint(x 1 y 2)\n"
    with pytest.raises(minivm.SourceError, match="unknown word 'a'"):
        vm.run("a print")


def test_redefined_functions_are_called(vm: minivm.VM) -> None:
    vm.run("fn one( -- n) { 1 } fn both( -- n) { one one + }")
    assert vm.call("both") == 2
    vm.run("fn one( -- n) { 10 }")
    assert (vm.call("both"), vm.call("one")) == (20, 10)


def test_run_file_and_its_imports(vm: minivm.VM, tmp_path: Path) -> None:
    (tmp_path / "lib.mvm").write_text("fn double(n -- m) { n 2 * }")
    (tmp_path / "main.mvm").write_text('import "lib.mvm"\n21 double print')
    vm.run_file(tmp_path / "main.mvm")
    assert vm.output == "42\n"
    with pytest.raises(minivm.SourceError):
        vm.run_file(tmp_path / "none.mvm")


def test_call_gives_what_is_left(vm: minivm.VM) -> None:
    vm.run("fn none( -- ) { } fn one( -- a) { 1 } fn two( -- a b) { 1 2 }")
    assert (vm.call("none"), vm.call("one"), vm.call("two")) == (None, 1, (1, 2))


def test_call_in_a_loop_becomes_hot(vm: minivm.VM) -> None:
    vm.run("fn sum(n -- total) { 0 -> t for i in 0 n range { t i + -> t } t }")
    assert [vm.call("sum", n) for n in range(100)] == [n * (n - 1) // 2 for n in range(100)]


def test_call_with_the_wrong_things(vm: minivm.VM) -> None:
    vm.run("fn add(a b -- c) { a b + }")
    with pytest.raises(TypeError, match="add takes 2 values, not 1"):
        vm.call("add", 1)
    with pytest.raises(TypeError, match="add takes 2 values, not 3"):
        vm["add"](1, 2, 3)
    with pytest.raises(KeyError):
        vm.call("subtract", 1, 2)
    with pytest.raises(KeyError):
        vm["subtract"]
    assert "add" in vm and "subtract" not in vm and "add" in vm.names()


def test_everything_with_a_name_can_be_called(vm: minivm.VM) -> None:
    vm.run(
        "record Circle { r } generic area(shape -- a) method Circle.area(self -- a) { self .r 3 * }"
    )
    circle = vm["Circle"](5)
    assert (circle, vm["area"](circle)) == (minivm.Record("Circle", r=5), 15)
    assert vm.call("area", vm.call("Circle", 2)) == 6


def test_eval(vm: minivm.VM) -> None:
    assert (vm.eval("1 2 +"), vm.eval(""), vm.eval('1 "a"')) == (3, None, (1, "a"))
    assert vm.eval("7 -> n") is None
    vm.eval("n 1 + -> n fn( -- ) { n 1 + -> n } -> more more call(0 -- 0)")
    assert vm.eval("more call(0 -- 0) n") == 10
    with pytest.raises(minivm.ProgramError):
        vm.eval("99 -> k 1 0 //")
    with pytest.raises(minivm.SourceError, match="'k'"):
        vm.eval("k")


def test_functions_are_values(stressed: minivm.VM) -> None:
    stressed.run("fn adder(n -- f) { fn(m -- s) { n m + } }")
    three = stressed.call("adder", 3)
    stressed.collect()
    assert (three(4), three.parameters, three.results) == (7, 1, 1)
    assert stressed.eval("fn(f -- r) { 10 f call(1 -- 1) }")(three) == 13
    with minivm.VM() as other, pytest.raises(ValueError, match="belongs to another VM"):
        other.eval("fn(f -- ) { f drop }")(three)


def test_functions_that_are_dropped_are_freed(stressed: minivm.VM) -> None:
    make = stressed.eval("fn( -- f) { [ 1 2 3 ] -> l fn( -- r) { l } }")
    before = stressed.machine.statistics().heap_bytes
    for _ in range(2000):
        make()
    stressed.collect()
    assert stressed.machine.statistics().heap_bytes < before + 20_000


def test_compiled_programs(vm: minivm.VM) -> None:
    program = minivm.compile(
        "record P { x } generic get_x(p -- x) method P.get_x(self -- x) { self .x } "
        "fn square(n -- m) { n n * } 6 square print 4 P get_x print &square print"
    )
    assert "square: 1 parameter" in program.dis() and "MUL" in program.dis("square")
    with pytest.raises(KeyError):
        program.dis("cube")
    vm.run("record Q { y x } fn other( -- ) { }")
    vm.run(program)
    vm.run(program)
    assert vm.output == 2 * "36\n4\nfn square(1 -- 1)\n"
    vm.run("5 square print 1 P .x print")
    assert vm.call("square", 5) == 25
    assert vm.call("get_x", minivm.Record("P", x=3)) == 3


def test_compiled_programs_find_their_words(vm: minivm.VM) -> None:
    program = minivm.compile("3 more print", words={"unused": "( -- )", "more": "(a -- b)"})
    with pytest.raises(ValueError, match="'unused' of the host, which is not registered"):
        vm.run(program)
    vm.register("more", lambda a: a + 1, "(a -- b)")
    vm.register("unused", lambda: None, "( -- )")
    vm.run(program)
    assert vm.output == "4\n"


# --- output --------------------------------------------------------------------------------------


def test_output_is_sys_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    with minivm.VM() as vm:
        vm.run('"from mvm" print')
        print("from Python")
        vm.run('"ä€𝄞" print')
    assert capsys.readouterr().out == "from mvm\nfrom Python\nä€𝄞\n"


def test_output_to_a_function_and_to_files(tmp_path: Path) -> None:
    parts: list[str] = []
    text, raw = io.StringIO(), io.BytesIO()
    with (tmp_path / "out").open("wb") as file:
        for output in (parts.append, text, raw, file, file.fileno()):
            with minivm.VM(output=output) as vm:
                vm.run('"ä" print')
            file.flush()
    assert ("".join(parts), text.getvalue(), raw.getvalue()) == ("ä\n", "ä\n", "ä\n".encode())
    assert (tmp_path / "out").read_text("utf-8") == "ä\nä\n"
    with pytest.raises(TypeError, match="output is"):
        minivm.VM(output=object())


def test_long_output_comes_whole() -> None:
    parts: list[str] = []
    with minivm.VM(output=parts.append) as vm:
        vm.run('for i in 0 40000 range { "€" write }')
    assert len(parts) > 1 and "".join(parts) == "€" * 40000


def test_output_that_fails() -> None:
    def refuse(text: str) -> None:
        raise OSError("no room")

    with minivm.VM(output=refuse) as vm:
        with pytest.raises(minivm.ProgramError, match="OSError: no room") as caught:
            vm.run("1 print")
        assert isinstance(caught.value.__cause__, OSError)


def test_nothing_runs_while_output_is_taken() -> None:
    def again(text: str) -> None:
        vm.run("")

    with minivm.VM(output=again) as vm, pytest.raises(minivm.ProgramError, match="RuntimeError"):
        vm.run("1 print")


def test_take_output() -> None:
    with minivm.VM(output="capture") as vm:
        vm.run("1 print")
        assert (vm.take_output(), vm.take_output()) == ("1\n", "")
        vm.run("2 print")
        assert vm.output == "2\n"


# --- the end -------------------------------------------------------------------------------------


def test_a_closed_vm_says_so() -> None:
    vm = minivm.VM()
    function = vm.eval("fn( -- ) { }")
    vm.close()
    vm.close()
    for use in (lambda: vm.run(""), lambda: vm.call("x"), function, vm.collect):
        with pytest.raises(RuntimeError, match="the VM is closed"):
            use()
    del function


def test_a_vm_cannot_be_closed_by_its_own_program() -> None:
    with minivm.VM() as vm:
        vm.register("close", vm.close, "( -- )")
        with pytest.raises(minivm.ProgramError, match="can't be closed while a program runs"):
            vm.run("close")


def test_arguments() -> None:
    with minivm.VM(arguments=["a", "ä"]) as vm:
        assert vm.eval("args") == ["a", "ä"]


def test_importing_minivm_is_cheap() -> None:
    heavy = ("cffi", "_cffi_backend", "minivm.lang", "dataclasses", "typing")
    code = f"import sys, minivm; print([m for m in {heavy!r} if m in sys.modules])"
    assert os.popen(f'{sys.executable} -S -c "{code}"').read() == "[]\n"


def test_every_export_is_there() -> None:
    assert all(getattr(minivm, name) is not None for name in minivm.__all__)
    assert set(minivm.__all__) <= set(dir(minivm))
    with pytest.raises(AttributeError):
        minivm.nothing  # noqa: B018


def test_a_vm_that_is_dropped_is_freed_at_once() -> None:
    vm = minivm.VM(timeout=1.0, output="capture")
    vm.register("x", lambda: 1, "( -- n)")
    function = vm.eval("x drop fn( -- ) { }")
    function()
    alive = weakref.ref(vm)
    del vm
    assert alive() is not None
    del function
    assert alive() is None


def test_built_in_words_are_functions(vm: minivm.VM) -> None:
    assert (vm["sqrt"](2.25), vm.call("max", 1, 3), vm["swap"](1, 2)) == (1.5, 3, (2, 1))


def test_eval_inside_of_eval(vm: minivm.VM) -> None:
    vm.register("inner", lambda: vm.eval("5 -> k k"), "( -- n)")
    assert vm.eval("1 -> j inner") == 5
    assert vm.eval("k") == 5


def test_lines_go_to_a_function_at_once() -> None:
    parts: list[str] = []
    with minivm.VM(output=parts.append) as vm:
        vm.register("seen", lambda: len(parts), "( -- n)")
        vm.run('1 print 2 print "no line" write 0 100 range drop')
    assert parts == ["1\n", "2\n", "no line"]


def test_running_many_texts_keeps_nothing() -> None:
    with minivm.VM(output="capture") as vm:
        for number in range(300):
            vm.eval(f"{number} 1 +")
            vm.run(f"{number} drop")
        assert len(vm._session.program.sources) <= 1
        assert len(vm._session.program.functions) <= 3


def test_texts_that_were_replaced_are_forgotten() -> None:
    with minivm.VM(output="capture") as vm:
        for number in range(50):
            vm.run(f"record Pair {{ a b }}\nfn twice(n -- m) {{ n {number} * }}")
        session = vm._session
        assert len(session.program.sources) <= 2
        assert len(session._compiler._by_entries) == 2
        assert vm.call("twice", 2) == 98


def test_input(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("from\na file")
    with (tmp_path / "in").open() as file:
        for given in ("one\ntwo ä", file):
            with minivm.VM(input=given) as vm:
                read = vm.eval("read_line read_all")
            assert read == (("one", "two ä") if given is not file else ("from", "a file"))
    with pytest.raises(TypeError, match="input is text"):
        minivm.VM(input=["no"])
