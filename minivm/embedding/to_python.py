"""Values of a VM → Python objects.

In: values on the exchange. Out: None, bool, int, float, str, list, range, dict, `Record` and
`Function`. Structures are copied, however deep; what was one object, or part of itself, is so in
the copy. Nothing may run in the VM meanwhile, so that the addresses that are read here stay good.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from minivm.embedding.record import Record, record_fields
from minivm.generated.instruction_table import TAGS
from minivm.machine import Machine

_TAGS = {name: tag for tag, name in enumerate(TAGS)}
_NIL, _BOOL, _INT, _FLOAT = (_TAGS[name] for name in ("nil", "bool", "int", "float"))
_STRING, _RANGE, _LIST = _TAGS["string"], _TAGS["range"], _TAGS["list"]
_MAP, _RECORD, _FUNCTION = _TAGS["map"], _TAGS["record"], _TAGS["function"]


class Reader:
    """Reads values of one VM; `make_function` makes the object for a function there."""

    def __init__(self, machine: Machine, make_function: Callable[[int, Any], Any]) -> None:
        self._machine = machine
        self._ffi = machine.ffi
        self._lib = machine.lib
        self._make_function = make_function
        self._length = machine.ffi.new("uint64_t *")
        # By address: the copies made so far, and those that are still empty.
        self._copies: dict[int, Any] = {}
        self._empty: list[tuple[Any, Any, int]] = []

    def read(self, place: int, count: int) -> list[Any]:
        """The values from `place` on. Raises ValueError for what Python cannot hold."""
        values = self._lib.mvm_exchange_values(self._machine.pointer) + place
        try:
            results = [self._value(values[at]) for at in range(count)]
            while self._empty:
                copy, value, tag = self._empty.pop()
                self._fill(copy, value, tag)
            return results
        finally:
            self._copies.clear()
            self._empty.clear()

    def _value(self, value: Any) -> Any:
        tag = value.tag
        if tag == _INT:
            return value.integer
        if tag == _FLOAT:
            return value.number
        if tag == _STRING:
            return self._string(value)
        if tag == _NIL:
            return None
        if tag == _BOOL:
            return bool(value.integer)
        copy = self._copies.get(value.bits)
        if copy is None:
            copy = self._copies[value.bits] = self._object(value, tag)
        return copy

    def _string(self, value: Any) -> str:
        bytes_ = self._lib.mvm_read_string(self._ffi.addressof(value), self._length)
        return str(self._ffi.buffer(bytes_, self._length[0])[:], "utf-8")

    def _object(self, value: Any, tag: int) -> Any:
        """The copy of an object. What refers to others is filled later."""
        if tag == _RANGE:
            bounds = self._ffi.new("int64_t[3]")
            self._lib.mvm_read_range(self._ffi.addressof(value), bounds)
            return range(*bounds)
        if tag == _FUNCTION:
            return self._function(value)
        copy: Any
        if tag == _LIST:
            copy = []
        elif tag == _MAP:
            copy = {}
        else:
            assert tag == _RECORD
            view = self._lib.mvm_read_record(self._machine.pointer, self._ffi.addressof(value))
            copy = Record(self._text(view.name))
        self._empty.append((copy, value, tag))
        return copy

    def _function(self, value: Any) -> Any:
        machine, lib = self._machine, self._lib
        place = lib.mvm_exchange_count(machine.pointer)
        machine.check(lib.mvm_put(machine.pointer, value.tag, value.bits))
        try:
            view = lib.mvm_read_function(self._ffi.addressof(value))
            return self._make_function(place, view)
        finally:
            lib.mvm_exchange_cut(machine.pointer, place)

    def _text(self, characters: Any) -> str:
        text: bytes = self._ffi.string(characters)
        return text.decode()

    def _fill(self, copy: Any, value: Any, tag: int) -> None:
        address = self._ffi.addressof(value)
        if tag == _LIST:
            self._fill_list(copy, self._lib.mvm_read_list(address))
        elif tag == _MAP:
            self._fill_map(copy, address)
        else:
            self._fill_record(copy, self._lib.mvm_read_record(self._machine.pointer, address))

    def _fill_list(self, copy: list[Any], view: Any) -> None:
        count, unpack = view.length, self._ffi.unpack
        if view.ints:
            copy += unpack(view.ints, count)
        elif view.floats:
            copy += unpack(view.floats, count)
        elif view.bools:
            copy += map(bool, unpack(view.bools, count))
        elif view.objects:
            objects = unpack(view.objects, count)
            copy += [self._value(self._tagged(view.tag, bits)) for bits in objects]
        elif view.values:
            values = view.values
            copy += [self._value(values[at]) for at in range(count)]

    def _tagged(self, tag: int, bits: int) -> Any:
        value = self._ffi.new("mvm_any *")
        value.tag, value.bits = tag, bits
        return value[0]

    def _fill_map(self, copy: dict[Any, Any], address: Any) -> None:
        place, entry = self._ffi.new("uint64_t *"), self._ffi.new("mvm_any **")
        while self._lib.mvm_read_map(address, place, entry):
            key: Hashable = self._value(entry[0][0])
            if key in copy:
                # Nothing else is two keys there and one here.
                pair = "1 and true" if key else "0 and false"
                raise ValueError(f"a map has both {pair} as keys, which are one in Python")
            copy[key] = self._value(entry[0][1])

    def _fill_record(self, copy: Record, view: Any) -> None:
        fields, lib = record_fields(copy), self._lib
        for at in range(view.field_count):
            name = self._text(lib.mvm_record_field(self._machine.pointer, view.type, at))
            fields[name] = self._value(view.fields[at])
