"""Records in Python.

In: a record's name and its fields. Out: an object that has them as attributes. It is a copy: what
is done to it does not reach the VM it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from reprlib import recursive_repr
from typing import Any


class Record:
    """A record, such as `Record("Point", x=1, y=2)`, which is shown as `Point(x=1, y=2)`.

    Fields are attributes, and `record["x"]` is the field x whatever it is called. Two records are
    equal when their names and all of their fields are. A VM takes one for a record it has declared
    with the same name and the same fields.
    """

    __slots__ = ("_fields", "_name")

    _name: str
    _fields: dict[str, Any]

    def __init__(self, name: str, /, **fields: Any) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_fields", fields)

    def __getitem__(self, field: str) -> Any:
        return self._fields[field]

    def __setitem__(self, field: str, value: Any) -> None:
        if field not in self._fields:
            raise KeyError(field)
        self._fields[field] = value

    def __getattr__(self, field: str) -> Any:
        try:
            return self._fields[field]
        except KeyError:
            raise AttributeError(f"{self._name} has no field {field!r}") from None

    def __setattr__(self, field: str, value: Any) -> None:
        if field not in self._fields:
            raise AttributeError(f"{self._name} has no field {field!r}")
        self._fields[field] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *self._fields]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        return self._name == other._name and self._fields == other._fields

    # It can be changed.
    __hash__ = None  # type: ignore[assignment]

    @recursive_repr()
    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._fields.items())
        return f"{self._name}({fields})"

    # The fields come later: one of them may be the record itself.
    def __reduce__(self) -> tuple[Any, ...]:
        return Record, (self._name,), self._fields

    def __setstate__(self, fields: dict[str, Any]) -> None:
        self._fields.update(fields)


def record_name(record: Record) -> str:
    """The name of its type."""
    return record._name


def record_fields(record: Record) -> dict[str, Any]:
    """Its fields by name, in order; changing the dict changes the record."""
    return record._fields
