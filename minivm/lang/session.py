"""Sessions: texts compiled one after the other, each with what the earlier ones defined.

In: entries, as typed at a prompt or run by a host. Out: for each an `Entry`: what a VM has to add
to the program, and the function to run.

The top level of an entry at a prompt is a function from `[variables…, stack…]` to `[variables…,
stack…]`: what earlier entries have set and left, and what this one has. A variable that may be
unset at the entry's end is forgotten. One that a closure has captured is handed on as its cell. Of
a text that a host runs the top level is a main program like any other: it has its own variables and
leaves nothing.

A function declared again with as many parameters and results gets other code, for all who call it;
with another effect it is another function, and code compiled before goes on calling the old one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from minivm.generated.instruction_table import RECORDS
from minivm.lang.checker import Frame
from minivm.lang.code import Program, RecordType, Update
from minivm.lang.compiler import Compiler
from minivm.lang.declarations import Module
from minivm.lang.effects import Effect
from minivm.lang.errors import SourceError, quote
from minivm.lang.flow import items_above
from minivm.lang.instruction import Item
from minivm.lang.linking import link, linked_definitions
from minivm.lang.lowering import set_variables
from minivm.lang.names import Definition
from minivm.lang.parser import Parser
from minivm.lang.scopes import Scope
from minivm.lang.source import make_source
from minivm.lang.tokens import Token
from minivm.lang.tree import Carried, Function


class Entry:
    """A compiled entry: load `update`, run `function`, tell the session with `done`.

    The function takes the values of the variables `takes`, in order, and then the `depth` values on
    the stack; it leaves the values of `variables`, and then those of `stack`, as far as the checker
    knows them. The variables in `cells` are handed on as cells. `replaced` names the functions and
    methods that got other code.
    """

    __slots__ = ("cells", "depth", "function", "replaced", "stack", "takes", "update", "variables")

    def __init__(
        self,
        update: Update,
        function: int,
        main: Function,
        handed_on: tuple[Sequence[str], Sequence[Item]],
        replaced: Sequence[str],
    ) -> None:
        self.update = update
        self.function = function
        self.takes = main.parameter_names()
        self.depth = len(main.carried.stack) if main.carried else 0
        self.variables, self.stack = handed_on
        self.cells = main.cells.intersection(self.variables)
        self.replaced = replaced


class Session:
    """Compiles entries. Each entry's update must be loaded before the next one's.

    Give each entry a path of its own, by which errors in what it defines find its text.
    """

    def __init__(self) -> None:
        self._compiler = _SessionCompiler()
        self._variables: Sequence[str] = ()
        self._cells: set[str] = set()
        self._stack: Sequence[Item] = ()
        self._prompted: Entry | None = None
        # Top levels that have run: their function may get other code.
        self._free: list[int] = []

    @property
    def program(self) -> Program:
        """Everything compiled so far; it grows with each entry."""
        return self._compiler.builder.program

    @property
    def variables(self) -> Sequence[str]:
        """The variables that the next entry at a prompt takes."""
        return self._variables

    @property
    def depth(self) -> int:
        """How many values the next entry at a prompt finds on the stack."""
        return len(self._stack)

    def definitions(self) -> Mapping[str, Definition]:
        """What names mean that are neither variables nor built-in words."""
        return self._compiler.visible()

    def definition(self, name: str) -> Definition | None:
        """What one name means."""
        return self._compiler.definition(name)

    def add_word(self, name: str, effect_text: str) -> int:
        """Makes a word of the host known, with an effect such as `(name -- value)`.

        Gives its number, the operand of HOST. Raises SourceError for a bad name or effect.
        """
        self.forget_variable(name)
        return self._compiler.add_word(name, effect_text)

    def add_program(self, program: Program) -> tuple[Update, int]:
        """Makes a program of its own a part of this one; gives its main program's number.

        Its functions, records and generics are known to later entries. Raises ValueError when it
        needs words of the host that are not known.
        """
        return self._compiler.add_program(program)

    def compile_entry(self, text: str, path: str) -> Entry:
        """An entry at a prompt. Raises SourceError; then it is as if the entry had not been."""
        self._prompted = self._compile(text, path, prompt=True, tests=False)
        return self._prompted

    def compile_text(self, text: str, path: str, tests: bool = False) -> Entry:
        """A text that a host runs. Raises SourceError; then it is as if it had not been."""
        return self._compile(text, path, prompt=False, tests=tests)

    def done(self, entry: Entry, succeeded: bool) -> None:
        """The entry has run. What it left is kept only if it came to its end."""
        self._free.append(entry.function)
        if succeeded and entry is self._prompted:
            self._variables, self._stack = entry.variables, entry.stack
            self._cells = entry.cells

    def drop_stack(self, number: int) -> None:
        """The topmost `number` values are no longer on the stack."""
        self._stack = self._stack[: len(self._stack) - number]

    def forget_variable(self, name: str) -> None:
        """The next entry doesn't take the variable any more."""
        self._variables = [other for other in self._variables if other != name]
        self._cells.discard(name)

    def _compile(self, text: str, path: str, prompt: bool, tests: bool) -> Entry:
        source = make_source(text, path)
        variables = self._variables if prompt else ()
        parameters = [Token("word", 0, 0, name) for name in variables]
        module = Parser(source, Scope(None, parameters, shared=prompt)).module(parameters)
        main = module.main
        assert main is not None
        if prompt:
            cells = self._cells.intersection(variables)
            main.carried = Carried(self._stack, cells)
            main.cells |= cells
        index = self._free[-1] if self._free else None
        entry = self._compiler.compile(module, main, index, tests)
        if index is not None:
            self._free.pop()
        return entry


class _Loaded:
    """How much of the program there was after the last entry."""

    __slots__ = ("functions", "generics", "records", "symbols")

    def __init__(self, functions: int, symbols: int, records: int, generics: int) -> None:
        self.functions = functions
        self.symbols = symbols
        self.records = records
        self.generics = generics


class _SessionCompiler(Compiler):
    """A compiler that goes back to where it was when an entry is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self._defined: dict[str, Definition] = {}
        # Those that entries have declared themselves; the others are imported.
        self._by_entries: set[Definition] = set()
        self._entry: Module | None = None
        self._loaded = _Loaded(0, 0, len(RECORDS), 0)
        self._method_functions: dict[tuple[int, int], int] = {}
        self._new_methods: list[tuple[int, int, int]] = []
        self._replaced: dict[int, str] = {}
        # The paths of what was replaced.
        self._replaced_in: set[str] = set()

    def add_word(self, name: str, effect_text: str) -> int:
        number = super().add_word(name, effect_text)
        self._defined.pop(name, None)
        return number

    def definition(self, name: str) -> Definition | None:
        """What an entry knows by that name before it declares anything."""
        return self._defined.get(name) or self.built_in.get(name)

    def visible(self) -> Mapping[str, Definition]:
        """What an entry knows before it declares anything."""
        return {**self.built_in, **self._defined}

    def compile(self, module: Module, main: Function, index: int | None, tests: bool) -> Entry:
        """The entry with the top level `main`, which becomes function `index` if there is one."""
        saved = self.builder.save()
        kept = dict(self._names), dict(self._own), dict(self._method_functions)
        loaded = dict(self._modules.loaded) if self._modules else {}
        self._entry = module
        self._methods, self._new_methods, self._replaced = {}, [], {}
        self._replaced_in = set()
        try:
            number = self._top_level(module, main, index)
            frame = self.add(module, tests)
        except SourceError:
            self.builder.restore(saved)
            self._names, self._own, self._method_functions = kept
            self._jobs = []
            if self._modules:
                self._modules.reset(loaded)
            raise
        earlier, own = self._defined, self._own.pop(module)
        self._defined = {**self._names.pop(module).definitions()}
        self._by_entries.difference_update(earlier.get(new.name) for new in own)
        self._by_entries.update(own)
        update = self._update(number)
        self._forget_sources()
        return Entry(update, number, main, _handed_on(main, frame), [*self._replaced.values()])

    def add_program(self, program: Program) -> tuple[Update, int]:
        """The program is linked in."""
        numbers = link(self.builder, program)
        self._defined.update(linked_definitions(program, numbers))
        self._replaced = {}
        self._new_methods = [
            (numbers.generics[at], numbers.records[record], numbers.functions[function])
            for at, generic in enumerate(program.generics)
            for record, function in generic.methods
        ]
        main = numbers.functions[0]
        return self._update(main), main

    def _top_level(self, module: Module, main: Function, index: int | None) -> int:
        if index is None:
            return self.reserve(module, main)
        self.plan(index, module, main)
        return index

    def _update(self, top_level: int) -> Update:
        """What has come since the last entry."""
        program, first = self.builder.finish(), self._loaded
        functions = list(enumerate(program.functions))
        redefined = [n for n in (top_level, *self._replaced) if n < first.functions]
        update = Update(
            program,
            functions[first.functions :],
            [functions[number] for number in redefined],
            first.symbols,
            first.records,
            first.generics,
            self._new_methods,
        )
        self._loaded = _Loaded(
            len(functions), len(program.symbols), len(program.records), len(program.generics)
        )
        return update

    # --- what an entry declares again ---

    def _known(self, module: Module) -> Mapping[str, Definition]:
        return self.visible() if module is self._entry else self.built_in

    def _earlier(self, module: Module, kind: str, name: str) -> Definition | None:
        """What an earlier entry has declared by that name, if it is of that kind."""
        definition = self._defined.get(name)
        if module is not self._entry or definition is None or definition.kind != kind:
            return None
        return definition if definition in self._by_entries else None

    def _function_index(self, module: Module, function: Function, effect: Effect) -> int:
        earlier = self._earlier(module, "function", function.name)
        if earlier is None or not earlier.effect.has_shape_of(effect):
            return super()._function_index(module, function, effect)
        self._replace(earlier.index, module, function)
        return earlier.index

    def _replace(self, index: int, module: Module, function: Function) -> None:
        code = self.builder.functions[index]
        if code is not None:
            self._replaced_in.add(code.path)
        self._replaced[index] = function.name
        self.plan(index, module, function)

    def _forget_sources(self) -> None:
        """Of texts of which no function is left."""
        program = self.builder.program
        if self._replaced_in:
            for path in self._replaced_in.difference(code.path for code in program.functions):
                program.sources.pop(path, None)

    def _record_index(self, module: Module, token: Token, record: RecordType) -> int:
        earlier = self._earlier(module, "record", record.name)
        records = self.builder.program.records
        if earlier is not None and list(records[earlier.index].fields) == list(record.fields):
            return earlier.index
        return super()._record_index(module, token, record)

    def _generic_index(self, module: Module, token: Token, effect: Effect) -> int:
        earlier = self._earlier(module, "generic function", effect.name)
        if earlier is not None and earlier.effect.has_shape_of(effect):
            return earlier.index
        return super()._generic_index(module, token, effect)

    def _add_method_function(
        self, key: tuple[int, int], module: Module, function: Function
    ) -> None:
        index = self._method_functions.get(key)
        if index is not None:
            self._replace(index, module, function)
            return
        super()._add_method_function(key, module, function)
        generic, record = key
        index = self.builder.program.generics[generic].methods[-1][1]
        self._method_functions[key] = index
        self._new_methods.append((generic, record, index))

    def _bring(self, module: Module) -> None:
        super()._bring(module)
        if module is self._entry:
            self._check_variables(module)

    def _check_variables(self, module: Module) -> None:
        """Refuses what the entry adds under the name of a variable of an earlier one.

        What there was before the variable, it hides.
        """
        names = self._names_of(module)
        assert module.main is not None
        for name in module.main.parameter_names():
            definition = names.definition(name)
            if definition is None or definition is self.definition(name):
                continue
            token = definition.token
            if token is None or definition.source is not module.source:
                token = module.imports[0].token
            message = f"{quote(name)} is a variable: a {definition.kind} can't be called so, too"
            raise module.source.error(token.start, token.end, message)


def _handed_on(main: Function, frame: Frame) -> tuple[Sequence[str], Sequence[Item]]:
    """The variables and the stack that an entry leaves to the next one."""
    if main.carried is None or frame.end is None or not frame.end.reachable:
        return (), ()
    return set_variables(frame), items_above(frame.end.cells, None)
