"""Bodies of the compatible API, in Confluent's spelling and order of fields.

What is empty is left out, but for `schemaType`, `ts` and `deleted`. One struct serves a
request and its answer where the two have the same fields.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Self

import msgspec

from registry.application.submission import Submission
from registry.application.tagging import Amendment
from registry.domain.associations import Association
from registry.domain.errors import InvalidSchemaError
from registry.domain.model import (
    Metadata,
    Reference,
    Rule,
    RuleSet,
    SchemaVersion,
    Subject,
)
from registry.domain.rule_sets import DEFAULT_KIND, DEFAULT_MODE
from registry.domain.tags import Entity, EntityKind, Tagged, Tagging

Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]


class Body(msgspec.Struct, rename="camel", omit_defaults=True):
    """What all bodies have in common."""


class ReferenceBody(Body):
    """A named use of another subject's schema."""

    name: str | None = None
    subject: str | None = None
    version: Int32 | None = None

    @classmethod
    def of(cls, reference: Reference, context: Subject) -> Self:
        """Word a reference; subjects are qualified if a context is named."""
        written = reference.subject
        if context.is_qualified and not written.startswith(":."):
            written = str(Subject(written, context.context))
        return cls(name=reference.name, subject=written, version=reference.version)

    def to_reference(self) -> Reference:
        if self.name is None or self.subject is None or self.version is None:
            given = msgspec.json.encode(self).decode()
            raise InvalidSchemaError(
                f"Invalid reference: {given}: name, subject and version are needed"
            )
        return Reference(self.name, self.subject, self.version)


class MetadataBody(Body):
    """Facts beside a schema."""

    tags: dict[str, list[str]] | None = None
    properties: dict[str, str] | None = None
    sensitive: list[str] | None = None

    @classmethod
    def of(cls, metadata: Metadata) -> Self:
        tags = {path: sorted(tags) for path, tags in sorted(metadata.tags.items())}
        return cls(
            tags=tags or None,
            properties=dict(sorted(metadata.properties.items())) or None,
            sensitive=sorted(metadata.sensitive) or None,
        )

    def to_metadata(self) -> Metadata:
        return Metadata(
            tags={path: _set(tags) for path, tags in (self.tags or {}).items()},
            properties=self.properties or {},
            sensitive=_set(self.sensitive or ()),
        )


class RuleBody(Body):
    """One rule of a rule set."""

    name: str | None = None
    doc: str | None = None
    kind: str | None = None
    mode: str | None = None
    type: str | None = None
    tags: list[str] | None = None
    params: dict[str, str] | None = None
    expr: str | None = None
    on_success: str | None = None
    on_failure: str | None = None
    # None is never sent: an answer always says whether a rule is disabled.
    disabled: bool | None = None

    @classmethod
    def of(cls, rule: Rule) -> Self:
        return cls(
            name=rule.name or None,
            doc=rule.doc or None,
            kind=rule.kind,
            mode=rule.mode,
            type=rule.type or None,
            tags=_some(rule.tags),
            params=dict(rule.params) if rule.params else None,
            expr=rule.expr or None,
            on_success=rule.on_success or None,
            on_failure=rule.on_failure or None,
            disabled=rule.disabled,
        )

    def to_rule(self) -> Rule:
        return Rule(
            name=self.name,
            doc=self.doc,
            kind=self.kind or DEFAULT_KIND,
            mode=self.mode or DEFAULT_MODE,
            type=self.type,
            tags=None if self.tags is None else tuple(self.tags),
            params=self.params,
            expr=self.expr,
            on_success=self.on_success,
            on_failure=self.on_failure,
            disabled=bool(self.disabled),
        )


class RuleSetBody(Body):
    """Rules that clients execute."""

    migration_rules: list[RuleBody] | None = None
    domain_rules: list[RuleBody] | None = None
    encoding_rules: list[RuleBody] | None = None
    enable_at: str | None = None

    @classmethod
    def of(cls, rule_set: RuleSet) -> Self:
        return cls(
            migration_rules=_rule_bodies(rule_set.migration_rules),
            domain_rules=_rule_bodies(rule_set.domain_rules),
            encoding_rules=_rule_bodies(rule_set.encoding_rules),
            enable_at=rule_set.enable_at,
        )

    def to_rule_set(self) -> RuleSet:
        return RuleSet(
            migration_rules=_rules(self.migration_rules),
            domain_rules=_rules(self.domain_rules),
            encoding_rules=_rules(self.encoding_rules),
            enable_at=self.enable_at,
        )


class EntityBody(Body):
    """A part of a schema that may be tagged."""

    entity_path: str | None = None
    entity_type: str | None = None

    def to_entity(self) -> Entity:
        kinds = {each.value: each for each in EntityKind}
        kind = kinds.get((self.entity_type or "").lower())
        if not self.entity_path or kind is None:
            raise InvalidSchemaError(
                f"Invalid schema tags: entityPath and entityType ({' or '.join(kinds)})"
                " are needed"
            )
        return Entity.at(self.entity_path, kind)


class SchemaTagsBody(Body):
    """A part of a schema with tags."""

    schema_entity: EntityBody | None = None
    tags: list[str] | None = None

    @classmethod
    def of(cls, entity: Entity, tags: Sequence[str]) -> Self:
        return cls(EntityBody(entity.path, entity.kind), list(tags))


class SubmissionBody(Body):
    """A schema to be registered, looked up or compared."""

    schema: str | None = None
    schema_type: str | None = None
    references: list[ReferenceBody] | None = None
    metadata: MetadataBody | None = None
    rule_set: RuleSetBody | None = None
    version: Int32 | None = None
    id: Int32 | None = None
    schema_tags_to_add: list[SchemaTagsBody] | None = None
    schema_tags_to_remove: list[SchemaTagsBody] | None = None
    propagate_schema_tags: bool | None = None

    def to_submission(self, normalize: bool | None) -> Submission:  # noqa: FBT001 - None is a third answer
        """Return what the use cases take.

        Raises:
            InvalidSchemaError: A reference is incomplete, or what is to be tagged.

        """
        metadata, rule_set = self.metadata, self.rule_set
        return Submission(
            text=self.schema,
            schema_type=self.schema_type,
            references=tuple(each.to_reference() for each in self.references or ()),
            metadata=None if metadata is None else metadata.to_metadata(),
            rule_set=None if rule_set is None else rule_set.to_rule_set(),
            version=self.version or 0,
            schema_id=None if self.id is None or self.id < 0 else self.id,
            normalize=normalize,
            tagging=_tagging(self.schema_tags_to_add, self.schema_tags_to_remove),
            propagates_tags=bool(self.propagate_schema_tags),
        )


class AmendmentBody(Body):
    """What a new version has in another way than the one that it is made from."""

    new_version: Int32 | None = None
    tags_to_add: list[SchemaTagsBody] | None = None
    tags_to_remove: list[SchemaTagsBody] | None = None
    metadata: MetadataBody | None = None
    rule_set: RuleSetBody | None = None
    rules_to_merge: RuleSetBody | None = None
    rules_to_remove: list[str] | None = None

    def to_amendment(self) -> Amendment:
        """Return what the use case takes.

        Raises:
            InvalidSchemaError: What is to be tagged is not named.

        """
        metadata, rule_set, merged = self.metadata, self.rule_set, self.rules_to_merge
        return Amendment(
            _tagging(self.tags_to_add, self.tags_to_remove),
            self.new_version or 0,
            None if metadata is None else metadata.to_metadata(),
            None if rule_set is None else rule_set.to_rule_set(),
            None if merged is None else merged.to_rule_set(),
            tuple(self.rules_to_remove or ()),
        )


class AssociationBody(Body, kw_only=True):
    """That a resource uses a subject."""

    subject: str
    guid: str
    resource_name: str
    resource_namespace: str
    resource_id: str
    resource_type: str
    association_type: str
    lifecycle: str
    frozen: bool
    create_ts: int
    update_ts: int

    @classmethod
    def of(cls, found: Association) -> Self:
        resource = found.resource
        return cls(
            subject=str(found.subject),
            guid=str(found.guid),
            resource_name=resource.name,
            resource_namespace=resource.namespace,
            resource_id=resource.id,
            resource_type=resource.type,
            association_type=found.association_type,
            lifecycle=found.lifecycle,
            frozen=found.is_frozen,
            create_ts=found.created_ms,
            update_ts=found.created_ms,
        )


class SchemaBody(Body, kw_only=True):
    """A version of a subject."""

    subject: str
    version: int
    id: int
    guid: str
    schema_type: str
    references: list[ReferenceBody] | None = None
    metadata: MetadataBody | None = None
    rule_set: RuleSetBody | None = None
    schema: str
    schema_tags: list[SchemaTagsBody] | None = None
    ts: int
    deleted: bool
    aliases: list[str] | None = None
    associations: list[AssociationBody] | None = None

    @classmethod
    def of(
        cls,
        found: SchemaVersion,
        text: str,
        *,
        qualified: bool = False,
        aliases: Sequence[Subject] = (),
        associations: Sequence[Association] = (),
        tagged: Tagged | None = None,
    ) -> Self:
        """Word a version; `text` is its schema as the client wants it rendered."""
        return cls(
            subject=str(found.subject),
            version=found.version,
            id=found.schema_id,
            aliases=_some([str(each) for each in aliases]),
            associations=[AssociationBody.of(each) for each in associations] or None,
            schema_tags=_schema_tags(tagged),
            **_facts(found, text, qualified=qualified),
        )


class RegisteredBody(Body, kw_only=True):
    """What a registration answers."""

    id: int
    version: int
    guid: str
    schema_type: str
    references: list[ReferenceBody] | None = None
    metadata: MetadataBody | None = None
    rule_set: RuleSetBody | None = None
    schema: str
    ts: int
    deleted: bool

    @classmethod
    def of(cls, found: SchemaVersion, text: str) -> Self:
        return cls(id=found.schema_id, version=found.version, **_facts(found, text))


class SchemaStringBody(Body, kw_only=True):
    """The content of an id or GUID."""

    subject: str | None = None
    version: int | None = None
    guid: str
    schema_type: str
    schema: str
    references: list[ReferenceBody] | None = None
    metadata: MetadataBody | None = None
    rule_set: RuleSetBody | None = None
    schema_tags: list[SchemaTagsBody] | None = None
    max_id: int | None = None
    ts: int | None = None
    deleted: bool | None = None

    @classmethod
    def of(
        cls,
        found: SchemaVersion,
        text: str,
        *,
        max_id: int | None = None,
        qualified: bool = False,
        tagged: Tagged | None = None,
    ) -> Self:
        body = cls.without_place(found, text, qualified=qualified)
        body.subject, body.version = str(found.subject), found.version
        body.max_id = max_id
        body.schema_tags = _schema_tags(tagged)
        return body

    @classmethod
    def without_place(
        cls, found: SchemaVersion, text: str, *, qualified: bool = False
    ) -> Self:
        """Word a content whose subject and version are nobody's business."""
        return cls(**_facts(found, text, qualified=qualified))


class SubjectVersionBody(Body):
    subject: str
    version: int


class ContextIdBody(Body):
    context: str
    id: int


class CompatibilityBody(msgspec.Struct, omit_defaults=True):
    """Whether a schema would be accepted; the messages only when asked for."""

    is_compatible: bool
    messages: Sequence[str] | None = None


def _facts(
    found: SchemaVersion, text: str, *, qualified: bool = False
) -> dict[str, Any]:
    """Word what all answers about a version have in common, field by field."""
    content = found.content
    context = Subject("", found.subject.context) if qualified else Subject("")
    references = [ReferenceBody.of(each, context) for each in content.references]
    metadata, rule_set = content.metadata, content.rule_set
    return {
        "guid": str(found.stored.guid),
        "schema_type": content.schema_type,
        "references": references or None,
        "metadata": None if metadata is None else MetadataBody.of(metadata),
        "rule_set": None if rule_set is None else RuleSetBody.of(rule_set),
        "schema": text,
        "ts": found.created_ms,
        "deleted": found.is_deleted,
    }


def _set(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def _tagging(
    add: Sequence[SchemaTagsBody] | None, remove: Sequence[SchemaTagsBody] | None
) -> Tagging:
    return Tagging.of(_said(add), _said(remove))


def _said(
    bodies: Sequence[SchemaTagsBody] | None,
) -> list[tuple[Entity, Sequence[str]]]:
    return [
        ((body.schema_entity or EntityBody()).to_entity(), body.tags or ())
        for body in bodies or ()
    ]


def _schema_tags(tagged: Tagged | None) -> list[SchemaTagsBody] | None:
    bodies = [SchemaTagsBody.of(*each) for each in (tagged or {}).items()]
    return bodies or None


def _some(values: Sequence[str] | None) -> list[str] | None:
    return list(values) if values else None


def _rule_bodies(rules: Sequence[Rule] | None) -> list[RuleBody] | None:
    return [RuleBody.of(rule) for rule in rules] if rules else None


def _rules(bodies: Sequence[RuleBody] | None) -> tuple[Rule, ...] | None:
    return None if bodies is None else tuple(body.to_rule() for body in bodies)
