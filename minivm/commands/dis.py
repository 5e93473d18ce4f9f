"""`minivm dis`: a program's source → a listing of its instructions."""

from __future__ import annotations

import os

from minivm.commands.console import say
from minivm.commands.exit_codes import OK
from minivm.commands.parsing import Arguments, UsageError
from minivm.commands.program import LoadedProgram, load, load_program, make_vm, run_program
from minivm.listing.instructions import function_label, functions_called, list_program


def execute(arguments: Arguments) -> int:
    """List PROG's instructions, with what tier one makes of them if that is wanted."""
    program = load_program(arguments)
    check_function(program, arguments)
    if arguments.has("--specialized"):
        return _list_after_run(program, arguments)
    say("\n".join(list_program(program.code, arguments.text("--function"))))
    return OK


def check_function(program: LoadedProgram, arguments: Arguments) -> None:
    """Raises UsageError when --function names none."""
    name = arguments.text("--function")
    if name and not functions_called(program.code, name):
        indices = range(len(program.code.functions))
        names = dict.fromkeys(function_label(program.code, index) for index in indices)
        raise UsageError(f"there is no function '{name}'", f"There are: {', '.join(names)}.")


def _list_after_run(program: LoadedProgram, arguments: Arguments) -> int:
    with open(os.devnull, "wb") as nowhere, make_vm(arguments, "tier1", nowhere.fileno()) as vm:
        load(vm, program, arguments)
        code = run_program(vm, program)
        only = arguments.text("--function")
        say("\n".join(list_program(program.code, only, vm.units)))
    return code
