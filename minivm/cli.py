"""The command line: `minivm COMMAND …`.

In: the words of the command line. Out: an exit code (commands/exit_codes.py), and never a Python
traceback, whatever happens. The commands are modules of minivm/commands.
"""

from __future__ import annotations

import os
import sys

from minivm import __version__
from minivm.commands import console, exit_codes
from minivm.commands.command_table import COMMANDS
from minivm.commands.parsing import Command, UsageError, parse

_REPORT_HINT = (
    "This is a mistake in minivm. Please report it, with the program and what\n"
    "MINIVM_DEBUG=1 in the environment makes of this message: it adds a traceback."
)


def main(words: list[str] | None = None) -> int:
    """Run the command that `words` (by default the process's) stand for; the exit code."""
    try:
        code = _guarded(sys.argv[1:] if words is None else words)
        console.flush()
    except console.OutputError as error:
        if error.broken_pipe:
            return exit_codes.BROKEN_PIPE
        console.complain(console.error_text(str(error)))
        return exit_codes.FAILED
    except KeyboardInterrupt:
        # While a program runs, Ctrl-C is an error of the program (interruptible.py).
        console.complain(console.error_text("interrupted"))
        return exit_codes.INTERRUPTED
    return code


def _guarded(words: list[str]) -> int:
    """The exit code, with a message for whatever goes wrong on the way."""
    try:
        return _dispatch(words)
    except console.OutputError:
        raise
    except UsageError as error:
        console.complain(console.error_text(str(error), error.hint))
        return exit_codes.USAGE
    except MemoryError as error:
        console.complain(console.error_text(str(error) or "out of memory"))
        return exit_codes.FAILED
    except Exception as error:
        return _known_failure(error)


def _known_failure(error: Exception) -> int:
    """For errors whose types would take time to import before they are needed."""
    from minivm.commands.failure import tell_source_error
    from minivm.errors import ProgramError
    from minivm.lang import SourceError
    from minivm.native import NativeError

    if isinstance(error, SourceError):
        return tell_source_error(error)
    if isinstance(error, NativeError):
        console.complain(console.error_text(str(error), _compiler_hint(error)))
        return exit_codes.UNAVAILABLE
    if isinstance(error, ProgramError):
        # One that came before the program ran, so there is no place to show.
        console.complain(console.error_text(f"the program can't be loaded: {error}"))
        return exit_codes.FAILED
    if os.environ.get("MINIVM_DEBUG"):
        import traceback

        console.complain(traceback.format_exc())
    message = f"internal error: {type(error).__name__}: {error}"
    console.complain(console.error_text(message, _REPORT_HINT))
    return exit_codes.INTERNAL


def _compiler_hint(error: Exception) -> str:
    """How to get a compiler, where one is needed and there is none."""
    from minivm.jit.errors import BuildError
    from minivm.jit.toolchain import find_compiler
    from minivm.native import NotBuiltError

    if isinstance(error, NotBuiltError):
        try:
            find_compiler()
        except BuildError as missing:
            return f"`minivm build` would find {missing}"
    return ""


def _dispatch(words: list[str]) -> int:
    if not words:
        return _without_words()
    if words[0] in ("--help", "-h", "help"):
        return _help(words[1:2])
    if words[0] in ("--version", "-V"):
        console.say(f"minivm {__version__}")
        return exit_codes.OK
    command = COMMANDS.get(words[0])
    if command is None:
        raise _unknown(words[0])
    return _execute(command, words[1:])


def _without_words() -> int:
    """On a terminal the prompt; elsewhere what comes in is the program."""
    if sys.stdin is not None and sys.stdin.isatty():
        return _execute(COMMANDS["repl"], [])
    return _execute(COMMANDS["run"], ["-"])


def _execute(command: Command, words: list[str]) -> int:
    # Even where the rest makes no sense, who asks for help gets it.
    if words and words[0] in ("--help", "-h"):
        return _help([command.name])
    try:
        arguments = parse(command, words)
        if arguments.has("--jit-disable"):
            from minivm.commands.switches import disabled

            # Before anything else is done: not each command needs to know.
            disabled(arguments)
    except UsageError as error:
        error.hint = f"{error.hint} See minivm {command.name} --help.".strip()
        raise
    if arguments.has("--help"):
        return _help([command.name])
    from importlib import import_module

    # Only the module of the command that is run takes time to import.
    code: int = import_module(f"minivm.commands.{command.name}").execute(arguments)
    return code


def _help(names: list[str]) -> int:
    from minivm.commands.help import command_help, program_help

    if not names:
        console.say(program_help())
        return exit_codes.OK
    if names[0] not in COMMANDS:
        raise _unknown(names[0])
    console.say(command_help(COMMANDS[names[0]]))
    return exit_codes.OK


def _unknown(word: str) -> UsageError:
    from difflib import get_close_matches

    close = get_close_matches(word, COMMANDS, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    if os.path.exists(word):
        hint = f"To run a program: minivm run {word}. "
    what = "option" if word.startswith("-") else "command"
    return UsageError(f"no such {what}: {word}", f"{hint}See minivm --help.")
