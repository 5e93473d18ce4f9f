"""Holes: the gaps a stencil leaves, and the table of values that may go into them.

In: the name of a symbol a stencil refers to. Out: the `HoleValue` it stands for. `HOLE_VALUES` is
the only list of them: the C enum `mvm_hole_value` is written from it, in its order. To add a value,
add a line here and use its symbol in the template.
"""

from __future__ import annotations

from dataclasses import dataclass

from minivm.jit.target import HoleKind

# C functions a stencil may call or jump to carry this prefix.
HELPER_PREFIX = "mvm_"


@dataclass(frozen=True)
class HoleValue:
    """What a hole is filled with. Several symbols of different width may ask for one value.

    `near`: an address in reach of the code; only such values may stand in relative holes.
    """

    name: str
    symbols: tuple[str, ...]
    note: str
    near: bool = False


@dataclass(frozen=True)
class Hole:
    """One gap: `value + addend` is written at `offset` bytes into the stencil's code.

    `value` is the name of a `HoleValue`; `symbol` is the C function's name when that is "SYMBOL",
    and empty otherwise.
    """

    offset: int
    kind: HoleKind
    value: str
    symbol: str
    addend: int


def _value(name: str, note: str, *suffixes: str) -> HoleValue:
    symbols = tuple(f"_JIT_{name}{suffix}" for suffix in suffixes or ("",))
    return HoleValue(name, symbols, note)


def _place(name: str, note: str) -> HoleValue:
    return HoleValue(name, (f"_JIT_{name}",), note, near=True)


# Not symbols of the template: the build itself finds these two.
DATA = HoleValue("DATA", (), "the stencil's own data part", near=True)
SYMBOL = HoleValue("SYMBOL", (), "a C function: mvm_stencil_symbols[hole.symbol]", near=True)

HOLE_VALUES: tuple[HoleValue, ...] = (
    DATA,
    SYMBOL,
    _place("CONTINUE", "where the next stencil starts"),
    _place("EXIT_TARGET", "the stub of the side exit"),
    _place("ERROR_TARGET", "the stub of the error exit"),
    _place("TOP", "the loop's top"),
    _place("LINK", "where a link goes on, in the executor that an operand is"),
    _value("OPERAND0", "the uop's operand 0", "_16", "_32", "_64"),
    _value("OPERAND1", "the uop's operand 1", "_16", "_32", "_64"),
    _value("OPERAND2", "the uop's operand 2", "_16", "_32", "_64"),
    _value("OPERAND0_SCALED", "the uop's operand 0, a number of values, in bytes"),
    _value("INPUT0_SLOT", "byte offset of input 0's frame slot"),
    _value("INPUT1_SLOT", "byte offset of input 1's frame slot"),
    _value("INPUT2_SLOT", "byte offset of input 2's frame slot"),
    _value("OUTPUT_SLOT", "byte offset of the output's frame slot"),
    _value("INPUT0_SPILL", "byte offset of input 0's spill slot"),
    _value("INPUT1_SPILL", "byte offset of input 1's spill slot"),
    _value("INPUT2_SPILL", "byte offset of input 2's spill slot"),
    _value("OUTPUT_SPILL", "byte offset of the output's spill slot"),
    _value("IMMEDIATE", "the constant input", "_32", "_64"),
    _value("EXECUTOR", "address of the executor"),
    _value("EXIT", "address of the exit's record"),
)

_BY_SYMBOL = {symbol: value for value in HOLE_VALUES for symbol in value.symbols}


def value_of_symbol(symbol: str) -> HoleValue | None:
    """The value `symbol` stands for; None when no hole is called that."""
    if symbol.startswith(HELPER_PREFIX):
        return SYMBOL
    return _BY_SYMBOL.get(symbol)
