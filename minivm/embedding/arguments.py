"""Checks of what `minivm.VM` is called with, so that a slip is an error where it is made.

In: arguments. Out: nothing, or a TypeError or ValueError that names the argument.
"""

from __future__ import annotations

from math import isfinite


def check_jit(jit: object) -> None:
    if jit not in (True, False, "uops"):
        raise ValueError(f"jit is True, False or 'uops', not {jit!r}")


def check_limit(name: str, value: object, most: int) -> None:
    """A count of `most` at the most, 0 for no limit."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is an int, not {value!r}")
    if value < 0:
        raise ValueError(f"{name} is 0 or more, not {value}")
    if value > most:
        raise ValueError(f"{name} is at most {most}, not {value}")


def check_timeout(timeout: object) -> None:
    if timeout is None:
        return
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is None or a number of seconds, not {timeout!r}")
    if not (timeout > 0 and isfinite(timeout)):
        raise ValueError(f"timeout is more than 0 seconds, not {timeout}")


def check_text(what: str, value: object, other: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{what} is {other}, not {type(value).__name__}")


def check_callable(name: str, function: object) -> None:
    if not callable(function):
        raise TypeError(f"the word {name!r} needs something to call, not {function!r}")
