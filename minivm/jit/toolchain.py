"""Finds and runs the compiler.

In: `MINIVM_CC` (a command), else the `ziglang` package. Out: a `Toolchain`, which turns C into
assembly, assembly into objects, C into objects, and objects into a shared library. Any clang from
version 19 on will do; anything else is refused with the reason.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from minivm.jit.errors import BuildError, MissingToolError
from minivm.jit.target import Target

OLDEST_CLANG = 19
COMPILER_VARIABLE = "MINIVM_CC"
LIBRARY_FLAGS_VARIABLE = "MINIVM_CFLAGS"

# A symbol nobody defines is an error. Without -nodefaultlibs, zig's own runtime library takes the
# place of the C library's memcpy and mathematics.
LINK_FLAGS = ("-shared", "-nodefaultlibs", "-Wl,-z,defs")
LINKED_LIBRARIES = ("-lc", "-lm")

# Files' names in the debug information start from the root of whichever tree is debugged.
_DEBUG_FOLDER = "-fdebug-compilation-dir=."

_VERSION = re.compile(r"clang version (\d+)[.\d]*")


@dataclass(frozen=True)
class Compiler:
    """A command that is to be clang: found, but not asked for its version yet."""

    command: tuple[str, ...]
    is_zig: bool

    def identity(self) -> str:
        """Changes whenever the compiler does, without running it."""
        status = os.stat(self.command[0])
        return f"{self.command} {status.st_size} {status.st_mtime_ns}"


def find_compiler() -> Compiler:
    """The compiler to use; raises `BuildError` saying how to get one."""
    wanted = os.environ.get(COMPILER_VARIABLE, "")
    if wanted.strip():
        return _named_compiler(wanted)
    package = importlib.util.find_spec("ziglang")
    for folder in (package.submodule_search_locations or ()) if package is not None else ():
        zig = Path(folder) / "zig"
        if zig.is_file():
            return Compiler((str(zig), "cc"), is_zig=True)
    raise MissingToolError(
        "no C compiler: install one with `pip install ziglang`, "
        f"or name a clang >= {OLDEST_CLANG} in {COMPILER_VARIABLE}"
    )


def _named_compiler(wanted: str) -> Compiler:
    try:
        words = shlex.split(wanted)
    except ValueError as error:
        raise MissingToolError(f"{COMPILER_VARIABLE}={wanted!r} can't be read: {error}") from None
    program = shutil.which(words[0])
    if program is None:
        raise MissingToolError(f"{COMPILER_VARIABLE}={wanted!r}: there is no program {words[0]!r}")
    is_zig = words[-1] == "cc" and any("zig" in Path(word).name for word in words[:-1])
    return Compiler((program, *words[1:]), is_zig)


@dataclass(frozen=True)
class Toolchain:
    """A clang of known version. `cache_directory` is where zig keeps its C library."""

    compiler: Compiler
    version: str
    target: Target
    cache_directory: Path
    extra_library_flags: tuple[str, ...] = ()
    _environment: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        environment = dict(os.environ)
        for variable in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"):
            environment.setdefault(variable, str(self.cache_directory / "zig"))
        # Messages are matched, so they must not be translated.
        environment["LC_ALL"] = "C"
        object.__setattr__(self, "_environment", environment)

    def stencil_flags(self) -> tuple[str, ...]:
        return ("-target", self.target.stencil_triple, *self.target.stencil_flags)

    def library_flags(self) -> tuple[str, ...]:
        target = self.target
        triple = target.zig_library_triple if self.compiler.is_zig else target.library_triple
        flags = (*target.library_flags, _DEBUG_FOLDER, *self.extra_library_flags)
        return ("-target", triple, *flags)

    def compile_stencils(self, source: Path, output: Path, includes: Sequence[Path]) -> None:
        """C file → assembly file."""
        folders = [f"-I{folder}" for folder in includes]
        self._run(*self.stencil_flags(), *folders, "-S", str(source), "-o", str(output))

    def compile_bitcode(self, source: Path, output: Path, includes: Sequence[Path]) -> None:
        """C file → LLVM bitcode, with the flags of the stencils."""
        folders = [f"-I{folder}" for folder in includes]
        flags = (*self.stencil_flags(), *folders)
        self._run(*flags, "-emit-llvm", "-c", str(source), "-o", str(output))

    def assemble(self, source: Path, output: Path) -> None:
        """Assembly file → object file."""
        self._run(*self.stencil_flags(), "-c", "-x", "assembler", str(source), "-o", str(output))

    def compile_library_file(
        self, source: Path, output: Path, includes: Sequence[Path], root: Path | None = None
    ) -> None:
        """One of the library's C files → object file; debuggers see files' names from `root` on.

        With it, the object is the same wherever the tree is: all trees share the cache.
        """
        names = [f"-I{folder}" for folder in includes]
        if root:
            names.append(f"-ffile-prefix-map={root}{os.sep}=")
        self._run(*self.library_flags(), *names, "-c", str(source), "-o", str(output))

    def link_library(self, objects: Sequence[Path], output: Path) -> None:
        """Object files → shared library; a symbol nobody defines is an error."""
        files = [str(path) for path in objects]
        self._run(*self.library_flags(), *LINK_FLAGS, *files, *LINKED_LIBRARIES, "-o", str(output))

    def _run(self, *arguments: str) -> None:
        """Run the compiler; its messages are the text of the `BuildError` when it fails."""
        run_command((*self.compiler.command, *arguments), self._environment)


def run_command(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a compiler command and return what it printed; a failure's messages are the error."""
    try:
        finished = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise MissingToolError(f"can't run {command[0]}: {error.strerror}") from None
    if finished.returncode != 0:
        shown = finished.stderr.strip() or finished.stdout.strip()
        raise BuildError(shown or f"{command[0]} failed with status {finished.returncode}")
    return finished.stdout


def clang_version(compiler: Compiler) -> str:
    """The version line of `compiler`; raises `BuildError` when it isn't a recent enough clang."""
    shown = shlex.join(compiler.command)
    printed = run_command((*compiler.command, "--version"))
    match = _VERSION.search(printed)
    if match is None:
        first = (printed.splitlines() or ["nothing"])[0]
        raise MissingToolError(
            f"{shown} is not clang (it calls itself {first!r}): "
            f"minivm needs clang >= {OLDEST_CLANG}; `pip install ziglang` brings one"
        )
    if int(match[1]) < OLDEST_CLANG:
        raise MissingToolError(
            f"{shown} is {match[0]}, too old: minivm needs clang >= {OLDEST_CLANG}; "
            "`pip install ziglang` brings one"
        )
    return match[0]


def open_toolchain(compiler: Compiler, target: Target, cache_directory: Path) -> Toolchain:
    """Ask the compiler for its version and make a `Toolchain` of it."""
    extra = tuple(shlex.split(os.environ.get(LIBRARY_FLAGS_VARIABLE, "")))
    return Toolchain(compiler, clang_version(compiler), target, cache_directory, extra)
