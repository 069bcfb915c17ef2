"""`python -m tests.fuzz.child MODULE FILE [libFuzzer's arguments]`: fuzz right here.

The input of the moment is in FILE, which outlives a process that is killed by it.
"""

import mmap
import sys
from importlib import import_module
from pathlib import Path

import atheris

from tests.fuzz.present import LENGTH_BYTES


def main(arguments: list[str]) -> None:
    module, file, *others = arguments
    # Once without instrumentation, to see what is to be instrumented.
    include = list(import_module(module).INSTRUMENTED)
    for name in [*sys.modules]:
        if name == module or any(name.startswith(each) for each in include):
            del sys.modules[name]
    with atheris.instrument_imports(include=include):
        target = import_module(module)
    with Path(file).open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as present:

        def noted(data: bytes) -> None:
            present[:LENGTH_BYTES] = len(data).to_bytes(LENGTH_BYTES, "big")
            present[LENGTH_BYTES : LENGTH_BYTES + len(data)] = data
            target.one(data)

        atheris.Setup([module, *others], noted)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
