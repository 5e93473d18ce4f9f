"""`minivm run --profile`: where the time went, in tables.

Programs are made for one activity each: which one takes most of the run is tested, not how long.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

import pytest
from command_line import ENGINES, WriteProgram, command, environment, minivm_process

from minivm.commands.exit_codes import FAILED, INTERRUPTED, USAGE
from minivm.machine import Machine

LOOPS = "0 -> n\nfor i in 0 20_000_000 range { n i ^ -> n }\nn print"
RECURSION = "fn fib(n -- f) { n 2 < if { n return } n 1 - fib n 2 - fib + }\n29 fib print"
STRINGS = (
    '"x" 1_000_000 repeat -> text\nfor i in 0 2000 range { text "y" find drop }\ntext len print'
)
GARBAGE = """\
[] -> kept
for i in 0 2_000 range { kept [i] push }
for i in 0 20_000 range { [i i] drop }
kept len print
"""

_ROW = re.compile(r"( *)(\S.*?) +([\d,.]+) +([\d.]+) %")


@dataclass
class Report:
    """The shares of the report's first table in percent, and the lines of the others by title."""

    shares: dict[str, float] = field(default_factory=dict)
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    milliseconds: dict[str, float] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)

    def largest(self) -> str:
        """What most of the run was spent on."""
        run = {name: share for name, share in self.shares.items() if name != "starting"}
        return max(run, key=run.__getitem__)


def read_report(text: str) -> Report:
    """Understands what stands on the standard error, behind anything else."""
    _, found, rest = text.partition("where the time went")
    assert found, text
    report = Report()
    first, *others = rest.rstrip().split("\n\n")
    for line in first.splitlines()[1:-1]:
        match = _ROW.fullmatch(line)
        assert match, line
        inset, name, milliseconds, share = match.groups()
        if inset:
            report.parts[list(report.shares)[-1]][name] = float(share)
        else:
            report.shares[name], report.parts[name] = float(share), {}
            report.milliseconds[name] = float(milliseconds.replace(",", ""))
    assert report.shares.pop("all") == 100
    report.tables = {title: rows for title, _, *rows in (table.splitlines() for table in others)}
    return report


def profile(path: str, *words: str, stdin: str = "") -> tuple[Report, str]:
    """The report on a run that succeeds, and what the program printed."""
    process = minivm_process("run", path, "--profile", *words, stdin=stdin)
    assert process.returncode == 0, process.stderr
    return read_report(process.stderr), process.stdout


@pytest.mark.parametrize("engine", ENGINES)
def test_shares_add_up(engine: str, program: WriteProgram) -> None:
    report, printed = profile(program(LOOPS), *ENGINES[engine])
    assert printed == "0\n"
    assert sum(report.shares.values()) == pytest.approx(100, abs=0.06 * len(report.shares))
    whole = report.milliseconds.pop("all")
    assert sum(report.milliseconds.values()) == pytest.approx(whole, abs=0.1)
    for name in ("starting", "making traces"):
        parts = report.parts.get(name)
        if parts:
            assert sum(parts.values()) == pytest.approx(report.shares[name], abs=0.06 * len(parts))
    assert len(report.parts["starting"]) == 3


def test_stages_are_those_of_a_trace(program: WriteProgram) -> None:
    report, _ = profile(program(LOOPS), "--jit")
    with Machine() as machine:
        assert list(report.parts["making traces"]) == [*machine.stages(), "emission"]
    assert "making traces" not in profile(program("1 print"))[0].shares


@pytest.mark.parametrize(
    ("text", "words", "activity"),
    [
        (LOOPS, [], "tier one"),
        (LOOPS, ["--jit"], "machine code"),
        (RECURSION, [], "tier one"),
        (STRINGS, [], "helpers in C"),
        (STRINGS, ["--jit", "--loop-threshold", "2"], "helpers in C"),
        (GARBAGE, ["--gc-stress"], "collector, free cells"),
        (GARBAGE, ["--gc-stress", "--jit"], "collector, free cells"),
    ],
)
def test_largest_share(text: str, words: list[str], activity: str, program: WriteProgram) -> None:
    assert profile(program(text), *words)[0].largest() == activity


def test_recursion_is_all_instructions(program: WriteProgram) -> None:
    """In whichever tier a recursive function runs: neither C nor the collector has much to do."""
    shares = profile(program(RECURSION), "--jit")[0].shares
    assert shares["helpers in C"] + shares["collector, free cells"] + shares["other"] < shares[
        "tier one"
    ] + (shares["machine code"] + shares["entering and leaving traces"])


def test_uop_interpreter(program: WriteProgram) -> None:
    text = LOOPS.replace("20_000_000", "2_000_000")
    assert profile(program(text), "--jit=uops")[0].largest() == "the uop interpreter"


@pytest.mark.skipif("llvm" not in ENGINES, reason="llvmlite is not installed")
def test_llvm(program: WriteProgram) -> None:
    many, few = (LOOPS.replace("20_000_000", count) for count in ("400_000_000", "10_000"))
    assert profile(program(many), "--jit=llvm")[0].largest() == "machine code"
    report = profile(program(few), "--jit=llvm")[0]
    assert report.largest() == "making traces"
    assert max(report.parts["making traces"].items(), key=lambda part: part[1])[0] == "emission"


@pytest.mark.parametrize("engine", ENGINES)
def test_helpers_have_names(engine: str, program: WriteProgram) -> None:
    words = [*ENGINES[engine], "--loop-threshold", "2"] if engine != "tier1" else []
    helpers = profile(program(STRINGS), *words)[0].parts["helpers in C"]
    assert "find" in max(helpers, key=helpers.__getitem__)


@pytest.mark.parametrize("engine", ENGINES)
def test_helper_in_another_library(engine: str, program: WriteProgram) -> None:
    path = program("0.1 -> x\nfor i in 0 1_000_000 range { x sin 0.1 + -> x }\nx type print")
    helpers = profile(path, *ENGINES[engine])[0].parts["helpers in C"]
    assert "sin" in max(helpers, key=helpers.__getitem__)


def test_hottest_traces(program: WriteProgram) -> None:
    text = "# first\n0 -> n\nfor i in 0 50 range {\n    0 -> j\n"
    text += "    while { j 400_000 < } {\n        j 1 + -> j\n        j n ^ -> n\n    }\n}\nn print"
    path = program(text)
    rows = profile(path, "--jit")[0].tables["hottest traces"]
    share, own, entered, iterations, where = re.split(r" {2,}", rows[0].strip(), maxsplit=4)
    assert float(share.removesuffix(" %")) >= float(own.removesuffix(" %")) > 0
    assert where == f"loop of main, {path}:5: while {{ j 400_000 < }} {{"
    assert 40 < int(entered) <= 51
    assert 15_000_000 < int(iterations.replace(",", "")) <= 20_000_000


def test_side_traces_have_rows(program: WriteProgram) -> None:
    text = "0 -> n\nfor i in 0 20_000_000 range {\n    i 7 & 0 == if {\n        n 1 + -> n\n    }"
    path = program(text + " else { n 2 ^ -> n }\n}\nn print")
    rows = profile(path, "--jit")[0].tables["hottest traces"]
    (row,) = (row for row in rows if "side trace of main" in row)
    _, _, entered, iterations, where = re.split(r" {2,}", row.strip(), maxsplit=4)
    assert (entered, iterations) == ("-", "-")
    assert where.startswith(f"side trace of main, {path}:")


def test_exits(program: WriteProgram) -> None:
    text = "0 -> n\nfor i in 0 1_000 range {\n    i 10 % 0 == if {\n        n 1 + -> n\n    }\n}\n"
    path = program(text + "n print")
    report = profile(path, "--jit", "--loop-threshold", "15", "--exit-threshold", "1000")[0]
    rows = [re.split(r" {2,}", row.strip(), maxsplit=2) for row in report.tables["exits"]]
    taken, share, where = rows[0]
    assert where == f"branch, {path}:2 → line 4: n 1 + -> n"
    assert 80 < int(taken) <= 100 and float(share.removesuffix(" %")) > 80


def test_hottest_functions(program: WriteProgram) -> None:
    text = "fn idle(n -- n) {\n    n\n}\n\nfn busy(n -- n) {\n    while { n 3_000_000 < } {\n"
    text += "        n 1 + -> n\n    }\n    n\n}\n\n0 idle busy print"
    path = program(text)
    rows = profile(path)[0].tables["hottest functions in tier one"]
    assert re.match(
        rf" +[\d.]+ % +[\d.]+ %  busy, {re.escape(path)}:[56], mostly line [67]: ", rows[0]
    )
    assert not any("%  idle" in row for row in rows)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("end", "code", "message"),
    [
        ("1 0 // print", FAILED, "division by zero"),
        ("3 exit", 3, ""),
        ('"x" throw', FAILED, "error: x"),
    ],
)
def test_programs_that_fail(
    engine: str, end: str, code: int, message: str, program: WriteProgram
) -> None:
    path = program(f"0 -> n\nfor i in 0 1000 range {{ n i + -> n }}\nn print\n{end}")
    process = minivm_process("run", path, "--profile", *ENGINES[engine])
    assert (process.returncode, process.stdout) == (code, "499500\n")
    before, _, _ = process.stderr.partition("where the time went")
    assert message in before and bool(message) == bool(before)
    assert read_report(process.stderr).shares["starting"] > 0


@pytest.mark.parametrize("engine", ENGINES)
def test_interrupted(engine: str, program: WriteProgram) -> None:
    path = program('"ready" print read_line drop\n0 -> n\nwhile { true } { n 1 +% -> n }')
    with subprocess.Popen(
        command("run", path, "--profile", *ENGINES[engine]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (INTERRUPTED, "")
    assert "interrupted" in err
    expected = {"tier1": "tier one", "uops": "the uop interpreter"}.get(engine, "machine code")
    assert read_report(err).largest() == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_waiting_is_not_disturbed(engine: str, program: WriteProgram) -> None:
    """Samples interrupt sleeping and reading; the program must not notice."""
    text = "clock -> start\n0.2 sleep\nclock start - 0.2 >= print\n"
    text += "read_line print\nread_line print\nread_all print"
    with subprocess.Popen(
        command("run", program(text), "--profile", *ENGINES[engine]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdin
        for line in ("one\n", "two\n", "three\n", "four\n"):
            time.sleep(0.2)
            process.stdin.write(line)
            process.stdin.flush()
        out, err = process.communicate(timeout=30)
    assert out == "true\none\ntwo\nthree\nfour\n\n"
    # Waiting is not work: of a second by the clock, hardly anything is the run's.
    report = read_report(err)
    assert report.milliseconds["all"] - report.milliseconds["starting"] < 400


def test_not_with_stats(program: WriteProgram) -> None:
    process = minivm_process("run", "--stats", "--profile", program("1 print"))
    assert (process.returncode, process.stdout) == (USAGE, "")
    assert "--stats and --profile" in process.stderr


def test_runs_without_it_pay_nothing(program: WriteProgram) -> None:
    script = (
        "import sys; from minivm.cli import main; main(['run', sys.argv[1]]);"
        "print([name for name in sys.modules if 'profil' in name])"
    )
    process = subprocess.run(
        [sys.executable, "-c", script, program("1 print")],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
    )
    assert process.stdout == "1\n[]\n"
