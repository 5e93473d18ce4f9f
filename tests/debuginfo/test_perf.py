"""What perf reads: the files, by readers of their own, and perf itself at work on them."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.command_line import command, environment
from tests.debuginfo.described import CONCAT, CONCAT_ANSWER

INNER = "mvm:inner (program.mvm:7 loop)"
NAMES = {INNER, f"{INNER} exits", "mvm:main (program.mvm:13 loop)"}
NAMES |= {"mvm:main (program.mvm:13 loop) exits"}
SOON = ("--loop-threshold", "10", "--exit-threshold", "1000000")

# Long enough for perf to see it many times.
BUSY = """\
0 -> total
for i in 0 200000000 range {
    total i 7 & + -> total
}
total print
"""


@dataclass(frozen=True)
class Ran:
    process: int
    output: str
    errors: str
    code: int


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs minivm on CONCAT in a folder of its own; the maps it leaves are removed."""
    maps: list[Path] = []

    def start(*options: str, folder: Path = tmp_path) -> Ran:
        program = tmp_path / "program.mvm"
        program.write_text(CONCAT)
        words = command("run", *options, *SOON, str(program))
        pipe = subprocess.PIPE
        with subprocess.Popen(
            words, stdout=pipe, stderr=pipe, text=True, env=environment(), cwd=folder
        ) as process:
            maps.append(map_of(process.pid))
            output, errors = process.communicate(timeout=60)
        return Ran(process.pid, output, errors, process.returncode)

    yield start
    for path in maps:
        path.unlink(missing_ok=True)


def map_of(process: int) -> Path:
    return Path(f"/tmp/perf-{process}.map")


def test_the_map(run: Run, tmp_path: Path) -> None:
    ran = run("--jit", "--perf")
    assert (ran.output, ran.errors, ran.code) == (CONCAT_ANSWER, "", 0)
    rows = [line.split(" ", 2) for line in map_of(ran.process).read_text().splitlines()]
    assert {name for _, _, name in rows} == NAMES
    ranges = sorted((int(start, 16), int(start, 16) + int(size, 16)) for start, size, _ in rows)
    assert all(start < end for start, end in ranges)
    assert all(before[1] <= after[0] for before, after in pairwise(ranges))
    assert not list(tmp_path.glob("jit-*"))


@dataclass(frozen=True)
class Load:
    address: int
    name: str
    code: bytes
    index: int


def read_dump(path: Path) -> tuple[list[Load], dict[int, list[tuple[int, int, str]]]]:
    """A jitdump's code, and its lines by the address of the code: address, line, file."""
    content = path.read_bytes()
    header = struct.unpack_from("<IIIIIIQQ", content)
    assert header[:5] == (0x4A695444, 1, 40, 62, 0)
    assert f"jit-{header[5]}.dump" == path.name
    loads, lines, at, before = [], {}, 40, header[6]
    while at < len(content):
        kind, size, time = struct.unpack_from("<IIQ", content, at)
        assert time >= before
        record, at, before = content[at + 16 : at + size], at + size, time
        if kind == 0:
            process, _, virtual, address, length, index = struct.unpack_from("<IIQQQQ", record)
            name, _, code = record[40:].partition(b"\0")
            assert (process, virtual, length) == (header[5], address, len(code))
            loads.append(Load(address, name.decode(), code, index))
        else:
            assert kind == 2
            address, count = struct.unpack_from("<QQ", record)
            lines[address] = list(read_lines(record[16:]))
            assert len(lines[address]) == count
    assert at == len(content)
    return loads, lines


def read_lines(content: bytes) -> Iterator[tuple[int, int, str]]:
    while content:
        address, line, discriminator = struct.unpack_from("<QII", content)
        assert discriminator == 0
        name, _, content = content[16:].partition(b"\0")
        yield address, line, name.decode()


def test_the_jitdump(run: Run, tmp_path: Path) -> None:
    ran = run("--jit", "--perf=jitdump")
    assert (ran.output, ran.errors) == (CONCAT_ANSWER, "")
    assert not map_of(ran.process).exists()
    loads, lines = read_dump(tmp_path / f"jit-{ran.process}.dump")
    assert {load.name for load in loads} == NAMES
    assert [load.index for load in loads] == [1, 2, 3, 4]
    inner = loads[0]
    assert inner.name == INNER and len(inner.code) > 100
    for load in loads:
        addresses = [address for address, _, _ in lines[load.address]]
        assert addresses == sorted(addresses) and addresses[0] == load.address
        assert addresses[-1] < load.address + len(load.code)
    path = str(tmp_path / "program.mvm")
    assert {(line, file) for _, line, file in lines[inner.address]} == {
        (2, path),
        (7, path),
        (8, path),
    }


def test_both_say_the_same(run: Run, tmp_path: Path) -> None:
    ran = run("--jit", "--perf=both")
    loads, _ = read_dump(tmp_path / f"jit-{ran.process}.dump")
    expected = [f"{load.address:x} {len(load.code):x} {load.name}" for load in loads]
    assert map_of(ran.process).read_text().splitlines() == expected


def test_the_dump_goes_where_it_is_wanted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    monkeypatch.setenv("JITDUMPDIR", str(folder))
    ran = run("--jit", "--perf=jitdump")
    assert read_dump(folder / f"jit-{ran.process}.dump")[0]


def test_a_file_that_can_not_be_written_is_a_warning(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JITDUMPDIR", "/nowhere")
    ran = run("--jit", "--perf=both", "--gdb")
    assert (ran.output, ran.code) == (CONCAT_ANSWER, 0)
    assert ran.errors == (
        "minivm: warning: jitdump gets no more machine code:"
        f" /nowhere/jit-{ran.process}.dump: No such file or directory\n"
    )
    assert map_of(ran.process).read_text().count("\n") == len(NAMES)


def test_a_full_disk_leaves_whole_records(tmp_path: Path) -> None:
    """A limit on files' size ends the jitdump in the same way as a full disk does."""
    import resource
    import signal

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    again = CONCAT.replace("inner", "other").replace("decorate", "frame")
    (tmp_path / "program.mvm").write_text(CONCAT + again)
    words = command("run", "--jit", "--perf=jitdump", *SOON, "program.mvm")
    ran = subprocess.run(
        words, capture_output=True, text=True, env=environment(), cwd=tmp_path, preexec_fn=limit
    )
    assert ran.returncode == 0 and ran.stderr.endswith(".dump: File too large\n")
    assert ran.stderr.count("\n") == 1
    (dump,) = tmp_path.glob("jit-*.dump")
    assert 0 < len(read_dump(dump)[0]) < 8 and dump.stat().st_size <= 4096


@pytest.mark.parametrize("options", [["--perf"], ["--gdb"], ["--jit=uops", "--perf=both"]])
def test_without_machine_code_there_is_nothing_to_describe(run: Run, options: list[str]) -> None:
    ran = run(*options)
    assert ran.code == 2 and "it needs --jit or --jit=llvm" in ran.errors


PERF = shutil.which("perf")


def perf(folder: Path, *words: str) -> str:
    """What perf prints."""
    assert PERF is not None
    ran = subprocess.run(
        [PERF, "--buildid-dir", str(folder / "build-ids"), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(),
        cwd=folder,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def perf_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where perf can record; a reason to skip where it can't."""
    folder = tmp_path_factory.mktemp("perf")
    if PERF is None:
        pytest.skip("perf is not installed")
    try:
        perf(folder, "record", "-o", "perf.data", "-e", "cpu-clock", "true")
    except AssertionError as error:
        pytest.skip(f"perf can't record here: {str(error).splitlines()[0]}")
    (folder / "program.mvm").write_text(BUSY)
    return folder


def record(folder: Path, switch: str) -> None:
    words = command("run", "--jit", switch, "program.mvm")
    options = ("-k", "mono", "-e", "cpu-clock", "-F", "500")
    perf(folder, "record", "-q", "-o", "perf.data", *options, "--", *words)


def test_perf_report_by_the_map(perf_folder: Path) -> None:
    before = set(Path("/tmp").glob("perf-*.map"))
    record(perf_folder, "--perf")
    try:
        report = perf(perf_folder, "report", "--stdio", "--sort", "symbol")
        assert re.search(r"^ +\d+\.\d+% .*mvm:main \(program\.mvm:2 loop\)", report, re.M), report
    finally:
        for path in set(Path("/tmp").glob("perf-*.map")) - before:
            if path.stat().st_uid == os.getuid() and "program.mvm:2 loop" in path.read_text():
                path.unlink()


def test_perf_report_by_the_jitdump(perf_folder: Path) -> None:
    record(perf_folder, "--perf=jitdump")
    perf(perf_folder, "inject", "--jit", "-i", "perf.data", "-o", "with_code.data")
    report = perf(perf_folder, "report", "--stdio", "-i", "with_code.data", "--sort", "symbol")
    assert re.search(r"^ +\d+\.\d+% .*mvm:main \(program\.mvm:2 loop\)", report, re.M), report
    if shutil.which("objdump") is None:
        return  # perf annotate needs it
    code = perf(
        perf_folder, "annotate", "--stdio", "-i", "with_code.data", "mvm:main (program.mvm:2 loop)"
    )
    assert re.search(r"^ +\d+\.\d+ .*:\s+\w+:\s+(add|lea|and|cmp|j\w+)\b", code, re.M), code
