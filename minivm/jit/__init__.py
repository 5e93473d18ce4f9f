"""The build-time half of the JIT: stencil sources in, a C header of machine code out.

The modules in the order of the way: `toolchain` (finds and runs clang), `assembly_parser`,
`assembly_layout` and `assembly` (the pass between compiling and assembling), `objects` (reads
relocations), `holes` and `stencils` (what they mean), `disassembly`, `writer` (the header), and
`stencil_build`, which takes a whole set of uops through them with `cache` at its side. All that
depends on the machine stands in `target`. The C files here are the run-time half.
"""
