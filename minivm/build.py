"""`minivm build`: uops.def and the C sources → everything that is generated and compiled.

In: the package's folder. Out: the generated files, and in `minivm/_native/` the library, its
binding and the stencils' C files. The way: generate, make the stencils while those C files that
don't read them compile, compile the rest, link. Nothing is done again that hasn't changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from minivm.binding import binding_source
from minivm.jit import writer
from minivm.jit.cache import Cache, open_cache, write_if_changed
from minivm.jit.errors import BuildError, MissingToolError
from minivm.jit.llvm_build import BITCODE_FILE, build_bitcode
from minivm.jit.stencil_build import StencilBuild, StencilResult
from minivm.jit.target import Target, host_target
from minivm.jit.toolchain import Compiler, Toolchain, find_compiler, open_toolchain
from minivm.library import (
    LibraryBuild,
    include_directories,
    library_sources,
    sources_reading,
)
from minivm.stamp import inputs_stamp, outputs_stamp, read_stamp, write_stamp

__all__ = ["BuildError", "BuildReport", "build", "wheel_platform"]

_BOUND_HEADERS = ("runtime/api.h", "jit/compiler.h", "jit/debug.h", "jit/profile_api.h")
_STENCIL_FILES = ("jit_stencil_names.h", "jit_stencils.h", "jit_symbols.c")


@dataclass(frozen=True)
class BuildReport:
    """What a build did: files written, uops and C files compiled, the stencils there are now."""

    seconds: float
    stencils: int
    generated: tuple[str, ...] = ()
    uops: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    linked: bool = False

    def __str__(self) -> str:
        if not (self.generated or self.uops or self.files or self.linked):
            return f"up to date: {self.stencils} stencils ({self.seconds:.1f} s)"
        return (
            f"built in {self.seconds:.1f} s: {len(self.generated)} files generated, "
            f"{len(self.uops)} uops and {len(self.files)} C files compiled, "
            f"{self.stencils} stencils"
        )


def build(
    verbose: bool = False,
    out: Callable[[str], object] = print,
    package_dir: Path | None = None,
) -> BuildReport:
    """Bring everything up to date. `out` is given notes, and with `verbose` each step, a line each.

    Raises `BuildError` when something is wrong with the sources, the compiler or the folders.
    """
    started = time.perf_counter()
    package = (package_dir or Path(__file__).parent).resolve()
    compiler, target = find_compiler(), host_target()
    with _locked(package / "_native") as native:
        before = inputs_stamp(package, compiler)
        stencils = read_stamp(package, before)
        if stencils is not None:
            return BuildReport(time.perf_counter() - started, stencils)
        cache = open_cache(out)
        step = out if verbose else _say_nothing
        toolchain = open_toolchain(compiler, target, cache.directory)
        step(f"compiler: {toolchain.version}")
        with tempfile.TemporaryDirectory(prefix="minivm-build-") as scratch:
            report = _Build(package, native, toolchain, cache, Path(scratch), step).run(started)
        write_stamp(package, before, outputs_stamp(package), report.stencils)
        cache.prune()
    return report


def wheel_platform() -> str:
    """The platform tag of a wheel built here: "manylinux_2_17_x86_64" with ziglang's compiler."""
    compiler: Compiler = find_compiler()
    target: Target = host_target()
    return target.zig_wheel_platform if compiler.is_zig else target.wheel_platform


def _say_nothing(_: str) -> None:
    return None


@contextlib.contextmanager
def _locked(native: Path) -> Iterator[Path]:
    """`_native/`, made if need be; two builds at once would mix their files, so one waits."""
    try:
        native.mkdir(exist_ok=True)
        lock = open(native / ".lock", "w")  # noqa: SIM115
    except OSError as error:
        raise BuildError(f"{native} can't be written: {error.strerror}") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield native


class _Build:
    """One build that found something to do."""

    def __init__(
        self,
        package: Path,
        native: Path,
        toolchain: Toolchain,
        cache: Cache,
        scratch: Path,
        step: Callable[[str], object],
    ) -> None:
        self._package = package
        self._native = native
        self._toolchain = toolchain
        self._cache = cache
        self._scratch = scratch
        self._step = step

    def run(self, started: float) -> BuildReport:
        generated = self._generate()
        write_if_changed(self._native / "jit_holes.h", writer.write_holes_header().encode())
        # At least two, so that one compiler runs while the other's output is read.
        with ThreadPoolExecutor(max(2, len(os.sched_getaffinity(0)))) as pool:
            try:
                stencils, files, linked = self._compile(pool)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        self._write_binding()
        count = sum(len(uop.stencils) for uop in stencils.uops)
        seconds = time.perf_counter() - started
        return BuildReport(seconds, count, generated, stencils.compiled, files, linked)

    def _generate(self) -> tuple[str, ...]:
        try:
            from minivm.generate import generate_all
            from minivm.generate.definitions import DefinitionError
        except ImportError as error:
            raise MissingToolError(f"building needs lark ({error})") from None
        try:
            written = generate_all(self._package)
        except ImportError as error:
            raise MissingToolError(f"building needs lark ({error})") from None
        except DefinitionError as error:
            raise BuildError(str(error)) from None
        names = tuple(os.path.relpath(path, self._package.parent) for path in written)
        for name in names:
            self._step(f"generated {name}")
        return names

    def _compile(self, pool: ThreadPoolExecutor) -> tuple[StencilResult, tuple[str, ...], bool]:
        from minivm.generate.llvm_source import llvm_source
        from minivm.generate.stencil_sources import stencil_sources

        library = LibraryBuild(self._package, self._toolchain, self._cache, self._scratch, pool)
        pending = StencilBuild(
            stencil_sources(self._package),
            include_directories(self._package),
            self._toolchain,
            self._cache,
            self._scratch,
            pool,
        )
        bitcode = pool.submit(
            build_bitcode,
            llvm_source(self._package),
            include_directories(self._package),
            self._toolchain,
            self._cache,
            self._scratch,
        )
        sources = library_sources(self._package)
        expected = [self._native / name for name in _STENCIL_FILES]
        late = sources_reading(sources, self._package, expected)
        library.start([source for source in sources if source not in late])
        stencils = pending.result()
        for uop in stencils.compiled:
            self._step(f"compiled the stencils of {uop}")
        self._write_stencils(stencils)
        library.start([*late, self._native / "jit_symbols.c"])
        objects = library.finish()
        write_if_changed(self._native / BITCODE_FILE, bitcode.result())
        files = tuple(
            os.path.relpath(compiled.source, self._package.parent)
            for compiled in objects
            if compiled.compiled
        )
        for name in files:
            self._step(f"compiled {name}")
        linked = library.link(objects, self._native / self._toolchain.target.library_name)
        return stencils, files, linked

    def _write_stencils(self, stencils: StencilResult) -> None:
        texts = (
            writer.write_names_header(stencils.uops),
            writer.write_stencils_header(stencils.uops),
            writer.write_symbols_source(writer.symbols_used(stencils.uops)),
        )
        for name, text in zip(_STENCIL_FILES, texts, strict=True):
            write_if_changed(self._native / name, text.encode())

    def _write_binding(self) -> None:
        headers = [self._package / path for path in _BOUND_HEADERS]
        source = binding_source(headers, self._toolchain.target.library_name, self._cache)
        write_if_changed(self._native / "_binding.py", source)
