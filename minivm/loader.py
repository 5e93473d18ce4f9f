"""Loading: a compiled program → what the library knows of it.

In: a `Program`, or the part of one that is new (`Update`), and a VM of the library. Out: symbols,
records, functions, generics and constants, under the numbers the instructions call them by.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from minivm.generated.instruction_table import RECORDS
from minivm.lang.code import Code, Constant, FunctionReference, Program, RecordType, Update

# Not typing: see minivm/native.py.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Check = Callable[[bool], None]


def whole(program: Program) -> Update:
    """All of a program, for a VM that has nothing but what every program has."""
    methods = [
        (number, record, function)
        for number, generic in enumerate(program.generics)
        for record, function in generic.methods
    ]
    functions = list(enumerate(program.functions))
    return Update(program, functions, [], 0, len(RECORDS), 0, methods)


class Loader:
    """Adds to one VM; `check` raises the VM's error when the library says that a step failed."""

    def __init__(self, ffi: Any, lib: Any, vm: Any, check: Check) -> None:
        self._ffi = ffi
        self._lib = lib
        self._vm = vm
        self._check = check

    def load(self, update: Update) -> None:
        """Raises ProgramError or MemoryError when there is no room."""
        program, lib = update.program, self._lib
        for number in range(update.first_symbol, len(program.symbols)):
            added = lib.mvm_add_symbol(self._vm, program.symbols[number].encode())
            self._expect(number, added)
        numbers = {name: number for number, name in enumerate(program.symbols)}
        for number in range(update.first_record, len(program.records)):
            self._expect(number, self._add_record(program.records[number], numbers))
        for index, code in update.functions:
            self._expect(index, self._add_function(code))
        for index, code in update.redefined:
            spec, _kept = self._spec(code)
            self._check(lib.mvm_redefine(self._vm, index, spec))
        for number in range(update.first_generic, len(program.generics)):
            generic = program.generics[number]
            parameters, results = generic.parameters, generic.results
            name = generic.name.encode()
            self._expect(number, lib.mvm_add_generic(self._vm, name, parameters, results))
        for number, record, function in update.methods:
            self._check(lib.mvm_add_method(self._vm, number, record, function))
        # A constant may be any of the functions.
        for index, code in (*update.functions, *update.redefined):
            self._add_constants(index, code.constants)

    def _expect(self, number: int, added: int) -> None:
        """The library numbers things as the compiler does; -1 is no memory."""
        if added < 0:
            self._check(False)
        assert added == number

    def _add_record(self, record: RecordType, numbers: dict[str, int]) -> int:
        fields = array("I", [numbers[field] for field in record.fields])
        given = self._ffi.from_buffer("uint32_t[]", fields)
        name = record.name.encode()
        return int(self._lib.mvm_add_record_type(self._vm, name, given, len(fields)))

    def _add_function(self, code: Code) -> int:
        spec, _kept = self._spec(code)
        return int(self._lib.mvm_add_function(self._vm, spec))

    def _spec(self, code: Code) -> tuple[Any, tuple[Any, ...]]:
        """What the library reads of a function, and what the spec only has the addresses of."""
        new = self._ffi.new
        spec = new("mvm_function_spec *")
        name, path = new("char[]", code.name.encode()), new("char[]", path_bytes(code.path))
        positions, handlers = array("I"), array("I")
        for position in code.positions:
            positions.extend((position.offset, position.line, position.column, position.end_column))
        for handler in code.handlers:
            handlers.extend((handler.start, handler.end, handler.target, handler.depth))
        spec.name, spec.path = name, path
        spec.parameters, spec.results = code.parameters, code.results
        spec.locals, spec.max_stack = len(code.locals), code.max_stack
        spec.units = self._ffi.from_buffer("uint16_t[]", code.units)
        spec.unit_count = len(code.units)
        spec.positions = self._ffi.cast("mvm_position *", self._ffi.from_buffer(positions))
        spec.position_count = len(code.positions)
        spec.handlers = self._ffi.cast("mvm_handler_range *", self._ffi.from_buffer(handlers))
        spec.handler_count = len(code.handlers)
        return spec, (name, path, positions, handlers, code.units)

    def _add_constants(self, function: int, constants: Sequence[Constant]) -> None:
        lib, vm = self._lib, self._vm
        for constant in constants:
            # A bool is an int to Python: it comes first.
            if constant is None:
                added = lib.mvm_add_nil(vm, function)
            elif isinstance(constant, bool):
                added = lib.mvm_add_bool(vm, function, constant)
            elif isinstance(constant, int):
                added = lib.mvm_add_int(vm, function, constant)
            elif isinstance(constant, float):
                added = lib.mvm_add_float(vm, function, constant)
            elif isinstance(constant, FunctionReference):
                added = lib.mvm_add_function_reference(vm, function, constant.index)
            else:
                content = constant.encode()
                added = lib.mvm_add_string(vm, function, content, len(content))
            self._check(added)


def path_bytes(path: str) -> bytes:
    """UTF-8, also for a file whose name is not: the library only shows it."""
    return path.encode(errors="replace").replace(b"\0", b"?")
