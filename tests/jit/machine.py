"""Runs single stencils, patched here rather than by the library.

In: a uop's name, the registers, slots and operands to use it with, and the values to run it on.
Out: the way the machine code was left, with the registers and slots as they are then. The stencils
are those of the build (from its cache); memory is written, sealed, and then executed.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from minivm.generate.model import Model
from minivm.generate.variants import Variant, variants
from minivm.jit.stencils import Stencil
from minivm.jit.target import HoleKind

DECLARATIONS = """
typedef struct machine machine;
machine *machine_new(void);
void machine_free(machine *m);
int64_t *machine_general(machine *m);
unsigned char *machine_slots(machine *m);
uint64_t *machine_spills(machine *m);
uint64_t machine_spills_offset(void);
uint64_t *machine_spill_pointers(machine *m);
void machine_interrupt(machine *m, uint32_t interrupt);
uint64_t machine_exit(machine *m);
void *machine_list(machine *m, uint32_t packing, int64_t length, int64_t capacity, void *elements);
int64_t machine_list_length(machine *m);
uint64_t exit_count(void *taken);
uint64_t exit_size(void);
uint64_t machine_target(uint32_t way);
uint8_t *image_new(size_t size);
int image_seal(uint8_t *image, size_t size);
void image_free(uint8_t *image, size_t size);
uint64_t machine_run(machine *m, const uint8_t *code);
"""

RETURNED, WENT_ON, EXIT, ERROR, TOP, SPOILT = range(6)
_CALLED = 0
_TRAMPOLINE = b"\xff\x25\0\0\0\0"  # jmp *0(%rip), and the address behind it
_NEAR = {"CONTINUE": WENT_ON, "EXIT_TARGET": EXIT, "ERROR_TARGET": ERROR, "TOP": TOP}
_SIZES = {
    HoleKind.ABSOLUTE_64: 8,
    HoleKind.ABSOLUTE_32: 4,
    HoleKind.ABSOLUTE_32_SIGNED: 4,
    HoleKind.ABSOLUTE_16: 2,
    HoleKind.ABSOLUTE_8: 1,
    HoleKind.RELATIVE_32: 4,
}


@dataclass(frozen=True)
class Program:
    """A uop with its registers and hole values chosen.

    `registers` are the typed inputs' (None: the immediate); `values` go into holes by name, such as
    "IMMEDIATE" or "INPUT0_SLOT", slots in bytes from the first.
    """

    uop: str
    registers: tuple[int | None, ...] = ()
    output: int | None = None
    values: Mapping[str, int] = field(default_factory=dict, hash=False)


class Image:
    """Programs laid out in executable memory; `addresses` are theirs, in order."""

    def __init__(self, machine: Machine, programs: Sequence[Program]) -> None:
        self._machine = machine
        stencils = [machine.stencil(program) for program in programs]
        sizes = [len(s.code) + len(s.data) + 64 for s in stencils]
        self._size = sum(sizes) + 5 * 16
        self._memory = machine.lib.image_new(self._size)
        assert self._memory != machine.ffi.NULL
        self._base = int(machine.ffi.cast("uintptr_t", self._memory))
        content = bytearray()
        for way in range(5):
            content += _TRAMPOLINE + struct.pack("<Qxx", machine.lib.machine_target(way))
        self.addresses: list[Any] = []
        for program, stencil in zip(programs, stencils, strict=True):
            self._add(content, program, stencil)
        machine.ffi.memmove(self._memory, bytes(content), len(content))
        assert machine.lib.image_seal(self._memory, self._size) == 0

    def __enter__(self) -> Image:
        return self

    def __exit__(self, *_: object) -> None:
        self._machine.lib.image_free(self._memory, self._size)

    def _add(self, content: bytearray, program: Program, stencil: Stencil) -> None:
        content += bytes(-len(content) % 16)
        data = self._base + len(content)
        content += stencil.data + bytes(-len(stencil.data) % 16)
        start = len(content)
        code = bytearray(stencil.code)
        for hole in stencil.holes:
            value = hole.addend + (data if hole.value == "DATA" else self._value(program, hole))
            write(code, hole.offset, hole.kind, self._base + start + hole.offset, value)
        content += code
        if stencil.continues:
            target = self._base + 16 * WENT_ON
            content += b"\xe9" + struct.pack("<i", target - (self._base + len(content) + 5))
        self.addresses.append(self._memory + start)

    def _value(self, program: Program, hole: Any) -> int:
        if hole.value == "SYMBOL":
            return self._base + 16 * _CALLED
        if hole.value in _NEAR:
            return self._base + 16 * _NEAR[hole.value]
        return program.values[hole.value]


def write(code: bytearray, offset: int, kind: HoleKind, place: int, value: int) -> None:
    """Fill one hole; a value that the processor would read as another is an OverflowError."""
    size = _SIZES[kind]
    if kind is HoleKind.RELATIVE_32:
        value -= place
    if kind is HoleKind.ABSOLUTE_64:
        value %= 2**64
    signed = kind in (HoleKind.RELATIVE_32, HoleKind.ABSOLUTE_32_SIGNED)
    code[offset : offset + size] = value.to_bytes(size, "little", signed=signed)


class Machine:
    """One set of registers and slots. `slots` are bytes, `spills` and registers 64 bits each.

    `stencils` are all there are, by their uops' names.
    """

    def __init__(
        self, ffi: Any, lib: Any, model: Model, stencils: Mapping[str, Sequence[Stencil]]
    ) -> None:
        self.ffi, self.lib, self._model = ffi, lib, model
        self.stencils = stencils
        self._numbers: dict[str, dict[tuple[object, object], int]] = {}
        self._machine = ffi.gc(lib.machine_new(), lib.machine_free)
        # Eight general ones, then eight vector ones.
        self._registers = ffi.buffer(lib.machine_general(self._machine), 128)
        self.slots = ffi.buffer(lib.machine_slots(self._machine), 4096)
        self.spills = lib.machine_spills(self._machine)
        self.spill_pointers = lib.machine_spill_pointers(self._machine)

    @property
    def spills_offset(self) -> int:
        """Where the spill slots start in the VM, in bytes."""
        return int(self.lib.machine_spills_offset())

    def variants(self, uop: str) -> list[Variant]:
        return list(variants(self._model.uops[uop], self._model.types))

    def stencil(self, program: Program) -> Stencil:
        """The variant for the program's registers."""
        known = self._numbers.get(program.uop)
        if known is None:
            known = {(v.inputs, v.output): v.number for v in self.variants(program.uop)}
            self._numbers[program.uop] = known
        return self.stencils[program.uop][known[program.registers, program.output]]

    def image(self, programs: Sequence[Program]) -> Image:
        return Image(self, programs)

    def set_interrupt(self, interrupt: bool) -> None:
        self.lib.machine_interrupt(self._machine, interrupt)

    def exit_taken(self) -> int:
        return int(self.lib.machine_exit(self._machine))

    def set_slot(self, offset: int, tag: int, bits: int) -> None:
        self.slots[offset : offset + 16] = struct.pack("<QQ", tag, bits % 2**64)

    def slot(self, offset: int) -> tuple[int, int]:
        tag, bits = struct.unpack("<QQ", self.slots[offset : offset + 16])
        return tag, bits

    def make_list(self, packing: int, length: int, capacity: int, elements: Any) -> int:
        """The address of the machine's only list; packings: 0 ints, 1 floats, 2 values, 3 none."""
        made = self.lib.machine_list(self._machine, packing, length, capacity, elements)
        return int(self.ffi.cast("uintptr_t", made))

    def list_length(self) -> int:
        return int(self.lib.machine_list_length(self._machine))

    def run(self, address: Any, registers: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        """Run the code at `address` with these sixteen registers, general ones first, as 64 bits.

        Returns the way it was left and the registers as they are then.
        """
        self._registers[:] = struct.pack("<16Q", *registers)
        way = int(self.lib.machine_run(self._machine, address))
        return way, struct.unpack("<16Q", self._registers[:])
