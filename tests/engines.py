"""The engines that tests run on: all of them, "llvm" only where llvmlite is installed."""

from __future__ import annotations

from importlib.util import find_spec

from minivm.machine import ENGINES as _ALL

HAS_LLVM = find_spec("llvmlite") is not None
ENGINES = tuple(engine for engine in _ALL if engine != "llvm" or HAS_LLVM)
