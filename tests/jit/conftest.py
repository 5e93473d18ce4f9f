"""Shared by tier two's tests: the machine for single stencils, and the option to renew goldens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cffi
import pytest

from minivm.generate.analysis import analyse
from minivm.generate.parser import parse
from minivm.generate.source import read_definitions
from minivm.generate.stencil_sources import sources_of
from minivm.jit.cache import open_cache
from minivm.jit.stencil_build import StencilBuild
from minivm.jit.target import host_target
from minivm.jit.toolchain import find_compiler, open_toolchain
from minivm.library import include_directories
from tests.jit.machine import DECLARATIONS, Machine

PACKAGE = Path(__file__).parents[2] / "minivm"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/jit/golden/*.txt anew"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Also where MINIVM_UPDATE_GOLDEN is set, as for the goldens of tests/cli."""
    asked = request.config.getoption("--update-golden", default=False)
    return bool(asked or os.environ.get("MINIVM_UPDATE_GOLDEN"))


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """All stencils as the build makes them, and the shim that runs one."""
    cache = open_cache(print)
    toolchain = open_toolchain(find_compiler(), host_target(), cache.directory)
    model = analyse(parse(read_definitions(PACKAGE)))
    includes = include_directories(PACKAGE)
    folder = tmp_path_factory.mktemp("machine")
    with ThreadPoolExecutor(2) as pool:
        pending = StencilBuild(sources_of(model), includes, toolchain, cache, folder, pool)
        shim, library = folder / "machine.o", folder / "libmachine.so"
        toolchain.compile_library_file(Path(__file__).with_name("machine.c"), shim, includes)
        toolchain.link_library([shim], library)
        built = pending.result()
    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS)
    stencils = {uop.uop: uop.stencils for uop in built.uops}
    yield Machine(ffi, ffi.dlopen(str(library)), model, stencils)
