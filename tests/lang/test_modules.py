"""Imports: which files they mean, and what is wrong with some."""

from __future__ import annotations

from pathlib import Path

import pytest

from minivm.lang import Program, SourceError, compile_source


def compile_files(folder: Path, files: dict[str, str]) -> Program:
    """The program in main.mvm."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return compile_source(files["main.mvm"], str(folder / "main.mvm"))


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    program = compile_files(
        tmp_path,
        {
            "main.mvm": 'import "in/a.mvm" one drop',
            "in/a.mvm": 'import "../b.mvm" fn one( -- n) { two 1 - }',
            "b.mvm": "fn two( -- n) { 2 }",
        },
    )
    # Neither of the imported files has anything to run.
    assert [(code.name, Path(code.path).name) for code in program.functions] == [
        *(("main", "main.mvm"), ("two", "b.mvm"), ("one", "a.mvm"))
    ]
    assert {Path(path).name for path in program.sources} == {"main.mvm", "a.mvm", "b.mvm"}


def test_a_file_by_two_names_is_one(tmp_path: Path) -> None:
    (tmp_path / "link.mvm").symlink_to(tmp_path / "a.mvm")
    program = compile_files(
        tmp_path,
        {
            "main.mvm": 'import "a.mvm" import "link.mvm" import "./a.mvm" f',
            "a.mvm": "fn f( -- ) { }",
        },
    )
    assert [code.name for code in program.functions] == ["main", "f"]


def test_a_file_that_imports_itself(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"files import each other: .*main.mvm → .*main.mvm"):
        compile_files(tmp_path, {"main.mvm": 'import "main.mvm"'})


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.mvm").write_bytes(b"1 print\n\xff")
    with pytest.raises(SourceError, match=r"a\.mvm:2:1: error: not UTF-8"):
        compile_files(tmp_path, {"main.mvm": 'import "a.mvm"'})


@pytest.mark.parametrize("target", ["", ".", "a\\0b", "x" * 5000, "/dev/null/x"])
def test_a_path_that_is_none(tmp_path: Path, target: str) -> None:
    with pytest.raises(SourceError, match=r"main\.mvm:1:8: error: cannot import"):
        compile_files(tmp_path, {"main.mvm": f'import "{target}"'})


def test_the_standard_library(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="library has no module 'lisst'") as caught:
        compile_files(tmp_path, {"main.mvm": "import lisst"})
    assert "did you mean 'list'?" in str(caught.value)
    with pytest.raises(SourceError) as caught:
        compile_files(tmp_path, {"main.mvm": "import mine", "mine.mvm": ""})
    assert 'import "mine.mvm"' in str(caught.value)
    with pytest.raises(SourceError) as caught:
        compile_files(tmp_path, {"main.mvm": "[ 1 ] &abs filter"})
    assert "it is in the library: import list" in str(caught.value)


def test_a_top_level_runs_at_its_first_import(tmp_path: Path) -> None:
    program = compile_files(
        tmp_path,
        {
            "main.mvm": 'import "a.mvm" import "b.mvm"',
            "a.mvm": 'import "b.mvm" 1 print',
            "b.mvm": "2 print",
        },
    )
    calls = [code.path for code in program.functions if code.name == "main"]
    assert sorted(Path(path).name for path in calls) == ["a.mvm", "b.mvm", "main.mvm"]
