"""The commands of the prompt, such as `:help`.

In: a command's name, or an unambiguous beginning of it, and its argument. Out: what it does, shown
at the terminal. `COMMANDS` is what `:help` and completion show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minivm.repl.loop import Loop

_HELP = """\
What you type runs when it is complete; while a bracket is open or a block is missing,
it goes on in the next line. Values that stay on the stack are shown, and the next line
finds them there. Variables, functions, records and imports last, too; declaring a
function again replaces it, also for those that call it. What fails leaves the stack and
the variables as they were. Tab completes names, Ctrl-C stops what runs, Ctrl-D leaves."""


class CommandError(Exception):
    """A command that makes no sense; the message says why."""


@dataclass(frozen=True)
class PromptCommand:
    """`act` gets the loop and the argument; `placeholder` is the argument in help texts."""

    name: str
    placeholder: str
    summary: str
    act: Callable[[Loop, str], None]


def find_command(name: str) -> PromptCommand:
    """The command called `name`, or the only one that begins so. Raises CommandError."""
    if name in COMMANDS:
        return COMMANDS[name]
    found = [command for command in COMMANDS.values() if name and command.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    which = " or ".join(f":{command.name}" for command in found)
    raise CommandError(f":{name} may be {which}" if found else f"there is no :{name}; see :help")


def meant_command(entry: str) -> str:
    """The command that somebody may have meant by an entry that fails; "" for none."""
    word = entry.split()[0]
    if word in ("exit", "bye"):
        return "quit"
    return word if word in COMMANDS else ""


def _help(loop: Loop, argument: str) -> None:
    rows = [(f":{each.name} {each.placeholder}", each.summary) for each in COMMANDS.values()]
    width = max(len(left) for left, _ in rows) + 2
    loop.terminal.say("\n".join([_HELP, "", *(f"  {a:<{width}}{b}" for a, b in rows)]))


def _quit(loop: Loop, argument: str) -> None:
    raise EOFError


def _stack(loop: Loop, argument: str) -> None:
    loop.show_stack(always=True)


def _clear(loop: Loop, argument: str) -> None:
    loop.workspace.clear()
    loop.show_stack()


def _variables(loop: Loop, argument: str) -> None:
    for name, value in loop.workspace.variables():
        loop.terminal.say(f"{name} = {value}")


def _dis(loop: Loop, argument: str) -> None:
    if not argument:
        raise CommandError(":dis needs the name of a function")
    loop.terminal.say(loop.workspace.dis(argument))


def _trace(loop: Loop, argument: str) -> None:
    loop.terminal.say(loop.workspace.traces(argument))


def _time(loop: Loop, argument: str) -> None:
    if not argument:
        raise CommandError(":time needs something to run")
    loop.timed(argument)


def _load(loop: Loop, argument: str) -> None:
    if not argument:
        raise CommandError(":load needs a file")
    loop.workspace.load(argument)
    loop.show_stack()


COMMANDS = {
    command.name: command
    for command in (
        PromptCommand("help", "", "this text", _help),
        PromptCommand("stack", "", "the values on the stack", _stack),
        PromptCommand("clear", "", "drop the values on the stack", _clear),
        PromptCommand("variables", "", "the variables and their values", _variables),
        PromptCommand("dis", "NAME", "the instructions of a function, as they are now", _dis),
        PromptCommand("trace", "[NAME]", "the traces made so far, or all of a function's", _trace),
        PromptCommand("time", "LINE", "run a line and say how long it took", _time),
        PromptCommand("load", "FILE", "run a file here, as if it had been typed", _load),
        PromptCommand("quit", "", "leave, as Ctrl-D does", _quit),
    )
}
