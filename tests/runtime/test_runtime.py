"""The runtime's support code on its own: its C test program, and its numbers against Python's.

In: the C sources of minivm/runtime that need no interpreter, one of minivm/jit that needs nothing
at all, and the C files beside this one.
Out: a test program from each compiler there is; its own checks pass, and it formats and divides
numbers as Python does.
"""

from __future__ import annotations

import math
import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_RUNTIME = _ROOT / "minivm" / "runtime"
_FREE_RANGES = _ROOT / "minivm" / "jit" / "free_ranges.c"
_NEEDS_INTERPRETER = {
    "code", "exchange", "function", "host", "interpreter", "metadata", "redefine", "specialize",
    "throw", "traceback", "vm",
}  # fmt: skip
_FLAGS = ["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-DMVM_DEBUG"]
_FLAGS += ["-fno-sanitize-recover=undefined", f"-I{_RUNTIME}"]
_COMPILERS = {
    "zig": ([sys.executable, "-m", "ziglang", "cc"], ["undefined"]),
    "gcc": (["gcc"], ["address,undefined", "undefined"]),
}


def _compile(command: list[str], sanitizer: str | None, program: Path) -> str:
    """Compiles the test program; returns what the compiler complains of."""
    sources = [path for path in _RUNTIME.glob("*.c") if path.stem not in _NEEDS_INTERPRETER]
    sources += [_FREE_RANGES, *Path(__file__).parent.glob("*.c")]
    flags = [*_FLAGS, f"-fsanitize={sanitizer}"] if sanitizer else _FLAGS
    done = subprocess.run(
        [*command, *flags, *map(str, sorted(sources)), "-o", str(program), "-lm"],
        capture_output=True,
        text=True,
    )
    return done.stderr if done.returncode else ""


@pytest.fixture(scope="module", params=sorted(_COMPILERS))
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test program, with the most a compiler's sanitizers can do on this machine."""
    command, sanitizers = _COMPILERS[request.param]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]}")
    path = tmp_path_factory.mktemp("runtime") / f"test_runtime_{request.param}"
    complaint = ""
    for sanitizer in [*sanitizers, None]:
        complaint = _compile(command, sanitizer, path)
        if not complaint:
            return path
    if "No module named" in complaint:
        pytest.skip("no ziglang package")
    pytest.fail(complaint)


def _run(program: Path, what: str, lines: Iterable[str] = ()) -> list[str]:
    # It has sanitizers of its own, which another one's library would be in the way of.
    environment = {name: text for name, text in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run(
        [str(program), what],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout.splitlines()


def _bits(number: float) -> str:
    return struct.pack(">d", number).hex()


def _number(bits: int) -> float:
    number: float = struct.unpack(">d", struct.pack(">Q", bits))[0]
    return number


def _floats() -> list[float]:
    """Powers of two and ten with their neighbours, the ends of the range, and random numbers."""
    pick = random.Random(1)
    powers = [math.ldexp(1.0, exponent) for exponent in range(-1074, 1024)]
    powers += [float(f"1e{exponent}") for exponent in range(-323, 309)]
    chosen = [
        *powers,
        *(math.nextafter(power, 0) for power in powers),
        *(math.nextafter(power, math.inf) for power in powers),
        *(_number(pick.getrandbits(64)) for _ in range(50_000)),
        *(_number(pick.getrandbits(52)) for _ in range(5_000)),
        *(pick.randrange(10**6) / 10 ** pick.randrange(7) for _ in range(10_000)),
        *(pick.uniform(0, 2e17) for _ in range(5_000)),
        *(0.0, -0.0, math.inf, -math.inf, 123456789012345680.0, 1e16, 0.0001, 1e-05, 5e-324),
    ]
    return [number for number in chosen if not math.isnan(number)]


def test_its_own_checks_pass(program: Path) -> None:
    assert _run(program, "check") == []


def test_floats_are_shown_as_in_python(program: Path) -> None:
    floats = _floats()
    shown = _run(program, "floats", map(_bits, floats))
    wrong = [(a, repr(b)) for a, b in zip(shown, floats, strict=True) if a != repr(b)]
    assert wrong == []
    assert _run(program, "floats", [_bits(math.nan)]) == ["nan"]


def test_floats_divide_as_in_python(program: Path) -> None:
    pick = random.Random(2)
    ends = [0.0, 0.1, 0.3, 1.0, 2.5, 3.0, 7.0, 1e-300, 5e-324, 1e300, 9007199254740993.0, math.inf]
    numbers = [*ends, *(-end for end in ends)]
    pairs = [(left, right) for left in numbers for right in numbers if right]
    for _ in range(20_000):
        pairs.append((pick.uniform(-100, 100), pick.choice([-1, 1]) * pick.uniform(0.01, 10)))
        pairs.append((pick.randrange(-1000, 1000) / 10, pick.choice([-1, 1]) * 0.1))
    shown = _run(program, "divide", (f"{_bits(a)} {_bits(b)}" for a, b in pairs))
    expected = [f"{a // b!r} {a % b!r}" for a, b in pairs]
    wrong = [found for found in zip(pairs, shown, expected, strict=True) if found[1] != found[2]]
    assert wrong == []


def test_ints_divide_as_in_python(program: Path) -> None:
    pick = random.Random(3)
    ends = [0, 1, 2, 3, 7, 10, 2**31, 2**62, 2**63 - 1]
    numbers = [*ends, *(-end for end in ends), -(2**63)]
    numbers += [pick.randrange(-(2**63), 2**63) >> pick.randrange(63) for _ in range(100)]
    pairs = [(a, b) for a in numbers for b in numbers if b and (a, b) != (-(2**63), -1)]
    shown = _run(program, "divide-ints", (f"{a} {b}" for a, b in pairs))
    assert shown == [f"{a // b} {a % b}" for a, b in pairs]
