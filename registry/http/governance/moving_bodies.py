"""Records of what a registry holds, as they are sent: each says of which kind it is."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

import msgspec

from registry.application.moving_in import Outcome
from registry.application.records import (
    AliasRecord,
    Arriving,
    AssociationRecord,
    ConfigRecord,
    ContextRecord,
    DekRecord,
    Incoming,
    KekRecord,
    ModeRecord,
    PoliciesRecord,
    Record,
    VersionRecord,
)
from registry.domain.associations import (
    KEY,
    TOPIC,
    Association,
    Lifecycle,
    Resource,
)
from registry.domain.configuration import Config, Mode
from registry.domain.harmless import harmless
from registry.domain.keys import Algorithm, Dek, DekSlot, Kek, KekName
from registry.domain.model import (
    MAX_NUMBER,
    Content,
    SchemaId,
    SchemaType,
    Subject,
    Version,
)
from registry.http.confluent.bodies import MetadataBody, ReferenceBody, RuleSetBody
from registry.http.confluent.configuration import ConfigBody, ConfigUpdateBody

Number = Annotated[int, msgspec.Meta(ge=1, le=MAX_NUMBER)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _Record(msgspec.Struct, rename="camel", omit_defaults=True, tag_field="kind"):
    pass


class ContextRecordBody(_Record, tag="context", kw_only=True):
    """A context.

    Attributes:
        last_id: The highest id ever given in it.

    """

    name: str
    last_id: Count

    @classmethod
    def of(cls, record: ContextRecord) -> Self:
        return cls(name=record.name, last_id=record.last_id)

    def to_record(self) -> ContextRecord:
        return ContextRecord(self.name, self.last_id)


class VersionRecordBody(_Record, tag="version", kw_only=True):
    """A version, soft-deleted or not.

    Attributes:
        guid: Where it differs from what this registry makes of the content, it stays
            an alias under which the schema is found.
        deleted_ts: When it was soft-deleted.

    """

    subject: str
    version: Number
    id: Number
    guid: str | None = None
    schema_type: SchemaType = SchemaType.AVRO
    references: list[ReferenceBody] | None = None
    metadata: MetadataBody | None = None
    rule_set: RuleSetBody | None = None
    schema: str
    ts: Milliseconds | None = None
    deleted: bool = False
    deleted_ts: Milliseconds | None = None

    @classmethod
    def of(cls, record: VersionRecord) -> Self:
        version = record.version
        content, here = version.content, Subject("")
        metadata, rule_set = content.metadata, content.rule_set
        references = [ReferenceBody.of(each, here) for each in content.references]
        return cls(
            subject=str(version.subject),
            version=version.version,
            id=version.schema_id,
            guid=str(version.stored.guid),
            schema_type=content.schema_type,
            references=references or None,
            metadata=None if metadata is None else MetadataBody.of(metadata),
            rule_set=None if rule_set is None else RuleSetBody.of(rule_set),
            schema=content.text,
            ts=version.created_ms,
            deleted=version.is_deleted,
            deleted_ts=record.deleted_ms,
        )

    def to_record(self) -> Incoming:
        """Return what the use case takes.

        Raises:
            InvalidSchemaError: A reference is incomplete.
            ValueError: The GUID is none.

        """
        metadata, rule_set = self.metadata, self.rule_set
        content = Content(
            self.schema_type,
            self.schema,
            tuple(each.to_reference() for each in self.references or ()),
            None if metadata is None else metadata.to_metadata(),
            None if rule_set is None else rule_set.to_rule_set(),
        )
        return Incoming(
            Subject.parse(self.subject),
            Version(self.version),
            SchemaId(self.id),
            content,
            self.deleted,
            self.ts,
            self.deleted_ts if self.deleted else None,
            None if self.guid is None else UUID(self.guid),
        )


class AliasRecordBody(_Record, tag="guidAlias", kw_only=True):
    """What another registry called a schema."""

    guid: str
    context: str
    id: Number

    @classmethod
    def of(cls, record: AliasRecord) -> Self:
        return cls(guid=str(record.guid), context=record.context, id=record.schema_id)

    def to_record(self) -> AliasRecord:
        return AliasRecord(UUID(self.guid), self.context, SchemaId(self.id))


class ConfigRecordBody(_Record, tag="config", kw_only=True):
    """What a subject says, a context (`:.context:`), or with no name the registry."""

    scope: str
    config: ConfigBody

    @classmethod
    def of(cls, record: ConfigRecord) -> Self:
        return cls(scope=str(record.scope), config=ConfigBody.of(record.config))


class ArrivingConfigBody(_Record, tag="config", kw_only=True):
    """The same on its way in."""

    scope: str
    config: ConfigUpdateBody

    def to_record(self) -> ConfigRecord:
        config = replace(Config(), **self.config.to_patch())
        return ConfigRecord(Subject.parse(self.scope), config)


class ModeRecordBody(_Record, tag="mode", kw_only=True):
    """The mode of a place."""

    scope: str
    mode: Mode

    @classmethod
    def of(cls, record: ModeRecord) -> Self:
        return cls(scope=str(record.scope), mode=record.mode)

    def to_record(self) -> ModeRecord:
        return ModeRecord(Subject.parse(self.scope), self.mode)


class PoliciesRecordBody(_Record, tag="policies", kw_only=True):
    """The stricter policies of a subject."""

    subject: str
    policies: list[str]

    @classmethod
    def of(cls, record: PoliciesRecord) -> Self:
        return cls(subject=str(record.subject), policies=[*record.names])

    def to_record(self) -> PoliciesRecord:
        names = tuple(sorted(set(self.policies)))
        return PoliciesRecord(Subject.parse(self.subject), names)


class AssociationRecordBody(_Record, tag="association", kw_only=True):
    """That a topic uses a subject."""

    resource_name: str
    resource_namespace: str
    resource_id: str
    resource_type: str = TOPIC
    association_type: Literal["key", "value"]
    subject: str
    lifecycle: Lifecycle
    ts: Milliseconds

    @classmethod
    def of(cls, record: AssociationRecord) -> Self:
        association = record.association
        resource = association.resource
        return cls(
            resource_name=resource.name,
            resource_namespace=resource.namespace,
            resource_id=resource.id,
            resource_type=resource.type,
            association_type="key" if association.association_type == KEY else "value",
            subject=str(association.subject),
            lifecycle=association.lifecycle,
            ts=association.created_ms,
        )

    def to_record(self) -> AssociationRecord:
        resource = Resource(
            self.resource_name,
            self.resource_namespace,
            self.resource_id,
            self.resource_type,
        )
        subject = Subject.parse(self.subject)
        return AssociationRecord(
            Association(
                resource, self.association_type, subject, self.lifecycle, self.ts
            )
        )


class KekRecordBody(_Record, tag="kek", kw_only=True):
    """A key-encryption key, described; what is secret in it is told."""

    name: str
    context: str
    kms_type: str
    kms_key_id: str
    kms_props: dict[str, str] | None = None
    doc: str | None = None
    ts: Milliseconds
    deleted: bool = False

    @classmethod
    def of(cls, record: KekRecord) -> Self:
        kek = record.kek
        return cls(
            name=kek.name.name,
            context=kek.name.context,
            kms_type=kek.kms_type,
            kms_key_id=kek.kms_key_id,
            kms_props=None if kek.kms_props is None else dict(kek.kms_props),
            doc=kek.doc,
            ts=kek.written_ms,
            deleted=kek.is_deleted,
        )

    def to_record(self) -> KekRecord:
        return KekRecord(
            Kek(
                KekName(self.name, self.context),
                self.kms_type,
                self.kms_key_id,
                self.kms_props,
                self.doc,
                self.ts,
                self.deleted,
            )
        )


class DekRecordBody(_Record, tag="dek", kw_only=True):
    """A data-encryption key, as the client has encrypted it."""

    kek: str
    context: str
    subject: str
    algorithm: Algorithm
    version: Number
    encrypted_key_material: str
    ts: Milliseconds
    deleted: bool = False

    @classmethod
    def of(cls, record: DekRecord) -> Self:
        dek, slot = record.dek, record.dek.slot
        return cls(
            kek=slot.kek.name,
            context=slot.kek.context,
            subject=str(slot.subject),
            algorithm=slot.algorithm,
            version=dek.version,
            encrypted_key_material=dek.material,
            ts=dek.written_ms,
            deleted=dek.is_deleted,
        )

    def to_record(self) -> DekRecord:
        kek, subject = KekName(self.kek, self.context), Subject.parse(self.subject)
        slot = DekSlot(kek, subject, self.algorithm)
        return DekRecord(
            Dek(slot, self.version, self.encrypted_key_material, self.ts, self.deleted)
        )


AnyRecordBody = (
    ContextRecordBody
    | VersionRecordBody
    | AliasRecordBody
    | ConfigRecordBody
    | ModeRecordBody
    | PoliciesRecordBody
    | AssociationRecordBody
    | KekRecordBody
    | DekRecordBody
)
ArrivingBody = (
    ContextRecordBody
    | VersionRecordBody
    | AliasRecordBody
    | ArrivingConfigBody
    | ModeRecordBody
    | PoliciesRecordBody
    | AssociationRecordBody
    | KekRecordBody
    | DekRecordBody
)

_BODIES: Final[Mapping[type[Record], Callable[[Any], AnyRecordBody]]] = {
    ContextRecord: ContextRecordBody.of,
    VersionRecord: VersionRecordBody.of,
    AliasRecord: AliasRecordBody.of,
    ConfigRecord: ConfigRecordBody.of,
    ModeRecord: ModeRecordBody.of,
    PoliciesRecord: PoliciesRecordBody.of,
    AssociationRecord: AssociationRecordBody.of,
    KekRecord: KekRecordBody.of,
    DekRecord: DekRecordBody.of,
}


def body_of(record: Record) -> AnyRecordBody:
    return _BODIES[type(record)](record)


def to_record(body: ArrivingBody) -> Arriving:
    """Return what the use case takes.

    Raises:
        RegistryError, ValueError: Something in it is not what it has to be.

    """
    return body.to_record()


class ExportBody(msgspec.Struct):
    """A page of records.

    Attributes:
        next: What to ask for as `cursor` next; null if this was the last page.

    """

    records: tuple[AnyRecordBody, ...]
    next: str | None


class RefusalBody(msgspec.Struct):
    """Why a record was refused; the first one has the position 0."""

    position: int
    error_code: int
    message: str

    def __post_init__(self) -> None:
        self.message = harmless(self.message)


class ImportBody(msgspec.Struct):
    """What became of a batch; if anything was refused, nothing was written."""

    written: int
    unchanged: int
    refused: tuple[RefusalBody, ...]

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        refused = tuple(
            RefusalBody(each.position, each.error.code, str(each.error))
            for each in outcome.refused
        )
        return cls(outcome.written, outcome.unchanged, refused)
