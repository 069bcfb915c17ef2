"""What this format asks of protoc. Who runs it, and where, is not known here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

ROOT: Final = "wirepact.root.proto"
"""The name under which a schema's own text is compiled; no import can mean it."""

Compile = Callable[[str, Mapping[str, str]], bytes]
"""From the schema's own text, and all texts that it may import by their import names,
to a serialized `google.protobuf.FileDescriptorSet`: imports before what needs them, the
file `ROOT` last, source info of `ROOT` included. Well-known imports need no text.

Raises `CompileError`; `InvalidSchemaError` when it takes too much time or memory; and
`CompilerBusyError` when no compiler became free in time.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One complaint of protoc.

    Attributes:
        file: The import name, or `ROOT`; empty where it concerns no file.
        line: Counted from 1; 0 where there is none.
        column: Likewise.

    """

    file: str
    line: int
    column: int
    message: str


class CompileError(Exception):
    """The text is not Protobuf; protoc says why.

    Attributes:
        faults: In protoc's order; at least one.

    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults[0].message)
