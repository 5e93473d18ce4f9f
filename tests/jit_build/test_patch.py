"""Patching at run time: every kind of hole, in range, at the edges and one past them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cffi
import pytest

from minivm.jit.target import HoleKind, host_target
from minivm.jit.toolchain import Toolchain
from minivm.jit.writer import write_holes_header

JIT = Path(__file__).parents[2] / "minivm" / "jit"
PLACE = 0x7F12_3456_7000
WORD = 2**64

# kind: bytes, smallest and largest value that fits
RANGES = {
    HoleKind.ABSOLUTE_64: (8, -(2**63), 2**64 - 1),
    HoleKind.ABSOLUTE_32: (4, 0, 2**32 - 1),
    HoleKind.ABSOLUTE_32_SIGNED: (4, -(2**31), 2**31 - 1),
    HoleKind.ABSOLUTE_16: (2, -(2**15), 2**16 - 1),
    HoleKind.ABSOLUTE_8: (1, -(2**7), 2**8 - 1),
    HoleKind.RELATIVE_32: (4, PLACE - 2**31, PLACE + 2**31 - 1),
}


@pytest.fixture(scope="module")
def patching(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Any:
    """`(ffi, lib)` of a library of the patching code alone."""
    folder = tmp_path_factory.mktemp("patch")
    (folder / "jit").mkdir()
    (folder / "_native").mkdir()
    (folder / "_native" / "jit_holes.h").write_text(write_holes_header())
    visible = replace(toolchain, extra_library_flags=("-fvisibility=default",))
    objects = []
    for name in (host_target().patch_source, "stencil.c"):
        shutil.copy(JIT / name, folder / "jit")
        objects.append(folder / f"{name}.o")
    for header in JIT.glob("*.h"):
        shutil.copy(header, folder / "jit")
    for path in objects:
        visible.compile_library_file(folder / "jit" / path.stem, path, [])
    return _load(folder, objects, toolchain)


def _load(folder: Path, objects: list[Path], toolchain: Toolchain) -> Any:
    toolchain.link_library(objects, folder / "libpatch.so")
    ffi = cffi.FFI()
    ffi.cdef(
        """
        typedef struct { uint16_t offset, symbol; uint8_t kind, value; int32_t addend; } mvm_hole;
        typedef struct { uint32_t code, data, holes; uint16_t code_size, data_size, hole_count,
                         flags; } mvm_stencil;
        bool mvm_patch_fits(uint8_t kind, uint64_t place, uint64_t value);
        bool mvm_patch_hole(uint8_t *location, uint8_t kind, uint64_t place, uint64_t value);
        bool mvm_stencil_accepts_immediate(const mvm_stencil *, const mvm_hole *, int64_t);
        """
    )
    return ffi, ffi.dlopen(str(folder / "libpatch.so"))


def patched(patching: Any, kind: int, value: int) -> bytes | None:
    """The 16 bytes around a hole, which starts at the third; None when the value was refused."""
    ffi, lib = patching
    around = ffi.new("uint8_t[16]", b"\xaa" * 16)
    fits = lib.mvm_patch_hole(around + 2, kind, PLACE, value % WORD)
    assert fits == lib.mvm_patch_fits(kind, PLACE, value % WORD)
    content = bytes(around)
    if not fits:
        assert content == b"\xaa" * 16
        return None
    return content


@pytest.mark.parametrize("kind", HoleKind)
def test_values_that_fit(patching: Any, kind: HoleKind) -> None:
    size, least, greatest = RANGES[kind]
    base = PLACE if kind is HoleKind.RELATIVE_32 else 0
    for value in {least, least + 1, base, base + 1, base + 100, greatest - 1, greatest}:
        written = (value - base) % 2 ** (8 * size)
        expected = b"\xaa" * 2 + written.to_bytes(size, "little") + b"\xaa" * (14 - size)
        assert patched(patching, kind, value) == expected


@pytest.mark.parametrize("kind", [kind for kind in HoleKind if kind is not HoleKind.ABSOLUTE_64])
def test_values_that_do_not_fit(patching: Any, kind: HoleKind) -> None:
    _, least, greatest = RANGES[kind]
    for value in (least - 1, greatest + 1, greatest + 2**40, least - 2**40, 2**63):
        assert patched(patching, kind, value) is None


def test_unknown_kind_is_refused(patching: Any) -> None:
    for kind in (len(HoleKind), 255):
        assert patched(patching, kind, 0) is None


@pytest.mark.parametrize(
    ("kinds", "addend", "least", "greatest"),
    [
        ([], 0, -(2**63), 2**63 - 1),
        ([HoleKind.ABSOLUTE_64], 0, -(2**63), 2**63 - 1),
        ([HoleKind.ABSOLUTE_32_SIGNED], 0, -(2**31), 2**31 - 1),
        ([HoleKind.ABSOLUTE_32], 0, 0, 2**32 - 1),
        ([HoleKind.ABSOLUTE_32, HoleKind.ABSOLUTE_32_SIGNED], 0, 0, 2**31 - 1),
        ([HoleKind.ABSOLUTE_32_SIGNED], -1, -(2**31) + 1, 2**31),
    ],
)
def test_accepted_immediates(
    patching: Any, kinds: list[HoleKind], addend: int, least: int, greatest: int
) -> None:
    ffi, lib = patching
    from minivm.jit.holes import HOLE_VALUES

    immediate = [value.name for value in HOLE_VALUES].index("IMMEDIATE")
    # Before the stencil's own holes stands another stencil's, which must not count.
    table = [(0, 0, HoleKind.ABSOLUTE_8, immediate, 0), (4, 0, HoleKind.ABSOLUTE_8, 0, 0)]
    table += [(8, 0, kind, immediate, addend) for kind in kinds]
    holes = ffi.new("mvm_hole[]", table)
    stencil = ffi.new("mvm_stencil *", {"holes": 1, "hole_count": 1 + len(kinds)})

    def accepts(value: int) -> bool:
        return bool(lib.mvm_stencil_accepts_immediate(stencil, holes, value))

    assert accepts(least) and accepts(greatest) and accepts(1)
    if least > -(2**63):
        assert not accepts(least - 1) and not accepts(greatest + 1)
