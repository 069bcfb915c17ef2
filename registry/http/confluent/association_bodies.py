"""Bodies about associations, in Confluent's spelling and order of fields."""

from collections.abc import Sequence
from typing import Self

import msgspec

from registry.application.association_ports import Wanted
from registry.application.wishes import Asked, Verb, lifecycle
from registry.domain.associations import (
    ANY,
    TOPIC,
    Association,
    InvalidAssociationError,
    Resource,
)
from registry.domain.model import SchemaVersion
from registry.http.confluent.bodies import Body, SchemaBody, SubmissionBody
from registry.http.errors import ErrorBody


class AssociationInfoBody(Body, kw_only=True):
    """An association, as it is told beside its resource."""

    subject: str
    association_type: str
    lifecycle: str
    frozen: bool
    schema: SchemaBody | None = None

    @classmethod
    def of(cls, found: Association, version: SchemaVersion | None) -> Self:
        return cls(
            subject=str(found.subject),
            association_type=found.association_type,
            lifecycle=found.lifecycle,
            frozen=found.is_frozen,
            schema=None
            if version is None
            else SchemaBody.of(version, version.content.text),
        )


class AssociatedBody(Body, kw_only=True):
    """A resource, with what was asked about it."""

    resource_name: str
    resource_namespace: str
    resource_id: str | None = None
    resource_type: str
    associations: list[AssociationInfoBody] | None = None

    @classmethod
    def of(cls, resource: Resource, infos: Sequence[AssociationInfoBody]) -> Self:
        return cls(
            resource_name=resource.name,
            resource_namespace=resource.namespace,
            resource_id=resource.id or None,
            resource_type=resource.type,
            associations=list(infos) or None,
        )


class WishBody(Body):
    """An association that is to be made; what is open has a default."""

    subject: str | None = None
    association_type: str | None = None
    lifecycle: str | None = None
    frozen: bool | None = None
    schema: SubmissionBody | None = None
    normalize: bool | None = None

    def to_asked(self, verb: Verb, context: str) -> Asked:
        schema = self.schema
        return Asked(
            verb,
            self.association_type,
            self.subject,
            context,
            self.lifecycle,
            self.frozen,
            None if schema is None else schema.to_submission(self.normalize),
        )


class ResourceBody(Body):
    """A resource as a request names it."""

    resource_name: str | None = None
    resource_namespace: str | None = None
    resource_id: str | None = None
    resource_type: str | None = None

    def to_resource(self) -> Resource:
        return Resource(
            self.resource_name or "",
            self.resource_namespace or "",
            self.resource_id or "",
            self.resource_type or TOPIC,
        )


class AssociationRequestBody(ResourceBody):
    """Associations that are to be made for one resource."""

    associations: list[WishBody] | None = None

    def to_asked(self, verb: Verb, context: str) -> list[Asked]:
        return [each.to_asked(verb, context) for each in self.associations or ()]

    def of_id(self, resource_id: str) -> Resource:
        """Return the resource, whose id the path names.

        Raises:
            InvalidAssociationError: The body names another one.

        """
        resource = self.to_resource()
        if resource.id not in {"", resource_id}:
            raise InvalidAssociationError("resourceId", "must be the one of the path")
        return msgspec.structs.replace(self, resource_id=resource_id).to_resource()


class OperationBody(WishBody):
    """One change of a batch: `opType` is `CREATE`, `UPSERT` or `DELETE`."""

    op_type: str | None = None
    cascade_lifecycle: bool | None = None

    def to_operation(self, context: str) -> Asked:
        try:
            verb = Verb((self.op_type or "").upper())
        except ValueError:
            raise InvalidAssociationError(
                "opType", "must be CREATE, UPSERT or DELETE"
            ) from None
        if verb is Verb.DELETE:
            cascades = bool(self.cascade_lifecycle)
            return Asked(verb, self.association_type, cascades=cascades)
        return self.to_asked(verb, context)


class MutationBody(ResourceBody):
    """Changes of one resource: all are made, or none."""

    associations: list[OperationBody] | None = None


class BatchMutationBody(Body):
    """Changes of many resources, each on its own."""

    requests: list[MutationBody] | None = None


class QuestionBody(ResourceBody):
    """Which associations of one resource are asked for."""

    association_types: list[str] | None = None
    lifecycle: str | None = None

    def to_wanted(self) -> Wanted:
        return Wanted(
            resource_id=self.resource_id or None,
            name=self.resource_name or None,
            namespace=unless_any(self.resource_namespace or ANY),
            resource_type=self.resource_type or TOPIC,
            association_types=tuple(self.association_types or ()),
            lifecycle=lifecycle(self.lifecycle),
        )


class BatchQuestionBody(Body):
    """Questions about many resources."""

    requests: list[QuestionBody] | None = None


class ResultBody(Body):
    """What became of one part of a batch."""

    error: ErrorBody | None = None
    result: AssociatedBody | None = None


class BatchResultBody(msgspec.Struct):
    """What became of a batch: one result for each part, in the same order."""

    results: list[ResultBody]


def unless_any(name: str) -> str | None:
    """Return a name, or None for the one that stands for any."""
    return None if name == ANY else name
