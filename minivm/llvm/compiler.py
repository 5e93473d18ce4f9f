"""A trace's function and the bodies it calls → machine code, by LLVM.

In: text from trace_ir.py, and the addresses of C functions. Out: the code's address and size.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from time import thread_time_ns

import llvmlite.binding as llvm
from llvmlite.binding.orcjit import JITLibraryBuilder, ResourceTracker, create_lljit_compiler

from minivm.llvm.bodies import Bodies
from minivm.llvm.trace_ir import NAME

# What LLVM may call of its own accord.
_OWN_CALLS = ("memcpy", "memmove", "memset")


@dataclass(frozen=True)
class Code:
    """Machine code: where its function starts, its bytes, and what LLVM took to make it."""

    entry: int
    size: int
    nanoseconds: int


class Compiler:
    """Compiles traces at one level of optimisation; what it made goes when it goes."""

    def __init__(self, bitcode: bytes, addresses: dict[str, int], level: int) -> None:
        """`addresses` are those of the C functions, by name. Raises RuntimeError for bitcode that
        this LLVM can't read."""
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.bodies = _bodies_in(bitcode)
        self._addresses = dict(addresses)
        for name in _OWN_CALLS:
            self._addresses[name] = _c_address(name)
        # The processor the stencils were made for.
        target = llvm.Target.from_triple(llvm.get_process_triple())
        self._machine = target.create_target_machine(
            cpu="x86-64", opt=level, reloc="pic", codemodel="small"
        )
        self._tuning = llvm.create_pipeline_tuning_options(speed_level=level)
        self._linker = create_lljit_compiler(
            target.create_target_machine(cpu="x86-64", reloc="pic", codemodel="small"),
            use_jit_link=True,
        )
        # Each keeps a trace's code in memory.
        self._kept: list[ResourceTracker] = []

    def compile(self, function: str) -> Code:
        """Raises RuntimeError, with LLVM's message, when it can't be done."""
        text = self.bodies.module(function)
        called = self.bodies.functions_called(text)
        started = thread_time_ns()
        content = self._to_object(text)
        builder = JITLibraryBuilder().add_object_img(content).export_symbol(NAME)
        for name in (*called, *_OWN_CALLS):
            builder.import_symbol(name, self._addresses[name])
        tracker = builder.link(self._linker, f"trace{len(self._kept)}")
        nanoseconds = thread_time_ns() - started
        self._kept.append(tracker)
        return Code(tracker[NAME], _text_size(content), nanoseconds)

    def optimise(self, function: str) -> llvm.ModuleRef:
        """The module of a trace's function after all passes."""
        return self._optimised(self.bodies.module(function))

    def _to_object(self, text: str) -> bytes:
        content: bytes = self._machine.emit_object(self._optimised(text))
        return content

    def _optimised(self, text: str) -> llvm.ModuleRef:
        module = llvm.parse_assembly(text)
        builder = llvm.create_pass_builder(self._machine, self._tuning)
        passes: Callable[[], llvm.ModulePassManager] = builder.getModulePassManager
        passes().run(module, builder)
        return module


@lru_cache(maxsize=1)
def _bodies_in(bitcode: bytes) -> Bodies:
    """The same for all VMs."""
    return Bodies(str(llvm.parse_bitcode(bitcode)))


def _c_address(name: str) -> int:
    """Where a function of the C library is."""
    address = ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value
    assert address is not None
    return address


def _text_size(content: bytes) -> int:
    """The bytes of machine code in an object file."""
    sections = llvm.ObjectFileRef.from_data(content).sections()
    return sum(section.size() for section in sections if section.is_text())
