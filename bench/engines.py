"""Who can run the programs: minivm's engines and other languages.

In: what this machine has. Out: an `Engine` for each one that is here, with its version, and a
sentence for each one that is not.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.suite import PEERS, PROGRAMS, ROOT
from minivm import __version__
from minivm.machine import ENGINES

C, TIER_ONE, JIT = "c", "tier1", "jit"


class BenchError(Exception):
    """What keeps a measurement from being made at all; the message says what to do."""


@dataclass(frozen=True)
class Engine:
    """How one engine runs a program: `command` and then the program's file.

    `empty` is the text of a program that does nothing. A compiled engine has no command: its
    programs are files of their own, which `prepare` makes.
    """

    name: str
    title: str
    version: str
    command: tuple[str, ...]
    folder: Path
    suffix: str
    empty: str = ""

    def program(self, name: str) -> Path | None:
        """The file of a program in this engine's language, if there is one."""
        path = self.folder / f"{name}{self.suffix}"
        return path if path.exists() else None


@dataclass(frozen=True)
class _Peer:
    """Another language: the first of `programs` that is here runs it, with `options`."""

    name: str
    title: str
    programs: tuple[str, ...]
    suffix: str
    options: tuple[str, ...] = ()
    version_option: str = "--version"
    empty: str = ""


_PEERS = (
    _Peer(C, "C", ("gcc", "clang"), ".c", ("-O2",), empty="int main(void) { return 0; }\n"),
    _Peer("luajit", "LuaJIT", ("luajit",), ".lua", version_option="-v"),
    _Peer("luajit-joff", "LuaJIT -joff", ("luajit",), ".lua", ("-joff",), version_option="-v"),
    _Peer("pypy3", "PyPy", ("pypy3",), ".py"),
    _Peer("node", "Node", ("node",), ".js"),
    _Peer("gforth", "gforth-fast", ("gforth-fast",), ".fs", empty="bye\n"),
    _Peer("lua5.4", "Lua 5.4", ("lua5.4",), ".lua", version_option="-v"),
    _Peer("python3", "CPython", (sys.executable,), ".py"),
)

_TITLES = {
    "tier1": "minivm tier one",
    "uops": "minivm uops",
    "jit": "minivm JIT",
    "llvm": "minivm LLVM",
}
_OPTIONS = {"tier1": (), "uops": ("--jit=uops",), "jit": ("--jit",), "llvm": ("--jit=llvm",)}


def title(name: str) -> str:
    """What people call an engine."""
    peers = {peer.name: peer.title for peer in _PEERS}
    return _TITLES.get(name) or peers.get(name, name)


def is_minivm(name: str) -> bool:
    """Whether the engine is one of minivm's."""
    return name in _TITLES


def minivm_engines(wanted: Sequence[str] | None = None) -> tuple[list[Engine], list[str]]:
    """Those wanted, or all there are, and what is missing of all. BenchError for a wrong name."""
    names = list(wanted or _TITLES)
    unknown = [name for name in names if name not in _TITLES]
    if unknown:
        raise BenchError(f"no engine called {unknown[0]!r}; there are {', '.join(_TITLES)}")
    missing = {name: reason for name in names if (reason := _why_missing(name))}
    reasons = [f"{title(name)}: {reason}" for name, reason in missing.items()]
    if wanted and missing:
        raise BenchError(f"an engine is missing: {reasons[0]}")
    return [_minivm_engine(name) for name in names if name not in missing], reasons


def _why_missing(name: str) -> str:
    if name not in ENGINES:
        return "this minivm does not have it"
    if name == "llvm" and find_spec("llvmlite") is None:
        return "no llvmlite; pip install llvmlite"
    return ""


def _minivm_engine(name: str) -> Engine:
    command = (sys.executable, "-m", "minivm", "run", *_OPTIONS[name])
    version = f"minivm {__version__}{_commit()}"
    if name == "llvm":
        import llvmlite.binding

        version += ", LLVM " + ".".join(map(str, llvmlite.binding.llvm_version_info))
    return Engine(name, title(name), version, command, PROGRAMS, ".mvm")


def _commit() -> str:
    """The commit this clone is at, with a mark when files were changed; nothing without git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=8"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except OSError:
        return ""
    return f" ({done.stdout.strip()})" if done.returncode == 0 else ""


def peer_engines(
    find: Callable[[str], str | None] = shutil.which,
) -> tuple[list[Engine], list[str]]:
    """The other languages that `find` finds a program of, and those it does not."""
    engines, missing = [], []
    for peer in _PEERS:
        path = next(filter(None, map(find, peer.programs)), None)
        if path is None:
            missing.append(f"{peer.title}: no {' or '.join(peer.programs)}")
            continue
        command = (path, *peer.options)
        version = _version(path, peer)
        engines.append(
            Engine(peer.name, peer.title, version, command, PEERS, peer.suffix, peer.empty)
        )
    return engines, missing


def _version(path: str, peer: _Peer) -> str:
    if path == sys.executable:
        return f"{platform.python_implementation()} {platform.python_version()}"
    done = subprocess.run([path, peer.version_option], capture_output=True, text=True, timeout=60)
    lines = (done.stdout + done.stderr).strip().splitlines()
    # What follows on that line is about copyright.
    first = re.split(r" -- |  ", lines[0])[0] if lines else "unknown version"
    first = first if peer.name != "node" else f"Node {first}"
    return " ".join([first, *peer.options])


def prepare(engine: Engine, names: Sequence[str], scratch: Path) -> Engine:
    """The engine, with an empty program in `scratch`; the C programs are compiled to there."""
    empty = scratch / f"empty{engine.suffix}"
    empty.write_text(engine.empty, encoding="utf-8")
    if engine.name != C:
        return engine
    for name in [*names, "empty"]:
        source = empty if name == "empty" else engine.program(name)
        if source is None:
            continue
        command = [*engine.command, str(source), "-lm", "-o", str(scratch / name)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"{source.name} doesn't compile:\n{done.stderr}")
    return Engine(engine.name, engine.title, engine.version, (), scratch, "", engine.empty)
