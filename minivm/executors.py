"""What a VM tells of itself: statistics, and its executors with all that went into them.

In: the library's structures (runtime/api.h), which live only as long as the VM. Out: Python data.
jit/trace.h says what a uop's fields hold at which stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from minivm.generated.uop_table import ABORT_REASONS, EXIT_REASONS

NO_EXIT = 0xFFFF
_NO_ORIGIN = 0xFFFF


@dataclass(frozen=True)
class Statistics:
    """Sizes are in bytes, those of code and data in use now; `longest_collection` is in
    nanoseconds. `uops` are those projected, `final_uops` those emitted, of all traces.

    The instructions are counted only when the VM was made with `counting`. `exits` and `aborts`
    have how often traces were left, and were not made, by the name of the reason.
    """

    tier_one_instructions: int
    trace_instructions: int
    collections: int
    heap_bytes: int
    collection_nanoseconds: int
    longest_collection: int
    traces: int
    uops: int
    final_uops: int
    trace_nanoseconds: int
    code_bytes: int
    cold_bytes: int
    data_bytes: int
    invalidated: int
    dropped: int
    exits: dict[str, int]
    aborts: dict[str, int]

    @property
    def instructions(self) -> int:
        """All instructions executed, wherever."""
        return self.tier_one_instructions + self.trace_instructions


@dataclass(frozen=True)
class Place:
    """An instruction: `offset` in units from its function's start, line and column from 1.

    `function_index` is the function's place in the VM: several may have one name.
    """

    function: str
    path: str
    function_index: int
    offset: int
    line: int
    column: int
    opcode: int


@dataclass(frozen=True)
class Uop:
    """One uop of a stage; `exit` is None where there is none, `place` where it came from."""

    opcode: int
    output: int
    inputs: tuple[int, ...]
    exit: int | None
    is_immediate: bool
    taken: bool
    immediate: int
    operands: tuple[int, ...]
    place: Place


@dataclass(frozen=True)
class Stage:
    """A trace's uops after one stage. `cold_start` is the first uop of the exits, if lowered."""

    name: str
    uops: tuple[Uop, ...]
    loop_start: int
    cold_start: int


@dataclass(frozen=True)
class Exit:
    """A way out: where tier one goes on, why, how often, and its uops in the last stage.

    `side` is the number of the side trace that goes on here in tier one's place.
    """

    place: Place
    reason: str
    count: int
    first_uop: int
    uop_count: int
    side: int | None


@dataclass(frozen=True)
class Emitted:
    """The machine code of uop number `uop` of the last stage, a stencil's as patched."""

    uop: int
    stencil: int
    address: int
    code: bytes


@dataclass(frozen=True)
class Executor:
    """A trace. It is `entered` from tier one, a side trace from its parent, which is counted only
    if the VM was made with `counting`; otherwise `iterations` is None. A pass through the trace is
    `rounds` of them. `uop_count` is that of the last stage, `emission_nanoseconds` the
    part of `nanoseconds` that passed after it. `code_address` and `cold_address` are 0 in the uop
    interpreter. A side trace goes on from exit `parent_exit` of the executor with the number
    `parent`; one that ends in another has its `link`.
    """

    place: Place
    is_side_trace: bool
    is_loop: bool
    closes: bool
    valid: bool
    instructions: int
    rounds: int
    parent: int | None
    parent_exit: int
    link: int | None
    entered: int
    iterations: int | None
    uop_count: int
    nanoseconds: int
    emission_nanoseconds: int
    code_address: int
    code_size: int
    cold_address: int
    cold_size: int
    stages: tuple[Stage, ...]
    exits: tuple[Exit, ...]
    emitted: tuple[Emitted, ...]


def read_statistics(lib: Any, vm: Any) -> Statistics:
    """The account of `vm` so far."""
    found = lib.mvm_get_statistics(vm)
    names = [field.name for field in fields(Statistics)]
    numbers = {name: int(getattr(found, name)) for name in names if name not in ("exits", "aborts")}
    exits = {name: int(lib.mvm_exit_count(vm, i)) for i, name in enumerate(EXIT_REASONS)}
    # Reason 0 is "not aborted".
    aborts = {name: int(lib.mvm_abort_count(vm, i)) for i, name in enumerate(ABORT_REASONS, 1)}
    return Statistics(**numbers, exits=exits, aborts=aborts)


def read_executors(ffi: Any, lib: Any, vm: Any, counting: bool) -> list[Executor]:
    """All executors of `vm`, oldest first."""
    found = [lib.mvm_executor_at(vm, index) for index in range(lib.mvm_executor_count(vm))]
    reader = _Reader(ffi, lib, counting, found)
    return [reader.executor(executor) for executor in found]


def read_executor(ffi: Any, lib: Any, executor: Any) -> Executor:
    """One executor that the library has given the address of."""
    return _Reader(ffi, lib, counting=False).executor(executor)


def read_origins(ffi: Any, lib: Any, executor: Any, count: int) -> list[tuple[Place, ...]]:
    """For each of the first `count` uops as emitted, the instruction it came from; behind it, when
    that is inlined, the calls it is inlined through, the innermost first."""
    return _Reader(ffi, lib, counting=False).origins(executor, count)


def read_place(ffi: Any, found: Any) -> Place:
    """An mvm_trace_position."""
    function, path = _text(ffi, found.function), _text(ffi, found.path)
    numbers = (found.function_index, found.offset, found.line, found.column, found.opcode)
    return Place(function, path, *map(int, numbers))


def _text(ffi: Any, characters: Any) -> str:
    content: bytes = ffi.string(characters)
    return content.decode(errors="replace")


class _Reader:
    """Copies the library's structures."""

    def __init__(self, ffi: Any, lib: Any, counting: bool, executors: Sequence[Any] = ()) -> None:
        self._ffi = ffi
        self._lib = lib
        self._counting = counting
        self._numbers = {self._address(found): number for number, found in enumerate(executors)}

    def executor(self, executor: Any) -> Executor:
        found = self._lib.mvm_executor_describe(executor)
        return Executor(
            place=self._place(found.position),
            is_side_trace=bool(found.parent),
            is_loop=found.is_loop,
            closes=found.closes,
            valid=found.valid,
            instructions=found.instructions,
            rounds=found.rounds,
            parent=self._numbers.get(self._address(found.parent)),
            parent_exit=found.parent_exit,
            link=self._numbers.get(self._address(found.link)),
            entered=found.entered,
            iterations=found.iterations if self._counting else None,
            uop_count=found.uop_count,
            nanoseconds=found.nanoseconds,
            emission_nanoseconds=found.emission_nanoseconds,
            code_address=self._address(found.code),
            code_size=found.code_size,
            cold_address=self._address(found.cold),
            cold_size=found.cold_size,
            stages=tuple(self._stage(executor, i) for i in range(found.stage_count)),
            exits=tuple(self._exit(executor, i) for i in range(found.exit_count)),
            emitted=self._emitted(executor),
        )

    def origins(self, executor: Any, count: int) -> list[tuple[Place, ...]]:
        known: dict[int, tuple[Place, ...]] = {_NO_ORIGIN: ()}

        def places(origin: int) -> tuple[Place, ...]:
            if origin not in known:
                place = self._place(self._lib.mvm_executor_origin(executor, origin))
                known[origin] = (place, *places(self._lib.mvm_executor_caller(executor, origin)))
            return known[origin]

        return [places(self._lib.mvm_executor_uop_origin(executor, uop)) for uop in range(count)]

    def _stage(self, executor: Any, index: int) -> Stage:
        found = self._lib.mvm_executor_stage(executor, index)
        uops = tuple(self._uop(executor, found.uops[i]) for i in range(found.uop_count))
        return Stage(_text(self._ffi, found.name), uops, found.loop_start, found.cold_start)

    def _uop(self, executor: Any, uop: Any) -> Uop:
        return Uop(
            opcode=uop.opcode,
            output=uop.output,
            inputs=tuple(uop.inputs),
            exit=None if uop.exit == NO_EXIT else uop.exit,
            is_immediate=bool(uop.is_immediate),
            taken=bool(uop.taken),
            immediate=uop.immediate,
            operands=tuple(uop.operands),
            place=self._place(self._lib.mvm_executor_origin(executor, uop.origin)),
        )

    def _exit(self, executor: Any, index: int) -> Exit:
        found = self._lib.mvm_executor_exit(executor, index)
        reason = list(EXIT_REASONS)[found.reason]
        place = self._place(found.position)
        side = self._numbers.get(self._address(found.side))
        return Exit(place, reason, found.count, found.first_uop, found.uop_count, side)

    def _emitted(self, executor: Any) -> tuple[Emitted, ...]:
        rows = self._ffi.new("mvm_emitted **")
        count = self._lib.mvm_executor_emitted(executor, rows)
        buffer = self._ffi.buffer
        return tuple(
            Emitted(
                row.uop, row.stencil, self._address(row.code), bytes(buffer(row.code, row.size))
            )
            for row in (rows[0][i] for i in range(count))
        )

    def _place(self, found: Any) -> Place:
        return read_place(self._ffi, found)

    def _address(self, pointer: Any) -> int:
        return int(self._ffi.cast("uintptr_t", pointer))
