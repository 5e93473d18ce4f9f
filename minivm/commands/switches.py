"""--jit-disable: what traces are to do without.

In: a command's `Arguments`. Out: the names as the library knows them, or a `UsageError` with those
that there are, spelled as one types them.
"""

from __future__ import annotations

from collections.abc import Iterable

from minivm.commands.parsing import Arguments, UsageError
from minivm.machine import Machine

_OPTION = "--jit-disable"


def disabled(arguments: Arguments) -> list[str]:
    """What the option says is to be left out. Raises NativeError, UsageError."""
    known = {typed(name): name for name in Machine.switches()}
    wanted = [typed(name) for name in arguments.text(_OPTION).split(",")]
    for name in wanted:
        if name not in known:
            raise _unknown(name, known)
    return [known[name] for name in wanted]


def typed(name: str) -> str:
    """A name without spaces, which need no quotes in a shell."""
    return name.replace(" ", "-")


def _unknown(name: str, known: Iterable[str]) -> UsageError:
    # Only an error pays for this import.
    from difflib import get_close_matches

    message = f"{_OPTION}: nothing is called '{name}' that can be left out"
    if not name:
        message = f"{_OPTION}: there is a name missing"
    close = get_close_matches(name.lower(), known, n=1)
    meant = f"Did you mean {close[0]}? " if close else ""
    return UsageError(message, f"{meant}There are: {', '.join(known)}.")
