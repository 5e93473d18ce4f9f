"""The emitter: instructions and labels to a code object's units, constants and positions.

In: one function's instructions in order, with labels for the targets of jumps and for what a `try`
covers. Out: the units, positions and handlers.
On the way the sequences that have an instruction of their own are fused, and what no path reaches
is left out.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from minivm.generated.instruction_table import FUSED, INSTRUCTIONS, NO_WAY_ON
from minivm.lang.code import Constant, Handler, Position
from minivm.lang.instruction import Instruction
from minivm.lang.source import Source
from minivm.lang.tokens import Token

_LONGEST_FUSED = max(map(len, FUSED), default=1)
_FIRST_OF_FUSED = frozenset(names[0] for names in FUSED)

_MAX_CONSTANTS = 0x10000


class Label:
    """A place to jump to. `references` counts the jumps; `offset` is known once laid out."""

    __slots__ = ("offset", "references")

    def __init__(self) -> None:
        self.references = 0
        self.offset = -1


class _Covered:
    """What a `try` covers: labels at its start, end and `catch`; how deep the stack is."""

    __slots__ = ("depth", "end", "start", "target")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.start, self.end, self.target = Label(), Label(), Label()


class _Entry:
    """One instruction: its operands in the order of the table, and the word it stands for."""

    __slots__ = ("name", "operands", "token")

    def __init__(self, name: str, operands: tuple[int | Label, ...], token: Token) -> None:
        self.name = name
        self.operands = operands
        self.token = token


class Emitter:
    """Collects a function's instructions; `finish` encodes them."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._entries: list[_Entry | Label] = []
        self._constants: dict[tuple[type, str], int] = {}
        self._covered: list[_Covered] = []
        self.constants: list[Constant] = []
        self.reachable = True

    def emit(self, token: Token, name: str, *operands: int | Label) -> None:
        """Appends an instruction, unless no path leads here."""
        if not self.reachable:
            return
        for operand in operands:
            if isinstance(operand, Label):
                operand.references += 1
        self._entries.append(_Entry(name, operands, token))
        if name in NO_WAY_ON:
            self.reachable = False

    def place(self, label: Label) -> None:
        """The next instruction is where the jumps to `label` go; all have been emitted."""
        last = self._entries[-1] if self._entries else None
        # A jump to the next instruction does nothing.
        if isinstance(last, _Entry) and last.name == "JUMP" and last.operands == (label,):
            self._entries.pop()
            label.references -= 1
            self.reachable = True
        if label.references:
            self._entries.append(label)
            self.reachable = True

    def place_head(self, label: Label) -> None:
        """The next instruction is a loop's head; the jump to `label` is still to come, if any."""
        self._entries.append(label)

    def begin_try(self, depth: int) -> _Covered:
        """What comes is covered by a `try`, whose handler finds the stack `depth` deep."""
        covered = _Covered(depth)
        self._entries.append(covered.start)
        return covered

    def end_try(self, covered: _Covered) -> None:
        """What comes is no longer covered; a `try` of nothing needs no handler."""
        if any(isinstance(e, _Entry) for e in self._entries_since(covered.start)):
            for label in (covered.start, covered.end, covered.target):
                label.references += 1
            self._entries.append(covered.end)
            self._covered.append(covered)

    def _entries_since(self, label: Label) -> Iterator[_Entry | Label]:
        index = len(self._entries)
        while (index := index - 1) >= 0 and self._entries[index] is not label:
            yield self._entries[index]

    def constant(self, token: Token, value: Constant) -> int:
        """The index of a constant; equal ones of the same type share it."""
        # As text, 0.0 and -0.0 differ, as they must.
        key = (type(value), repr(value) if isinstance(value, float) else str(value))
        index = self._constants.get(key)
        if index is None:
            index = self._constants[key] = len(self.constants)
            self.constants.append(value)
            if index >= _MAX_CONSTANTS:
                message = f"a function may have at most {_MAX_CONSTANTS} constants"
                raise self._source.error(token.start, token.end, message)
        return index

    def finish(self) -> tuple[array[int], list[Position], list[Handler]]:
        """The units of all instructions, the position of each, and the handlers."""
        # The head of a loop that never comes back must not keep its neighbours from being fused.
        entries = [e for e in self._entries if isinstance(e, _Entry) or e.references]
        laid_out: list[tuple[Instruction, _Entry]] = []
        positions: list[Position] = []
        offset = 0
        for entry in _fuse(entries):
            if isinstance(entry, Label):
                entry.offset = offset
                continue
            instruction = INSTRUCTIONS[entry.name]
            laid_out.append((instruction, entry))
            positions.append(self._position(offset, entry.token))
            offset += instruction.units
        handlers = [
            Handler(each.start.offset, each.end.offset, each.target.offset, each.depth)
            for each in self._covered
        ]
        return _encode(laid_out, offset), positions, handlers

    def _position(self, offset: int, token: Token) -> Position:
        line, column = self._source.locate(token.start)
        return Position(offset, line, column, column + max(1, token.end - token.start))


def _fuse(entries: list[_Entry | Label]) -> list[_Entry | Label]:
    """Replaces, from the start on, the longest sequences that have an instruction of their own."""
    fused: list[_Entry | Label] = []
    index = 0
    while index < len(entries):
        entry = entries[index]
        if isinstance(entry, _Entry) and entry.name in _FIRST_OF_FUSED:
            parts = _longest_sequence(entries, index)
            if len(parts) > 1:
                entry = _fuse_parts(parts)
                index += len(parts) - 1
        fused.append(entry)
        index += 1
    return fused


def _longest_sequence(entries: list[_Entry | Label], index: int) -> list[_Entry]:
    """The longest sequence from `index` on that has an instruction; at least the one there."""
    parts: list[_Entry] = []
    for entry in entries[index : index + _LONGEST_FUSED]:
        if not isinstance(entry, _Entry):
            break
        parts.append(entry)
    while len(parts) > 1 and tuple(part.name for part in parts) not in FUSED:
        parts.pop()
    return parts


def _fuse_parts(parts: list[_Entry]) -> _Entry:
    name = FUSED[tuple(part.name for part in parts)]
    operands = tuple(operand for part in parts for operand in part.operands)
    # Only the part that computes can fail, so errors are shown at its word.
    computing = [part for part in parts if not part.name.startswith(("LOAD_", "JUMP_"))]
    return _Entry(name, operands, (computing or parts)[-1].token)


def _encode(laid_out: list[tuple[Instruction, _Entry]], unit_count: int) -> array[int]:
    units = array("H", bytes(2 * unit_count))
    offset = 0
    for instruction, entry in laid_out:
        end = offset + instruction.units
        units[offset] = instruction.opcode
        for place, operand in zip(instruction.operands, entry.operands, strict=True):
            value = operand.offset - end if isinstance(operand, Label) else operand
            unit = offset + place.unit
            units[unit] = value & 0xFFFF
            if place.bits == 32:
                units[unit + 1] = value >> 16 & 0xFFFF
        offset = end
    return units
