"""Exact C of the uop interpreter's cases and of the stencils, for small definitions."""

from __future__ import annotations

from textwrap import dedent

import pytest

from minivm.generate.stencil_sources import stencil_source
from minivm.generate.uop_interpreter import uop_cases
from minivm.generate.variants import variants
from tests.generate.snippets import model_of, uop_of


def case_of(name: str, text: str = "") -> str:
    """One uop's case out of the whole file."""
    cases = uop_cases(model_of(text))
    start = cases.index(f"case MVM_UOP{name}: {{")
    return cases[start : cases.index("\n}", start) + 3]


def stencil_of(name: str, number: int, text: str = "") -> str:
    source = stencil_source(*uop_of(name, text))
    start = source.text.index(f"STENCIL({source.stencils[number]}) {{")
    return source.text[start : source.text.index("\n}", start) + 3]


def check(found: str, expected: str) -> None:
    assert found == dedent(expected).lstrip("\n")


def test_case_over_slots() -> None:
    check(
        case_of("_ADD"),
        """
        case MVM_UOP_ADD: {
            mvm_value left = *SLOT(u->inputs[0]);
            mvm_value right = *SLOT(u->inputs[1]);
            mvm_value res;
            ERROR_IF(!add(vm, left, right, &res));
            *SLOT(u->output) = res;
            u++;
            break;
        }
        """,
    )


def test_case_over_registers() -> None:
    check(
        case_of("_ADD_INT"),
        """
        case MVM_UOP_ADD_INT: {
            int64_t left = general[u->inputs[0]];
            int64_t right = u->is_immediate ? u->immediate : general[u->inputs[1]];
            int64_t res;
            EXIT_IF(overflows(left, right, &res));
            general[u->output] = (int64_t)res;
            u++;
            break;
        }
        """,
    )


SPILLED = "uop _TEST(left: float, value -- res: bool) pure spilled { res = left < 0; }"


def test_case_over_spill_slots() -> None:
    check(
        case_of("_TEST", SPILLED),
        """
        case MVM_UOP_TEST: {
            double left = *(double *)&vm->spills[u->inputs[0]];
            mvm_value value = *SLOT(u->inputs[1]);
            int64_t res;
            res = left < 0;
            *(int64_t *)&vm->spills[u->output] = (int64_t)res;
            u++;
            break;
        }
        """,
    )


ENDS = """
uop _LEAVE(--) tier2 leave exits(branch) { EXIT_IF(true); }
uop _TOP[mask: 16](--) tier2 top { note(mask); }
"""


def test_cases_that_end() -> None:
    check(
        case_of("_LEAVE", ENDS),
        """
        case MVM_UOP_LEAVE: {
            EXIT_IF(true);
            return;
        }
        """,
    )
    check(
        case_of("_TOP", ENDS),
        """
        case MVM_UOP_TOP: {
            uint16_t mask = (uint16_t)u->operands[0];
            note(mask);
            u = running->uops + running->loop_start;
            break;
        }
        """,
    )


def test_stencil_over_slots_calls() -> None:
    check(
        stencil_of("_ADD", 0),
        """
        STENCIL(stencil_ADD_0) {
            mvm_value left = *(mvm_value *)SLOT(_JIT_INPUT0_SLOT);
            mvm_value right = *(mvm_value *)SLOT(_JIT_INPUT1_SLOT);
            mvm_value res;
            ERROR_IF(!add(vm, left, right, &res));
            *(mvm_value *)SLOT(_JIT_OUTPUT_SLOT) = res;
            CONTINUE_AFTER_CALL();
        }
        """,
    )


def test_stencil_shares_the_first_inputs_register() -> None:
    check(
        stencil_of("_ADD_INT", 3 * 8 + 5),
        """
        STENCIL(stencil_ADD_INT_29) {
            int64_t left = r3;
            int64_t right = r5;
            int64_t res;
            EXIT_IF(overflows(left, right, &res));
            r3 = (int64_t)res;
            CONTINUE();
        }
        """,
    )


def test_stencil_with_an_immediate() -> None:
    check(
        stencil_of("_ADD_INT", 64 + 6),
        """
        STENCIL(stencil_ADD_INT_70) {
            int64_t left = r6;
            int64_t right = IMMEDIATE();
            int64_t res;
            EXIT_IF(overflows(left, right, &res));
            r6 = (int64_t)res;
            CONTINUE();
        }
        """,
    )


def test_stencil_with_an_output_of_its_own() -> None:
    text = "uop _FIRST(list: list_int -- res: int) reads untied { res = list->ints[0]; }"
    check(
        stencil_of("_FIRST", 2 * 8 + 7, text),
        """
        STENCIL(stencil_FIRST_23) {
            mvm_list * list = (mvm_list *)r2;
            int64_t res;
            res = list->ints[0];
            r7 = (int64_t)res;
            CONTINUE();
        }
        """,
    )


def test_stencil_that_writes_another_vector_register_uses_it_first() -> None:
    text = "uop _FLOAT(value: int -- res: float) pure untied { res = (double)value; }\n"
    check(
        stencil_of("_FLOAT", 2 * 8 + 7, text),
        """
        STENCIL(stencil_FLOAT_23) {
            __asm__ volatile("" : : "x"(d7));
            int64_t value = r2;
            double res;
            res = (double)value;
            d7 = res;
            CONTINUE();
        }
        """,
    )


def test_stencil_over_spill_slots() -> None:
    check(
        stencil_of("_TEST", 0, SPILLED),
        """
        STENCIL(stencil_TEST_0) {
            double left = *(double *)SPILL(_JIT_INPUT0_SPILL);
            mvm_value value = *(mvm_value *)SLOT(_JIT_INPUT1_SLOT);
            int64_t res;
            res = left < 0;
            *(int64_t *)SPILL(_JIT_OUTPUT_SPILL) = res;
            CONTINUE();
        }
        """,
    )


def test_stencil_operands_by_width() -> None:
    check(
        stencil_of(
            "_WIDE",
            1,
            "uop _WIDE[number: 64, shift: 32, low: 16](-- res: int) tier2 pure"
            " { res = number << shift | low; }",
        ),
        """
        STENCIL(stencil_WIDE_1) {
            uint64_t number = OPERAND_64(_JIT_OPERAND0_64);
            intptr_t shift = (intptr_t)&_JIT_OPERAND1_32;
            uint32_t low = (uint32_t)(uintptr_t)&_JIT_OPERAND2_16;
            int64_t res;
            res = number << shift | low;
            r1 = (int64_t)res;
            CONTINUE();
        }
        """,
    )


def test_stencils_that_end() -> None:
    assert stencil_of("_LEAVE", 0, ENDS).endswith("    return;\n}\n")
    assert stencil_of("_TOP", 0, ENDS).endswith("    JUMP_TO_TOP();\n}\n")


COMBINED = """
uop _LESS(left: int, right: int -- res: bool) pure immediate { res = left < right; }
uop _GUARD_TRUE(condition: bool --) tier2 guard exits(branch) { EXIT_IF(!condition); }
combine _GUARD_LESS = _LESS + _GUARD_TRUE;
"""


def test_combined_uop_has_no_result() -> None:
    check(
        stencil_of("_GUARD_LESS", 1, COMBINED),
        """
        STENCIL(stencil_GUARD_LESS_1) {
            int64_t left = r0;
            int64_t right = r1;
            int64_t res; res = left < right; int64_t condition = res; EXIT_IF(!condition);
            CONTINUE();
        }
        """,
    )


def test_what_a_guard_compares_is_opaque_to_the_compiler() -> None:
    check(
        stencil_of("_GUARD_TRUE", 3, COMBINED),
        """
        STENCIL(stencil_GUARD_TRUE_3) {
            int64_t condition = (r3 & 1);
            EXIT_IF(!condition);
            CONTINUE();
        }
        """,
    )


def test_uops_made_from_types() -> None:
    check(
        stencil_of("_UNBOX_FLOAT", 2),
        """
        STENCIL(stencil_UNBOX_FLOAT_2) {
            __asm__ volatile("" : : "x"(d2));
            mvm_value value = *(mvm_value *)SLOT(_JIT_INPUT0_SLOT);
            double res;
            EXIT_IF(value.tag != MVM_TAG_FLOAT); res = value.number;
            d2 = res;
            CONTINUE();
        }
        """,
    )
    check(
        stencil_of("_BOX_LIST", 4),
        """
        STENCIL(stencil_BOX_LIST_4) {
            mvm_list * value = (mvm_list *)r4;
            mvm_value res;
            res.tag = MVM_TAG_LIST; res.list = value;
            *(mvm_value *)SLOT(_JIT_OUTPUT_SLOT) = res;
            CONTINUE();
        }
        """,
    )
    check(
        stencil_of("_REFINE_LIST_INT", 1),
        """
        STENCIL(stencil_REFINE_LIST_INT_1) {
            mvm_list * value = (mvm_list *)r1;
            EXIT_IF(!(value->packing == INTS));
            CONTINUE();
        }
        """,
    )


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("_ADD", "", 1),
        ("_ADD_INT", "", 8 * 8 + 8),
        ("_ADD_FLOAT", "", 8 * 8),
        ("_UNBOX_INT", "", 8),
        ("_TEST", SPILLED, 1),
        ("_GUARD_LESS", COMBINED, 8 * 8 + 8),
        ("_MIX", "uop _MIX(a: int, b: float, c -- d: float) pure { d = a + b; }", 8 * 8),
        ("_FREE", "uop _FREE(a: int, b: int -- c: int) pure untied { c = a - b; }", 8 * 8 * 8),
        ("_CROSS", "uop _CROSS(a: float -- b: int) pure { b = a; }", 8 * 8),
    ],
)
def test_variants_are_numbered_and_named_in_order(name: str, text: str, count: int) -> None:
    model, uop = uop_of(name, text)
    source = stencil_source(model, uop)
    assert [variant.number for variant in variants(uop, model.types)] == list(range(count))
    assert source.stencils == tuple(f"stencil{name}_{number}" for number in range(count))
    assert source.uop == name


def test_a_tied_output_takes_the_first_input_of_its_class() -> None:
    model, uop = uop_of("_MIX", "uop _MIX(a: int, b: float -- d: float) pure { d = a + b; }")
    assert all(variant.output == variant.inputs[1] for variant in variants(uop, model.types))


def test_an_output_may_be_tied_to_another_input() -> None:
    model, uop = uop_of("_A", "uop _A(a: int, b: int -- c: int) pure tied(b) { c = a - b; }")
    assert all(variant.output == variant.inputs[1] for variant in variants(uop, model.types))


def test_a_uop_that_unboxes_has_one_for_each_type() -> None:
    text = "uop _NTH(index: int -- res) reads exits(branch) unboxes(index) { EXIT_IF(!index); }"
    check(
        stencil_of("_NTH_FLOAT", 2 * 8 + 3, text),
        """
        STENCIL(stencil_NTH_FLOAT_19) {
            __asm__ volatile("" : : "x"(d3));
            int64_t index = r2;
            double res;
            mvm_value value; { mvm_value res; EXIT_IF(!index); value = res; } EXIT_IF(value.tag != MVM_TAG_FLOAT); res = value.number;
            d3 = res;
            CONTINUE();
        }
        """,  # noqa: E501
    )
    assert len(stencil_source(*uop_of("_NTH_INT", text)).stencils) == 8
    assert "_NTH_LIST_INT" not in model_of(text).uops


def test_a_uop_that_knows_types_has_one_without_a_check_for_each() -> None:
    text = "uop _NTH(index: int -- res) reads unboxes(index) knows { res = nth(index); }"
    check(
        stencil_of("_NTH_KNOWN_FLOAT", 2 * 8 + 3, text),
        """
        STENCIL(stencil_NTH_KNOWN_FLOAT_19) {
            __asm__ volatile("" : : "x"(d3));
            int64_t index = r2;
            double res;
            mvm_value value; { mvm_value res; res = nth(index); value = res; } res = value.number;
            d3 = res;
            CONTINUE();
        }
        """,
    )
    uops = model_of(text).uops
    assert uops["_NTH_FLOAT"].has("exits") and not uops["_NTH_KNOWN_FLOAT"].has("exits")
    assert "_NTH_KNOWN_LIST_INT" not in uops


def test_managed_uops_have_no_stencils() -> None:
    for name in ("_SWAP", "_LOAD_LOCAL", "_STORE_LOCAL", "_LOAD_INT", "_GUARD_INT"):
        assert f"case MVM_UOP{name}:" not in uop_cases(model_of())
