"""What a registry holds of many subjects: asked for together, where it offers that."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from registry.application.parsing import Source
from registry.domain.errors import InvalidLevelError
from registry.domain.levels import Level
from registry.domain.limits import Limits
from registry.domain.model import Content, Subject
from registry.domain.references import resolve
from registry.gate import fetching
from wirepact import RegistryClient
from wirepact.errors import (
    NotFoundError,
    RegistryResponseError,
    UnexpectedAnswerError,
)
from wirepact.schemas import Reference, RegisteredSchema, Schema

LEVEL: Final = "compatibility"
"""How a config calls its level here, however a registry calls it."""

_PATH: Final = "/governance/v1/subjects:batchGet"
_MOST_SUBJECTS: Final = 1_000
_LEVELS: Final = frozenset({LEVEL, "compatibilityLevel"})
NOT_KNOWN: Final = frozenset({404, 405, 501})
"""How registries of other makes answer what only ours offers."""

_AT_ONCE: Final = 8

Referred = Mapping[tuple[Subject, int], Content]


@dataclass(frozen=True, slots=True)
class Held:
    """What a registry has of one subject.

    Attributes:
        versions: Live ones, oldest first, at least one; of a question without history
            the latest alone.
        level: In force.
        config: What the subject itself says.
        policies: Its stricter policies; None where the registry knows none.

    """

    versions: tuple[RegisteredSchema, ...]
    level: Level
    config: Mapping[str, Any]
    policies: tuple[str, ...] | None
    _client: RegistryClient = field(repr=False)
    _referred: Referred = field(default_factory=dict, repr=False)

    @property
    def latest(self) -> RegisteredSchema:
        return self.versions[-1]

    def referred(self) -> Iterator[Reference]:
        """Yield what the latest version refers to, as contracts name it.

        A subject of the client's own context is bare, however the version has it.
        """
        for each in self.latest.schema.references:
            yield replace(each, subject=self.named(each.subject))

    def named(self, subject: str) -> str:
        """Return a subject that the latest version refers to as contracts name it."""
        own = Subject.parse(qualified(self._client, self.latest.subject))
        is_there = subject.startswith(":.")
        found = Subject.parse(subject) if is_there else Subject(subject, own.context)
        return bare(self._client, found)

    def source(self) -> Source:
        """Return the latest text, and the texts that it needs.

        Raises:
            WirepactError: The registry cannot be reached, or refuses.
            InvalidSchemaError: It refers to more than a schema may.

        """
        content = fetching.content(self.latest.schema)
        context = Subject.parse(qualified(self._client, self.latest.subject)).context

        def fetch(subject: Subject, number: int) -> Content:
            known = self._referred.get((subject, number))
            return known or fetching.version_of(self._client, subject, number)

        closure = resolve(content.references, context, fetch, Limits())
        return Source(content.schema_type, content.text, closure)


def read(
    client: RegistryClient, subjects: Sequence[str], *, with_history: bool = False
) -> Iterator[tuple[str, Held | None]]:
    """Yield each subject with what the registry has of it; None if it lacks it.

    As many are asked for in a request as an answer may hold; only registries of other
    makes are asked for one after the other.

    Raises:
        WirepactError: The registry cannot be reached, or refuses.

    """
    left = [*subjects]
    while left:
        try:
            page = _page(client, left[:_MOST_SUBJECTS], with_history=with_history)
        except RegistryResponseError as error:
            if error.status not in NOT_KNOWN:
                raise
            yield from _one_by_one(client, left, with_history=with_history)
            return
        yield from zip(left, page, strict=False)
        left = left[len(page) :]


def _page(
    client: RegistryClient, subjects: Sequence[str], *, with_history: bool
) -> list[Held | None]:
    body = {
        "subjects": [*map(partial(qualified, client), subjects)],
        "history": with_history,
        "references": True,
    }
    answer = client.request("POST", _PATH, body=body)
    try:
        referred = dict(map(_referred, answer["references"]))
        found = [
            _held(client, subject, said, referred)
            for subject, said in zip(subjects, answer["subjects"], strict=False)
        ]
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        InvalidLevelError,
    ) as fault:
        told = f"POST {_PATH}: unexpected answer: {fault!r}"
        raise UnexpectedAnswerError(told) from fault
    if not found:
        raise UnexpectedAnswerError(f"POST {_PATH}: nothing is answered")
    return found


def qualified(client: RegistryClient, subject: str) -> str:
    """Put a bare subject into the client's context; a qualified one stays."""
    is_there = client.context == "." or subject.startswith(":.")
    return subject if is_there else f":{client.context}:{subject}"


def bare(client: RegistryClient, subject: Subject) -> str:
    """Take the client's own context off a subject; another one stays."""
    if subject.context == client.context:
        return subject.name
    return str(subject) if subject.is_qualified else f":.:{subject.name}"


def _held(
    client: RegistryClient, subject: str, said: Mapping[str, Any], referred: Referred
) -> Held | None:
    versions = tuple(
        RegisteredSchema(subject, int(each["version"]), int(each["id"]), _schema(each))
        for each in said["versions"]
    )
    if not versions:
        return None
    level, policies = Level.parse(said["level"]), tuple(map(str, said["policies"]))
    config = _config(said["config"] or {})
    return Held(versions, level, config, policies, client, referred)


def _schema(said: Mapping[str, Any]) -> Schema:
    references = tuple(
        Reference(str(each["name"]), str(each["subject"]), int(each["version"]))
        for each in said.get("references") or ()
    )
    return Schema(
        str(said["schema"]),
        str(said["schemaType"]),
        references,
        said.get("metadata"),
        said.get("ruleSet"),
        UUID(said["guid"]) if "guid" in said else None,
    )


def _referred(said: Mapping[str, Any]) -> tuple[tuple[Subject, int], Content]:
    place = Subject.parse(str(said["subject"])), int(said["version"])
    return place, fetching.content(_schema(said))


def _config(details: Mapping[str, Any]) -> dict[str, Any]:
    members = {key: value for key, value in details.items() if key not in _LEVELS}
    level = next((details[key] for key in _LEVELS if details.get(key)), None)
    return members if level is None else {**members, LEVEL: str(level).upper()}


def _one_by_one(
    client: RegistryClient, subjects: Sequence[str], *, with_history: bool
) -> Iterator[tuple[str, Held | None]]:
    # A subject is several requests: one after the other, a thousand take minutes.
    ask = partial(_ask, client, with_history=with_history)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from zip(subjects, pool.map(ask, subjects), strict=True)


def _ask(client: RegistryClient, subject: str, *, with_history: bool) -> Held | None:
    try:
        latest = client.get_latest(subject)
    except NotFoundError:
        return None
    earlier = (
        client.get_version(subject, number)
        for number in (client.list_versions(subject) if with_history else ())
        if number < latest.version
    )
    try:
        config = _config(client.get_config(subject).details)
    except NotFoundError:
        config = {}
    in_force = config.get(LEVEL) or client.get_config(subject, in_scope=True).level
    level = Level.parse(in_force or Level.NONE.name)
    return Held((*earlier, latest), level, config, None, client)
