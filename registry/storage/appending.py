"""A version on its way into the database, with all that its rows need."""

from dataclasses import dataclass
from typing import Self

from registry.application.stored import (
    AuditEntry,
    NewVersion,
    Revision,
)
from registry.domain import identity
from registry.domain.references import target
from registry.storage.faults import unstorable
from registry.storage.rows import Row, metadata_json, reference_json, rule_set_json


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference means: a version, which may be in another context."""

    position: int
    name: str
    context: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Appended:
    """What was written: the content's id, and the number of the change."""

    schema_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class Appending:
    new: NewVersion
    based_on: Revision
    entry: AuditEntry
    sha256: bytes
    guid: bytes
    targets: tuple[Target, ...]
    reference_json: str | None
    metadata_json: str | None
    rule_set_json: str | None

    @classmethod
    def of(cls, new: NewVersion, based_on: Revision, entry: AuditEntry) -> Self:
        """Work out what can be worked out before any lock is held.

        Raises:
            InvalidSchemaError: The text has a NUL, which not every database stores.

        """
        content, context = new.content, new.subject.context
        if "\0" in content.text:
            raise unstorable()
        return cls(
            new,
            based_on,
            entry,
            identity.sha256(new.identity),
            identity.guid(new.identity).bytes,
            tuple(
                Target(at, each.name, to.context, to.name, each.version)
                for at, each in enumerate(content.references)
                for to in (target(each, context),)
            ),
            reference_json(content.references),
            metadata_json(content.metadata),
            rule_set_json(content.rule_set),
        )

    def content_row(self, schema_id: int) -> Row:
        """Return the row of `statements.INSERT_CONTENT`."""
        content = self.new.content
        return (
            self.context,
            schema_id,
            str(content.schema_type),
            content.text,
            self.sha256,
            self.guid,
            self.reference_json,
            self.metadata_json,
            self.rule_set_json,
            self.new.created_ms,
        )

    def reference_rows(self) -> list[Row]:
        """Return the rows of `statements.INSERT_REFERENCE`."""
        place = (self.context, self.new.subject.name, self.new.version)
        return [
            (*place, each.position, each.name, each.context, each.subject, each.version)
            for each in self.targets
        ]

    @property
    def after(self) -> tuple[str, str]:
        """What comes before and after the id in what the audit row says of it.

        PostgreSQL chooses the id and writes the row in one statement.
        """
        rest = (self.entry.after or "{}").removeprefix("{")
        return '{"id": ', rest if rest == "}" else f", {rest}"

    @property
    def context(self) -> str:
        return self.new.subject.context

    @property
    def creates_context(self) -> bool:
        return self.based_on.settings < 0

    @property
    def other_contexts(self) -> list[str]:
        """The contexts of targets outside this one, in the order of locking."""
        others = {each.context for each in self.targets} - {self.context}
        return sorted(others)


def unborn(global_revision: int) -> int:
    """Return the settings revision of a context that does not exist yet.

    It is negative, and changes with the settings of all contexts: the row that would
    count these for the context is not there.
    """
    return -1 - global_revision
