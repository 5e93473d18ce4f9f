"""The package as users get it: sdist, wheel and editable install, without a compiler on the PATH.

In: conftest.py's sdist, wheel and environments. Out: programs run from each, and what is missing is
named.
"""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import Environment, copy_checkout, make_environment

pytestmark = pytest.mark.network

_PROGRAM = """
import list
fn square(n -- m) { n n * }
0 10000 range &square map sum print
"""
_ANSWER = "333283335000\n"


def _run_program(environment: Environment, *options: str) -> str:
    program = environment.work / "squares.mvm"
    program.write_text(_PROGRAM, encoding="utf-8")
    return environment.run("minivm", "run", str(program), *options).stdout


def _fails_clearly(environment: Environment, *command: str) -> str:
    """The message of a command that has to fail."""
    done = environment.run(*command, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def _library(environment: Environment) -> Path:
    (library,) = environment.folder.glob("lib/python*/site-packages/minivm/_native/libminivm.*")
    return library


def test_sdist_has_all_that_a_build_and_the_tests_need(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "LICENSE",
        "README.md",
        "hatch_build.py",
        "pyproject.toml",
        "minivm/uops.def",
        "minivm/generate/grammar.lark",
        "minivm/generated/opcodes.h",
        "minivm/jit/template.c",
        "minivm/runtime/api.h",
        "minivm/std/list.mvm",
        "tests/packaging/test_packaging.py",
    }
    assert wanted <= names
    assert not [name for name in names if "_native/" in name or "__pycache__" in name]


def test_wheel_serves_every_python_and_can_build_itself(wheel: Path) -> None:
    tags = wheel.stem.split("-", 2)[2]
    assert tags.startswith("py3-none-") and not tags.endswith("-any")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert any(name.startswith("minivm/_native/libminivm.") for name in names)
    wanted = {"minivm/_native/_binding.py", "minivm/uops.def", "minivm/jit/template.c"}
    wanted |= {"minivm/_native/llvm_uops.bc"}
    wanted |= {"minivm/generate/grammar.lark", "minivm/runtime/api.h", "minivm/std/list.mvm"}
    assert wanted <= names
    assert not [name for name in names if not name.startswith(("minivm/", "minivm-"))]


def test_installed_wheel_runs_on_every_engine(installed: Environment) -> None:
    for options in ((), ("--jit=uops",), ("--jit",)):
        assert _run_program(installed, *options) == _ANSWER


def test_missing_library_is_named(installed: Environment) -> None:
    library = _library(installed)
    program = installed.work / "empty.mvm"
    program.write_text("", encoding="utf-8")
    aside = library.rename(library.with_suffix(".aside"))
    try:
        message = _fails_clearly(installed, "minivm", "run", str(program))
    finally:
        aside.rename(library)
    assert "libminivm" in message
    assert "minivm build" in message


def test_installed_wheel_builds_itself_given_a_compiler(
    installed: Environment, wheel: Path
) -> None:
    assert "pip install" in _fails_clearly(installed, "minivm", "build")
    installed.pip("install", f"{wheel}[build]")
    _library(installed).unlink()
    installed.run("minivm", "build")
    assert _run_program(installed, "--jit") == _ANSWER


def test_editable_install_runs_from_the_checkout(package_index: None, tmp_path: Path) -> None:
    environment = make_environment(tmp_path)
    checkout = copy_checkout(tmp_path / "checkout")
    environment.pip("install", "--editable", str(checkout))
    assert _run_program(environment, "--jit") == _ANSWER
    found = environment.run("python", "-c", "import minivm; print(minivm.__file__)").stdout.strip()
    assert Path(found).parent == checkout / "minivm"
