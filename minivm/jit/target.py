"""What the build must know of a machine and its object format: all of it stands here.

In: the machine this process runs on. Out: a `Target`, which names triples, compiler flags, the
jump instructions the assembly pass rewrites, the relocations and the kinds of hole they become,
and the C file that patches those holes at run time.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from minivm.jit.errors import BuildError


class HoleKind(IntEnum):
    """How a value is written into a hole. The C enum `mvm_hole_kind` is written from this one."""

    ABSOLUTE_64 = 0
    ABSOLUTE_32 = 1
    ABSOLUTE_32_SIGNED = 2
    ABSOLUTE_16 = 3
    ABSOLUTE_8 = 4
    RELATIVE_32 = 5


RELATIVE_KINDS = frozenset({HoleKind.RELATIVE_32})

HOLE_KIND_NOTES: Mapping[HoleKind, str] = MappingProxyType(
    {
        HoleKind.ABSOLUTE_64: "all 64 bits",
        HoleKind.ABSOLUTE_32: "32 bits that the processor extends with zeros",
        HoleKind.ABSOLUTE_32_SIGNED: "32 bits that the processor extends with the sign",
        HoleKind.ABSOLUTE_16: "16 bits, signed or unsigned",
        HoleKind.ABSOLUTE_8: "8 bits, signed or unsigned",
        HoleKind.RELATIVE_32: "32 signed bits, the distance from the hole's own address",
    }
)


@dataclass(frozen=True)
class Target:
    """One machine, operating system and object format.

    The jump fields describe assembly text: `jump` is the unconditional jump, `inverted` maps each
    conditional jump to its opposite, `returns` leave a stencil for good, and `forbidden` are
    instructions a stencil may not contain, since they leave it in a way nobody follows.
    """

    name: str
    stencil_triple: str
    library_triple: str
    zig_library_triple: str
    stencil_flags: tuple[str, ...]
    library_flags: tuple[str, ...]
    library_name: str
    wheel_platform: str
    zig_wheel_platform: str
    machine: str
    patch_source: str
    comment: str
    jumps: frozenset[str]
    indirect_marker: str
    inverted: Mapping[str, str]
    returns: frozenset[str]
    forbidden: frozenset[str]
    relocations: Mapping[str, HoleKind]
    disassembler: tuple[str, str]


def _both_ways(pairs: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({**pairs, **{opposite: jump for jump, opposite in pairs.items()}})


# Continuations become `jmp rel32` and plain symbols 32-bit holes only with this code model, and
# only without position-independent code.
_STENCIL_FLAGS = (
    "-std=c11",
    "-O3",
    "-g0",
    "-ffreestanding",
    "-fno-pic",
    "-mcmodel=medium",
    "-fvisibility=hidden",
    "-fomit-frame-pointer",
    "-fno-asynchronous-unwind-tables",
    "-fno-stack-protector",
    "-fno-jump-tables",
    "-fno-math-errno",
    "-fno-sanitize=all",
    "-ffunction-sections",
    "-Wall",
    "-Wno-unused-command-line-argument",
)

# A tail call does not count as a call, so nearly all of tier one's handlers are leaves: without a
# frame pointer they have three instructions less each.
_LIBRARY_FLAGS = (
    "-std=c11",
    "-D_POSIX_C_SOURCE=200809L",
    "-O2",
    "-momit-leaf-frame-pointer",
    "-fPIC",
    "-fvisibility=hidden",
    "-fno-sanitize=all",
    "-Wall",
    "-Wextra",
    "-Wno-unused-command-line-argument",
)

X86_64_LINUX = Target(
    name="x86_64-linux",
    stencil_triple="x86_64-freestanding-none",
    library_triple="x86_64-unknown-linux-gnu",
    zig_library_triple="x86_64-linux-gnu.2.17",
    stencil_flags=_STENCIL_FLAGS,
    library_flags=_LIBRARY_FLAGS,
    library_name="libminivm.so",
    wheel_platform="linux_x86_64",
    zig_wheel_platform="manylinux_2_17_x86_64",
    machine="X86_64",
    patch_source="patch_x86_64.c",
    comment="#",
    jumps=frozenset({"jmp", "jmpq"}),
    indirect_marker="*",
    inverted=_both_ways(
        {
            "je": "jne",
            "jl": "jge",
            "jg": "jle",
            "jb": "jae",
            "ja": "jbe",
            "jo": "jno",
            "js": "jns",
            "jp": "jnp",
        }
    ),
    returns=frozenset({"ret", "retq"}),
    forbidden=frozenset({"ud2", "int3", "hlt", "syscall", "iretq", "loop", "loope", "loopne"}),
    relocations=MappingProxyType(
        {
            "X86_64_64": HoleKind.ABSOLUTE_64,
            "X86_64_32": HoleKind.ABSOLUTE_32,
            "X86_64_32S": HoleKind.ABSOLUTE_32_SIGNED,
            "X86_64_16": HoleKind.ABSOLUTE_16,
            "X86_64_8": HoleKind.ABSOLUTE_8,
            "X86_64_PC32": HoleKind.RELATIVE_32,
            "X86_64_PLT32": HoleKind.RELATIVE_32,
        }
    ),
    disassembler=("CS_ARCH_X86", "CS_MODE_64"),
)


def host_target() -> Target:
    """The target of the machine this process runs on; raises `BuildError` when there is none."""
    machine = platform.machine().lower()
    if sys.platform == "linux" and machine in ("x86_64", "amd64"):
        return X86_64_LINUX
    raise BuildError(
        f"minivm can't be built for {machine} on {sys.platform} yet: only x86-64 Linux is supported"
    )
