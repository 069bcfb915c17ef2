"""protoc in the process of a command, where nobody else waits."""

import weakref
from collections.abc import Mapping
from threading import Lock

from registry.compiler import names
from registry.compiler.folders import PrivateFolder
from registry.compiler.protoc import Workplace
from registry.domain.errors import InvalidSchemaError, UnavailableError


class InPlaceCompiler:
    """A `compiling.Compile` without a process of its own.

    The texts are held to the same limits as anywhere; the time that they take is not,
    and file descriptor 2 is another's while protoc runs. Its folder goes with it.
    """

    def __init__(self) -> None:
        self._turn = Lock()
        self._workplace: Workplace | None = None

    def __call__(self, text: str, imports: Mapping[str, str]) -> bytes:
        """See `compiling.Compile`."""
        names.check(imports)
        with self._turn:
            try:
                return self._ready().compile(text, imports)
            except MemoryError as error:
                reason = "expected a schema that compiles within the memory there is"
                raise InvalidSchemaError(reason) from error
            except OSError as error:
                raise UnavailableError(
                    f"protoc has no place to work: {error}"
                ) from error

    def _ready(self) -> Workplace:
        if self._workplace is None:
            folder = PrivateFolder()
            weakref.finalize(self, folder.remove)
            self._workplace = Workplace(folder.path)
        return self._workplace
