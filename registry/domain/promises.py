"""What a subject promises: all that a candidate is held to, and against which versions.

Whoever looks for versions to parse, and whoever compares them, asks the same promise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self, TypeVar

from registry.domain.configuration import Config, level_of
from registry.domain.errors import InvalidSchemaError
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import Metadata
from registry.domain.schema import Strictness

RESERVED_PROPERTY: Final = "confluent:reserved"
"""The metadata property that lists, with commas, names that no field may have."""

_OF_THE_REGISTRY: Final = "$$"
"""What no field's name may begin with where fields are validated."""


class Registered(Protocol):
    """A version, as far as a promise looks at it."""

    @property
    def version(self) -> int: ...

    @property
    def metadata(self) -> Metadata | None: ...

    @property
    def is_deleted(self) -> bool: ...


Earlier = TypeVar("Earlier", bound=Registered)


@dataclass(frozen=True, slots=True)
class Promise:
    """What holds for a subject.

    All histories are given oldest first, with soft-deleted versions or without, and
    `metadata` is the candidate's.

    Attributes:
        group: A metadata property; only versions that have the candidate's value of
            it, or like it have none, are compared.
        validates_fields: Whether reserved fields are kept free.
        policies: The names of stricter policies, sorted.

    """

    level: Level
    content_policy: ContentPolicy = ContentPolicy.STRICT
    group: str | None = None
    validates_fields: bool = False
    policies: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Config, policies: Iterable[str] = ()) -> Self:
        """Return what a config in scope, and the subject's policies, come to."""
        return cls(
            level_of(config),
            config.content_policy or ContentPolicy.STRICT,
            config.group,
            bool(config.validate_fields),
            tuple(sorted(set(policies))),
        )

    def peers(
        self, metadata: Metadata | None, history: Sequence[Earlier]
    ) -> list[Earlier]:
        """Return the versions of the candidate's group."""
        if self.group is None:
            return [*history]
        ours = _value(metadata, self.group)
        return [each for each in history if _value(each.metadata, self.group) == ours]

    def protected(
        self, metadata: Metadata | None, history: Sequence[Earlier]
    ) -> list[Earlier]:
        """Return what the level protects, newest first."""
        return [*self.level.protected(live(self.peers(metadata, history)))]

    def governed(
        self, metadata: Metadata | None, history: Sequence[Earlier]
    ) -> list[Earlier]:
        """Return what the policies look at, newest first: soft-deleted ones as well."""
        return self.peers(metadata, history)[::-1] if self.policies else []

    def needed(
        self, metadata: Metadata | None, history: Sequence[Earlier]
    ) -> list[Earlier]:
        """Return all that is looked at, oldest first; the rest need not be parsed."""
        looked_at = [
            *self.protected(metadata, history),
            *self.governed(metadata, history),
        ]
        if self.validates_fields and (latest := newest(history)) is not None:
            looked_at.append(latest)
        numbers = {each.version for each in looked_at}
        return [each for each in history if each.version in numbers]


def strictness_of(config: Config) -> Strictness:
    """Return how strictly a new version is parsed."""
    is_lenient = config.validate_new_schemas is False
    return Strictness.LENIENT if is_lenient else Strictness.STRICT


def hold_field_names(names: Iterable[str]) -> None:
    """Refuse names that are the registry's own; asked where fields are validated.

    Raises:
        InvalidSchemaError: With the first of them.

    """
    for name in sorted(names):
        if name.startswith(_OF_THE_REGISTRY):
            raise InvalidSchemaError(
                f"expected no field whose name begins with '{_OF_THE_REGISTRY}',"
                f" found '{name}'"
            )


def policy_name(text: str) -> str:
    """Return how a policy's name is stored, however it is written."""
    return text.strip().upper()


def live(history: Sequence[Earlier]) -> list[Earlier]:
    """Return the versions that are not soft-deleted."""
    return [each for each in history if not each.is_deleted]


def newest(history: Sequence[Earlier]) -> Earlier | None:
    """Return the newest version that is not soft-deleted."""
    return next((each for each in reversed(history) if not each.is_deleted), None)


def reserved_fields(metadata: Metadata | None) -> tuple[str, ...]:
    """Return the names that are reserved, each once, in the order of the text."""
    listed = (_value(metadata, RESERVED_PROPERTY) or "").split(",")
    return tuple(dict.fromkeys(name for each in listed if (name := each.strip())))


def _value(metadata: Metadata | None, name: str) -> str | None:
    return None if metadata is None else metadata.properties.get(name)
