"""The LLVM engine, `--jit=llvm`: the yardstick of the stencils' quality.

In: the same uops that the stencils are copied for. Out: machine code by LLVM, a function a trace.
Its parts, in the order a trace passes through them:

    engine.py    is called by the library for each trace
    trace_ir.py  uops → the trace's function, in LLVM's text form, which calls a body a uop
    bodies.py    the bodies: clang's bitcode of uops.def's C, made when minivm was built
    compiler.py  both → machine code

It needs llvmlite (`pip install "minivm[llvm]"`), and nothing here is imported without `--jit=llvm`.
"""
