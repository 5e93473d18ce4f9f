"""The object files that gdb is given: read by another reader, and gone when the code is."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import lief
import pytest

import minivm
from minivm.debuginfo.encoding import sleb, uleb
from minivm.debuginfo.gdb import GdbObjects
from minivm.debuginfo.observer import describe_code
from tests.debuginfo.described import CONCAT, CONCAT_ANSWER, described, known_objects
from tests.engines import HAS_LLVM

needs_llvm = pytest.mark.skipif(not HAS_LLVM, reason="llvmlite is not installed")


def parse(content: bytes) -> lief.ELF.Binary:
    binary = lief.ELF.parse(list(content))
    assert isinstance(binary, lief.ELF.Binary)
    return binary


def test_numbers_of_variable_length() -> None:
    # From DWARF's own tables of examples.
    assert [uleb(n).hex() for n in (2, 127, 128, 129, 12857)] == [
        "02",
        "7f",
        "8001",
        "8101",
        "b964",
    ]
    signed = {2: "02", -2: "7e", 127: "ff00", -127: "817f", 128: "8001", -128: "807f", -129: "ff7e"}
    assert {n: sleb(n).hex() for n in signed} == signed


@pytest.mark.parametrize("engine", ["jit", pytest.param("llvm", marks=needs_llvm)])
def test_functions_are_where_the_code_is(engine: str) -> None:
    with described(CONCAT, engine) as machine:
        assert machine.captured().decode() == CONCAT_ANSWER
        executors = machine.executors()
        objects = known_objects()
        assert len(objects) == len(executors) == 2
        for executor, content in zip(reversed(executors), objects, strict=True):
            binary = parse(content)
            kind = f"program.mvm:{executor.place.line} loop"
            name = f"mvm:{executor.place.function} ({kind})"
            expected = {name: (executor.code_address, executor.code_size)}
            if engine == "jit":
                code_size = sum(len(row.code) for row in executor.emitted)
                cold_size = code_size - executor.code_size
                expected[f"{name} exits"] = (executor.cold_address, cold_size)
            code = [section for section in binary.sections if section.name == ".text"]
            symbols = [symbol for symbol in binary.symbols if symbol.name]
            found = {
                str(symbol.name): (section.virtual_address, section.size)
                for symbol, section in zip(symbols, code, strict=True)
            }
            assert found == expected
            assert [symbol.size for symbol in symbols] == [size for _, size in found.values()]
    assert known_objects() == []


def test_lines() -> None:
    with described(CONCAT) as machine:
        inner, main = machine.executors()
        newest, oldest = known_objects()
    rows = list(line_rows(oldest))
    assert {path for _, path, _ in rows} == {"program.mvm"}
    hot = range(inner.code_address, inner.code_address + inner.code_size)
    cold = range(inner.cold_address, inner.cold_address + inner.cold_size)
    assert {line for address, _, line in rows if address in hot} == {2, 7, 8}
    assert {line for address, _, line in rows if address in cold} <= {2, 7, 8}
    assert all(address in hot or address in cold for address, _, _ in rows)
    assert rows[0] == (inner.code_address, "program.mvm", 7)
    # `inner` has a loop: it is called, not inlined.
    assert {line for _, _, line in line_rows(newest)} == {13} and main.place.line == 13


def line_rows(object_file: bytes) -> Iterator[tuple[int, str, int]]:
    """What the program of DWARF's line machine says: addresses with their files and lines."""
    section = parse(object_file).get_section(".debug_line")
    assert section is not None
    content = bytes(section.content)
    size, version, header = struct.unpack_from("<IHI", content)
    assert (size + 4, version) == (len(content), 4)
    start = 10 + header
    names = content[content.index(b"\0", 10 + 6 + 12 - 1) + 1 : start - 1]
    files = [name.decode() for name in names.split(b"\0\0\0\0")[:-1]]
    at, address, file, line = start, 0, 1, 1
    while at < len(content):
        opcode, at = content[at], at + 1
        if opcode == 0:
            length, kind = content[at], content[at + 1]
            if kind == 2:
                (address,) = struct.unpack_from("<Q", content, at + 2)
            else:
                address, file, line = 0, 1, 1
            at += 1 + length
        elif opcode == 1:
            yield address, files[file - 1], line
        else:
            number, at = read_leb(content, at, is_signed=opcode == 3)
            address += number if opcode == 2 else 0
            line += number if opcode == 3 else 0
            file = number if opcode == 4 else file
            assert opcode in (2, 3, 4, 5)


def read_leb(content: bytes, at: int, is_signed: bool) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte, at = content[at], at + 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (number - (1 << shift) if is_signed and byte & 0x40 else number), at


def test_what_is_freed_is_forgotten() -> None:
    loop = "fn f(n -- s) {{ 0 -> s for i in 0 n range {{ s i + {} + -> s }} s }} 100 f drop"
    complaints: list[str] = []
    with minivm.VM(debug={"loop_threshold": 10, "exit_threshold": 10**6}) as vm:
        describe_code(vm.machine, gdb=True, perf="", complain=complaints.append)
        vm.run(loop.format(0))
        (first,) = known_objects()
        # Code that was replaced is freed when there is enough of it.
        for number in range(1, 100):
            vm.run(loop.format(number))
        known = known_objects()
        assert first not in known and 0 < len(known) < 100
        assert len(known) == len(vm.machine.executors())
    assert known_objects() == [] and not complaints


def test_two_vms_share_the_list() -> None:
    with described(CONCAT):
        with described(CONCAT):
            assert len(known_objects()) == 4
        assert len(known_objects()) == 2
    assert known_objects() == []


def test_a_uop_interpreter_has_nothing_to_describe() -> None:
    with described(CONCAT, "uops") as machine:
        assert machine.executors() and known_objects() == []


def test_a_failure_is_told_once_and_the_program_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(GdbObjects, "add", fail)
    complaints: list[str] = []
    with minivm.VM(output="capture", debug={"loop_threshold": 10, "exit_threshold": 10**6}) as vm:
        describe_code(vm.machine, gdb=True, perf="", complain=complaints.append)
        vm.run(CONCAT)
        assert vm.output == CONCAT_ANSWER and len(vm.machine.executors()) == 2
    assert complaints == ["gdb gets no more machine code: no such thing"]
