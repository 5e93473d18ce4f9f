"""Counting primes in several threads: each VM runs in parallel, without Python's interpreter lock.

python examples/python/parallel.py
"""

import time
from concurrent.futures import ThreadPoolExecutor

import minivm

CODE = """
fn is_prime(n -- yes) {
    n 2 < if { false return }
    2 -> d
    while { d d * n <= } {
        n d % 0 == if { false return }
        d 1 + -> d
    }
    true
}

fn count_primes(from to -- count) {
    0 -> count
    for n in from to range { n is_prime if { count 1 + -> count } }
    count
}
"""
PROGRAM = minivm.compile(CODE, "primes.mvm")


def count(bounds: tuple[int, int]) -> int:
    """The primes from bounds[0] to below bounds[1], in a VM of its own."""
    with minivm.VM() as vm:
        vm.run(PROGRAM)
        found = vm.call("count_primes", *bounds)
        assert isinstance(found, int)
        return found


def main() -> None:
    """The primes below 400,000, in four pieces; how long it took goes to nobody's test."""
    pieces = [(start, start + 100_000) for start in range(0, 400_000, 100_000)]
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=4) as pool:
        counts = list(pool.map(count, pieces))
    seconds = time.perf_counter() - started
    print(counts, sum(counts))
    assert seconds > 0


if __name__ == "__main__":
    main()
