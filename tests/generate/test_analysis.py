"""From definitions to instructions: layouts, forms, what forms require, and fused sequences."""

from __future__ import annotations

import pytest

from minivm.generate.model import Instruction, Requirement
from tests.generate.snippets import instruction_of, model_of


def layout(instruction: Instruction) -> list[tuple[str, int, int]]:
    return [(place.name, place.unit, place.bits) for place in instruction.places]


def uops(instruction: Instruction) -> list[str]:
    return [step.uop.name for step in instruction.steps]


def requirements(instruction: Instruction) -> list[tuple[str, int | str, str]]:
    def what(requirement: Requirement) -> int | str:
        return requirement.place.name if requirement.place else requirement.index

    return [(r.where, what(r), r.type.name) for r in instruction.requirements]


OPERANDS = """
uop _WIDE[offset: 32, seen: cache 16](--) { use(offset, seen); }
uop _LAST(value --) errors { ERROR_IF(last(value)); }
"""


def test_operands_follow_the_opcode_in_order() -> None:
    wide = instruction_of("A", OPERANDS + "inst A = _WIDE + _LOAD_LOCAL + _LAST;")
    assert layout(wide) == [("offset", 1, 32), ("seen", 3, 16), ("slot", 4, 16)]
    assert wide.units == 5
    assert [place.cache for place in wide.places] == [False, True, False]


def test_a_family_has_its_counter_first() -> None:
    text = OPERANDS + "inst A = _WIDE + _ADD;\nfamily A { A_INT = _WIDE + _ADD_INT; }"
    assert layout(instruction_of("A", text)) == [("offset", 2, 32), ("seen", 4, 16)]
    assert instruction_of("A", text).places == instruction_of("A_INT", text).places


def test_one_name_is_one_operand() -> None:
    moved = instruction_of("A", "inst A = _LOAD_LOCAL(base + 1) + _STORE_LOCAL(base);")
    assert layout(moved) == [("base", 1, 16)]
    assert [step.sources[0].addend for step in moved.steps] == [1, 0]
    fixed = instruction_of("A", "inst A = _LOAD_LOCAL(7) + _STORE_LOCAL;")
    assert layout(fixed) == [("slot", 1, 16)]
    assert fixed.steps[0].sources[0].place is None
    assert fixed.steps[0].sources[0].addend == 7


def test_members_of_a_fused_instruction_keep_operands_apart() -> None:
    fused = instruction_of("LOAD_LOCAL_LOAD_LOCAL", "fuse {LOAD_LOCAL} + {LOAD_LOCAL};")
    assert layout(fused) == [("slot", 1, 16), ("slot2", 2, 16)]


def test_requirements_name_where_the_value_stands() -> None:
    assert requirements(instruction_of("ADD_INT")) == [("stack", 1, "int"), ("stack", 0, "int")]
    text = "fuse {LOAD_LOCAL, LOAD_CONST} + {ADD};"
    assert requirements(instruction_of("LOAD_LOCAL_ADD_INT", text)) == [
        ("stack", 0, "int"),
        ("local", "slot", "int"),
    ]
    assert requirements(instruction_of("LOAD_CONST_ADD_FLOAT", text)) == [
        ("stack", 0, "float"),
        ("constant", "index", "float"),
    ]


def test_a_shuffled_value_is_checked_where_it_came_from() -> None:
    text = "family ADD { ADD_SWAPPED = _SWAP + _ADD_INT; }"
    swapped = instruction_of("ADD_SWAPPED", text)
    assert requirements(swapped) == [("stack", 0, "int"), ("stack", 1, "int")]
    assert uops(swapped) == ["_SWAP", "_GUARD_INT", "_GUARD_INT", "_ADD_INT"]


def test_a_value_is_checked_once() -> None:
    text = """
    uop _DUP(value -- value, value) shuffle;
    uop _TWICE(value -- res) errors calls { ERROR_IF(!twice(vm, value, &res)); }
    inst TWICE = _TWICE;
    family TWICE { TWICE_INT = _DUP + _ADD_INT; }
    """
    assert uops(instruction_of("TWICE_INT", text)) == ["_DUP", "_GUARD_INT", "_ADD_INT"]


LIST = """
uop _LEN(list -- res) errors calls { ERROR_IF(!len(vm, list, &res)); }
uop _SIZE(list: list -- res: int) reads untied { res = list->length; }
uop _FIRST(list: list_int -- res: int) reads untied { res = list->ints[0]; }
uop _DUP(value -- value, value) shuffle;
uop _POP(value --) shuffle;
inst LEN = _LEN;
"""


def test_a_refined_type_serves_where_its_base_is_wanted() -> None:
    text = LIST + "family LEN { LEN_FIRST = _DUP + _FIRST + _SWAP + _SIZE + _POP; }"
    found = instruction_of("LEN_FIRST", text)
    assert uops(found).count("_GUARD_LIST_INT") == 1
    assert "_GUARD_LIST" not in uops(found)
    other = instruction_of(
        "LEN_SIZE", LIST + "family LEN { LEN_SIZE = _DUP + _SIZE + _POP + _FIRST; }"
    )
    assert requirements(other) == [("stack", 0, "list"), ("stack", 0, "list_int")]


def test_what_is_computed_can_not_be_required() -> None:
    text = """
    type natural refines int when "value >= 0";
    uop _ROOT(value: natural -- res: int) pure { res = root(value); }
    uop _DIFFERENCE(left: int, right: int -- res: int) pure { res = left - right; }
    family ADD { ADD_ROOT = _DIFFERENCE + _ROOT; }
    """
    found = instruction_of("ADD_ROOT", text)
    assert requirements(found) == [("stack", 1, "int"), ("stack", 0, "int")]
    assert uops(found) == [
        "_GUARD_INT", "_GUARD_INT", "_DIFFERENCE", "_GUARD_NATURAL", "_ROOT",
    ]  # fmt: skip


def test_fused_forms_are_the_consistent_ones() -> None:
    model = model_of("fuse {LOAD_INT, LOAD_LOCAL} + {ADD};")
    forms = [i.name for i in model.instructions.values() if i.generic == "LOAD_INT_ADD"]
    # An int where _ADD_FLOAT wants a float is a contradiction.
    assert forms == ["LOAD_INT_ADD", "LOAD_INT_ADD_INT"]
    forms = [i.name for i in model.instructions.values() if i.generic == "LOAD_LOCAL_ADD"]
    assert forms == ["LOAD_LOCAL_ADD", "LOAD_LOCAL_ADD_INT", "LOAD_LOCAL_ADD_FLOAT"]
    assert model.fused == {
        ("LOAD_INT", "ADD"): "LOAD_INT_ADD",
        ("LOAD_LOCAL", "ADD"): "LOAD_LOCAL_ADD",
    }


TEST = """
uop _LESS(left, right -- res: bool) errors calls spilled { ERROR_IF(!less(left, right, &res)); }
uop _LESS_INT(left: int, right: int -- res: bool) pure { res = left < right; }
uop _LESS_FLOAT(left: float, right: float -- res: bool) pure spilled { res = left < right; }
uop _TRUE(condition: bool --) tier2 guard exits(branch) { EXIT_IF(!condition); }
uop _FALSE(condition: bool --) tier2 guard exits(branch) { EXIT_IF(condition); }
uop _TRUTH(value -- res: bool) errors calls spilled { ERROR_IF(!truth(value, &res)); }
uop _JUMP_IF[offset: 32](condition: bool --) branch(_FALSE, _TRUE) { taken = condition; }
inst LESS = _LESS;
family LESS { LESS_INT = _LESS_INT; LESS_FLOAT = _LESS_FLOAT; }
inst JUMP_IF = _TRUTH + _JUMP_IF;
family JUMP_IF { JUMP_IF_BOOL = _JUMP_IF; }
fuse {LESS} + {JUMP_IF};
"""


def test_a_form_that_is_known_to_fit_is_taken_at_once() -> None:
    generic = instruction_of("LESS_JUMP_IF", TEST)
    assert uops(generic) == ["_LESS", "_JUMP_IF"]
    assert generic.generic == generic.name
    # Only one way is left for the second member, so it does not show in the name.
    special = instruction_of("LESS_INT_JUMP_IF", TEST)
    assert special.generic == "LESS_JUMP_IF"
    assert uops(special) == ["_GUARD_INT", "_GUARD_INT", "_LESS_INT", "_JUMP_IF"]
    assert requirements(special) == [("stack", 1, "int"), ("stack", 0, "int")]


def test_fusing_what_has_no_forms_gives_no_family() -> None:
    model = model_of("fuse {LOAD_LOCAL} + {SWAP};")
    assert model.instructions["LOAD_LOCAL_SWAP"].generic is None


@pytest.mark.parametrize("text", ["", TEST, LIST + "fuse {LOAD_LOCAL} + {LEN};"])
def test_opcodes_are_dense_and_forms_follow_their_generic(text: str) -> None:
    instructions = list(model_of(text).instructions.values())
    assert [i.opcode for i in instructions] == list(range(len(instructions)))
    generic = None
    for instruction in instructions:
        if instruction.is_form:
            assert instruction.generic == generic
        else:
            generic = instruction.name


def test_combined_uops_are_found_by_their_parts() -> None:
    model = model_of(TEST + "combine _TRUE_LESS = _LESS_INT + _TRUE;")
    assert model.combines["_LESS_INT", "_TRUE"].name == "_TRUE_LESS"
    combined = model.uops["_TRUE_LESS"]
    assert combined.has("guard") and combined.has("tier2") and not combined.has("pure")
    assert [item.type for item in combined.inputs] == ["int", "int"]
    assert combined.outputs == ()
