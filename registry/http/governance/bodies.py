"""Bodies of the governance API."""

from collections.abc import Sequence
from typing import Self

import msgspec

from registry.application.description import Description
from registry.application.governance import Item, Report
from registry.application.stored import Trashed
from registry.application.trash import DAY_MS
from registry.domain.errors import InvalidSchemaError, RegistryError
from registry.domain.harmless import harmless
from registry.domain.levels import Level
from registry.domain.model import Subject
from registry.http.confluent.bodies import SubjectVersionBody, SubmissionBody
from registry.http.errors import ReferrerBody
from registry.http.findings import FindingBody, RangeBody


class CheckItemBody(SubmissionBody, kw_only=True):
    """A schema to be checked against the live versions of a subject.

    Attributes:
        level: Absent for the one in scope.
        policies: Absent for the subject's own; an empty list for none.

    """

    subject: str
    level: str | None = None
    policies: list[str] | None = None

    def to_item(self) -> Item:
        """Return what the use case takes.

        Raises:
            InvalidLevelError: There is no such level.
            InvalidSchemaError: A reference is incomplete.

        """
        level = None if self.level is None else Level.parse(self.level)
        return Item(
            Subject.parse(self.subject),
            self.to_submission(None),
            level,
            None if self.policies is None else tuple(self.policies),
        )


class PayloadTypeBody(msgspec.Struct):
    """A type that a payload may hold.

    Attributes:
        index: Protobuf's message index, outermost first; empty for other languages.

    """

    name: str
    index: tuple[int, ...]


class DescriptionBody(msgspec.Struct, rename="camel"):
    """A schema with its surroundings; `uses` has one version for each subject."""

    id: int
    guid: str
    schema_type: str
    uses: tuple[SubjectVersionBody, ...]
    types: tuple[PayloadTypeBody, ...]

    @classmethod
    def of(cls, found: Description) -> Self:
        return cls(
            id=found.schema.schema_id,
            guid=str(found.schema.stored.guid),
            schema_type=found.schema.content.schema_type,
            uses=tuple(
                SubjectVersionBody(str(use.subject), use.version) for use in found.uses
            ),
            types=tuple(PayloadTypeBody(each.name, each.index) for each in found.types),
        )


class CheckErrorBody(msgspec.Struct):
    """Why an item is invalid; where, if it is the schema."""

    error_code: int
    message: str
    location: RangeBody | None

    def __post_init__(self) -> None:
        self.message = harmless(self.message)

    @classmethod
    def of(cls, error: RegistryError) -> Self:
        place = error.place if isinstance(error, InvalidSchemaError) else None
        where = None if place is None else RangeBody.of(place)
        return cls(error.code, str(error), where)


class ReportBody(msgspec.Struct):
    """What was found about one item.

    Attributes:
        policies: The stricter policies that were applied; absent if there were none.
        error: There for an invalid item only.

    """

    subject: str
    verdict: str
    level: str | None
    messages: tuple[str, ...]
    findings: tuple[FindingBody, ...]
    policies: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    error: CheckErrorBody | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(cls, report: Report) -> Self:
        error = report.error
        return cls(
            subject=str(report.subject),
            verdict=report.verdict,
            level=None if report.level is None else report.level.name,
            messages=report.messages,
            findings=tuple(map(FindingBody.of, report.findings)),
            policies=report.policies or msgspec.UNSET,
            error=msgspec.UNSET if error is None else CheckErrorBody.of(error),
        )


class PoliciesBody(msgspec.Struct):
    """The names of stricter policies; an empty list for none."""

    policies: Sequence[str]


class TrashedBody(msgspec.Struct, rename="camel", omit_defaults=True):
    """A soft-deleted version.

    Attributes:
        deleted_ts: Milliseconds since 1970; absent where nobody has noted it.
        purge_ts: When it goes for good, unless something refers to it; absent if it
            stays until somebody removes it.

    """

    subject: str
    version: int
    id: int
    schema_type: str
    deleted_ts: int | None = None
    purge_ts: int | None = None
    referrers: tuple[ReferrerBody, ...] = ()

    @classmethod
    def of(cls, found: Trashed, retention_days: int | None) -> Self:
        at = found.deleted_ms
        return cls(
            subject=str(found.subject),
            version=found.version,
            id=found.schema_id,
            schema_type=found.schema_type,
            deleted_ts=at,
            purge_ts=None
            if at is None or retention_days is None
            else at + retention_days * DAY_MS,
            referrers=tuple(
                ReferrerBody(
                    str(each.subject), each.version, each.schema_id, each.is_deleted
                )
                for each in found.referrers
            ),
        )


class TrashBody(msgspec.Struct, rename="camel"):
    """A page of the trash.

    Attributes:
        retention_days: After how many days what nothing refers to goes for good;
            null if only when somebody removes it.

    """

    retention_days: int | None
    versions: tuple[TrashedBody, ...]


class RestoredBody(msgspec.Struct):
    """The versions that are live again; none, if all were live."""

    subject: str
    versions: tuple[int, ...]
