"""The LLVM engine at work: what it makes of traces, and what happens when it can't."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minivm.executors import Executor
from minivm.jit.cache import open_cache
from minivm.jit.target import host_target
from minivm.jit.toolchain import find_compiler, open_toolchain
from minivm.machine import CAPTURE, LLVM_LEVELS, Machine
from minivm.native import NativeError
from tests.engines import HAS_LLVM
from tests.jit.running import SOON, compiled, run
from tests.llvm.made import MadeExit

needs_llvm = pytest.mark.skipif(not HAS_LLVM, reason="llvmlite is not installed")

LOOP = "0 -> t\nfor i in 0 1000 range { t i i * 3 // + -> t }\nt print\n"
# Both ways of each branch, in a loop within a loop.
BRANCHES = """
0 -> t 0.5 -> f
for i in 0 3000 range {
    for j in 0 i 7 % range { t j + -> t }
    i 3 % 0 == if { f 1.25 + -> f } else {
        t i 2 * + -> t
        i 5 % 0 == if { f t 3 % + -> f }
    }
}
t print f print
"""
CALLER = """
typedef __attribute__((preserve_none)) void trace(
    void *, void *, long, long, long, long, long, long, long, long,
    double, double, double, double, double, double, double, double);
__attribute__((visibility("default"))) void call_trace(trace *entry, void *slots, void *vm) {
    entry(slots, vm, 1, 2, 3, 4, 5, 6, 7, 8, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5);
}
"""
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
        exits = [MadeExit(found.first_uop) for found in executor.exits]
        function = trace_ir(stage.uops, stage.loop_start, exits, link=0)
        module = str(vm.llvm.compiler.optimise(function))
        assert "alloca" in function and "alloca" not in module
        assert "call i1 @uop_" in function and "@uop_" not in module


@needs_llvm
@pytest.mark.parametrize("level", LLVM_LEVELS)
def test_side_traces_and_links_are_those_of_the_uop_interpreter(level: int) -> None:
    oracle, ran = (
        run(BRANCHES, engine=engine, counting=True, exit_threshold=5, **options)
        for engine, options in (("uops", {"disabled": ("links",)}), ("llvm", {"llvm_level": level}))
    )
    assert ran.output == oracle.output and ran.exits == oracle.exits
    assert ran.statistics.trace_instructions == oracle.statistics.trace_instructions
    shapes = [[_shape(executor) for executor in each.executors] for each in (oracle, ran)]
    assert shapes[0] == shapes[1]
    # Most of what they do is done in side traces, in a row and back to a loop's trace.
    assert (
        sum(executor.iterations or 0 for executor in ran.executors if executor.is_side_trace) > 1000
    )
    assert any(executor.link is not None for executor in ran.executors)


def _shape(executor: Executor) -> tuple[object, ...]:
    taken = [(way_out.count, way_out.side) for way_out in executor.exits]
    return executor.entered, executor.iterations, executor.parent, executor.link, taken


@needs_llvm
@pytest.mark.parametrize("level", LLVM_LEVELS)
def test_it_passes_parameters_as_the_c_compiler_does(level: int, tmp_path: Path) -> None:
    """C enters a trace, which goes on in another: each of 18 parameters comes through."""
    kinds = ["i64"] * 8 + ["double"] * 8
    names = [f"{kind} %{number}" for number, kind in enumerate(kinds)]
    head = f"define preserve_nonecc void @trace(ptr %slots, ptr %vm, {', '.join(names)}) {{"
    stores = [
        f"  %at{i} = getelementptr i64, ptr %slots, i64 {i}\n  store {name}, ptr %at{i}"
        for i, name in enumerate([*names, "ptr %vm"])
    ]
    with machine(llvm_level=level) as vm:
        assert vm.llvm is not None
        compiler = vm.llvm.compiler
        last = compiler.compile("\n".join([head, *stores, "  ret void", "}"])).entry
        first = compiler.compile(
            f"{head}\n  musttail call preserve_nonecc void inttoptr (i64 {last} to ptr)"
            f"(ptr %slots, ptr %vm, {', '.join(names)})\n  ret void\n}}"
        ).entry
        found = (ctypes.c_uint64 * 17)()
        _caller(tmp_path)(ctypes.c_void_p(first), found, ctypes.c_void_p(77))
    assert found[:8] == list(range(1, 9)) and found[16] == 77
    assert list((ctypes.c_double * 17).from_buffer(found)[8:16]) == [n + 0.5 for n in range(8)]


def _caller(folder: Path) -> Callable[..., None]:
    """A C function that calls one of the given address, `slots` and `vm`, with odd registers."""
    source, compiled_file, library = (folder / f"caller.{end}" for end in ("c", "o", "so"))
    source.write_text(CALLER)
    toolchain = open_toolchain(find_compiler(), host_target(), open_cache(print).directory)
    toolchain.compile_library_file(source, compiled_file, [])
    toolchain.link_library([compiled_file], library)
    function: Callable[..., None] = ctypes.CDLL(str(library)).call_trace
    return function


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
