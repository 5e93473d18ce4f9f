"""Handles: values of a VM that Python refers to without knowing what they are.

In: a value on the exchange (runtime/exchange.h). Out: an object that keeps it alive.
"""

from __future__ import annotations

# Not typing: see minivm/native.py.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from minivm.machine import Machine


class Handle:
    """A value of `machine`, kept alive as long as this is."""

    __slots__ = ("machine", "number")

    def __init__(self, machine: Machine, number: int) -> None:
        self.machine = machine
        self.number = number

    def __del__(self) -> None:
        # Python may do this in any thread, while the VM runs in another: it is only noted down.
        self.machine.dropped.append(self.number)
