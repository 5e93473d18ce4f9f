"""Files and input that only a test from outside can set up.

In: files in a directory of the test's own, and pipes. Out: what a program makes of them, on every
engine.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from minivm.errors import ProgramError
from minivm.lang import compile_source
from minivm.machine import CAPTURE, Machine
from tests.engines import ENGINES
from tests.interrupting import interrupted_after


def _output(text: str, engine: str, *arguments: str, given: int = 0) -> str:
    with Machine(engine=engine, output=CAPTURE, input=given) as vm:
        vm.load(compile_source(text, "files.mvm"))
        vm.add_arguments(arguments)
        vm.run()
        return vm.captured().decode("utf-8")


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_written_can_be_read(engine: str, tmp_path: Path) -> None:
    text = """
        args 0 get -> path
        "first\\nnaïve\\n" path write_file
        "more" path append_file
        path read_file write
        "" path write_file
        path read_file len write
    """
    path = tmp_path / "naïve name.txt"
    assert _output(text, engine, str(path)) == "first\nnaïve\nmore0"
    assert path.read_bytes() == b""


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bytes"
    for content in b"a\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"12345678\xc3":
        path.write_bytes(content)
        with pytest.raises(ProgramError, match='bytes\\" is not UTF-8 text') as caught:
            _output("args 0 get read_file print", "tier1", str(path))
        assert caught.value.kind == "value"


def test_a_large_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_text("naïve line\n" * 100_000, encoding="utf-8")
    found = _output("args 0 get read_file dup len print lines len print", "jit", str(path))
    assert found == "1100000\n100000\n"


def _pipe(content: bytes) -> int:
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    return reader


@pytest.mark.parametrize("engine", ENGINES)
def test_lines_of_any_length_are_read(engine: str) -> None:
    reader, writer = os.pipe()
    line = "naïve" * 40_000

    def write() -> None:
        with os.fdopen(writer, "w", encoding="utf-8", newline="") as pipe:
            pipe.write(f"{line}\r\n\nlast")

    thread = threading.Thread(target=write)
    thread.start()
    text = "read_line len print read_line len print read_line print read_line print"
    assert _output(text, engine, given=reader) == "200000\n0\nlast\nnil\n"
    thread.join()
    os.close(reader)


def test_input_that_is_not_text_is_an_error() -> None:
    reader = _pipe(b"good\nbad \xff\ngood again\n")
    text = """
        read_line print
        try { read_line print } catch e { e .kind print e .message print }
        read_line print
    """
    expected = "good\nvalue\nthe input is not UTF-8 text\ngood again\n"
    assert _output(text, "tier1", given=reader) == expected
    os.close(reader)


@pytest.mark.parametrize("text", ["read_line print", "1000 sleep", "read_all print"])
def test_waiting_can_be_interrupted(text: str) -> None:
    reader, writer = os.pipe()
    with Machine(output=CAPTURE, input=reader) as vm:
        vm.load(compile_source(text, "wait.mvm"))
        started = time.monotonic()
        with interrupted_after(vm, 0.1), pytest.raises(ProgramError) as caught:
            vm.run()
        assert caught.value.kind == "interrupt"
        assert time.monotonic() - started < 30
    os.close(reader)
    os.close(writer)


def test_output_comes_before_the_wait_for_input() -> None:
    in_reader, in_writer = os.pipe()
    out_reader, out_writer = os.pipe()
    with Machine(output=out_writer, input=in_reader) as vm:
        vm.load(compile_source('"name? " write read_line print', "ask.mvm"))
        thread = threading.Thread(target=vm.run)
        thread.start()
        assert os.read(out_reader, 100) == b"name? "
        os.write(in_writer, b"Ada\n")
        assert os.read(out_reader, 100) == b"Ada\n"
        thread.join()
    for descriptor in in_reader, in_writer, out_reader, out_writer:
        os.close(descriptor)
