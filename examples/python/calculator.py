"""A small language of its own on minivm: arithmetic formulas, compiled with CodeBuilder.

python examples/python/calculator.py "3 * (1 + 2) - 10 / 4"
"""

import ast
import sys

import minivm

INSTRUCTIONS = {
    ast.Add: "ADD",
    ast.Sub: "SUB",
    ast.Mult: "MUL",
    ast.Div: "DIV",
    ast.FloorDiv: "FLOORDIV",
    ast.Mod: "MOD",
    ast.USub: "NEG",
}


def emit(function: minivm.FunctionBuilder, node: ast.expr) -> None:
    """The instructions that leave the formula's value on the stack."""
    function.at(node.lineno, node.col_offset + 1, (node.end_col_offset or 0) + 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        function.push(node.value)
    elif isinstance(node, ast.Name):
        function.emit("LOAD_LOCAL", node.id)
    elif isinstance(node, ast.BinOp) and type(node.op) in INSTRUCTIONS:
        emit(function, node.left)
        emit(function, node.right)
        function.emit(INSTRUCTIONS[type(node.op)])
    elif isinstance(node, ast.UnaryOp) and type(node.op) in INSTRUCTIONS:
        emit(function, node.operand)
        function.emit(INSTRUCTIONS[type(node.op)])
    else:
        raise SyntaxError(f"not a formula: {ast.unparse(node)}")


def compile_formula(text: str, *variables: str) -> minivm.Program:
    """A program that declares the function `formula`."""
    builder = minivm.CodeBuilder("<formula>")
    formula = builder.function("formula", variables, results=1)
    emit(formula, ast.parse(text, mode="eval").body)
    formula.emit("RETURN")
    builder.main.emit("RETURN")
    return builder.build()


def main() -> None:
    """Print what the formula gives; without one, a table of x * x - x // 2."""
    vm = minivm.VM()
    if len(sys.argv) > 1:
        try:
            vm.run(compile_formula(" ".join(sys.argv[1:])))
            print(vm.call("formula"))
        except (SyntaxError, minivm.ProgramError) as error:
            sys.exit(f"error: {error}")
        return
    vm.run(compile_formula("x * x - x // 2", "x"))
    for x in (1, 2.5, 10):
        print(x, vm.call("formula", x))
    vm.run(compile_formula("1 / (x - 3)", "x"))
    try:
        vm.call("formula", 3)
    except minivm.ProgramError as error:
        print(f"column {error.column}: {error.message}")


if __name__ == "__main__":
    main()
