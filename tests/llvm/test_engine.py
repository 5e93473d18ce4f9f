"""The LLVM engine at work: what it makes of traces, and what happens when it can't."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from minivm.machine import CAPTURE, LLVM_LEVELS, Machine
from minivm.native import NativeError
from tests.engines import HAS_LLVM
from tests.jit.running import SOON, compiled, run

needs_llvm = pytest.mark.skipif(not HAS_LLVM, reason="llvmlite is not installed")

LOOP = "0 -> t\nfor i in 0 1000 range { t i i * 3 // + -> t }\nt print\n"
ANSWER = f"{sum(i * i // 3 for i in range(1000))}\n"


def machine(**options: Any) -> Machine:
    return Machine(output=CAPTURE, **{**SOON, "engine": "llvm", **options})


@needs_llvm
@pytest.mark.parametrize("level", LLVM_LEVELS)
def test_every_level_gives_the_answer(level: int) -> None:
    with machine(llvm_level=level, counting=True) as vm:
        vm.load(compiled(LOOP))
        vm.run()
        assert vm.captured().decode() == ANSWER
        assert vm.llvm is not None and not vm.llvm.failures
        (executor,) = vm.executors()
        (compilation,) = vm.llvm.compilations
        assert executor.iterations > 900
        assert executor.code_address and executor.code_size == compilation.code_size > 0
        assert executor.uop_count == compilation.uops
        assert executor.emission_nanoseconds >= compilation.nanoseconds > 0
        assert vm.statistics().code_bytes == executor.code_size


@needs_llvm
def test_bodies_are_inlined_and_registers_are_no_variables() -> None:
    with machine(llvm_level=2, keep_stages=True) as vm:
        vm.load(compiled(LOOP))
        vm.run()
        assert vm.llvm is not None
        (executor,) = vm.executors()
        from minivm.llvm.trace_ir import trace_ir

        stage = executor.stages[-1]
        function = trace_ir(stage.uops, stage.loop_start, [e.first_uop for e in executor.exits])
        module = str(vm.llvm.compiler.optimise(function))
        assert "alloca" in function and "alloca" not in module
        assert "call i1 @uop_" in function and "@uop_" not in module


@needs_llvm
def test_a_trace_that_can_not_be_compiled_runs_in_tier_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no")

    with machine() as vm:
        assert vm.llvm is not None
        monkeypatch.setattr(vm.llvm.compiler, "compile", fail)
        vm.load(compiled(LOOP))
        vm.run()
        assert vm.captured().decode() == ANSWER
        assert vm.executors() == []
        assert vm.statistics().aborts["compiler"] == len(vm.llvm.failures) > 0


@needs_llvm
def test_machines_do_not_share_code() -> None:
    first, second = run(LOOP, engine="llvm"), run(LOOP, engine="llvm")
    assert first.output == second.output == ANSWER


def test_without_llvmlite_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "llvmlite"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    for name in ("minivm.llvm.compiler", "minivm.llvm.engine"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(NativeError, match=r'pip install "minivm\[llvm\]"'):
        machine()
