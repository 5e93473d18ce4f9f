"""All of a program but its instructions: names, numbers, positions, handlers, constants.

In: a program, made by whoever. Out: nothing, or a VerifyError.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise

from minivm.generated.instruction_table import RECORDS
from minivm.lang.code import Code, FunctionReference, Generic, Handler, Program
from minivm.verifier.decoding import Decoded
from minivm.verifier.error import VerifyError

_MOST = 0xFFFF  # of anything that an operand names, and of slots in a frame
_LARGEST_UNSIGNED = 2**32 - 1
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def check_tables(program: Program) -> None:
    """What belongs to no function alone."""
    _check_count(program.functions, "functions")
    _check_count(program.records, "records")
    _check_count(program.generics, "generic functions")
    _check_count(program.symbols, "symbols")
    _check_count(program.words, "words of the host")
    if not program.functions:
        raise VerifyError("there is no main program")
    main = program.functions[0]
    if main.parameters or main.results:
        raise VerifyError("the main program takes and leaves nothing", main.name)
    _check_names(program.symbols, "symbol")
    _check_names(program.words, "word of the host")
    for record in program.records:
        _check_names([record.name], "record")
        _check_names(record.fields, "field", f" of {record.name}")
    own = [(record.name, tuple(record.fields)) for record in program.records[: len(RECORDS)]]
    if own != list(RECORDS.items()):
        raise VerifyError(f"the first records must be {' '.join(RECORDS)}")
    for generic in program.generics:
        _check_generic(program, generic)


def _check_count(things: Sequence[object], what: str) -> None:
    if len(things) > _MOST:
        raise VerifyError(f"there are {len(things)} {what}; {_MOST} are the most")


def _check_names(names: Iterable[str], what: str, of: str = "") -> None:
    seen: set[str] = set()
    for name in names:
        if not isinstance(name, str) or not name or "\0" in name or not _is_unicode(name):
            raise VerifyError(f"a {what}{of} can't be called {name!r}")
        if name in seen:
            raise VerifyError(f"there are two {what}s{of} called {name!r}")
        seen.add(name)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_generic(program: Program, generic: Generic) -> None:
    _check_names([generic.name], "generic function")
    if not 1 <= generic.parameters <= _MOST or not 0 <= generic.results <= _MOST:
        raise VerifyError(f"the generic function {generic.name!r} takes no value to choose by")
    for record, function in generic.methods:
        if not 0 <= record < len(program.records) or not 0 <= function < len(program.functions):
            raise VerifyError(f"a method of {generic.name!r} names what there is not")
        code = program.functions[function]
        if (code.parameters, code.results) != (generic.parameters, generic.results):
            raise VerifyError(f"it has another effect than {generic.name!r}", code.name)


def check_code(program: Program, code: Code) -> None:
    """What belongs to one function, beside its instructions and what names them."""
    _check_names([code.name], "function")
    if not isinstance(code.units, array) or code.units.typecode != "H":
        raise VerifyError("the units must be an array of type 'H'", code.name)
    if not code.units:
        raise VerifyError("it has no instructions", code.name)
    if not 0 <= code.parameters <= len(code.locals) <= _MOST:
        raise VerifyError(f"parameters are locals, and {_MOST} locals are the most", code.name)
    if not 0 <= code.results <= code.max_stack <= _MOST:
        cause = f"results stand on the stack, and {_MOST} slots are the most"
        raise VerifyError(cause, code.name)
    _check_count(code.constants, "constants")
    for at, constant in enumerate(code.constants):
        if not _is_constant(program, constant):
            raise VerifyError(f"constant {at} can't be {constant!r}", code.name)


def check_places(code: Code, decoded: dict[int, Decoded]) -> None:
    """Positions and handlers, which name instructions by their units."""
    _check_positions(code)
    for handler in code.handlers:
        _check_handler(code, decoded, handler)


def _is_constant(program: Program, constant: object) -> bool:
    if isinstance(constant, FunctionReference):
        return 0 <= constant.index < len(program.functions)
    if isinstance(constant, str):
        return _is_unicode(constant)
    if isinstance(constant, int):
        return _SMALLEST <= constant <= _LARGEST
    return constant is None or isinstance(constant, float)


def _check_positions(code: Code) -> None:
    offsets = [position.offset for position in code.positions]
    if not offsets or offsets[0] != 0 or any(a >= b for a, b in pairwise(offsets)):
        raise VerifyError("positions start at unit 0 and go up", code.name)
    for each in code.positions:
        numbers = (each.offset, each.line, each.column, each.end_column)
        if not all(0 <= number <= _LARGEST_UNSIGNED for number in numbers):
            raise VerifyError(f"a position is out of range: {numbers}", code.name, each.offset)


def _check_handler(code: Code, decoded: dict[int, Decoded], handler: Handler) -> None:
    start, end, target = handler.start, handler.end, handler.target
    ends_well = end in decoded or end == len(code.units)
    if start not in decoded or not ends_well or target not in decoded or start >= end:
        raise VerifyError("a handler does not cover whole instructions", code.name, start)
    if start <= target < end or target < start:
        raise VerifyError("a handler must go on behind what it covers", code.name, start)
    if not 0 <= handler.depth < code.max_stack:
        raise VerifyError("a handler keeps more than there is room for", code.name, start)
