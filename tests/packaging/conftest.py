"""Shared by the packaging tests: clean virtual environments on a machine without a compiler.

In: this checkout, and a package index in reach of pip. Out: an sdist, the wheel built from it, and
functions to run commands where nothing but a virtual environment is on the PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NOT_IN_A_CLONE = shutil.ignore_patterns(
    *(".git", ".venv", "_native", "build", "dist", "__pycache__", "*.egg-info", ".*_cache"),
    ".hypothesis",
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "network: needs a package index in reach of pip")


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and the folder that commands run in."""

    folder: Path
    work: Path

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment; with `check`, fail the test unless it succeeds."""
        programs = self.folder / "bin"
        # Nothing else is on the PATH: no compiler, no make.
        environment = {**os.environ, "PATH": str(programs), "VIRTUAL_ENV": str(self.folder)}
        for variable in ("PYTHONPATH", "MINIVM_CC", "MINIVM_CFLAGS"):
            environment.pop(variable, None)
        done = subprocess.run(
            [str(programs / command[0]), *command[1:]],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            pytest.fail(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def pip(self, *arguments: str) -> None:
        self.run("python", "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def make_environment(folder: Path) -> Environment:
    """A new virtual environment in `folder`, with pip and nothing else."""
    work = folder / "work"
    work.mkdir(parents=True)
    place = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    return Environment(place, work)


def copy_checkout(target: Path) -> Path:
    """What a fresh clone would have, uncommitted changes included."""
    shutil.copytree(ROOT, target, ignore=_NOT_IN_A_CLONE)
    return target


@pytest.fixture(scope="session")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips when pip can't reach a package index."""
    target = str(tmp_path_factory.mktemp("index"))
    options = ["--no-deps", "--no-cache-dir", "--timeout", "10", "--retries", "0", "--dest", target]
    command = [sys.executable, "-m", "pip", "download", *options, "hatchling"]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("pip can't reach a package index")


@pytest.fixture(scope="session")
def sdist(package_index: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    builder = make_environment(folder)
    builder.pip("install", "hatchling")
    copy_checkout(folder / "checkout")
    script = (
        "import os; from hatchling.build import build_sdist; "
        f"os.chdir({str(folder / 'checkout')!r}); build_sdist({str(folder)!r})"
    )
    builder.run("python", "-c", script)
    (made,) = folder.glob("minivm-*.tar.gz")
    return made


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist as pip does it."""
    folder = tmp_path_factory.mktemp("wheel")
    make_environment(folder).pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(sdist))
    (made,) = folder.glob("minivm-*.whl")
    return made


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel and what it depends on; tests leave it able to run programs."""
    environment = make_environment(tmp_path_factory.mktemp("installed"))
    environment.pip("install", str(wheel))
    return environment
