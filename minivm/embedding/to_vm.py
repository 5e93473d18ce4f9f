"""Python objects → values of a VM.

In: None, bool, int, float, str, list, tuple, range, dict, `Record`, `Function`, and structures of
them. Out: values on top of the exchange. Structures are copied, however deep; what is one object,
or part of itself, is so in the copy.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

from minivm.embedding.function import Function
from minivm.embedding.record import Record, record_fields, record_name
from minivm.generated.instruction_table import TAGS
from minivm.machine import Machine

_NIL, _BOOL, _INT = (TAGS.index(name) for name in ("nil", "bool", "int"))
_LIST, _MAP, _RECORD = (TAGS.index(name) for name in ("list", "map", "record"))
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_ALL_BITS = 2**64 - 1

# Where a value is, as (what it is part of, key or index): for messages.
_Place = tuple[Any, ...]


class Writer:
    """Writes values for one VM."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._lib = machine.lib
        # By id: what was copied, which keeps its id as long as it is here, and the copy's address.
        self._copies: dict[int, tuple[Any, int]] = {}
        # The copies that are still empty.
        self._empty: list[tuple[Any, int, int, _Place]] = []
        # By name: the numbers and fields of the records that the VM has.
        self._records: dict[str, list[tuple[int, list[str]]]] = {}
        self._record_count = 0

    def put(self, value: object, what: str) -> None:
        """Put one value on the exchange; `what` is how messages call it.

        Raises TypeError, ValueError, OverflowError for what the VM cannot hold, ProgramError when
        there is no room. The exchange is then not as it was.
        """
        try:
            self._put(value, (what,))
            while self._empty:
                self._fill(*self._empty.pop())
        finally:
            self._copies.clear()
            self._empty.clear()

    def _put(self, value: Any, place: _Place) -> None:
        machine, lib, vm = self._machine, self._lib, self._machine.pointer
        if value is None:
            machine.check(lib.mvm_put(vm, _NIL, 0))
        elif isinstance(value, bool):
            machine.check(lib.mvm_put(vm, _BOOL, value))
        elif isinstance(value, int):
            machine.check(lib.mvm_put(vm, _INT, _checked_int(value, place) & _ALL_BITS))
        elif isinstance(value, float):
            machine.check(lib.mvm_put_float(vm, value))
        elif isinstance(value, str):
            content = _encoded(value, place)
            machine.check(lib.mvm_put_string(vm, content, len(content)))
        elif isinstance(value, range):
            bounds = [_checked_int(n, place) for n in (value.start, value.stop, value.step)]
            machine.check(lib.mvm_put_range(vm, *bounds))
        elif isinstance(value, Function):
            machine.check(lib.mvm_put_handle(vm, value.number_in(machine, _text(place))))
        else:
            self._put_structure(value, place)

    def _put_structure(self, value: Any, place: _Place) -> None:
        machine, lib, vm = self._machine, self._lib, self._machine.pointer
        if isinstance(value, (list, tuple)):
            tag = _LIST
        elif isinstance(value, dict):
            tag = _MAP
        elif isinstance(value, Record):
            tag = _RECORD
        else:
            raise TypeError(f"{_text(place)}: a value of type {type(value).__name__} can't go in")
        copied = self._copies.get(id(value))
        if copied is not None:
            machine.check(lib.mvm_put(vm, tag, copied[1]))
            return
        if tag == _LIST and value and self._put_packed(value):
            return
        if tag == _LIST:
            machine.check(lib.mvm_put_list(vm))
        elif tag == _MAP:
            machine.check(lib.mvm_put_map(vm))
        else:
            machine.check(lib.mvm_put_record(vm, self._record_number(value, place)))
        if value if tag != _RECORD else record_fields(value):
            self._empty.append((value, tag, self._note(value), place))
        else:
            self._note(value)

    def _note(self, value: Any) -> int:
        """The address of the copy that has just been put."""
        values = self._lib.mvm_exchange_values(self._machine.pointer)
        top = self._lib.mvm_exchange_count(self._machine.pointer) - 1
        address: int = values[top].bits
        self._copies[id(value)] = value, address
        return address

    def _put_packed(self, value: list[Any] | tuple[Any, ...]) -> bool:
        """A list of only ints or only floats, at one go."""
        kinds = set(map(type, value))
        vm = self._machine.pointer
        try:
            if kinds == {int}:
                ints = self._machine.ffi.from_buffer("int64_t[]", array("q", value))
                self._machine.check(self._lib.mvm_put_ints(vm, ints, len(value)))
            elif kinds == {float}:
                floats = self._machine.ffi.from_buffer("double[]", array("d", value))
                self._machine.check(self._lib.mvm_put_floats(vm, floats, len(value)))
            else:
                return False
        except OverflowError:
            return False
        self._note(value)
        return True

    def _fill(self, value: Any, tag: int, address: int, place: _Place) -> None:
        machine, lib, vm = self._machine, self._lib, self._machine.pointer
        at = lib.mvm_exchange_count(vm)
        machine.check(lib.mvm_put(vm, tag, address))
        if tag == _LIST:
            count = self._put_all(enumerate(value), place)
            machine.check(lib.mvm_fill_list(vm, at, count))
        elif tag == _MAP:
            for key, element in value.items():
                self._put_key(key, place)
                self._put(element, (place, key))
            self._fill_map(at)
        else:
            lib.mvm_fill_record(vm, at, self._put_all(record_fields(value).items(), place))
        lib.mvm_exchange_cut(vm, at)

    def _put_all(self, items: Iterable[tuple[Any, Any]], place: _Place) -> int:
        count = 0
        for key, element in items:
            self._put(element, (place, key))
            count += 1
        return count

    def _put_key(self, key: Any, place: _Place) -> None:
        if not isinstance(key, (bool, int, float, str)):
            raise TypeError(f"{_text(place)}: a map has no keys of type {type(key).__name__}")
        if key != key:
            raise ValueError(f"{_text(place)}: NaN can't be a key")
        self._put(key, (place, key))

    def _fill_map(self, at: int) -> None:
        lib, vm = self._lib, self._machine.pointer
        self._machine.check(lib.mvm_fill_map(vm, at, lib.mvm_exchange_count(vm) - at - 1))

    def _record_number(self, record: Record, place: _Place) -> int:
        """The type of a record there that has the same name and the same fields."""
        self._learn_records()
        name, fields = record_name(record), list(record_fields(record))
        known = self._records.get(name, [])
        for number, declared in reversed(known):
            if declared == fields:
                return number
        if not known:
            raise ValueError(f"{_text(place)}: there is no record {name} in this VM")
        raise ValueError(
            f"{_text(place)}: {name} has the fields {' '.join(known[-1][1])} in this VM, "
            f"not {' '.join(fields)}"
        )

    def _learn_records(self) -> None:
        machine, lib = self._machine, self._lib
        vm, string = machine.pointer, machine.ffi.string
        while name := lib.mvm_record_name(vm, self._record_count):
            number = self._record_count
            count = lib.mvm_record_field_count(vm, number)
            fields = [string(lib.mvm_record_field(vm, number, at)).decode() for at in range(count)]
            self._records.setdefault(string(name).decode(), []).append((number, fields))
            self._record_count += 1


def _checked_int(value: int, place: _Place) -> int:
    if _SMALLEST <= value <= _LARGEST:
        return value
    raise OverflowError(f"{_text(place)}: an int of the VM has 64 bits")


def _encoded(value: str, place: _Place) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        surrogate = ord(value[error.start])
        raise ValueError(
            f"{_text(place)}: U+{surrogate:04X} is a surrogate, not a character"
        ) from None


def _text(place: _Place) -> str:
    """A place as in `argument 1[3]['x']`."""
    keys: list[str] = []
    while len(place) == 2:
        keys.append(f"[{place[1]!r}]")
        place = place[0]
    what: str = place[0]
    return what + "".join(reversed(keys))
