"""Programs with faults: what the verifier lets pass must not crash a VM.

In: programs that compile, or were made at random (generation.py), and a seed. Out: mutants; those
that pass run on every engine. As a command, `python -m tests.api.mutation FIRST LAST`, it runs the
seeds of a range, and prints each before it is run, so that a crash is known by its seed.
"""

from __future__ import annotations

import copy
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from minivm.embedding.vm import VM
from minivm.errors import ProgramError
from minivm.generated.instruction_table import INSTRUCTIONS
from minivm.lang import Code, Program, SourceError, compile_source
from minivm.lang.code import FunctionReference, Handler
from minivm.verifier import VerifyError, verify
from minivm.verifier.decoding import decode
from tests.api.generation import generate
from tests.program_cases import cases_in

_PROGRAMS = Path(__file__).parent.parent / "programs"
_TRIES = 40
_ENGINES = ("tier1", "uops", "jit")
# Instructions that touch what is outside of the process, or wait.
_BANNED = ("FILE", "READ", "SLEEP", "EXIT")
_EMITTED = [i for i in INSTRUCTIONS.values() if i.generic is None]


@cache
def originals() -> list[Program]:
    """The programs of the tests, as compiled, but for those that do more than compute."""
    programs = []
    for path in sorted(_PROGRAMS.glob("*.mvm")):
        for case in cases_in(path):
            try:
                program = compile_source(case.text, case.path)
            except SourceError:
                continue
            if len(program.functions) < 12 and not _is_banned(program):
                programs.append(program)
    return programs


def _is_banned(program: Program) -> bool:
    names = {each.name for code in program.functions for each in decode(program, code).values()}
    return any(banned in name for name in names for banned in _BANNED)


def mutant(seed: int) -> Program | None:
    """A program with a few faults that the verifier lets pass; None when it lets none pass."""
    choose = random.Random(seed)
    original = choose.choice(originals())
    if choose.random() < 0.7:
        original = generate(seed) or original
    for _ in range(_TRIES):
        program = copy.deepcopy(original)
        for _ in range(choose.choice((0, 1, 1, 2, 3, 5))):
            code = choose.choice(program.functions)
            choose.choice(_MUTATIONS)(choose, program, code)
        try:
            verify(program)
        except VerifyError:
            continue
        if not _is_banned(program):
            return program
    return None


def _change_unit(choose: random.Random, program: Program, code: Code) -> None:
    at = choose.randrange(len(code.units))
    value = choose.choice((0, 1, 2, choose.randrange(12), choose.randrange(65536)))
    code.units[at] = choose.choice((value, code.units[at] ^ 1, (code.units[at] + 1) & 0xFFFF))


def _change_instruction(choose: random.Random, program: Program, code: Code) -> None:
    """Another instruction of the same size, its operands drawn from those of the old one."""
    offset, size = _some_instruction(choose, program, code)
    other = choose.choice([i for i in _EMITTED if i.units == size])
    code.units[offset] = other.opcode
    for operand in other.operands:
        code.units[offset + operand.unit] = choose.randrange(6)


def _swap_instructions(choose: random.Random, program: Program, code: Code) -> None:
    first, size = _some_instruction(choose, program, code)
    second, other_size = _some_instruction(choose, program, code)
    if size == other_size:
        kept = code.units[first : first + size]
        code.units[first : first + size] = code.units[second : second + size]
        code.units[second : second + size] = kept


def _some_instruction(choose: random.Random, program: Program, code: Code) -> tuple[int, int]:
    try:
        each = choose.choice(list(decode(program, code).values()))
    except VerifyError:
        return 0, 2
    return each.offset, each.end - each.offset


def _change_sizes(choose: random.Random, program: Program, code: Code) -> None:
    match choose.randrange(4):
        case 0:
            code.max_stack = choose.randrange(8)
        case 1:
            code.results = choose.randrange(3)
        case 2:
            code.parameters = choose.randrange(3)
        case _:
            code.locals = code.locals[: choose.randrange(8)] + ["more"] * choose.randrange(3)


def _change_constant(choose: random.Random, program: Program, code: Code) -> None:
    if code.constants:
        values = (None, True, -1, 2**63 - 1, 1.5, float("nan"), "", "ä€", FunctionReference(0))
        code.constants[choose.randrange(len(code.constants))] = choose.choice(values)


def _change_handler(choose: random.Random, program: Program, code: Code) -> None:
    offsets = [_some_instruction(choose, program, code)[0] for _ in range(3)]
    start, end, target = sorted(offsets)
    handler = Handler(start, end, target, choose.randrange(3))
    code.handlers = [*code.handlers[: choose.randrange(3)], handler]


_MUTATIONS: Sequence[Callable[[random.Random, Program, Code], None]] = (
    _change_unit,
    _change_unit,
    _change_instruction,
    _change_instruction,
    _swap_instructions,
    _change_sizes,
    _change_constant,
    _change_handler,
)


def run(program: Program, engine: str) -> None:
    """Run it, whatever comes of it but a crash; a loop without an end is stopped."""
    jit: bool | str = {"tier1": False, "uops": "uops", "jit": True}[engine]
    debug = {"loop_threshold": 2, "entry_threshold": 2, "warm_up": 1, "stress": True}
    limits = {"max_heap": 1 << 22, "max_depth": 200}
    vm = VM(jit=jit, output="capture", timeout=0.1, debug=debug, **limits)
    with vm, suppress(ProgramError, MemoryError):
        vm.run(program)


def main() -> None:
    first, last = map(int, sys.argv[1:])
    with tempfile.TemporaryDirectory():
        for seed in range(first, last):
            program = mutant(seed)
            if program is None:
                continue
            for engine in _ENGINES:
                print(seed, engine, flush=True)
                run(program, engine)


if __name__ == "__main__":
    main()
