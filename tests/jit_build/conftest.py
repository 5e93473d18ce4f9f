"""Shared by the build's tests: one toolchain, and stencils from a few lines of C."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from minivm.jit.cache import Cache, open_cache
from minivm.jit.stencil_build import StencilBuild, StencilResult
from minivm.jit.target import host_target
from minivm.jit.toolchain import Toolchain, find_compiler, open_toolchain

# What the real template declares, in small.
PRELUDE = """
typedef long int64;
#define MUSTTAIL __attribute__((musttail))
#define STENCIL(name) __attribute__((preserve_none)) void name(PARAMETERS)
#define PARAMETERS char *slots, int64 r0, int64 r1, double d0
#define ARGUMENTS slots, r0, r1, d0
extern __attribute__((preserve_none)) void _JIT_CONTINUE(PARAMETERS), _JIT_EXIT_TARGET(PARAMETERS);
extern void _JIT_IMMEDIATE_32(void), _JIT_INPUT0_SLOT(void), _JIT_OPERAND0_16(void);
extern char _JIT_OPERAND0_64[];
#define CONTINUE() MUSTTAIL return _JIT_CONTINUE(ARGUMENTS)
#define EXIT_IF(condition) \\
    do { \\
        if (__builtin_expect(condition, 0)) MUSTTAIL return _JIT_EXIT_TARGET(ARGUMENTS); \\
    } while (0)
"""


@dataclass(frozen=True)
class Source:
    """A stencil source, as the generator makes them."""

    uop: str
    text: str
    stencils: tuple[str, ...]


def source(uop: str, **bodies: str) -> Source:
    """A uop whose variants' bodies are given by stencil name."""
    functions = [f"STENCIL({name}) {{ {body} }}\n" for name, body in bodies.items()]
    return Source(uop, PRELUDE + "".join(functions), tuple(bodies))


Builder = Callable[..., StencilResult]


@pytest.fixture(scope="session", autouse=True)
def zig_cache() -> Iterator[Path]:
    """Where zig keeps the C library it prepares, in seconds: the user's, whatever a test sets."""
    folder = open_cache(print).directory / "zig"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZIG_GLOBAL_CACHE_DIR", str(folder))
        patch.setenv("ZIG_LOCAL_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def toolchain(zig_cache: Path) -> Toolchain:
    return open_toolchain(find_compiler(), host_target(), zig_cache)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def build_stencils(tmp_path: Path, toolchain: Toolchain, cache: Cache) -> Builder:
    """Builds sources as `minivm build` does; `includes` is a folder the test may fill."""
    scratch, includes = tmp_path / "scratch", tmp_path / "includes"
    scratch.mkdir()
    includes.mkdir()

    def run(*sources: Source) -> StencilResult:
        with ThreadPoolExecutor(2) as pool:
            return StencilBuild(sources, [includes], toolchain, cache, scratch, pool).result()

    return run
