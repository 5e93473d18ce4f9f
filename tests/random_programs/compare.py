"""One program on every engine, in a process of its own.

In: a program's text. Out: "" when all runs agree with tier one's, else what differs and where. A
crash and a hang are differences too.
"""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.engines import HAS_LLVM, switches
from tests.program_cases import Case, Outcome, Settings, compiled, difference, run_case

# All runs of a program together take a fraction of this processor time, unless one hangs.
_SECONDS = 20.0
# Of a program that takes longer than this the other runs are left out: many short ones find more.
_ENOUGH = 0.4
_NAME = "random.mvm"
_DEPTH = {"max_depth": 150, "checking": True}
_AT_ONCE = {**_DEPTH, "warm_up": 1, "loop_threshold": 1, "entry_threshold": 1, "exit_threshold": 1}

REFERENCE = Settings("tier1", {"max_depth": 150})


def settings_for(text: str, disabled: Sequence[str] = ()) -> list[Settings]:
    """The runs to compare with the reference, all without what is `disabled`. What is random in
    them depends on the text alone.
    """
    return [_without(disabled, settings) for settings in _random_settings(text)]


def _without(disabled: Sequence[str], settings: Settings) -> Settings:
    if not disabled:
        return settings
    names = sorted({*settings.options.get("disabled", ()), *disabled})
    return Settings(settings.engine, {**settings.options, "disabled": names})


def _random_settings(text: str) -> list[Settings]:
    choices = Random(text)
    runs = [Settings("tier1", _AT_ONCE), Settings("jit", _AT_ONCE)]
    for engine in ("uops", "jit", "jit"):
        soon = _soon(choices)
        forced = {"force_exits": choices.randrange(1, 2**32)}
        runs += [Settings(engine, soon), Settings(engine, {**soon, **forced})]
    forced = {"force_exits": choices.randrange(1, 2**32)}
    runs.append(Settings("jit", {**_AT_ONCE, **forced}))
    if choices.random() < 0.4:
        soon = {**_soon(choices), "stress": True}
        runs += [
            Settings("tier1", soon),
            Settings("jit", soon),
            Settings("jit", {**soon, **forced}),
        ]
    # Seldom: it takes longer than all the others. Last, so that what it needs changes no other run.
    if choices.random() < 0.1 and HAS_LLVM:
        options = {**_soon(choices), **forced, "llvm_level": choices.randrange(4)}
        # It takes a tenth of a second for each of hundreds of side traces.
        runs.append(Settings("llvm", {**options, "exit_threshold": choices.randint(20, 60)}))
    return runs


def _soon(choices: Random) -> dict[str, Any]:
    """Options with low thresholds: where traces begin, and what they have seen, differs. In one of
    three, traces do without some of what they can do without; in one of five, there is little room
    for them.
    """
    names = ("loop_threshold", "entry_threshold", "exit_threshold")
    thresholds = {name: choices.choice((1, 2, 3, 5, 8, 13, 30)) for name in names}
    options = {**_DEPTH, "warm_up": choices.randint(1, 4), **thresholds}
    if choices.random() < 0.33:
        options["disabled"] = [name for name in switches() if choices.random() < 0.4]
    if choices.random() < 0.2:
        options["max_code"] = choices.choice((3_000, 10_000, 40_000, 150_000))
    return options


def outcome_of(text: str, settings: Settings) -> Outcome:
    """What the program does, in this process."""
    return run_case(Case("random", _NAME, text, Outcome("")), settings)


def compare(
    text: str, runs: Sequence[Settings] = (), disabled: Sequence[str] = ()
) -> tuple[str, Settings | None]:
    """What differs, and in which of the runs (where none is given: all, without what is
    `disabled`)."""
    compiled(text, _NAME)
    runs = list(runs) or settings_for(text, disabled)
    report = _in_a_process(text, runs)
    problem = report.lstrip("\n")
    if not problem:
        return "", None
    started = report.count("\n")
    settings = runs[started - 1] if started else REFERENCE
    return f"{settings.engine} with {settings.options}: {problem}", settings


def _in_a_process(text: str, runs: Sequence[Settings]) -> str:
    """A line for each run that was started, then what is wrong with the last one."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _run_all(text, runs, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        report = pipe.read()
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        number = signal.Signals(os.WTERMSIG(status))
        report += "it hangs" if number == signal.SIGPROF else f"it crashes: {number.name}"
    elif status:
        report += f"it stops the process with the code {os.WEXITSTATUS(status)}"
    return report


def _run_all(text: str, runs: Sequence[Settings], writing: int) -> None:
    """The child's work: never returns."""
    # The profiler's handler stays when it has been used in this process.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    started = time.process_time()
    try:
        expected = outcome_of(text, REFERENCE)
        case = Case("random", _NAME, text, expected)
        for settings in runs:
            if time.process_time() - started > _ENOUGH and settings is not runs[0]:
                break
            os.write(writing, b"\n")
            outcome = outcome_of(text, settings)
            if "interrupt" in (expected.kind, outcome.kind):
                break  # The machine is too busy: a program that hangs uses its time up first.
            problem = difference(case, outcome)
            if problem:
                os.write(writing, problem.replace("\n", "\\n").encode())
                break
    except BaseException:
        os.write(writing, traceback.format_exc().replace("\n", "\\n").encode())
    os._exit(0)


def answered(text: str, remark: str) -> str:
    """The program as a regression test: with what tier one does as the answers."""
    outcome = outcome_of(text, REFERENCE)
    lines = [f"# {remark}", text.rstrip("\n")]
    # A line break at the very end of the output is the last answer's own.
    lines += [f"# expect: {line}".rstrip() for line in outcome.output.split("\n")[:-1]]
    if outcome.kind:
        lines.append(f"# expect error: {outcome.kind}: {outcome.message}")
    if outcome.exit_code:
        lines.append(f"# expect exit: {outcome.exit_code}")
    return "\n".join(lines) + "\n"
