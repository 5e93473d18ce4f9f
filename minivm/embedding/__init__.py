"""Embedding: minivm inside a Python program. `docs/python.md` is the guide.

vm            VM: run, eval, call, words, limits
host          Python functions as words, what a program prints, exceptions on both sides
to_vm         Python objects to values of the VM
to_python     and back
record        records as Python objects
function      functions of the VM as Python callables
arguments     checks of what the VM is called with
output        where what is printed goes
watchdog      time limits
"""
