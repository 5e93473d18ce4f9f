"""A function's instructions → the same code laid out so that it falls through to the next stencil.

In: labels and instructions of one stencil. Out: its instructions, with conditional jumps pointed
straight at exits and the jump to the next stencil last, where it is dropped:

    before                          after
        jo .L1                          jo _JIT_EXIT_TARGET
        movq %r10, %r14                 movq %r10, %r14
        jmp _JIT_CONTINUE           end:
    .L1: jmp _JIT_EXIT_TARGET

        jl _JIT_CONTINUE                jge _JIT_EXIT_TARGET
        jmp _JIT_EXIT_TARGET        end:

The steps: cut the code into basic blocks; send jumps to blocks that only jump on to where those
lead; keep the blocks that can be reached, in clang's order (it puts the likely ones first), but one
that leads to the next stencil last; write them out, inverting a condition where that saves a jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from minivm.jit.assembly_parser import Instruction, Label
from minivm.jit.errors import BuildError
from minivm.jit.target import Target

CONTINUE = "_JIT_CONTINUE"
END_LABEL = "end"

# Where a jump leads: the number of a block here, or a symbol elsewhere.
Place = int | str


@dataclass
class _Block:
    """Straight code. It leaves by `condition` when that holds, else to `following`.

    Exactly one of `following` and `last` is set; `last` is the return or indirect jump that leaves
    the stencil for good. `leading` are the condition's operands before the place it jumps to.
    """

    body: list[Instruction] = field(default_factory=list)
    condition: str | None = None
    leading: str = ""
    taken: Place = 0
    following: Place | None = None
    last: Instruction | None = None

    def is_only_a_jump(self) -> bool:
        return not self.body and self.condition is None and self.last is None

    def continues(self) -> bool:
        return self.following == CONTINUE or (self.condition is not None and self.taken == CONTINUE)


@dataclass(frozen=True)
class Layout:
    """A stencil's lines, block labels included; `continues`: some path goes on to the next one."""

    lines: tuple[str, ...]
    continues: bool


def lay_out(code: Sequence[Label | Instruction], target: Target) -> Layout:
    """Lay out one stencil; raises `BuildError` with the cause when a path can't be followed."""
    blocks = _cut_into_blocks(code, target)
    _thread_jumps(blocks)
    order = _order(blocks)
    continues = any(blocks[number].continues() for number in order)
    return Layout(tuple(_write(blocks, order, target)), continues)


def _cut_into_blocks(code: Sequence[Label | Instruction], target: Target) -> list[_Block]:
    """The blocks, followed by one empty block that stands for the end of the function."""
    blocks = [_Block()]
    labels: dict[str, int] = {}
    places: list[tuple[_Block, str | None, str | None]] = []
    for item in code:
        block = blocks[-1]
        if isinstance(item, Label):
            block.following = len(blocks)
            labels[item.name] = len(blocks)
            blocks.append(_Block())
        elif item.mnemonic in target.returns or _is_indirect(item, target):
            block.last = item
            blocks.append(_Block())
        elif item.mnemonic in target.jumps:
            places.append((block, None, item.operands))
            blocks.append(_Block())
        elif item.mnemonic in target.inverted:
            leading, _, place = item.operands.rpartition(",")
            block.condition, block.leading = item.mnemonic, leading
            block.following = len(blocks)
            places.append((block, place.strip(), None))
            blocks.append(_Block())
        else:
            block.body.append(_checked(item, target))
    _resolve(places, labels)
    return blocks


def _is_indirect(item: Instruction, target: Target) -> bool:
    return item.mnemonic in target.jumps and item.operands.startswith(target.indirect_marker)


def _checked(item: Instruction, target: Target) -> Instruction:
    """`item` itself, when it does nothing but go on to the next instruction."""
    if item.mnemonic in target.forbidden:
        raise BuildError(f"'{item}' leaves the stencil other than by a tail jump")
    if item.mnemonic.startswith("j"):
        raise BuildError(f"jump '{item}' isn't understood")
    return item


def _resolve(
    places: Sequence[tuple[_Block, str | None, str | None]], labels: dict[str, int]
) -> None:
    def place_of(name: str) -> Place:
        if name not in labels and name.startswith(".L"):
            raise BuildError(f"a jump to {name}, which isn't in the function")
        return labels.get(name, name)

    for block, taken, following in places:
        if taken is not None:
            block.taken = place_of(taken)
        if following is not None:
            block.following = place_of(following)


def _thread_jumps(blocks: list[_Block]) -> None:
    for block in blocks:
        if block.following is not None:
            block.following = _destination(blocks, block.following)
        if block.condition is not None:
            block.taken = _destination(blocks, block.taken)
            if block.taken == block.following:
                block.condition = None


def _destination(blocks: list[_Block], place: Place) -> Place:
    """Where a jump to `place` ends up. The last block is the end of the function, not a jump."""
    seen: set[int] = set()
    while isinstance(place, int) and place not in seen and blocks[place].is_only_a_jump():
        following = blocks[place].following
        if following is None:
            break
        seen.add(place)
        place = following
    return place


def _order(blocks: list[_Block]) -> list[int]:
    """The reachable blocks: entry first, and last, if there is one, a block that continues."""
    reachable: set[int] = set()
    waiting: list[Place] = [0]
    while waiting:
        place = waiting.pop()
        if isinstance(place, int) and place not in reachable:
            reachable.add(place)
            waiting.extend(_successors(blocks[place]))
    order = sorted(reachable)
    if not blocks[order[-1]].continues():
        likely = next((number for number in order[1:] if blocks[number].continues()), None)
        if likely is not None:
            order.remove(likely)
            order.append(likely)
    return order


def _successors(block: _Block) -> list[Place]:
    if block.last is not None:
        return []
    if block.following is None:
        raise BuildError("a path falls off the end: every path must end in a tail jump")
    return [block.following] if block.condition is None else [block.following, block.taken]


def _write(blocks: list[_Block], order: list[int], target: Target) -> list[str]:
    lines = []
    for position, number in enumerate(order):
        after: Place = order[position + 1] if position + 1 < len(order) else CONTINUE
        lines.append(f"{_label(number)}:")
        lines.extend(str(instruction) for instruction in blocks[number].body)
        lines.extend(_leave(blocks[number], after, target))
    return [*lines, f"{_label(CONTINUE)}:"]


def _leave(block: _Block, after: Place, target: Target) -> list[str]:
    """The jumps that end `block` when the code at `after` comes next."""
    if block.last is not None:
        return [str(block.last)]
    assert block.following is not None
    jump_on = [] if block.following == after else [f"{_jump(target)} {_label(block.following)}"]
    if block.condition is None:
        return jump_on
    leading = f"{block.leading}, " if block.leading else ""
    if block.taken == after:
        return [f"{target.inverted[block.condition]} {leading}{_label(block.following)}"]
    return [f"{block.condition} {leading}{_label(block.taken)}", *jump_on]


def _jump(target: Target) -> str:
    return min(target.jumps, key=len)


def _label(place: Place) -> str:
    """Labels are local to the function: `assembly` makes them unique in a file."""
    if place == CONTINUE:
        return f".L{END_LABEL}"
    return f".L{place}" if isinstance(place, int) else place
