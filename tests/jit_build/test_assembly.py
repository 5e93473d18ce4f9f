"""The assembly pass: text before, text after, and what it refuses."""

from __future__ import annotations

import textwrap

import pytest

from minivm.jit.assembly import rewrite
from minivm.jit.errors import BuildError
from minivm.jit.target import X86_64_LINUX


def function(name: str, body: str) -> str:
    """What clang writes around a function's body."""
    return (
        f'\t.section\t.text.{name},"ax",@progbits\n\t.hidden\t{name}\n\t.globl\t{name}\n'
        f"\t.p2align\t4\n\t.type\t{name},@function\n{name}:    # @{name}\n\t.cfi_startproc\n"
        f"{textwrap.dedent(body)}\n"
        f".Lfunc_end0:\n\t.size\t{name}, .Lfunc_end0-{name}\n\t.cfi_endproc\n"
    )


def after(body: str) -> list[str]:
    """The lines the pass makes of `body`, without section and without the labels nobody needs."""
    rewritten = rewrite(function("f", body), "U", ["f"], X86_64_LINUX)
    lines = rewritten.text.replace(".LU.f.", "").splitlines()[1:]
    used = {line.split()[-1] for line in lines if line.startswith("j")} | {"end"}
    return [line for line in lines if not line.endswith(":") or line[:-1] in used]


GOLDEN = {
    "a jump to the next stencil is dropped": (
        "movq %rdi, %rax  # a comment\njmp _JIT_CONTINUE",
        ["movq %rdi, %rax", "end:"],
    ),
    "nothing to do": ("jmp _JIT_CONTINUE", ["end:"]),
    "a condition that continues is inverted": (
        "cmpq %rax, %r9\njl _JIT_CONTINUE\njmp _JIT_EXIT_TARGET",
        ["cmpq %rax, %r9", "jge _JIT_EXIT_TARGET", "end:"],
    ),
    "a condition points straight at the exit": (
        """\
        addq %r15, %r10
        jo .LBB0_1
        movq %r10, %r14
        jmp _JIT_CONTINUE
        .LBB0_1:
        jmp _JIT_EXIT_TARGET""",
        ["addq %r15, %r10", "jo _JIT_EXIT_TARGET", "movq %r10, %r14", "end:"],
    ),
    "through several jumps": (
        """\
        jp .LBB0_2
        jmp _JIT_CONTINUE
        .LBB0_2:
        jmp .LBB0_3
        .LBB0_3:
        jmp _JIT_TOP""",
        ["jp _JIT_TOP", "end:"],
    ),
    "two conditions in a row, as for floats": (
        """\
        ucomisd %xmm1, %xmm0
        jne .LBB0_1
        jnp _JIT_EXIT_TARGET
        .LBB0_1:
        jmp _JIT_CONTINUE""",
        ["ucomisd %xmm1, %xmm0", "jne end", "jnp _JIT_EXIT_TARGET", "end:"],
    ),
    "work before an exit comes before the path that goes on": (
        """\
        testq %rax, %rax
        je .LBB0_1
        incq %rax
        jmp _JIT_CONTINUE
        .LBB0_1:
        movl $1, (%r12)
        jmp _JIT_EXIT_TARGET""",
        [
            "testq %rax, %rax", "jne 1", "movl $1, (%r12)", "jmp _JIT_EXIT_TARGET",
            "1:", "incq %rax", "end:",
        ],
    ),
    "the entry stays first": (
        """\
        testq %rax, %rax
        jne _JIT_CONTINUE
        movl $1, (%r12)
        jmp _JIT_EXIT_TARGET""",
        ["testq %rax, %rax", "jne end", "movl $1, (%r12)", "jmp _JIT_EXIT_TARGET", "end:"],
    ),
    "a loop inside": (
        """\
        .LBB0_1:
        decq %rax
        jne .LBB0_1
        jmp _JIT_CONTINUE""",
        ["1:", "decq %rax", "jne 1", "end:"],
    ),
    "two ways on": (
        """\
        testq %rax, %rax
        je .LBB0_1
        incq %rax
        jmp _JIT_CONTINUE
        .LBB0_1:
        decq %rax
        jmp _JIT_CONTINUE""",
        ["testq %rax, %rax", "je 3", "incq %rax", "jmp end", "3:", "decq %rax", "end:"],
    ),
    "a return": ("xorl %eax, %eax\nretq", ["xorl %eax, %eax", "retq", "end:"]),
    "an indirect jump": ("jmpq *8(%rax)", ["jmpq *8(%rax)", "end:"]),
    "code nothing reaches": ("jmp _JIT_TOP\nincq %rax\nretq", ["jmp _JIT_TOP", "end:"]),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    before, expected = GOLDEN[name]
    assert after(before) == expected


REFUSED = {
    "falls off the end": "incq %rax",
    "other than by a tail jump": "ud2",
    "isn't understood": "jrcxz _JIT_EXIT_TARGET",
    "which isn't in the function": "jmp .Lelsewhere",
    "address of code": ".LBB0_1:\nleaq .LBB0_1(%rip), %rax\njmp _JIT_CONTINUE",
    "directive that isn't understood": ".weird 1\nretq",
    "several instructions": "incq %rax; ud2\nretq",
}


@pytest.mark.parametrize("message", REFUSED)
def test_refused(message: str) -> None:
    with pytest.raises(BuildError, match=message) as caught:
        after(REFUSED[message])
    assert "uop U" in str(caught.value)


def test_constants_are_copied_to_each_stencil_that_uses_them() -> None:
    constants = (
        '\t.section\t.rodata.cst16,"aM",@progbits,16\n\t.p2align\t4, 0x0\n'
        ".LCPI0_0:\n\t.quad\t1  # one\n.LCPI0_1:\n\t.quad\t2\n"
    )
    use = "andpd .LCPI0_1(%rip), %xmm0\njmp _JIT_CONTINUE"
    text = constants + function("f", use) + function("g", use)
    rewritten = rewrite(text, "U", ["f", "g"], X86_64_LINUX).text
    for name in ("f", "g"):
        assert f"andpd .LU.{name}.data0(%rip), %xmm0" in rewritten
        assert (
            f'.section .rodata.U.{name},"a",@progbits\n.p2align 4\n.LU.{name}.data0:\n.quad\t2\n'
        ) in rewritten
    assert ".quad\t1" not in rewritten


def test_whether_a_stencil_continues() -> None:
    text = function("f", "jmp _JIT_CONTINUE") + function("g", "retq")
    assert rewrite(text, "U", ["f", "g"], X86_64_LINUX).continues == (True, False)


def test_function_that_is_no_stencil() -> None:
    with pytest.raises(BuildError, match="function helper is not one of its stencils"):
        rewrite(function("f", "retq") + function("helper", "retq"), "U", ["f"], X86_64_LINUX)


def test_missing_stencil() -> None:
    with pytest.raises(BuildError, match="doesn't define stencil g"):
        rewrite(function("f", "retq"), "U", ["f", "g"], X86_64_LINUX)


def test_writable_data_is_refused() -> None:
    with pytest.raises(BuildError, match=r"section \.data\.counter isn't understood"):
        rewrite('.section .data.counter,"aw"\ncounter:\n.long 1', "U", [], X86_64_LINUX)
