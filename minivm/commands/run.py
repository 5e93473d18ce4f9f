"""`minivm run`: a program's source → what it prints, and its exit code."""

from __future__ import annotations

import time

from minivm.commands.console import complain
from minivm.commands.parsing import Arguments
from minivm.commands.program import engine_of, load_program, make_vm, run_program


def execute(arguments: Arguments) -> int:
    """Run PROG, with an account of it if that is wanted."""
    program = load_program(arguments)
    counting = arguments.has("--stats")
    engine = engine_of(arguments, "tier1")
    with make_vm(program, arguments, engine, counting=counting) as vm:
        started = time.perf_counter()
        code = run_program(vm, program)
        seconds = time.perf_counter() - started
        if counting:
            # What is only needed here is only imported here.
            from minivm.commands.statistics import render_statistics

            complain(render_statistics(vm.statistics(), engine, seconds))
    return code
