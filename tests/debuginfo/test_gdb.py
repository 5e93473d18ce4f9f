"""gdb at work: a backtrace out of a C function that a trace has called."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.command_line import command, environment
from tests.debuginfo.described import CONCAT
from tests.engines import HAS_LLVM

GDB = shutil.which("gdb")
pytestmark = pytest.mark.skipif(GDB is None, reason="gdb is not installed")

needs_llvm = pytest.mark.skipif(not HAS_LLVM, reason="llvmlite is not installed")

# More than one iteration of the trace, with what it calls.
STEPPING = """\
import gdb

def names():
    frame = gdb.newest_frame()
    while frame is not None:
        yield frame.name() or ""
        frame = frame.older()

complete = 0
for _ in range(500):
    gdb.execute("stepi", to_string=True)
    found = list(names())
    in_order = [name for name in found if name in ("mvm_jit_run", "mvm_vm_run", "mvm_run")]
    complete += any(name.startswith("mvm:inner (") for name in found) and len(in_order) == 3
print("500 steps,", complete, "with all callers")
"""


def run_gdb(folder: Path, options: list[str], *commands: str) -> str:
    """What gdb prints for commands that are given when a trace has called mvm_string_concat."""
    assert GDB is not None
    (folder / "program.mvm").write_text(CONCAT)
    words = [GDB, "-nx", "-batch", "-iex", "set auto-load no", "-iex", "set debuginfod enabled off"]
    # Tier one calls it first, until there is a trace.
    stop = ["set breakpoint pending on", "set width 0", "break mvm_string_concat", "ignore 1 300"]
    for each in (*stop, "run", *commands):
        words += ["-ex", each]
    program = command("run", *options, "--loop-threshold", "50", "program.mvm")
    ran = subprocess.run(
        [*words, "--args", *program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(),
        cwd=folder,
        timeout=120,
    )
    output = ran.stdout + ran.stderr
    if re.search(r"ptrace: |Could not trace|Couldn't get registers", output):
        pytest.skip(f"gdb may not debug here: {output.splitlines()[-1]}")
    return output


def test_a_backtrace_through_a_trace(tmp_path: Path) -> None:
    output = run_gdb(tmp_path, ["--jit", "--gdb"], "backtrace 8", "up", "list")
    frames = re.findall(r"^#\d+ .*$", output, re.M)
    assert re.match(r"#0 .*mvm_string_concat \(", frames[0]), output
    assert re.match(r"#1 .* decorate \(\) at program\.mvm:2$", frames[1]), output
    assert frames[2] == "#2  mvm:inner (program.mvm:7 loop) () at program.mvm:8", output
    below = [re.sub(r"^#\d+ +(0x\w+ in )?", "", line).partition(" (")[0] for line in frames[3:]]
    wanted = ["mvm_jit_run", "mvm_run_loop_executor", "mvm_vm_run", "mvm_run"]
    assert [name for name in below if name in wanted] == wanted, output
    assert "2\t    text i 10 % string concat" in output


@pytest.mark.parametrize("engine", ["--jit", pytest.param("--jit=llvm", marks=needs_llvm)])
def test_callers_are_found_at_every_instruction(engine: str, tmp_path: Path) -> None:
    script = tmp_path / "step.py"
    script.write_text(STEPPING)
    output = run_gdb(tmp_path, [engine, "--gdb"], "delete", f"source {script}")
    if "not supported in this copy of GDB" in output:
        pytest.skip("this gdb has no Python")
    assert "500 steps, 500 with all callers" in output


@needs_llvm
def test_a_backtrace_through_code_of_llvm(tmp_path: Path) -> None:
    output = run_gdb(tmp_path, ["--jit=llvm", "--gdb"], "backtrace 8")
    frames = re.findall(r"^#\d+ .*$", output, re.M)
    assert frames[1].endswith(" in mvm:inner (program.mvm:7 loop) () at program.mvm:7"), output
    assert any(re.search(r"\bmvm_vm_run \(", line) for line in frames[2:]), output


def test_without_the_switch_there_is_no_name(tmp_path: Path) -> None:
    assert "mvm:inner" not in run_gdb(tmp_path, ["--jit"], "backtrace 8")
