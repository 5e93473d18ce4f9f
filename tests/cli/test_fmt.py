"""`minivm fmt`: which files it reads and writes, what it says, and how it ends."""

from __future__ import annotations

from pathlib import Path

from command_line import WriteProgram, minivm_process

UGLY, NEAT = "1 print   \n\n\n2 print", "1 print\n\n2 print\n"


def test_in_place(tmp_path: Path) -> None:
    first, second = tmp_path / "a.mvm", tmp_path / "deep" / "b.mvm"
    second.parent.mkdir()
    first.write_text(NEAT)
    second.write_text(f"\ufeff{UGLY}".replace("\n", "\r\n"), encoding="utf-8", newline="")
    (tmp_path / "notes.txt").write_text(UGLY)
    process = minivm_process("fmt", str(first), str(tmp_path))
    assert (process.returncode, process.stdout) == (0, f"formatted {second}\n")
    assert first.read_text() == second.read_bytes().decode() == NEAT
    assert (tmp_path / "notes.txt").read_text() == UGLY


def test_check(program: WriteProgram) -> None:
    path = program(UGLY)
    process = minivm_process("fmt", path, "--check")
    assert (process.returncode, process.stdout) == (1, f"{path}\n")
    assert process.stderr == "1 file of 1 not formatted\n"
    assert Path(path).read_text() == UGLY
    assert minivm_process("fmt", path).returncode == 0
    process = minivm_process("fmt", "--check", path)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")


def test_standard_input() -> None:
    process = minivm_process("fmt", "-", stdin=UGLY)
    assert (process.returncode, process.stdout) == (0, NEAT)


def test_errors(tmp_path: Path) -> None:
    """One bad file doesn't keep the others from being formatted, and stays as it is."""
    broken, fine = tmp_path / "broken.mvm", tmp_path / "fine.mvm"
    broken.write_text("true if {   1 print")
    fine.write_text(UGLY)
    process = minivm_process("fmt", str(broken), str(fine))
    assert process.returncode == 65
    assert "broken.mvm:1:9: error: '{' is never closed" in process.stderr
    assert fine.read_text() == NEAT and broken.read_text() == "true if {   1 print"
    assert minivm_process("fmt", "no/such/file").returncode == 66
    process = minivm_process("fmt")
    assert process.returncode == 2 and "no file was given" in process.stderr
