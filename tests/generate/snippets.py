"""Small texts of uops.def for the generators' tests.

In: lines of uops.def. Out: the model of these lines behind a prelude of types and reasons.
"""

from __future__ import annotations

from minivm.generate.analysis import analyse
from minivm.generate.definitions import Uop
from minivm.generate.model import Instruction, Model
from minivm.generate.parser import parse

PRELUDE = """\
type bool  : general "int64_t" integer;
type int   : general "int64_t" integer;
type float : vector  "double" number;
type list  : general "mvm_list *" list;
type list_int refines list when "value->packing == INTS";
exit type     "another type";
exit branch   "the other way";
exit overflow "out of range";
exit error    "an error";
uop _ADD(left, right -- res) errors calls { ERROR_IF(!add(vm, left, right, &res)); }
uop _ADD_INT(left: int, right: int -- res: int) pure exits(overflow) commutes immediate {
    EXIT_IF(overflows(left, right, &res));
}
uop _ADD_FLOAT(left: float, right: float -- res: float) pure { res = left + right; }
uop _LOAD_LOCAL[slot: 16](-- value) load_local { value = slots[slot]; }
uop _LOAD_CONST[index: 16](-- value) load_constant { value = constants[index]; }
uop _LOAD_INT[number: 16](-- value: int) load_constant { value = (int16_t)number; }
uop _STORE_LOCAL[slot: 16](value --) store_local { slots[slot] = value; }
uop _SWAP(left, right -- right, left) shuffle;
inst ADD = _ADD;
family ADD { ADD_INT = _ADD_INT; ADD_FLOAT = _ADD_FLOAT; }
inst LOAD_LOCAL = _LOAD_LOCAL;
inst LOAD_CONST = _LOAD_CONST;
inst LOAD_INT = _LOAD_INT;
inst STORE_LOCAL = _STORE_LOCAL;
inst SWAP = _SWAP;
"""
PRELUDE_LINES = PRELUDE.count("\n")


def model_of(text: str = "") -> Model:
    return analyse(parse(PRELUDE + text))


def instruction_of(name: str, text: str = "") -> Instruction:
    return model_of(text).instructions[name]


def uop_of(name: str, text: str = "") -> tuple[Model, Uop]:
    model = model_of(text)
    return model, model.uops[name]
