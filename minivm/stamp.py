"""Has anything changed since the last build?

In: the sizes and times of the files a build reads and writes. Out: digests of them, kept in
`minivm/_native/build.json`, so that a build with nothing to do ends before it reads a file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from minivm.jit.cache import digest, write_atomically
from minivm.jit.toolchain import LIBRARY_FLAGS_VARIABLE, Compiler

_READ = frozenset({".c", ".h", ".def", ".lark"})
_MODULES = ("build.py", "binding.py", "library.py", "stamp.py")
_BUILDING_FOLDERS = ("generate", "jit")
_WRITTEN_FOLDERS = ("generated", "_native")


def inputs_stamp(package_dir: Path, compiler: Compiler) -> str:
    """Changes when a file, the compiler or a setting that a build depends on does."""
    flags = os.environ.get(LIBRARY_FLAGS_VARIABLE, "")
    return digest([compiler.identity(), flags, *_states(_inputs(package_dir), package_dir)])


def outputs_stamp(package_dir: Path) -> str:
    """Changes when someone touches what the last build wrote."""
    return digest(_states(_outputs(package_dir), package_dir))


def read_stamp(package_dir: Path, inputs: str) -> int | None:
    """The number of stencils when nothing has changed since the last build, else None."""
    try:
        stamp = json.loads(_path(package_dir).read_text(encoding="utf-8"))
        unchanged = stamp["inputs"] == inputs and stamp["outputs"] == outputs_stamp(package_dir)
        return int(stamp["stencils"]) if unchanged else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_stamp(package_dir: Path, inputs: str, outputs: str, stencils: int) -> None:
    """Note a finished build. `inputs` are those from before it, so that an edit made meanwhile
    counts as a change."""
    stamp = {"inputs": inputs, "outputs": outputs, "stencils": stencils}
    write_atomically(_path(package_dir), json.dumps(stamp).encode())


def _path(package_dir: Path) -> Path:
    return package_dir / "_native" / "build.json"


def _inputs(package_dir: Path) -> Iterator[Path]:
    for name in _MODULES:
        yield package_dir / name
    for folder, folders, names in os.walk(package_dir):
        place = Path(folder)
        if place == package_dir:
            folders[:] = [name for name in folders if name not in _WRITTEN_FOLDERS]
        building = place.name in _BUILDING_FOLDERS
        for name in names:
            suffix = Path(name).suffix
            if suffix in _READ or (building and suffix == ".py"):
                yield place / name


def _outputs(package_dir: Path) -> Iterator[Path]:
    for folder in _WRITTEN_FOLDERS:
        for path in (package_dir / folder).glob("*"):
            # The stamp itself, and temporary files.
            if path.name != "build.json" and not path.name.startswith(".") and path.is_file():
                yield path


def _states(paths: Iterable[Path], package_dir: Path) -> list[str]:
    return sorted(_state(path, package_dir) for path in paths)


def _state(path: Path, package_dir: Path) -> str:
    name = os.path.relpath(path, package_dir)
    try:
        status = path.stat()
    except OSError:
        return f"{name} is missing"
    return f"{name} {status.st_size} {status.st_mtime_ns}"
