"""Definitions → Model: checks, derived uops, instruction layouts, forms and fused instructions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from minivm.generate.checks import check_definitions
from minivm.generate.definitions import DefinitionError, Definitions, Macro, Operand, Part, Uop
from minivm.generate.derived import (
    boxing_combines,
    derived_uops,
    knowing_combines,
    unboxing_combines,
)
from minivm.generate.instruction_checks import (
    check_form,
    check_instructions,
    check_order,
    check_steps,
)
from minivm.generate.model import Instruction, Model, Place, Source, Step
from minivm.generate.symbolic import Contradiction, SymbolicRun


def analyse(definitions: Definitions) -> Model:
    """The model of `definitions`; raises DefinitionError."""
    uops = derived_uops(definitions)
    check_definitions(definitions, uops)
    check_instructions(definitions, uops)
    builder = _Builder(definitions, uops)
    builder.add_macros()
    builder.add_fused()
    combines = {
        (combine.first, combine.second): combine
        for combine in (
            *definitions.combines.values(),
            *unboxing_combines(definitions),
            *knowing_combines(definitions),
            *boxing_combines(definitions),
        )
    }
    return Model(
        definitions, definitions.types, uops, builder.instructions, builder.fused, combines
    )


class _Builder:
    """Lays out instructions one after another; opcodes follow that order."""

    def __init__(self, definitions: Definitions, uops: dict[str, Uop]) -> None:
        self._definitions = definitions
        self._uops = uops
        self._forms: dict[str, list[str]] = {}
        for macro in definitions.macros.values():
            if macro.family:
                self._forms.setdefault(macro.family, []).append(macro.name)
        self.instructions: dict[str, Instruction] = {}
        self.fused: dict[tuple[str, ...], str] = {}

    def add_macros(self) -> None:
        for macro in self._definitions.macros.values():
            if macro.family is None:
                generic = macro.name if macro.name in self._forms else None
                self._add(macro.name, [macro], generic, macro.line)
                for form in self._forms.get(macro.name, ()):
                    specialised = self._definitions.macros[form]
                    self._add(form, [specialised], macro.name, specialised.line)
                    steps = self.instructions[form].steps, self.instructions[macro.name].steps
                    check_form(*steps, form, specialised.line)

    def add_fused(self) -> None:
        for fuse in self._definitions.fuses:
            for sequence in product(*fuse.choices):
                self._add_sequence(sequence, fuse.line)

    def _add_sequence(self, sequence: tuple[str, ...], line: int) -> None:
        """The fused generic instruction, then every consistent choice of its members' forms."""
        macros = self._definitions.macros
        chosen: list[list[str]] = []
        generic: list[Macro] = []
        for name in sequence:
            forms = self._forms.get(name, [])
            fitting = next((f for f in forms if self._fits([*generic, macros[f]])), None)
            generic.append(macros[fitting or name])
            chosen.append([fitting] if fitting else forms or [name])
        name = "_".join(sequence)
        alternatives = [c for c in product(*chosen) if self._consistent([macros[m] for m in c])]
        adaptive = alternatives != [tuple(macro.name for macro in generic)]
        self._add(name, generic, name if adaptive else None, line)
        self.fused[sequence] = name
        if adaptive:
            for alternative in alternatives:
                self._add_form(sequence, alternative, name, line)

    def _add_form(
        self, sequence: tuple[str, ...], alternative: tuple[str, ...], generic: str, line: int
    ) -> None:
        macros = [self._definitions.macros[member] for member in alternative]
        written = [
            member if len(self._forms.get(base, [])) > 1 else base
            for base, member in zip(sequence, alternative, strict=True)
        ]
        name = "_".join(written)
        if name == generic:
            name = "_".join(alternative)
        self._add(name, macros, generic, line)

    def _fits(self, macros: list[Macro]) -> bool:
        """True when the last macro needs no check at all after the ones before it."""
        try:
            before = self._run(macros[:-1], {}).guard_count
            return self._run(macros, {}).guard_count == before
        except Contradiction:
            return False

    def _consistent(self, macros: list[Macro]) -> bool:
        try:
            self._run(macros, {})
        except Contradiction:
            return False
        return True

    def _run(self, macros: list[Macro], places: dict[str, Place]) -> SymbolicRun:
        run = SymbolicRun(self._definitions.types, self._uops)
        for step in self._steps(macros, places):
            run.run(step)
        return run

    def _add(self, name: str, macros: list[Macro], generic: str | None, line: int) -> None:
        if name in self.instructions:
            raise DefinitionError(line, f"the instruction '{name}' exists already")
        first_unit = 2 if generic else 1
        places = self._layout(macros, first_unit)
        if generic and generic != name:
            places = self._shared_layout(places, name, generic, line)
        run = self._run(macros, places)
        if run.requirements and (generic is None or generic == name):
            raise DefinitionError(line, f"'{name}' has a typed input and no generic form")
        units = max((p.unit + p.bits // 16 for p in places.values()), default=first_unit)
        instruction = Instruction(
            name, len(self.instructions), units, tuple(places.values()), tuple(run.steps),
            generic, tuple(run.requirements),
        )  # fmt: skip
        self._check(instruction, line)
        self.instructions[name] = instruction

    def _check(self, instruction: Instruction, line: int) -> None:
        check_steps(instruction.steps, instruction.name, line)
        check_order(instruction.steps, instruction.name, line)
        if not instruction.is_form and any(step.uop.has("exits") for step in instruction.steps):
            raise DefinitionError(line, f"'{instruction.name}' may exit and has no generic form")

    def _shared_layout(
        self, places: dict[str, Place], name: str, generic: str, line: int
    ) -> dict[str, Place]:
        """The generic form's places, among which a form's own operands must be.

        What the generic form keeps in a cache may be a plain number to a specialised one.
        """
        shared = {place.name: place for place in self.instructions[generic].places}
        for place in places.values():
            found = shared.get(place.name)
            if found is None or found.bits != place.bits:
                raise DefinitionError(line, f"'{name}' has other operands than '{generic}'")
        return shared

    def _layout(self, macros: list[Macro], unit: int) -> dict[str, Place]:
        """Each distinct operand's place, in the order of their first use."""
        places: dict[str, Place] = {}
        for member, macro in enumerate(macros):
            for name, operand in self._named_operands(member, macro):
                if name not in places:
                    places[name] = Place(name, unit, operand.bits, operand.cache)
                    unit += operand.bits // 16
        return places

    def _named_operands(self, member: int, macro: Macro) -> Iterable[tuple[str, Operand]]:
        for part in macro.parts:
            for index, operand in enumerate(self._uops[part.uop].operands):
                if index > 0 or part.name is not None or part.addend is None:
                    yield _operand_name(member, part, index, operand), operand

    def _steps(self, macros: list[Macro], places: dict[str, Place]) -> Iterable[Step]:
        for member, macro in enumerate(macros):
            for part in macro.parts:
                uop = self._uops[part.uop]
                sources = []
                for index, operand in enumerate(uop.operands):
                    if index == 0 and part.name is None and part.addend is not None:
                        sources.append(Source(None, part.addend))
                        continue
                    name = _operand_name(member, part, index, operand)
                    place = places.get(name) or Place(name, 0, operand.bits, operand.cache)
                    sources.append(Source(place, part.addend or 0 if index == 0 else 0))
                yield Step(uop, tuple(sources))


def _operand_name(member: int, part: Part, index: int, operand: Operand) -> str:
    """An operand's name in its instruction; later members of a fused one get a number."""
    name = part.name if index == 0 and part.name is not None else operand.name
    return name if member == 0 else f"{name}{member + 1}"
