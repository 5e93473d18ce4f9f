"""Every command of `minivm` and every option: what may be written, and what the help texts say.

In: nothing. Out: `COMMANDS`, from which the parser and the help texts are made.
"""

from __future__ import annotations

from minivm.commands.parsing import Command, Option

_EXPERIMENTS = "For experiments"

_JIT = Option(
    "--jit",
    "compile hot loops and functions to machine code (=machine says the same); with =uops, optimise"
    " them but run the uops in an interpreter; with =llvm, let LLVM make the machine code (needs"
    " llvmlite)",
    choices=("machine", "uops", "llvm"),
)
_EXPERIMENT_OPTIONS = (
    Option(
        "--loop-threshold",
        "iterations before a loop is traced",
        "N",
        minimum=1,
        maximum=4095,
        section=_EXPERIMENTS,
    ),
    Option(
        "--entry-threshold",
        "calls before a function is traced",
        "N",
        minimum=1,
        maximum=4095,
        section=_EXPERIMENTS,
    ),
    Option(
        "--exit-threshold",
        "times that a trace is left at an exit before a side trace is made there",
        "N",
        minimum=1,
        maximum=1_000_000_000,
        section=_EXPERIMENTS,
    ),
    Option(
        "--warm-up",
        "executions before an instruction specialises",
        "N",
        minimum=1,
        maximum=4095,
        section=_EXPERIMENTS,
    ),
    Option(
        "--max-depth",
        "calls that may be in progress at once",
        "N",
        minimum=1,
        maximum=10_000_000,
        section=_EXPERIMENTS,
    ),
    Option(
        "--max-heap",
        "bytes the program's objects may take",
        "N",
        minimum=1,
        maximum=2**63 - 1,
        section=_EXPERIMENTS,
    ),
    Option(
        "--max-code",
        "bytes that machine code and what is kept with it may take; 32 MiB without this",
        "N",
        minimum=1,
        maximum=2**63 - 1,
        section=_EXPERIMENTS,
    ),
    Option(
        "--force-exits",
        "leave traces at random; the same seed leaves them at the same places",
        "SEED",
        minimum=1,
        maximum=2**63 - 1,
        section=_EXPERIMENTS,
    ),
    Option(
        "--jit-disable",
        "make traces without passes, such as constants or dead-code, or without side-traces"
        " or links; a wrong name is told all there are",
        "NAME[,NAME…]",
        section=_EXPERIMENTS,
    ),
    Option(
        "--llvm-opt",
        "how much --jit=llvm optimises, 0 to 3; 2 without this",
        "N",
        minimum=0,
        maximum=3,
        section=_EXPERIMENTS,
    ),
    Option("--gc-stress", "collect garbage at every allocation", section=_EXPERIMENTS),
    Option("--check-uops", "check the uops after every pass", section=_EXPERIMENTS),
)
_GDB = Option("--gdb", "let gdb name the machine code: functions, lines, and who called")
_PERF = Option(
    "--perf",
    "let perf name the machine code, by /tmp/perf-PID.map (=map says the same); with =jitdump, by"
    " ./jit-PID.dump, which also has the code and its lines, for `perf inject --jit`",
    choices=("map", "jitdump", "both"),
)
_HELP = Option("--help -h", "show this text")

_PROGRAM = 'PROG is a file, or "-" for the standard input. '
_ARGUMENTS = (
    "Options may stand before PROG or right after it; from the first other word on, or after --,"
    " everything is for the program, which gets it from the word `args`."
)

RUN = Command(
    "run",
    "[OPTIONS] PROG [OPTIONS] [--] [ARGS…]",
    "run a program",
    _PROGRAM + _ARGUMENTS,
    (
        _JIT,
        Option("--stats", "say on the standard error what was done"),
        _GDB,
        _PERF,
        Option("--profile", "say on the standard error where the time went"),
        _HELP,
        *_EXPERIMENT_OPTIONS,
    ),
    (
        ("minivm run primes.mvm", "run it in tier one, the interpreter"),
        ("minivm run primes.mvm --jit --stats 1000", "with the JIT; the program gets 1000"),
        ("minivm run primes.mvm --jit --profile", "what to make faster, and where"),
        ("minivm run --jit=uops primes.mvm -- --jit", "the program gets --jit"),
        ("echo '6 7 * print' | minivm run -", "run what comes in"),
    ),
)

REPL = Command(
    "repl",
    "[OPTIONS] [FILES…]",
    "type programs at a prompt",
    "Runs each line as it is typed, with the JIT, and shows the stack. FILES run first; what they"
    " define stays. `minivm` alone does the same on a terminal; elsewhere it runs what comes in, as"
    " `minivm run -` does. :help at the prompt says more.",
    (
        Option("--no-jit", "stay in tier one"),
        _JIT,
        _HELP,
        *_EXPERIMENT_OPTIONS,
    ),
    (
        ("minivm", "the prompt"),
        ("minivm repl shapes.mvm", "with what shapes.mvm defines"),
    ),
)

CHECK = Command(
    "check",
    "FILES…",
    "look for errors without running",
    "Shows the first error of each of FILES, and nothing when there are none. Of a directory it"
    ' takes every .mvm file in it; "-" is the standard input.',
    (_HELP,),
    (
        ("minivm check primes.mvm", "the first error, if there is one"),
        ("minivm check .", "all programs below this directory"),
    ),
)

DIS = Command(
    "dis",
    "[OPTIONS] PROG [OPTIONS] [--] [ARGS…]",
    "list a program's instructions",
    _PROGRAM + "Each instruction has its source line, its offset in 16-bit units and its operands;"
    " > marks what is jumped to. " + _ARGUMENTS,
    (
        Option(
            "--specialized --after",
            "run the program first, without its output, and show beside each instruction what tier"
            " one has made of it",
        ),
        Option("--function", "only this function", "NAME"),
        _HELP,
        *_EXPERIMENT_OPTIONS,
    ),
    (
        ("minivm dis primes.mvm", "as the compiler makes them"),
        ("minivm dis primes.mvm --specialized", "and what becomes of them"),
        ("minivm dis primes.mvm --function main", "the main program alone"),
    ),
)

TRACE = Command(
    "trace",
    "[OPTIONS] PROG [OPTIONS] [--] [ARGS…]",
    "list the traces a program's run makes",
    "Runs the program with --jit, without its output, and shows of each trace: its uops after every"
    " pass, the machine code, the exits and how often they were taken. In it, v1 is a value, r1 and"
    " d1 are registers, slot 1 is a place in the frame. " + _PROGRAM + _ARGUMENTS,
    (
        _JIT,
        Option("--function", "only traces that start in this function", "NAME"),
        Option("--line", "only traces that start at this line", "N", minimum=1, maximum=2**31 - 1),
        Option(
            "--stage",
            "only this stage: projection, types, …, registers, code or exits",
            "NAME",
        ),
        _HELP,
        *_EXPERIMENT_OPTIONS,
    ),
    (
        ("minivm trace primes.mvm", "everything"),
        ("minivm trace primes.mvm --function is_prime --stage code", "the machine code of one"),
        ("minivm trace primes.mvm --stage exits", "where traces are left, and why"),
    ),
)

TEST = Command(
    "test",
    "[OPTIONS] [FILES…]",
    "run the tests in programs",
    'Runs every `test "name" { … }` of FILES, each in a fresh virtual machine in which its file\'s'
    " top level has run, and shows what fails and where. What a test prints is shown if it fails."
    " Of a directory it takes every .mvm file in it that has tests; without FILES, of this one.",
    (
        _JIT,
        Option("-k", "only tests with this in their names", "NAME"),
        _HELP,
        *_EXPERIMENT_OPTIONS,
    ),
    (
        ("minivm test", "all tests below this directory"),
        ("minivm test list.mvm -k sort --jit", "some tests of one file, with the JIT"),
    ),
)

FMT = Command(
    "fmt",
    "[--check] FILES…",
    "lay programs out in the one way",
    "Changes nothing but the layout of the files: indentation, spaces, places of brackets, blank"
    " lines in a row, lines of more than 100 columns. Comments and line breaks stay. Of a directory"
    ' it takes every .mvm file in it; for "-" it reads the standard input and writes the'
    " standard output.",
    (
        Option("--check", "change nothing; name the files that are not formatted, exit code 1"),
        _HELP,
    ),
    (
        ("minivm fmt primes.mvm", "in place"),
        ("minivm fmt --check .", "which files here are not formatted"),
        ("minivm fmt - < primes.mvm", "show the result"),
    ),
)

BUILD = Command(
    "build",
    "[-v]",
    "build the native library",
    "Compiles what has changed since the last time, and nothing when nothing has. The compiler is"
    " clang from the package ziglang, or the one that MINIVM_CC names.",
    (Option("-v --verbose", "name each step"), _HELP),
    (
        ("minivm build", "after a change of uops.def or of the C sources"),
        ("MINIVM_CC=clang-19 minivm build", "with another clang, 19 or later"),
    ),
)

COMMANDS = {command.name: command for command in (RUN, REPL, CHECK, TEST, FMT, DIS, TRACE, BUILD)}
