"""Exact handlers of tier one, for small definitions."""

from __future__ import annotations

from textwrap import dedent

import pytest

from minivm.generate.tier_one import handler, interpreter_files
from tests.generate.snippets import model_of


def check(name: str, expected: str, text: str = "") -> None:
    model = model_of(text)
    assert handler(model, model.instructions[name]) == dedent(expected).lstrip("\n")


def test_generic_form_counts_and_saves() -> None:
    check(
        "ADD",
        """
        // _ADD
        MVM_HANDLER(ADD) {
            ADAPT();
            SAVE();
            mvm_value s0 = TOP();
            mvm_value s1 = WORDS(sp[-1]);
            mvm_value v1;
            {
                mvm_value left = s1;
                mvm_value right = s0;
                mvm_value res;
                ERROR_IF(!add(vm, left, right, &res));
                v1 = res;
            }
            sp += -1;
            SET_TOP(v1);
            ip += 2;
            DISPATCH();
        }
        """,
    )


def test_specialised_form_checks_and_unboxes() -> None:
    check(
        "ADD_INT",
        """
        // _GUARD_INT + _GUARD_INT + _ADD_INT
        MVM_HANDLER(ADD_INT) {
            mvm_value s0 = TOP();
            mvm_value s1 = WORDS(sp[-1]);
            if (UNLIKELY(s1.tag != MVM_TAG_INT)) goto miss;
            if (UNLIKELY(s0.tag != MVM_TAG_INT)) goto miss;
            int64_t v1;
            {
                int64_t left = s1.integer;
                int64_t right = s0.integer;
                int64_t res;
                EXIT_IF(overflows(left, right, &res));
                v1 = res;
            }
            sp += -1;
            SET_TOP((mvm_value){.tag = MVM_TAG_INT, .integer = v1});
            ip += 2;
            DISPATCH();
        miss:;
            MISS(ADD);
        }
        """,
    )


def test_shuffle_moves_nothing_but_what_differs() -> None:
    check(
        "SWAP",
        """
        // _SWAP
        MVM_HANDLER(SWAP) {
            mvm_value s0 = TOP();
            mvm_value s1 = WORDS(sp[-1]);
            PUT(sp[-1], s0);
            SET_TOP(s1);
            ip += 1;
            DISPATCH();
        }
        """,
    )


def test_fused_form_checks_a_known_type_no_more() -> None:
    check(
        "LOAD_INT_ADD_INT",
        """
        // _LOAD_INT + _GUARD_INT + _ADD_INT
        MVM_HANDLER(LOAD_INT_ADD_INT) {
            int64_t v1;
            {
                uint16_t number = ip[2];
                int64_t value;
                value = (int16_t)number;
                v1 = value;
            }
            mvm_value s0 = TOP();
            if (UNLIKELY(s0.tag != MVM_TAG_INT)) goto miss;
            int64_t v2;
            {
                int64_t left = s0.integer;
                int64_t right = v1;
                int64_t res;
                EXIT_IF(overflows(left, right, &res));
                v2 = res;
            }
            SET_TOP((mvm_value){.tag = MVM_TAG_INT, .integer = v2});
            ip += 3;
            DISPATCH();
        miss:;
            MISS(LOAD_INT_ADD);
        }
        """,
        "fuse {LOAD_INT} + {ADD};",
    )


def test_bound_operands() -> None:
    check(
        "INCREMENT",
        """
        // _LOAD_INT + _ADD + _STORE_LOCAL
        MVM_HANDLER(INCREMENT) {
            int64_t v1;
            {
                uint16_t number = 1;
                int64_t value;
                value = (int16_t)number;
                v1 = value;
            }
            SAVE();
            mvm_value s0 = TOP();
            mvm_value v2;
            {
                mvm_value left = s0;
                mvm_value right = (mvm_value){.tag = MVM_TAG_INT, .integer = v1};
                mvm_value res;
                ERROR_IF(!add(vm, left, right, &res));
                v2 = res;
            }
            {
                mvm_value value = v2;
                uint16_t slot = ip[1] + 2;
                slots[slot] = value;
            }
            sp += -1;
            SET_TOP(WORDS(*sp));
            ip += 2;
            DISPATCH();
        }
        """,
        "inst INCREMENT = _LOAD_INT(1) + _ADD + _STORE_LOCAL(slot + 2);",
    )


BRANCH = """
uop _GUARD_TRUE(condition: bool --) tier2 guard exits(branch) { EXIT_IF(!condition); }
uop _GUARD_FALSE(condition: bool --) tier2 guard exits(branch) { EXIT_IF(condition); }
uop _JUMP[offset: 32](--) jump { taken = true; }
uop _JUMP_IF[offset: 32, history: cache 16](condition: bool --)
    branch(_GUARD_FALSE, _GUARD_TRUE) { taken = condition; }
uop _TEST(value -- res: bool) errors calls spilled { ERROR_IF(!test(vm, value, &res)); }
inst JUMP = _JUMP;
inst JUMP_IF = _TEST + _JUMP_IF;
family JUMP_IF { JUMP_IF_BOOL = _JUMP_IF; }
"""


def test_branch_keeps_its_history() -> None:
    check(
        "JUMP_IF_BOOL",
        """
        // _GUARD_BOOL + _JUMP_IF
        MVM_HANDLER(JUMP_IF_BOOL) {
            mvm_value s0 = TOP();
            if (UNLIKELY(s0.tag != MVM_TAG_BOOL)) goto miss;
            int64_t condition = s0.integer;
            int32_t offset = READ_32(ip + 2);
            uint16_t *history = &ip[4];
            bool taken;
            taken = condition;
            *history = (uint16_t)(*history << 1 | taken);
            if (taken) {
                sp += -1;
                SET_TOP(WORDS(*sp));
                ip += 5 + offset;
                DISPATCH();
            }
            sp += -1;
            SET_TOP(WORDS(*sp));
            ip += 5;
            DISPATCH();
        miss:;
            MISS(JUMP_IF);
        }
        """,
        BRANCH,
    )


def test_jump_ends_the_handler() -> None:
    check(
        "JUMP",
        """
        // _JUMP
        MVM_HANDLER(JUMP) {
            int32_t offset = READ_32(ip + 1);
            bool taken;
            taken = true;
            ip += 3 + offset;
            DISPATCH();
        }
        """,
        BRANCH,
    )


def test_refined_input_is_looked_into() -> None:
    check(
        "FIRST_INT",
        """
        // _GUARD_LIST_INT + _FIRST_INT
        MVM_HANDLER(FIRST_INT) {
            mvm_value s0 = TOP();
            if (UNLIKELY(s0.tag != MVM_TAG_LIST)) goto miss;
            if (UNLIKELY(!(s0.list->packing == INTS))) goto miss;
            int64_t v1;
            {
                mvm_list * list = s0.list;
                int64_t res;
                res = list->ints[0];
                v1 = res;
            }
            SET_TOP((mvm_value){.tag = MVM_TAG_INT, .integer = v1});
            ip += 2;
            DISPATCH();
        miss:;
            MISS(FIRST);
        }
        """,
        """
        uop _FIRST(list -- res) errors calls { ERROR_IF(!first(vm, list, &res)); }
        uop _FIRST_INT(list: list_int -- res: int) reads untied { res = list->ints[0]; }
        inst FIRST = _FIRST;
        family FIRST { FIRST_INT = _FIRST_INT; }
        """,
    )


def test_an_array_is_saved_for_calls_alone() -> None:
    """Without one, only the topmost value has to be where the others are."""
    model = model_of(
        """
        uop _TAKE[count: 16](values[count] -- res) array { res = take(values, count); }
        inst TAKE = _TAKE;
        """
    )
    made = handler(model, model.instructions["TAKE"])
    assert "SAVE();" not in made and "*sp = TOP();" in made


def test_array_and_control() -> None:
    text = """
    uop _BUILD[count: 16](values[count] -- res) array errors calls allocates {
        ERROR_IF(!build(values, count, &res));
    }
    uop _CALL[function: 16](--) call { CALL(function); }
    inst BUILD = _BUILD;
    inst CALL = _CALL;
    """
    check(
        "BUILD",
        """
        // _BUILD
        MVM_HANDLER(BUILD) {
            uint16_t count = ip[1];
            SAVE();
            mvm_value *values = sp - count + 1;
            mvm_value res;
            ERROR_IF(!build(values, count, &res));
            sp = values;
            SET_TOP(res);
            ip += 2;
            DISPATCH();
        }
        """,
        text,
    )
    check(
        "CALL",
        """
        // _CALL
        MVM_HANDLER(CALL) {
            uint16_t function = ip[1];
            enum { units = 2 };
            CALL(function);
        }
        """,
        text,
    )


@pytest.mark.parametrize("text", ["", BRANCH])
def test_every_handler_is_in_one_file_and_in_the_table(text: str) -> None:
    model = model_of(text)
    files = interpreter_files(model)
    table = files.pop("interpreter_table.c")
    assert table.splitlines()[4:-1] == [f"    {{mvm_op_{name}}}," for name in model.instructions]
    handlers = "".join(files.values())
    for name in model.instructions:
        assert handlers.count(f"MVM_HANDLER({name}) {{") == 1
