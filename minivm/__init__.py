"""minivm: a small stack-based language, its adaptive interpreter and its copy-and-patch JIT.

    import minivm

    vm = minivm.VM()
    vm.run("fn add(a b -- c) { a b + }")
    vm.call("add", 1, 2)

docs/python.md is the guide. What is exported is loaded when it is first asked for.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from minivm.builder import CodeBuilder, FunctionBuilder, Label
    from minivm.embedding.compiling import compile
    from minivm.embedding.function import Function
    from minivm.embedding.record import Record, record_fields, record_name
    from minivm.embedding.vm import VM
    from minivm.errors import (
        DepthLimit,
        Error,
        Exit,
        Interrupted,
        MemoryLimit,
        ProgramError,
        Timeout,
        TracebackEntry,
    )
    from minivm.lang.code import Code, Program
    from minivm.lang.errors import SourceError
    from minivm.native import NativeError
    from minivm.verifier import VerifyError, verify

# Where each name is.
_MODULES = {
    "VM": "embedding.vm",
    "Code": "lang.code",
    "CodeBuilder": "builder",
    "DepthLimit": "errors",
    "Error": "errors",
    "Exit": "errors",
    "Function": "embedding.function",
    "FunctionBuilder": "builder",
    "Interrupted": "errors",
    "Label": "builder",
    "MemoryLimit": "errors",
    "NativeError": "native",
    "Program": "lang.code",
    "ProgramError": "errors",
    "Record": "embedding.record",
    "SourceError": "lang.errors",
    "Timeout": "errors",
    "TracebackEntry": "errors",
    "VerifyError": "verifier",
    "compile": "embedding.compiling",
    "record_fields": "embedding.record",
    "record_name": "embedding.record",
    "verify": "verifier",
}

__all__ = [
    "VM",
    "Code",
    "CodeBuilder",
    "DepthLimit",
    "Error",
    "Exit",
    "Function",
    "FunctionBuilder",
    "Interrupted",
    "Label",
    "MemoryLimit",
    "NativeError",
    "Program",
    "ProgramError",
    "Record",
    "SourceError",
    "Timeout",
    "TracebackEntry",
    "VerifyError",
    "compile",
    "record_fields",
    "record_name",
    "verify",
]


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module 'minivm' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"minivm.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
