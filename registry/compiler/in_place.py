"""protoc in the process of a command, where nobody else waits."""

import shutil
from collections.abc import Mapping
from threading import Lock

from registry.compiler import names
from registry.compiler.folders import make_folder
from registry.compiler.protoc import Workplace


class InPlaceCompiler:
    """A `compiling.Compile` without a process of its own.

    The texts are held to the same limits as anywhere; the time that they take is not,
    and file descriptor 2 is another's while protoc runs.
    """

    def __init__(self) -> None:
        self._turn = Lock()

    def __call__(self, text: str, imports: Mapping[str, str]) -> bytes:
        """See `compiling.Compile`."""
        names.check(imports)
        with self._turn:
            folder = make_folder()
            try:
                return Workplace(folder).compile(text, imports)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
