"""Several VMs in several threads, and one VM in two."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

import minivm

_SPIN = "fn spin( -- n) { 0 -> n while { n 200000 < } { n 1 + -> n } n }"


def _in_threads(count: int, work: Callable[[int], None]) -> list[BaseException]:
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return errors


@pytest.mark.parametrize("jit", [False, True])
def test_programs_run_in_parallel(jit: bool) -> None:
    """Each stays in its loop until the other one is in its loop, too: they run at once.

    Were the interpreter lock held while a program runs, the first would never be interrupted.
    """
    looping = [threading.Event(), threading.Event()]
    vms = [minivm.VM(jit=jit), minivm.VM(jit=jit)]

    def work(number: int) -> None:
        vms[number].register("looping", looping[number].set, "( -- )")
        with pytest.raises(minivm.Interrupted):
            vms[number].run("looping while { true } { }")

    def stop() -> None:
        # Python runs here while both programs loop.
        assert all(event.wait(30) for event in looping)
        for vm in vms:
            vm.interrupt()

    stopper = threading.Thread(target=stop)
    stopper.start()
    errors = _in_threads(2, work)
    stopper.join(30)
    assert not errors


def test_many_vms_in_many_threads() -> None:
    results: list[object] = [None] * 8

    def work(number: int) -> None:
        for _ in range(3):
            with minivm.VM(output="capture", debug={"stress": number % 2}) as vm:
                vm.run(_SPIN)
                vm.register("shift", lambda n: n + number, "(n -- m)")
                vm.run("[ 1 2 ] print spin shift print")
                results[number] = (vm.output, vm.call("spin"))

    assert not _in_threads(8, work)
    assert results == [(f"[1 2]\n{200000 + number}\n", 200000) for number in range(8)]


def test_one_vm_in_two_threads_is_refused() -> None:
    started, done = threading.Event(), threading.Event()
    with minivm.VM() as vm:
        vm.register("wait", lambda: (started.set(), done.wait(30), None)[-1], "( -- )")
        runner = threading.Thread(target=vm.run, args=["wait"])
        runner.start()
        assert started.wait(30)
        uses: list[Callable[[], object]] = [
            lambda: vm.run("1 print"),
            lambda: vm.call("x"),
            lambda: vm.register("y", print, "( -- )"),
            vm.close,
            vm.collect,
        ]
        for use in uses:
            with pytest.raises(RuntimeError, match="in use by another thread"):
                use()
        done.set()
        runner.join(30)
        assert vm.eval("1") == 1


def test_functions_may_be_dropped_by_another_thread() -> None:
    with minivm.VM() as vm:
        make = vm.eval("fn( -- f) { [ 1 ] -> l fn( -- r) { l } }")
        functions = [make() for _ in range(500)]
        spinning = threading.Thread(
            target=vm.run, args=["0 -> n while { n 3000000 < } { n 1 + -> n }"]
        )
        spinning.start()
        functions.clear()
        spinning.join(60)
        vm.collect()
        assert make()() == [1]


def test_a_vm_may_move_to_another_thread() -> None:
    with minivm.VM() as vm:
        vm.run("fn one( -- n) { 1 }")
        results: list[object] = []
        assert not _in_threads(1, lambda _: results.append(vm.call("one")))
        assert results == [1]
