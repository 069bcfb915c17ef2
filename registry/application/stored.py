"""What passes between the use cases and a store: what is asked, found and written."""

from dataclasses import dataclass
from enum import Enum

from registry.application.association_ports import Bound
from registry.domain.access import Areas
from registry.domain.configuration import Config, Mode
from registry.domain.model import (
    Content,
    SchemaId,
    SchemaType,
    Subject,
    Version,
)


class StaleRevisionError(Exception):
    """What a decision was based on has changed; decide again."""


class Visibility(Enum):
    """Which versions a read sees."""

    LIVE = "live"
    DELETED = "deleted"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        offset: How many to leave out; at least 0.
        limit: How many to return at the most; None for all.

    """

    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which versions a list is of.

    Attributes:
        context: Of the subject; None for all contexts.
        prefix: Of the subject's bare name; compared character by character.
        page: What part of the list.
        also: Subjects that count as well, whatever their context and name.
        latest_only: Only the newest version of each subject that is visible.
        rule_type: Only versions with a rule of this type, `latest_only` taken first.
        bound: Only subjects that resources use like this; None for all.
        among: Only subjects in one of these areas; None for all.

    """

    context: str | None
    prefix: str
    visibility: Visibility
    page: Page = Page()
    also: frozenset[Subject] = frozenset()
    latest_only: bool = False
    rule_type: str | None = None
    bound: Bound | None = None
    among: Areas | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """On whose behalf, and in which request, something is written."""

    actor: str
    request_id: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is remembered of a write, for ever.

    Attributes:
        action: A verb phrase of ours: `version.register`, `config.update`.
        target: The qualified subject, with `/versions/N` where it is about one.
        before: What was there, as JSON text; None for nothing.
        after: What is there now, as JSON text; None for nothing.

    """

    origin: Origin
    action: str
    target: str
    before: str | None
    after: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class Revision:
    """What a decision about a subject was based on; opaque to the use cases.

    Attributes:
        settings: Counts the changes of configs, modes and policies that may concern
            the subject's context; negative before the context exists.
        subject: Counts the changes of the subject's versions; None before it exists.

    """

    settings: int
    subject: int | None


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings along the way from a subject to the whole registry.

    Attributes:
        configs: Nearest first: the subject's, its context's, `:.__GLOBAL:`'s, those
            that exist. For the default context the context's is the registry's own.
        modes: Likewise.
        policies: The names of the subject's own stricter policies, sorted; they are
            not inherited.

    """

    revision: Revision
    configs: tuple[Config, ...]
    modes: tuple[Mode, ...]
    policies: tuple[str, ...] = ()

    @property
    def mode(self) -> Mode:
        """The mode in scope."""
        return self.modes[0] if self.modes else Mode.READWRITE


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to be written.

    Attributes:
        content: With its references pinned to real versions.
        identity: `domain.identity.identity_bytes(content)`.
        replaces: Soft-deleted versions of the subject that hold the same id and are
            physically removed, unless something refers to them.

    """

    subject: Subject
    version: Version
    content: Content
    identity: bytes
    created_ms: int
    replaces: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A place where an id is used."""

    subject: Subject
    version: Version
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Alias:
    """A subject that stands for another one.

    Attributes:
        target: As the config has it; None where only keys are to be found elsewhere.
        target_for_deks: Likewise, where keys for encryption are asked for.

    """

    subject: Subject
    target: str | None
    target_for_deks: str | None = None


@dataclass(frozen=True, slots=True)
class Referrer:
    """A version that refers to another.

    Attributes:
        subject: The subject of the version that refers.

    """

    schema_id: SchemaId
    subject: Subject
    version: Version
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Trashed:
    """A soft-deleted version.

    Attributes:
        deleted_ms: When it was deleted, in milliseconds since 1970; None if nobody
            has noted it.
        referrers: What still refers to it, by subject and version.

    """

    subject: Subject
    version: Version
    schema_id: SchemaId
    schema_type: SchemaType
    deleted_ms: int | None
    referrers: tuple[Referrer, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """What went for good with versions.

    Attributes:
        ids: Of contents that nothing holds any more, ascending; never given again.
        config: The subject's own, when its last version went.
        mode: Likewise.
        policies: Likewise.
        owner: Likewise.

    """

    ids: tuple[SchemaId, ...]
    config: Config | None = None
    mode: Mode | None = None
    policies: tuple[str, ...] = ()
    owner: str | None = None
