"""Fuzzing of what reads bytes from outside.

A target is a module in `targets/`: a function `one(data)` that raises only if something
is wrong, `seeds()` with inputs to begin with, and `INSTRUMENTED`, the modules whose
branches guide the search. To add one, add the module; nothing else has to know of it.

Each target runs in a process of its own, as what is looked for may end the process.
"""
