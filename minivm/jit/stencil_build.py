"""Stencil sources → stencils, compiling only what the cache does not hold.

In: the C file and the stencil names of each uop. Out: `UopStencils`, in the same order, and which
uops were compiled. A uop's result depends on the compiler, its flags, the C text, every file that
includes and the modules here; it is stored under a digest of all of these, so that editing one
uop's body compiles that uop alone.
"""

from __future__ import annotations

import importlib
import json
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from minivm.jit.assembly import RewrittenUop, rewrite
from minivm.jit.cache import Cache, digest
from minivm.jit.errors import BuildError
from minivm.jit.holes import HOLE_VALUES, Hole
from minivm.jit.includes import IncludeScanner
from minivm.jit.objects import read_object
from minivm.jit.stencils import Stencil, stencils_of
from minivm.jit.target import HoleKind
from minivm.jit.toolchain import Toolchain
from minivm.jit.writer import UopStencils

_CACHE_KIND = "stencils"
# Bytes of C text that are assembled together: little enough to spread over the processors, enough
# to save starts.
_BATCH_SIZE = 150_000
_MODULES = (
    "assembly", "assembly_layout", "assembly_parser", "disassembly", "holes", "objects",
    "stencil_build", "stencils", "target",
)  # fmt: skip


class StencilSource(Protocol):
    """What the generator hands over for one uop: `text` is a whole C file that defines each of
    `stencils`, one function a variant, in the order of variant numbers."""

    @property
    def uop(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def stencils(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class StencilResult:
    """All uops' stencils; `compiled` names the uops that were not in the cache."""

    uops: tuple[UopStencils, ...]
    compiled: tuple[str, ...]


class StencilBuild:
    """A build of all stencils, running in `pool` from the moment this is made.

    `includes` are the include directories, in the first of which the sources are taken to stand;
    `scratch` is an empty directory.
    """

    def __init__(
        self,
        sources: Sequence[StencilSource],
        includes: Sequence[Path],
        toolchain: Toolchain,
        cache: Cache,
        scratch: Path,
        pool: Executor,
    ) -> None:
        self._sources = sources
        keys = _keys(sources, includes, toolchain)
        self._found: dict[str, tuple[Stencil, ...]] = {}
        missing: list[StencilSource] = []
        for source in sources:
            cached = _decode(cache.read(_CACHE_KIND, keys[source.uop]), source)
            if cached is None:
                missing.append(source)
            else:
                self._found[source.uop] = cached
        self._compiled = tuple(source.uop for source in missing)
        batches = _Batches(includes, toolchain, scratch, cache, keys)
        self._running = _start(missing, batches, pool)

    def result(self) -> StencilResult:
        """Wait for the end. Raises `BuildError` naming the uop, and the stencil where one is to
        blame."""
        for future in self._running:
            self._found.update(future.result())
        uops = (UopStencils(source.uop, self._found[source.uop]) for source in self._sources)
        return StencilResult(tuple(uops), self._compiled)


def _start(
    missing: Sequence[StencilSource], batches: _Batches, pool: Executor
) -> list[Future[dict[str, tuple[Stencil, ...]]]]:
    if missing:
        # These two take most of a second to import; the compiler runs meanwhile.
        for module in ("lief", "capstone"):
            threading.Thread(target=_import_early, args=(module,)).start()
    numbered = enumerate(_in_batches(missing))
    return [pool.submit(batches.run, number, batch) for number, batch in numbered]


def _keys(
    sources: Sequence[StencilSource], includes: Sequence[Path], toolchain: Toolchain
) -> dict[str, str]:
    """The digest of all that each uop's result depends on, by uop."""
    modules = [Path(__file__).with_name(f"{name}.py").read_bytes() for name in _MODULES]
    common = digest([toolchain.version, *toolchain.stencil_flags(), *modules])
    scanner = IncludeScanner(includes)
    contents: dict[Path, str] = {}
    keys: dict[str, str] = {}
    for source in sources:
        if source.uop in keys:
            raise BuildError(f"uop {source.uop} has two stencil sources")
        included = scanner.of_text(source.text, includes[0] / f"{source.uop}.c")
        for path in included:
            if path not in contents:
                contents[path] = digest([path.read_bytes()])
        files = [contents[path] for path in included]
        keys[source.uop] = digest([common, source.uop, source.text, *source.stencils, *files])
    return keys


class _Batches:
    """Compiles uops, a batch at a time, and stores what it made in the cache under `keys`."""

    def __init__(
        self,
        includes: Sequence[Path],
        toolchain: Toolchain,
        scratch: Path,
        cache: Cache,
        keys: Mapping[str, str],
    ) -> None:
        self._includes = includes
        self._toolchain = toolchain
        self._scratch = scratch
        self._cache = cache
        self._keys = keys

    def run(self, number: int, sources: Sequence[StencilSource]) -> dict[str, tuple[Stencil, ...]]:
        rewritten = [self._compile(source) for source in sources]
        assembly = self._scratch / f"batch{number}.s"
        assembly.write_text("".join(part.text for part in rewritten), encoding="utf-8")
        object_path = assembly.with_suffix(".o")
        names = ", ".join(source.uop for source in sources)
        try:
            self._toolchain.assemble(assembly, object_path)
            object_file = read_object(object_path, self._toolchain.target)
        except BuildError as error:
            raise BuildError(f"uops {names}: {error}") from None
        result = {}
        for source, part in zip(sources, rewritten, strict=True):
            stencils = stencils_of(
                object_file, source.uop, source.stencils, part.continues, self._toolchain.target
            )
            self._cache.write(_CACHE_KIND, self._keys[source.uop], _encode(stencils))
            result[source.uop] = stencils
        return result

    def _compile(self, source: StencilSource) -> RewrittenUop:
        c_file = self._scratch / f"{source.uop}.c"
        c_file.write_text(source.text, encoding="utf-8")
        assembly = c_file.with_suffix(".s")
        try:
            self._toolchain.compile_stencils(c_file, assembly, self._includes)
        except BuildError as error:
            message = str(error).replace(f"{self._scratch}/", "")
            raise BuildError(f"{_blame(source, message)}: {message}") from None
        text = assembly.read_text(encoding="utf-8")
        return rewrite(text, source.uop, source.stencils, self._toolchain.target)


def _in_batches(sources: Sequence[StencilSource]) -> list[list[StencilSource]]:
    """The sources in batches, the largest first, so that no processor starts one at the end."""
    batches: list[list[StencilSource]] = []
    room = 0
    for source in sorted(sources, key=lambda source: len(source.text), reverse=True):
        if len(source.text) > room:
            batches.append([])
            room = _BATCH_SIZE
        batches[-1].append(source)
        room -= len(source.text)
    return batches


def _blame(source: StencilSource, message: str) -> str:
    """The uop, and the stencil that the first message about its file's own lines is about."""
    place = re.search(rf"\b{re.escape(source.uop)}\.c:(\d+)", message)
    above = source.text.splitlines()[: int(place[1])] if place is not None else []
    for line in reversed(above):
        for name in source.stencils:
            if re.search(rf"\b{re.escape(name)}\b", line):
                return f"uop {source.uop}, stencil {name}"
    return f"uop {source.uop}"


def _import_early(module: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError:
        return  # whoever needs it imports it again, and reports what is missing


def _encode(stencils: tuple[Stencil, ...]) -> bytes:
    records = [
        {
            "name": stencil.name,
            "code": stencil.code.hex(),
            "data": stencil.data.hex(),
            "holes": [
                [hole.offset, int(hole.kind), hole.value, hole.symbol, hole.addend]
                for hole in stencil.holes
            ],
            "continues": stencil.continues,
            "listing": stencil.listing,
        }
        for stencil in stencils
    ]
    return json.dumps(records).encode()


def _decode(content: bytes | None, source: StencilSource) -> tuple[Stencil, ...] | None:
    """None for an entry that isn't there or that something else has damaged."""
    if content is None:
        return None
    try:
        stencils = tuple(_decode_stencil(record) for record in json.loads(content))
    except (ValueError, TypeError, KeyError):
        return None
    return stencils if tuple(stencil.name for stencil in stencils) == source.stencils else None


_VALUE_NAMES = frozenset(value.name for value in HOLE_VALUES)


def _decode_stencil(record: dict[str, Any]) -> Stencil:
    holes = []
    for offset, kind, value, symbol, addend in record["holes"]:
        if value not in _VALUE_NAMES:
            raise ValueError(f"no hole value is called {value}")
        holes.append(Hole(int(offset), HoleKind(kind), value, str(symbol), int(addend)))
    return Stencil(
        name=str(record["name"]),
        code=bytes.fromhex(record["code"]),
        data=bytes.fromhex(record["data"]),
        holes=tuple(holes),
        continues=bool(record["continues"]),
        listing=tuple(record["listing"]),
    )
