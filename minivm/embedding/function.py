"""Functions of a VM as Python callables.

In: a function of the VM, by a handle that keeps it alive, or by its name. Out: calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minivm.handles import Handle
from minivm.machine import Machine

if TYPE_CHECKING:
    from minivm.embedding.vm import VM


class Function:
    """A function of a VM: `f(1, 2)` calls it, as `VM.call` does.

    `name` is the one it was declared with, `parameters` and `results` are how many values it takes
    and leaves. It can be passed to the VM it is from, and is the same function there.
    """

    __slots__ = ("_handle", "_vm", "name", "parameters", "results")

    def __init__(self, vm: VM, handle: Handle, name: str, parameters: int, results: int) -> None:
        self._vm = vm
        self._handle = handle
        self.name = name
        self.parameters = parameters
        self.results = results

    def __call__(self, *arguments: object) -> Any:
        """What it leaves: None, a value, or a tuple of several. Raises what `VM.call` raises."""
        return self._vm.call(self, *arguments)

    def number_in(self, machine: Machine, what: str) -> int:
        """The number of its handle in `machine`. Raises ValueError for a function of another."""
        if self._handle.machine is not machine:
            raise ValueError(f"{what}: the function {self.name} belongs to another VM")
        return self._handle.number

    def __repr__(self) -> str:
        return f"<mvm function {self.name}({self.parameters} -- {self.results})>"
