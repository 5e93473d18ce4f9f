"""`minivm run`: a program's source → what it prints, and its exit code."""

from __future__ import annotations

import time

# What only some options need is imported there.
from minivm.commands.console import complain
from minivm.commands.parsing import Arguments, UsageError
from minivm.commands.program import engine_of, load, load_program, make_vm, run_program
from minivm.machine import Machine


def execute(arguments: Arguments) -> int:
    """Run PROG, with an account of it if that is wanted."""
    _check(arguments)
    if arguments.has("--profile"):
        before = time.process_time()
        from minivm.commands.profiling import execute as execute_profiled

        return execute_profiled(arguments, before, _describe_code)
    program = load_program(arguments)
    counting = arguments.has("--stats")
    engine = engine_of(arguments, "tier1")
    with make_vm(arguments, engine, counting=counting) as vm:
        load(vm, program, arguments)
        _describe_code(vm, arguments)
        started = time.perf_counter()
        code = run_program(vm, program)
        seconds = time.perf_counter() - started
        if counting:
            from minivm.commands.statistics import render_statistics

            complain(render_statistics(vm.statistics(), engine, seconds))
    return code


def _check(arguments: Arguments) -> None:
    for option in ("--gdb", "--perf"):
        if arguments.has(option) and arguments.text("--jit") not in ("machine", "llvm"):
            raise UsageError(f"{option} tells of machine code: it needs --jit or --jit=llvm")


def _describe_code(vm: Machine, arguments: Arguments) -> None:
    """Of traces still to be made, as --gdb and --perf want it."""
    if not (arguments.has("--gdb") or arguments.has("--perf")):
        return
    from minivm.debuginfo.observer import describe_code

    describe_code(
        vm,
        gdb=arguments.has("--gdb"),
        perf=arguments.text("--perf"),
        complain=lambda text: complain(f"minivm: warning: {text}"),
    )
