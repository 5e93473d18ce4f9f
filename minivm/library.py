"""The C sources → libminivm.

In: the C files of the runtime and of the JIT, written and generated. Out: one object each, taken
from the cache when nothing it is made of has changed, and the shared library linked from them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

from minivm.jit.cache import Cache, digest, write_if_changed
from minivm.jit.errors import BuildError
from minivm.jit.includes import IncludeScanner
from minivm.jit.toolchain import LINK_FLAGS, LINKED_LIBRARIES, Toolchain

_CACHE_KIND = "objects"
_FOLDERS = ("runtime", "generated", "jit")
# Included by the C files of stencils and of LLVM bodies, never compiled themselves.
_TEMPLATES = (Path("jit", "template.c"), Path("jit", "llvm_template.c"))


def include_directories(package_dir: Path) -> tuple[Path, ...]:
    """Where C files' includes start from, besides the including file's own folder."""
    return (package_dir, package_dir.parent)


def library_sources(package_dir: Path) -> list[Path]:
    """The C files the library is compiled from, save those the stencils give rise to."""
    found = (path for folder in _FOLDERS for path in (package_dir / folder).glob("*.c"))
    return sorted(path for path in found if path.relative_to(package_dir) not in _TEMPLATES)


def sources_reading(
    sources: Iterable[Path], package_dir: Path, expected: Iterable[Path]
) -> list[Path]:
    """Those of `sources` that include one of the `expected` files, which need not be there yet."""
    files = {path.resolve() for path in expected}
    scanner = IncludeScanner(include_directories(package_dir), files)
    return [path for path in sources if files.intersection(scanner.of_file(path))]


@dataclass(frozen=True)
class CompiledFile:
    """An object file, and whether it had to be compiled for this build."""

    source: Path
    content: bytes
    compiled: bool


class LibraryBuild:
    """Compiles the library's files in a pool and links them.

    `scratch` is an empty directory; `root` the directory that messages and digests name files from.
    """

    def __init__(
        self, package_dir: Path, toolchain: Toolchain, cache: Cache, scratch: Path, pool: Executor
    ) -> None:
        self._root = package_dir.parent
        self._includes = include_directories(package_dir)
        self._toolchain = toolchain
        self._cache = cache
        self._scratch = scratch
        self._pool = pool
        self._objects: list[Future[CompiledFile]] = []

    def start(self, sources: Sequence[Path]) -> None:
        """Start compiling `sources`, the largest first; all that they include must be there."""
        scanner = IncludeScanner(self._includes)
        for source in sorted(sources, key=lambda path: path.stat().st_size, reverse=True):
            key = self._key(source, scanner)
            number = len(self._objects)
            self._objects.append(self._pool.submit(self._compile, source, key, number))

    def _key(self, source: Path, scanner: IncludeScanner) -> str:
        """The digest of all that the object depends on."""
        files = (source, *scanner.of_file(source))
        named = [part for path in files for part in (self._shown(path), path.read_bytes())]
        return digest([self._toolchain.version, *self._toolchain.library_flags(), *named])

    def _compile(self, source: Path, key: str, number: int) -> CompiledFile:
        content = self._cache.read(_CACHE_KIND, key)
        if content is not None:
            return CompiledFile(source, content, compiled=False)
        output = self._scratch / f"{number}.o"
        try:
            self._toolchain.compile_library_file(source, output, self._includes, self._root)
        except BuildError as error:
            raise BuildError(f"{self._shown(source)} doesn't compile:\n{error}") from None
        content = output.read_bytes()
        self._cache.write(_CACHE_KIND, key, content)
        return CompiledFile(source, content, compiled=True)

    def _shown(self, path: Path) -> str:
        return os.path.relpath(path, self._root)

    def finish(self) -> list[CompiledFile]:
        """Wait for every object; raises `BuildError` with the compiler's message."""
        return [future.result() for future in self._objects]

    def link(self, objects: Sequence[CompiledFile], output: Path) -> bool:
        """Link unless the cache holds this very library; returns whether it was linked.

        `output` is replaced in one step: a running process may have it loaded.
        """
        ordered = sorted(objects, key=lambda compiled: compiled.source)
        contents = [compiled.content for compiled in ordered]
        flags = (*self._toolchain.library_flags(), *LINK_FLAGS, *LINKED_LIBRARIES)
        key = digest([self._toolchain.version, *flags, *contents])
        library = self._cache.read("libraries", key)
        linked = library is None
        if library is None:
            library = self._link_new(ordered)
            self._cache.write("libraries", key, library)
        write_if_changed(output, library)
        return linked

    def _link_new(self, objects: Sequence[CompiledFile]) -> bytes:
        folder = self._scratch / "link"
        folder.mkdir()
        paths = []
        for number, compiled in enumerate(objects):
            # Named after its source, since the linker's messages name it.
            path = folder / f"{number}_{compiled.source.stem}.o"
            path.write_bytes(compiled.content)
            paths.append(path)
        output = folder / "library"
        try:
            self._toolchain.link_library(paths, output)
        except BuildError as error:
            raise BuildError(f"the library doesn't link:\n{error}") from None
        return output.read_bytes()
