"""`minivm trace`: a program's source → a listing of the traces its run makes."""

from __future__ import annotations

import os
from collections.abc import Callable

from minivm.commands.console import say
from minivm.commands.dis import check_function
from minivm.commands.parsing import Arguments, UsageError
from minivm.commands.program import engine_of, load, load_program, make_vm, run_program
from minivm.commands.switches import typed
from minivm.executors import Executor, Place
from minivm.lang.code import Program
from minivm.listing.instructions import function_label, functions_called
from minivm.listing.traces import CODE, EXITS, Wanted, list_account, list_executor


def execute(arguments: Arguments) -> int:
    """Run PROG without its output, then list its executors."""
    program = load_program(arguments)
    check_function(program, arguments)
    engine = engine_of(arguments, "jit")
    with open(os.devnull, "wb") as nowhere:
        output = nowhere.fileno()
        with make_vm(arguments, engine, output, counting=True, keep_stages=True) as vm:
            load(vm, program, arguments)
            code = run_program(vm, program)
            executors, statistics = vm.executors(), vm.statistics()
    wanted = _wanted(arguments.text("--stage"), executors)
    is_chosen = _choice(program.code, arguments)
    lines: list[str] = []
    for number, executor in enumerate(executors, 1):
        if is_chosen(executor.place):
            lines += [*list_executor(number, executor, program.code, wanted), ""]
    if executors and not lines:
        lines = [_none_chosen(executors, program.code, arguments), ""]
    say("\n".join([*lines[:-1], *list_account(statistics)]))
    return code


def _choice(code: Program, arguments: Arguments) -> Callable[[Place], bool]:
    """Whether a trace that starts at a place is asked for."""
    function, line = arguments.text("--function"), arguments.number("--line")
    called = functions_called(code, function) if function else range(len(code.functions))
    return lambda place: place.function_index in called and line in (0, place.line)


def _none_chosen(executors: list[Executor], code: Program, arguments: Arguments) -> str:
    """Where traces start, for who has asked for a place where none does."""
    function, line = arguments.text("--function"), arguments.number("--line")
    where = (f" at line {line}" if line else "") + (f" in {function}" if function else "")
    places = sorted(
        {(each.place.line, function_label(code, each.place.function_index)) for each in executors}
    )
    known = ", ".join(f"line {number} ({name})" for number, name in places)
    return f"no trace starts{where}; they start at {known}"


def _wanted(name: str, executors: list[Executor]) -> Wanted:
    """Which stages to show: the one called `name`, or all that begin with it."""
    names = [*(stage.name for stage in executors[0].stages), CODE, EXITS] if executors else []
    known, wanted = [typed(each) for each in names], typed(name)
    if wanted in known:
        return lambda stage: typed(stage) == wanted
    if known and not any(stage.startswith(wanted) for stage in known):
        raise UsageError(f"there is no stage '{name}'", f"There are: {', '.join(known)}.")
    return lambda stage: typed(stage).startswith(wanted)
