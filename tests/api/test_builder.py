"""CodeBuilder, and the verifier: what is built runs; what could crash the VM is refused."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import minivm
from minivm.generated.instruction_table import INSTRUCTIONS
from minivm.lang.code import Code, FunctionReference, Handler, Position, RecordType
from tests.api import mutation
from tests.program_cases import cases_in

_ROOT = Path(__file__).parents[2]


def _built(fill: Callable[[minivm.CodeBuilder], None]) -> minivm.Program:
    builder = minivm.CodeBuilder("built.lang")
    fill(builder)
    builder.main.emit("RETURN")
    return builder.build()


def test_a_loop_with_a_call(vm: minivm.VM) -> None:
    def fill(builder: minivm.CodeBuilder) -> None:
        add = builder.function("add", ["a", "b"], results=1)
        add.emit("LOAD_LOCAL", "a")
        add.emit("LOAD_LOCAL", "b")
        add.emit("ADD")
        add.emit("RETURN")
        main, end = builder.main, minivm.Label()
        for name in ("i", "total"):
            main.local(name)
            main.push(0)
            main.emit("STORE_LOCAL", name)
        top = main.here()
        main.emit("LOAD_LOCAL", "i")
        main.push(1000)
        main.emit("LT")
        main.emit("JUMP_IF_FALSE", end)
        main.emit("LOAD_LOCAL", "total")
        main.emit("LOAD_LOCAL", "i")
        main.emit("CALL", add)
        main.emit("STORE_LOCAL", "total")
        main.emit("LOAD_LOCAL", "i")
        main.push(1)
        main.emit("ADD")
        main.emit("STORE_LOCAL", "i")
        main.emit("JUMP_BACKWARD", top)
        main.place(end)
        main.emit("LOAD_LOCAL", "total")
        main.emit("PRINT")

    vm.run(_built(fill))
    assert vm.output == "499500\n"
    assert vm.call("add", 1, 2) == 3


def test_records_generics_closures_constants_and_words(vm: minivm.VM) -> None:
    def fill(builder: minivm.CodeBuilder) -> None:
        point = builder.record("Point", ["x", "y"])
        area = builder.generic("area", parameters=1, results=1)
        method = builder.function("Point.area", ["self"], results=1)
        for field in ("x", "y"):
            method.emit("LOAD_LOCAL", "self")
            method.emit("GET_FIELD", builder.symbol(field))
        method.emit("MUL")
        method.emit("RETURN")
        builder.method(area, point, method)
        inner = builder.function("inner", ["a"], results=1, captures=["n"])
        inner.emit("LOAD_LOCAL", "a")
        inner.emit("LOAD_CELL", "n")
        inner.emit("ADD")
        inner.emit("RETURN")
        main = builder.main
        main.push(6)
        main.push(7)
        main.emit("NEW_RECORD", point, 2)
        main.emit("CALL_GENERIC", area)
        main.emit("PRINT")
        main.emit("MAKE_EMPTY_CELL", main.local("n"))
        main.push(10)
        main.emit("LOAD_LOCAL", "n")
        main.emit("MAKE_CLOSURE", inner, 1)
        main.push(2.5)
        main.emit("STORE_CELL", "n")
        main.emit("CALL_VALUE", 1, 1)
        main.emit("PRINT")
        for value in (None, True, 2**62, "text", method):
            main.push(value)
        main.emit("BUILD_LIST", 5)
        main.emit("CALL", builder.word("show", ["value"], 0))

    seen: list[object] = []
    vm.register("show", lambda value: seen.append(value[:4]), "(value -- )")
    program = _built(fill)
    vm.run(program)
    assert (vm.output, seen) == ("42\n12.5\n", [[None, True, 2**62, "text"]])
    # It must not be called without what it captures.
    assert "inner" not in vm and "area" in vm


def _catch_division(builder: minivm.CodeBuilder) -> None:
    """Prints 5 and the line of an error together; what comes next is still in the handler."""
    main = builder.main
    main.push(5)
    start = main.here()
    main.at(7)
    main.push(1)
    main.push(0)
    main.emit("FLOORDIV")
    end = main.here()
    main.emit("POP")
    main.emit("PRINT")
    main.emit("RETURN")
    main.catch(start, end, main.here(), depth=1)
    main.emit("GET_FIELD", builder.symbol("line"))
    main.emit("ADD")
    main.emit("PRINT")


def test_a_handler_catches(vm: minivm.VM) -> None:
    builder = minivm.CodeBuilder()
    _catch_division(builder)
    builder.main.emit("RETURN")
    vm.run(builder.build())
    assert vm.output == "12\n"


def test_a_handler_is_verified() -> None:
    builder = minivm.CodeBuilder()
    _catch_division(builder)
    builder.main.push(1)
    builder.main.emit("RETURN")
    with pytest.raises(minivm.VerifyError, match="the function has 0 results, but the stack 1"):
        builder.build()


def test_positions(vm: minivm.VM) -> None:
    builder = minivm.CodeBuilder("built.lang")
    main = builder.main
    main.at(7, 3, 9)
    main.push(1)
    main.push(0)
    main.emit("MOD")
    main.emit("PRINT")
    main.emit("RETURN")
    with pytest.raises(minivm.ProgramError) as caught:
        vm.run(builder.build())
    error = caught.value
    assert (error.path, error.line, error.column) == ("built.lang", 7, 3)


def test_what_the_builder_refuses_at_once() -> None:
    main = minivm.CodeBuilder().main
    with pytest.raises(ValueError, match="there is no instruction 'ADDD'"):
        main.emit("ADDD")
    with pytest.raises(ValueError, match="LOAD_LOCAL takes the operands slot: 0 were given"):
        main.emit("LOAD_LOCAL")
    with pytest.raises(KeyError):
        main.emit("LOAD_LOCAL", "x")
    main.emit("JUMP", minivm.Label())
    with pytest.raises(minivm.VerifyError, match="has not been placed"):
        main.finish()


# --- the verifier --------------------------------------------------------------------------------

Emit = tuple[object, ...]
REFUSED: dict[str, tuple[list[Emit], str]] = {
    "underflow": ([("ADD",)], "it takes 1 value, but the stack has 0"),
    "more than there is": ([("LOAD_INT", 1), ("SWAP",)], "takes 2 values, but the stack has 1"),
    "results": ([("LOAD_INT", 1)], "the function has 0 results, but the stack 1"),
    "unset local": ([("LOAD_LOCAL", 0), ("POP",)], r"local 0 \(x\) may be unset"),
    "local out of range": ([("LOAD_LOCAL", 9), ("POP",)], "local 9 is named, but there are 4"),
    "hidden local out of range": ([("LOAD_INT", 1), ("FOR_PREPARE", 3)], "local 4 is used"),
    "constant out of range": ([("LOAD_CONST", 0), ("POP",)], "constant 0 is named"),
    "function out of range": ([("CALL", 7)], "function 7 is named, but there are 1"),
    "record out of range": ([("NEW_RECORD", 3, 0), ("POP",)], "record 3 is named"),
    "generic out of range": ([("CALL_GENERIC", 0)], "generic function 0 is named"),
    "symbol out of range": ([("LOAD_INT", 1), ("GET_FIELD", 99)], "symbol 99 is named"),
    "word out of range": ([("HOST", 0)], "word of the host 0 is named"),
    "fields": ([("LOAD_INT", 1), ("NEW_RECORD", 0, 1), ("POP",)], "Error has 5 fields, not 1"),
    "pairs": ([("LOAD_INT", 1), ("BUILD_MAP", 1), ("POP",)], "keys and values come in pairs"),
    "a second ENTER": ([("ENTER",)], "only be a function's first instruction"),
    "a form": ([("ADD_INT",)], "only the VM makes this instruction"),
    "the end of a run": ([("HALT",)], "only the VM makes this instruction"),
    "an executor": ([("ENTER_EXECUTOR",)], "only the VM makes this instruction"),
    "a loop without its state": ([("FOR_RANGE", 0, 0, 2)], "may be unset"),
    "a cell that is none": (
        [("LOAD_INT", 1), ("STORE_LOCAL", 0), ("LOAD_CELL", 0), ("POP",)],
        r"local 0 \(x\) holds a value",
    ),
    "a cell as a value": (
        [("MAKE_EMPTY_CELL", 0), ("LOAD_LOCAL", 0), ("PRINT",)],
        "takes a value, but a cell is on the stack",
    ),
    "the state of a loop as a value": (
        [("LOAD_INT", 1), ("FOR_PREPARE", 0), ("LOAD_LOCAL", 1), ("POP",)],
        "holds a part of the state of a loop",
    ),
    "the state of another loop": (
        [
            ("LOAD_INT", 1),
            ("LOAD_INT", 1),
            ("FOR_RANGE_PREPARE", 0),
            ("FOR_NEXT", 0, 0, 3),
        ],
        "holds a part of the state of a loop",
    ),
    "a jump that leads nowhere": ([("JUMP", 2)], "to unit 7, where no instruction starts"),
    "a jump out of the code": ([("JUMP", 90)], "where no instruction starts"),
    "a loop that cannot be stopped": ([("JUMP", -5 & 0xFFFFFFFF)], "only JUMP_BACKWARD may"),
    "a jump back that goes on": ([("JUMP_BACKWARD", 0)], "it must jump back"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_instructions(name: str) -> None:
    emitted, message = REFUSED[name]
    builder = minivm.CodeBuilder()
    for local in "xyzw":
        builder.main.local(local)
    for instruction, *operands in emitted:
        # What the builder itself would not emit is put in as units.
        builder.main.emit(str(instruction), *operands)  # type: ignore[arg-type]
    builder.main.emit("RETURN")
    with pytest.raises(minivm.VerifyError, match=message) as caught:
        builder.build()
    assert caught.value.function == "main"


def test_the_ways_to_a_place_must_agree() -> None:
    builder = minivm.CodeBuilder()
    main, other = builder.main, minivm.Label()
    main.push(True)
    main.emit("JUMP_IF_FALSE", other)
    main.push(1)
    main.place(other)
    main.emit("RETURN")
    with pytest.raises(minivm.VerifyError, match=r"the stack has . values? when it comes from"):
        builder.build()


def test_a_local_set_on_one_way_alone_is_unset() -> None:
    builder = minivm.CodeBuilder()
    main, other = builder.main, minivm.Label()
    main.local("x")
    main.push(True)
    main.emit("JUMP_IF_FALSE", other)
    main.push(1)
    main.emit("STORE_LOCAL", "x")
    main.place(other)
    main.emit("LOAD_LOCAL", "x")
    main.emit("POP")
    main.emit("RETURN")
    with pytest.raises(minivm.VerifyError, match=r"local 0 \(x\) may be unset"):
        builder.build()


def test_a_function_with_captures_is_not_called_without() -> None:
    builder = minivm.CodeBuilder()
    inner = builder.function("inner", (), results=1, captures=["n"])
    inner.emit("LOAD_LOCAL", "n")
    inner.emit("RETURN")
    builder.main.push(1)
    builder.main.emit("MAKE_CLOSURE", inner, 1)
    builder.main.emit("POP")
    builder.main.emit("CALL", inner)
    builder.main.emit("POP")
    builder.main.emit("RETURN")
    with pytest.raises(minivm.VerifyError, match=r"local 0 \(n\) may be unset"):
        builder.build()


def test_the_main_program_captures_nothing() -> None:
    builder = minivm.CodeBuilder()
    builder.main.local("n")
    builder.main.emit("LOAD_LOCAL", "n")
    builder.main.emit("MAKE_CLOSURE", builder.main, 1)
    builder.main.emit("POP")
    builder.main.emit("RETURN")
    with pytest.raises(minivm.VerifyError, match=r"local 0 \(n\) may be unset"):
        builder.build()


Spoil = Callable[[minivm.Program, Code], None]


def _set(name: str, value: object) -> Spoil:
    return lambda program, code: setattr(code, name, value)


SPOILED: dict[str, tuple[Spoil, str]] = {
    "no units": (_set("units", copy.copy), "must be an array"),
    "units cut off": (lambda p, c: c.units.pop(), "it has no|the code ends|starts|end within"),
    "an unknown opcode": (lambda p, c: c.units.__setitem__(0, 65000), "no instruction 65000"),
    "no room for the stack": (_set("max_stack", 0), "but room for 0"),
    "a huge stack": (_set("max_stack", 2**32), "65535 slots are the most"),
    "more parameters than locals": (_set("parameters", 50), "takes and leaves nothing"),
    "no positions": (_set("positions", []), "positions start at unit 0"),
    "positions out of order": (
        _set("positions", [Position(0, 1, 1, 1), Position(0, 1, 1, 1)]),
        "positions start at unit 0 and go up",
    ),
    "a huge position": (_set("positions", [Position(0, 2**40, 1, 1)]), "out of range"),
    "a constant of no type": (_set("constants", [object()]), "constant 0 can't be"),
    "a huge constant": (_set("constants", [2**64]), "can't be"),
    "a reference to nothing": (_set("constants", [FunctionReference(9)]), "constant 0 can't be"),
    "a handler of half an instruction": (_set("handlers", [Handler(1, 2, 4, 0)]), "cover whole"),
    "a handler that goes back": (_set("handlers", [Handler(2, 4, 0, 0)]), "go on behind"),
    "a handler that keeps too much": (
        _set("handlers", [Handler(0, 2, 4, 9)]),
        "than there",
    ),
    "a name that is none": (_set("name", ""), "can't be called ''"),
    "no main program": (lambda p, c: p.functions.clear(), "there is no main program"),
    "a main program that takes": (_set("parameters", 1), "takes and leaves nothing|are locals"),
    "a record with a field twice": (
        lambda p, c: p.records.append(RecordType("Twice", ["a", "a"])),
        "two fields of Twice called 'a'",
    ),
    "no Error": (lambda p, c: p.records.clear(), "the first records must be Error"),
    "a symbol twice": (lambda p, c: p.symbols.append("kind"), "two symbols called 'kind'"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_refused_programs(name: str) -> None:
    program = minivm.compile("1 2 + print")
    spoil, message = SPOILED[name]
    spoil(program, program.functions[0])
    with pytest.raises(minivm.VerifyError, match=message):
        minivm.verify(program)
    with minivm.VM() as vm, pytest.raises(minivm.VerifyError):
        vm.run(program)


def _compiled() -> list[tuple[str, minivm.Program]]:
    found = []
    for folder in ("tests/programs", "examples", "bench/programs"):
        for path in sorted((_ROOT / folder).glob("*.mvm")):
            for case in cases_in(path):
                try:
                    found.append((case.name, minivm.compile(case.text, case.path)))
                except minivm.SourceError:
                    continue
    return found


def test_what_the_compiler_makes_passes() -> None:
    programs = _compiled()
    assert len(programs) > 100
    for _, program in programs:
        minivm.verify(program)


def test_every_instruction_has_its_steps() -> None:
    from minivm.generated.effect_table import STEPS

    assert set(STEPS) == {i.name for i in INSTRUCTIONS.values() if i.generic is None}


def test_mutants_that_pass_do_not_crash() -> None:
    """A small part of what `python -m tests.api.mutation` does."""
    command = [sys.executable, "-m", mutation.__name__, "0", "25"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, f"{done.stdout[-200:]}\n{done.stderr[-2000:]}"
    assert len(done.stdout.splitlines()) > 20
