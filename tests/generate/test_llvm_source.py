"""Exact C of the LLVM engine's bodies, for small definitions."""

from __future__ import annotations

from textwrap import dedent

from minivm.generate.llvm_source import body
from tests.generate.snippets import uop_of


def check(name: str, expected: str, text: str = "") -> None:
    model, uop = uop_of(name, text)
    assert body(model.types, uop) == dedent(expected).lstrip("\n")


def test_slots() -> None:
    check(
        "_ADD",
        """
        BODY(uop_ADD)(mvm_value *slots, mvm_vm *vm, uint64_t input0, uint64_t input1, uint64_t output) {
            mvm_value left = slots[input0];
            mvm_value right = slots[input1];
            mvm_value res;
            ERROR_IF(!add(vm, left, right, &res));
            slots[output] = res;
            return false;
        }
        """,  # noqa: E501
    )


def test_registers() -> None:
    check(
        "_ADD_FLOAT",
        """
        BODY(uop_ADD_FLOAT)(mvm_value *slots, mvm_vm *vm, double input0, double input1, double *restrict output) {
            double left = (double)input0;
            double right = (double)input1;
            double res;
            res = left + right;
            *output = (double)res;
            return false;
        }
        """,  # noqa: E501
    )


def test_spill_slots_and_operands() -> None:
    check(
        "_SPILL",
        """
        BODY(uop_SPILL)(mvm_value *slots, mvm_vm *vm, uint64_t input0, uint64_t output, uint64_t operand0) {
            mvm_list * value = *(mvm_list * *)&vm->spills[input0];
            int64_t res;
            int32_t number = (int32_t)operand0;
            res = value->length + number;
            *(int64_t *)&vm->spills[output] = res;
            return false;
        }
        """,  # noqa: E501
        "uop _SPILL[number: 32](value: list -- res: int) tier2 spilled calls "
        "{ res = value->length + number; }",
    )
