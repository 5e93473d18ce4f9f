"""The LLVM engine of one VM: what the library calls for each trace.

In: a trace's final uops. Out: the address of machine code for them. When LLVM can't compile a
trace, the program goes on in tier one, and the trace counts as given up for the reason "compiler".
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minivm.jit.llvm_build import BITCODE_FILE
from minivm.native import NativeError, NotBuiltError

try:
    from minivm.llvm.compiler import Compiler
except ImportError as error:
    raise NativeError(
        f'--jit=llvm needs llvmlite: run `pip install "minivm[llvm]"` ({error})'
    ) from None
from minivm.llvm.trace_ir import trace_ir

if TYPE_CHECKING:
    from minivm.machine import Machine


@dataclass(frozen=True)
class Compilation:
    """What one trace took: nanoseconds of this thread in LLVM, and the bytes of machine code."""

    uops: int
    nanoseconds: int
    code_size: int


class Engine:
    """Compiles the traces of a VM; must live as long as the VM does."""

    def __init__(self, machine: Machine, level: int) -> None:
        """`level` is LLVM's level of optimisation. Raises NativeError."""
        ffi, lib = machine.ffi, machine.lib
        addresses = {
            ffi.string(lib.mvm_helper_name(i)).decode(): int(lib.mvm_helper_address(i))
            for i in range(lib.mvm_helper_count())
        }
        try:
            self.compiler = Compiler(_bitcode(), addresses, level)
        except RuntimeError as error:
            raise NativeError(f"this llvmlite can't read the bitcode of uops: {error}") from None
        self.compilations: list[Compilation] = []
        # Why traces could not be compiled: faults of minivm.
        self.failures: list[Exception] = []
        self._callback = ffi.callback("mvm_compiler", self._compiling())
        lib.mvm_set_compiler(machine.pointer, self._callback)

    def _compiling(self) -> Callable[[Any, Any], bool]:
        """What the library calls. It does not know this object, so that both go at once."""
        compiler, compilations, failures = self.compiler, self.compilations, self.failures

        def compile_trace(found: Any, compiled: Any) -> bool:
            try:
                uops = [found.uops[i] for i in range(found.uop_count)]
                exits = [found.exits[i] for i in range(found.exit_count)]
                code = compiler.compile(trace_ir(uops, found.loop_start, exits, found.link))
            except Exception as error:
                failures.append(error)
                return False
            compiled.entry = code.entry
            compiled.code_size = code.size
            compilations.append(Compilation(len(uops), code.nanoseconds, code.size))
            return True

        return compile_trace


def _bitcode() -> bytes:
    path = os.path.join(os.path.dirname(__file__), os.pardir, "_native", BITCODE_FILE)
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise NotBuiltError(f"{path}: {error.strerror}: run `minivm build`") from None
