"""How serializers and deserializers behave."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple, cast

from wirepact.codecs.language import Limits
from wirepact.subjects import SubjectStrategy


class Registration(StrEnum):
    """Which registered schema a value is written with.

    `LOOKUP` takes the version that holds the local schema, and never registers one.
    `REGISTER` registers the local schema if it is not there. `LATEST_COMPATIBLE` takes
    the latest version, and `PINNED` a chosen one: both are refused at the first use if
    values of the local schema do not fit.
    """

    LOOKUP = "LOOKUP"
    REGISTER = "REGISTER"
    LATEST_COMPATIBLE = "LATEST_COMPATIBLE"
    PINNED = "PINNED"


class Framing(StrEnum):
    """Where a message names its schema. All of them are read, whichever is written."""

    ID_PREFIX = "ID_PREFIX"
    GUID_PREFIX = "GUID_PREFIX"
    GUID_HEADER = "GUID_HEADER"


_CHOICES: Final[Mapping[str, type[StrEnum]]] = {
    "strategy": SubjectStrategy,
    "registration": Registration,
    "framing": Framing,
}


@dataclass(frozen=True, slots=True)
class CodecOptions:
    """What holds for all topics of a serializer or deserializer.

    Attributes:
        strategy: Under which subjects the schemas are.
        normalize: Have the registry ignore differences of form when it looks up or
            registers.
        pinned: Versions by subject, for `PINNED`.
        limits: What a message may demand.
        migrates: Bring what is read into the version that is pinned, or else the one
            that is the latest when the first message of a schema comes, by the
            migration rules on the way; without rules, as the language does it.

    """

    strategy: SubjectStrategy = SubjectStrategy.TOPIC
    registration: Registration = Registration.LOOKUP
    framing: Framing = Framing.ID_PREFIX
    normalize: bool = False
    pinned: Mapping[str, int] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    migrates: bool = False

    def __post_init__(self) -> None:
        # A text would be none of the choices, and so quietly another one.
        for name, kind in _CHOICES.items():
            given = getattr(self, name)
            if not isinstance(given, kind):
                choices = ", ".join(str(each) for each in kind)
                raise TypeError(
                    f"{name} is one of {kind.__name__}'s {choices}, and not {given!r}"
                )


DEFAULT: Final = CodecOptions()


class Encoded(NamedTuple):
    """A key or value as it goes to the broker.

    Attributes:
        data: None for a tombstone.
        headers: To be added to those of the record; empty unless the schema is named
            in a header.
        schema_id: None for a tombstone.
        subject: Empty for a tombstone.

    """

    data: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    schema_id: int | None
    subject: str


encoded: Final = cast(
    Callable[[tuple[bytes, tuple[tuple[str, bytes], ...], int, str]], Encoded],
    partial(tuple.__new__, Encoded),
)
"""Makes an `Encoded` of its parts: what calling the class does, in a third of the time.

It is made for each message, of which it is a good part otherwise.
"""
