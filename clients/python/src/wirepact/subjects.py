"""Under which subject the schema of a topic's keys or values is registered."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from wirepact.errors import WirepactError


class Role(StrEnum):
    """Which part of a record."""

    KEY = "key"
    VALUE = "value"


class SubjectStrategy(StrEnum):
    """How the subject is found.

    `TOPIC` is the usual one: all records of a topic have one type that evolves.
    `RECORD` and `TOPIC_RECORD` allow several types on a topic. With `ASSOCIATED` the
    registry is asked which subject the topic was bound to, and `TOPIC` is for those
    that were bound to none.
    """

    TOPIC = "TOPIC"
    RECORD = "RECORD"
    TOPIC_RECORD = "TOPIC_RECORD"
    ASSOCIATED = "ASSOCIATED"


class SubjectUnknownError(WirepactError):
    """A strategy does not lead to a subject; the message says what is missing."""


def subject_name(
    strategy: SubjectStrategy,
    topic: str,
    role: Role = Role.VALUE,
    record: str | None = None,
) -> str:
    """Return the subject by a strategy that needs no registry.

    Args:
        record: The full name of the schema's type.

    Raises:
        SubjectUnknownError: The strategy needs the record's name, or a registry.

    """
    if strategy not in _NAMES:
        raise SubjectUnknownError(f"{strategy}: only a client can ask for the subject")
    return _NAMES[strategy](topic, role, record)


def _topic(topic: str, role: Role, _record: str | None) -> str:
    return f"{topic}-{role}"


def _record(_topic: str, _role: Role, record: str | None) -> str:
    return _named(record)


def _topic_record(topic: str, _role: Role, record: str | None) -> str:
    return f"{topic}-{_named(record)}"


def _named(record: str | None) -> str:
    if not record:
        raise SubjectUnknownError("a schema without a name has no subject of its own")
    return record


_NAMES: Final[Mapping[SubjectStrategy, Callable[[str, Role, str | None], str]]] = {
    SubjectStrategy.TOPIC: _topic,
    SubjectStrategy.RECORD: _record,
    SubjectStrategy.TOPIC_RECORD: _topic_record,
}
