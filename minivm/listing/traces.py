"""Traces: an executor → everything that is known of it.

In: an `Executor`, the program it was made from, and which stages to show. Out: where it is in the
source, its uops after each stage, its machine code, its exits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from minivm.executors import Executor, Exit, Statistics
from minivm.generated.uop_table import ABORT_REASONS, EXIT_REASONS
from minivm.lang.code import Program
from minivm.lang.errors import count, printable
from minivm.listing.instructions import function_label, instruction_name
from minivm.listing.machine_code import LEGEND, MachineCode
from minivm.listing.uops import UopNames

CODE, EXITS = "code", "exits"

Wanted = Callable[[str], bool]


def list_executor(number: int, executor: Executor, program: Program, wanted: Wanted) -> list[str]:
    """All of one executor; `wanted(stage)` says whether to show a stage, CODE or EXITS."""
    lines = [*heading(number, executor, program)]
    names = UopNames(executor, program)
    lines += _stages(executor, names, wanted)
    if wanted(CODE) and executor.emitted:
        lines += ["", f"  machine code: {executor.code_size} bytes,"]
        lines[-1] += f" {executor.cold_size} more for exits and constants"
        lines += [f"  ({LEGEND})", *MachineCode(executor).lines()]
    if wanted(EXITS):
        lines += ["", "  exits:", *_exits(executor, names)]
    return lines


def list_account(statistics: Statistics) -> list[str]:
    """What became of all attempts to make a trace, and why traces were left."""
    lines = ["", f"{count(statistics.traces, 'trace')} made, {statistics.invalidated} invalidated"]
    for title, counts, texts in (
        ("given up", statistics.aborts, ABORT_REASONS),
        ("left", statistics.exits, EXIT_REASONS),
    ):
        for name, number in counts.items():
            if number:
                lines.append(f"  {title} {number:,} × {name}: {texts[name]}")
    return lines


def heading(number: int, executor: Executor, program: Program) -> Iterator[str]:
    """Where a trace starts, and how it has been used."""
    place = executor.place
    kind = "loop" if executor.is_loop else "function"
    if executor.parent is not None:
        kind = f"side trace of trace {executor.parent + 1}, exit {executor.parent_exit},"
    where = f"{printable(place.path)}:{place.line}:{place.column}"
    function = function_label(program, place.function_index)
    yield f"trace {number}: {kind} in {function}, {where}, offset {place.offset}"
    end = "jumps to its own top" if executor.closes else "ends at an exit"
    if executor.link is not None:
        end = f"goes on in trace {executor.link + 1}"
    rounds = f", {executor.rounds} times round the loop" if executor.rounds > 1 else ""
    state = "" if executor.valid else ", invalidated"
    is_counted = executor.iterations is not None or not executor.is_side_trace
    entered = f"; entered {executor.entered:,} ×" if is_counted else ""
    iterations = f", {executor.iterations:,} iterations" if executor.iterations else ""
    yield (
        f"  {count(executor.instructions, 'instruction')}{rounds}, {end}{state}"
        f"{entered}{iterations}"
    )


def _stages(executor: Executor, names: UopNames, wanted: Wanted) -> Iterator[str]:
    before = None
    for stage in executor.stages:
        if wanted(stage.name):
            yield ""
            same = before is not None and before.uops == stage.uops
            hot = stage.cold_start or len(stage.uops)
            what = "nothing changed" if same else count(hot, "uop")
            yield f"  {stage.name}: {what}"
            if not same:
                yield from names.stage(stage)
        before = stage


def _exits(executor: Executor, names: UopNames) -> Iterator[str]:
    for number, way_out in enumerate(executor.exits):
        # An exit of a uop that was removed has no uops and can't be taken.
        if not way_out.uop_count:
            continue
        yield f"{number:>5}   {way_out.count:,} × {way_out.reason}, {_destination(way_out)}"
        for text in names.exit_uops(executor.stages[-1], way_out):
            yield f"            {text}"


def _destination(way_out: Exit) -> str:
    if way_out.side is not None:
        return f"goes on in trace {way_out.side + 1}"
    place = way_out.place
    name = instruction_name(place.opcode)
    where = f"{place.function} at {place.line}:{place.column}, offset {place.offset} ({name})"
    return f"goes on in {where}"
