"""What a VM raises: errors of programs with their place, and limits."""

from __future__ import annotations

import signal
import threading
import time

import pytest

import minivm


def test_a_program_error_knows_its_place(vm: minivm.VM) -> None:
    vm.run("fn inner(a -- b) { a 1 + }\nfn outer(a -- b) { a inner }", "lib.mvm")
    with pytest.raises(minivm.ProgramError) as caught:
        vm.run("\n  9223372036854775807 outer print", "prog.mvm")
    error = caught.value
    assert (error.kind, error.message) == ("overflow", error.message)
    assert (error.path, error.line, error.column) == ("lib.mvm", 1, 24)
    assert [call.function for call in error.traceback] == ["inner", "outer", "main"]
    assert [call.line for call in error.traceback] == [1, 2, 2]
    assert str(error) == f"lib.mvm:1:24: {error.message} (overflow)"
    assert isinstance(error, minivm.Error)


def test_a_source_error_is_an_error(vm: minivm.VM) -> None:
    with pytest.raises(minivm.Error) as caught:
        vm.run("1 2 pritn", "prog.mvm")
    error = caught.value
    assert isinstance(error, minivm.SourceError)
    assert (error.path, error.line, error.column) == ("prog.mvm", 1, 5)
    vm.run("1 print")
    assert vm.output == "1\n"


def test_thrown_values(vm: minivm.VM) -> None:
    with pytest.raises(minivm.ProgramError, match=r"%\{1 2\} \(error\)") as caught:
        vm.run("%{ 1 2 } throw")
    assert caught.value.value == {1: 2}
    with pytest.raises(minivm.ProgramError) as caught:
        vm.run('"mine" "what" error throw')
    assert (caught.value.kind, caught.value.message, caught.value.value) == ("mine", "what", None)


def test_an_error_is_forgotten(vm: minivm.VM) -> None:
    vm.run("fn half(a -- b) { 1 a // }")
    for _ in range(3):
        with pytest.raises(minivm.ProgramError, match="division by zero"):
            vm.call("half", 0)
        assert vm.call("half", 1) == 1


def test_exit(vm: minivm.VM) -> None:
    with pytest.raises(minivm.Exit) as caught:
        vm.run("1 print 7 exit 2 print")
    assert (caught.value.status, vm.output) == (7, "1\n")


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("jit", [False, "uops", True])
def test_timeout(jit: bool | str) -> None:
    with minivm.VM(jit=jit, timeout=0.1, output="capture") as vm:
        with pytest.raises(minivm.Timeout, match="time limit"):
            vm.run("try { while { true } { } } catch e { 1 print }")
        assert vm.output == ""
        for _ in range(3):
            vm.run("1 drop")
            time.sleep(0.06)
        with pytest.raises(minivm.Timeout):
            vm.eval("while { true } { }")


def test_timeout_counts_words_and_what_they_call() -> None:
    with minivm.VM(timeout=0.1, output="capture") as vm:
        vm.register("forever", lambda: vm.run("while { true } { }"), "( -- )")
        with pytest.raises(minivm.Timeout):
            vm.run("try { forever } catch e { 1 print }")
        assert vm.output == ""


def test_depth_limit() -> None:
    with minivm.VM(max_depth=50) as vm:
        vm.run("fn down(n -- m) { n 0 == if { 0 } else { n 1 - down } }")
        assert vm.call("down", 40) == 0
        with pytest.raises(minivm.DepthLimit):
            vm.call("down", 60)


def test_memory_limit() -> None:
    with minivm.VM(max_heap=1 << 20) as vm:
        with pytest.raises(minivm.MemoryLimit):
            vm.run("[] -> l while { true } { l 1 push }")
        vm.run("[] -> l for i in 0 1000 range { l i push }")


# --- stopping ------------------------------------------------------------------------------------


def test_interrupt(vm: minivm.VM) -> None:
    vm.register("ready", threading.Timer(0.05, vm.interrupt).start, "( -- )")
    with pytest.raises(minivm.Interrupted, match="interrupt"):
        vm.run("ready try { while { true } { } } catch e { 1 print }")
    assert vm.output == ""
    vm.run("2 print")
    assert vm.output == "2\n"


def test_interrupt_while_nothing_runs(vm: minivm.VM) -> None:
    vm.interrupt()
    vm.run("for i in 0 100 range { i drop } 1 print")
    assert vm.output == "1\n"


def test_ctrl_c_is_a_keyboard_interrupt(vm: minivm.VM) -> None:
    def press() -> None:
        threading.Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()

    vm.register("press", press, "( -- )")
    with pytest.raises(KeyboardInterrupt):
        vm.run("press while { true } { }")
    vm.run("1 print")
    assert vm.output == "1\n"


def test_ctrl_c_with_a_handler_of_ones_own(vm: minivm.VM) -> None:
    seen: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        vm.register("press", threading.Timer(0.05, signal.raise_signal, [2]).start, "( -- )")
        with pytest.raises(minivm.Interrupted):
            vm.run("press while { true } { }")
        assert seen == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, previous)


def test_what_waits_can_be_stopped() -> None:
    with minivm.VM(timeout=0.1) as vm:
        started = time.monotonic()
        with pytest.raises(minivm.Timeout):
            vm.run("30 sleep")
        assert time.monotonic() - started < 20
