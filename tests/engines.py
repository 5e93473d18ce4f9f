"""What tests run on: all engines, "llvm" only where llvmlite is installed; what traces can do
without.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec

from minivm.machine import ENGINES as _ALL
from minivm.machine import Machine

HAS_LLVM = find_spec("llvmlite") is not None
ENGINES = tuple(engine for engine in _ALL if engine != "llvm" or HAS_LLVM)


@lru_cache(maxsize=1)
def switches() -> tuple[str, ...]:
    """What traces can do without: passes, and what else `--jit-disable` takes."""
    with Machine() as machine:
        return tuple(machine.switches())
