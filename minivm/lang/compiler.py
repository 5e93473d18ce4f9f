"""The front end as a whole.

In: a program's text. Out: a `Program`; or a SourceError that marks the first thing wrong with it,
in the file in which it is.

    source ─ tokens ─ parser ─ modules ─ checker ─ lowering ─ emitter ─ program
"""

from __future__ import annotations

from collections.abc import Mapping

from minivm.lang.builder import ProgramBuilder, built_in_records
from minivm.lang.checker import Frame, check
from minivm.lang.code import Generic, Program, RecordType, Test
from minivm.lang.declarations import Method, Module, Record
from minivm.lang.effects import Effect, declared_effect, function_effect
from minivm.lang.errors import quote
from minivm.lang.instruction import Item
from minivm.lang.lowering import lower
from minivm.lang.names import Definition, Names
from minivm.lang.parser import parse
from minivm.lang.source import Source, make_source
from minivm.lang.tokens import Token
from minivm.lang.tree import Function, Import

# Not typing: see minivm/native.py.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from minivm.lang.modules import Modules

# Only the program itself knows what is built into it.
_BUILT_IN = Source("", "<built in>")

_MAX_FIELDS = 255


def compile_text(
    text: str, path: str, words: Mapping[str, str], tests: bool, alone: bool
) -> Program:
    """The program in `text`; errors show `path`.

    `words` are the host's words with their effects; HOST's operand is their place. With `tests`,
    the tests of this file are compiled, too. `alone` refuses misspelled fields.
    """
    module = parse(make_source(text, path))
    compiler = Compiler()
    compiler.builder.alone = alone
    main = module.main
    assert main is not None
    # The main program is function 0, but its names are those that there are with the words.
    index = compiler.builder.reserve(module.source, main.body.opener)
    for name, effect_text in words.items():
        compiler.add_word(name, effect_text)
    compiler.plan(index, module, main)
    compiler.add(module, tests)
    return compiler.builder.finish()


class Job:
    """A function that is to be checked and lowered, and what that needs."""

    __slots__ = ("frame", "function", "index", "names", "source")

    def __init__(self, index: int, source: Source, names: Names, function: Function) -> None:
        self.index = index
        self.source = source
        self.names = names
        self.function = function
        self.frame: Frame | None = None


class Compiler:
    """Compiles a program, file by file; session.py goes on with it entry after entry."""

    def __init__(self) -> None:
        self.builder = ProgramBuilder()
        # What every file knows before it declares anything.
        self.built_in = {d.name: d for d in built_in_records(_BUILT_IN)}
        self._modules: Modules | None = None
        self._names: dict[Module, Names] = {}
        self._own: dict[Module, list[Definition]] = {}
        self._methods: dict[tuple[int, int], tuple[Source, Token]] = {}
        self._jobs: list[Job] = []

    def add_word(self, name: str, effect_text: str) -> int:
        """Makes a word of the host known; its number, the operand of HOST."""
        from minivm.lang.host import host_effect

        source, token, effect = host_effect(name, effect_text)
        number = len(self.builder.program.words)
        self.builder.program.words.append(name)
        index = self.builder.wrapper(source, token, effect, "HOST", (number,))
        self.built_in[name] = Definition("word of the host", source, None, effect, index)
        return number

    def add(self, module: Module, tests: bool) -> Frame:
        """Compiles a file, with all it imports; the frame of its top level, reserved before."""
        modules = [module, *self._imported(module)]
        for each in modules:
            self._declare(each)
        for each in modules:
            self._bring(each)
        for each in modules:
            self._add_methods(each)
        if tests:
            self._add_tests(module)
        return self._compile()

    def _imported(self, module: Module) -> list[Module]:
        if not module.imports:
            return []
        if self._modules is None:
            from minivm.lang.modules import Modules

            self._modules = Modules()
        new = self._modules.load_imports(module)
        for imported, statement in new:
            self._run_at(imported, statement)
        return [imported for imported, _ in new]

    def _run_at(self, module: Module, statement: Import) -> None:
        """The module's top level runs at `statement`, unless there is nothing to run."""
        main = module.main
        assert main is not None
        nodes = main.body.nodes
        if any(not isinstance(node, Import) or node.module is not None for node in nodes):
            statement.module = self.reserve(module, main)

    def _names_of(self, module: Module) -> Names:
        names = self._names.get(module)
        if names is None:
            assert module.main is not None
            names = self._names[module] = Names(module.source, module.main, self._known(module))
        return names

    def _known(self, module: Module) -> Mapping[str, Definition]:
        """What a file knows before it declares anything."""
        return self.built_in

    def reserve(self, module: Module, function: Function) -> int:
        """The index of a function of `module`, which is to be compiled."""
        token = function.name_token or function.body.opener
        index = self.builder.reserve(module.source, token)
        self.plan(index, module, function)
        return index

    def plan(self, index: int, module: Module, function: Function) -> None:
        """Function `index` is to be compiled."""
        self._jobs.append(Job(index, module.source, self._names_of(module), function))

    # --- declarations ---

    def _declare(self, module: Module) -> None:
        """Adds what a file declares to its names."""
        source, own = module.source, self._own.setdefault(module, [])
        self.builder.program.sources[source.path] = source.text
        for function in module.functions:
            effect = function_effect(function)
            index = self._function_index(module, function, effect)
            own.append(Definition("function", source, function.name_token, effect, index))
        for record in module.records:
            own.append(self._record(module, record))
        for generic in module.generics:
            effect = declared_effect(generic.name, generic.parameters, generic.results)
            index = self._generic_index(module, generic.token, effect)
            own.append(Definition("generic function", source, generic.token, effect, index))
        names = self._names_of(module)
        for definition in own:
            names.declare(definition)

    def _function_index(self, module: Module, function: Function, effect: Effect) -> int:
        return self.reserve(module, function)

    def _record(self, module: Module, record: Record) -> Definition:
        source, token, name = module.source, record.token, record.name
        if len(record.fields) > _MAX_FIELDS:
            message = f"a record may have at most {_MAX_FIELDS} fields"
            raise source.error(token.start, token.end, message)
        fields = [str(field.value) for field in record.fields]
        inputs = [Item(field, "any") for field in fields]
        effect = Effect(name, inputs, [Item(name, "any")], None, False)
        index = self._record_index(module, token, RecordType(name, fields))
        return Definition("record", source, token, effect, index)

    def _record_index(self, module: Module, token: Token, record: RecordType) -> int:
        return self.builder.record(module.source, token, record)

    def _generic_index(self, module: Module, token: Token, effect: Effect) -> int:
        generic = Generic(effect.name, len(effect.inputs), len(effect.outputs))
        return self.builder.generic(module.source, token, generic)

    def _bring(self, module: Module) -> None:
        """Adds what a file imports to its names."""
        names = self._names_of(module)
        for statement, imported in zip(module.imports, module.imported, strict=True):
            public = [d for d in self._own[imported] if not d.name.startswith("_")]
            names.bring(statement.token, public)

    # --- methods and tests ---

    def _add_methods(self, module: Module) -> None:
        for method in module.methods:
            self._add_method(module, method)

    def _add_method(self, module: Module, method: Method) -> None:
        source, token = module.source, method.function.name_token
        assert token is not None
        record = self._named(module, token, method.record, "record")
        generic = self._named(module, token, method.generic, "generic function")
        self._check_effect(source, token, method.function, generic)
        key = (generic.index, record.index)
        if key in self._methods:
            other, first = self._methods[key]
            note = other.note(first.start, first.end, "the first one is declared here")
            message = f"method {quote(str(token.value))} is declared twice"
            raise source.error(token.start, token.end, message, "", note)
        self._methods[key] = (source, token)
        self._add_method_function(key, module, method.function)

    def _add_method_function(
        self, key: tuple[int, int], module: Module, function: Function
    ) -> None:
        generic, record = key
        index = self.reserve(module, function)
        self.builder.program.generics[generic].methods.append((record, index))

    def _named(self, module: Module, token: Token, name: str, kind: str) -> Definition:
        """The record or generic that a method names."""
        names = self._names_of(module)
        definition = names.definition(name)
        if definition is not None and definition.kind == kind:
            return definition
        message = f"method {quote(str(token.value))}: {quote(name)} is no {kind}"
        note = "a method is called Record.generic, and both are declared or imported"
        if definition is not None:
            note = f"{quote(name)} is a {definition.kind}"
        raise module.source.error(token.start, token.end, message, note)

    def _check_effect(
        self, source: Source, token: Token, method: Function, generic: Definition
    ) -> None:
        effect, declared = function_effect(method), generic.effect
        if effect.has_shape_of(declared):
            return
        notes = []
        if generic.token is not None:
            place = generic.token
            text = f"the generic function is declared {declared}"
            notes.append(generic.source.note(place.start, place.end, text))
        message = f"method {quote(method.name)} has another effect than its generic function"
        raise source.error(token.start, token.end, message, f"declared {effect}", *notes)

    def _add_tests(self, module: Module) -> None:
        for function in module.tests:
            token = function.name_token
            assert token is not None
            line, _ = module.source.locate(token.start)
            index = self.reserve(module, function)
            test = Test(function.name, index, module.source.path, line)
            self.builder.program.tests.append(test)

    # --- code ---

    def _compile(self) -> Frame:
        """Checks and lowers all functions that have been reserved; the frame of the first."""
        # All functions are checked before any is lowered: an error costs no more than it must.
        # The main program, which is first, comes last: it is read from the top, but uses the rest.
        jobs, self._jobs = self._jobs, []
        for job in (*jobs[1:], jobs[0]):
            job.frame = check(job.source, job.names, job.function)
        for job in jobs:
            assert job.frame is not None
            code = lower(self.builder, job.source, job.names, job.function, job.frame)
            self.builder.functions[job.index] = code
        frame = jobs[0].frame
        assert frame is not None
        return frame
