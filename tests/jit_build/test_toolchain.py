"""Finding a compiler: which are taken, which refused, and with what words."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from minivm.jit.errors import BuildError
from minivm.jit.toolchain import Toolchain, clang_version, find_compiler

EXPORTED = '__attribute__((visibility("default")))'


def fake_compiler(folder: Path, printed: str) -> str:
    path = folder / "fakecc"
    path.write_text(f"#!/bin/sh\necho '{printed}'\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("gcc (Debian 12.2.0) 12.2.0", "is not clang .*'gcc .*pip install ziglang"),
        ("clang version 18.1.8", "is clang version 18.1.8, too old: minivm needs clang >= 19"),
        ("", "is not clang"),
    ],
)
def test_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, message: str
) -> None:
    monkeypatch.setenv("MINIVM_CC", fake_compiler(tmp_path, printed))
    with pytest.raises(BuildError, match=message):
        clang_version(find_compiler())


def test_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIVM_CC", fake_compiler(tmp_path, "Ubuntu clang version 19.1.7"))
    assert clang_version(find_compiler()) == "clang version 19.1.7"
    assert not find_compiler().is_zig


def test_missing_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIVM_CC", "no-such-compiler --flag")
    with pytest.raises(BuildError, match="there is no program 'no-such-compiler'"):
        find_compiler()


def test_unbalanced_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIVM_CC", "clang 'oops")
    with pytest.raises(BuildError, match=r"MINIVM_CC=.*can't be read"):
        find_compiler()


def test_no_compiler_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINIVM_CC", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BuildError, match=r"pip install ziglang.*MINIVM_CC"):
        find_compiler()


def test_zig_by_name_is_known_as_zig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIVM_CC", f"{sys.executable} -m ziglang cc")
    assert find_compiler().is_zig


def test_compiler_messages_are_the_error(toolchain: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_text("int f(void) { return missing; }\n")
    with pytest.raises(BuildError, match=r"bad\.c:1:22: error: .*'missing'"):
        toolchain.compile_library_file(tmp_path / "bad.c", tmp_path / "bad.o", [])


def test_undefined_symbols_do_not_link(toolchain: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(f"int g(void);\n{EXPORTED} int f(void) {{ return g(); }}\n")
    toolchain.compile_library_file(tmp_path / "f.c", tmp_path / "f.o", [])
    with pytest.raises(BuildError, match="undefined symbol: g"):
        toolchain.link_library([tmp_path / "f.o"], tmp_path / "f.so")


def test_names_of_files_start_from_the_root(toolchain: Toolchain, tmp_path: Path) -> None:
    """So that one tree's objects tell debuggers nothing wrong in another tree."""
    source, output = tmp_path / "folder" / "f.c", tmp_path / "f.o"
    source.parent.mkdir()
    source.write_text("const char *f(void) { return __FILE__; }\n")
    toolchain.compile_library_file(source, output, [tmp_path], tmp_path)
    content = output.read_bytes()
    assert b"\0folder/f.c\0" in content
    assert str(tmp_path).encode() not in content
