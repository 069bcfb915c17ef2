"""`/associations`: which subject a topic uses, asked by clients before all else.

Reads never fail for want of associations: a client that gets anything else than a list
gives up, although it could go on without.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from litestar import delete, get, post, put
from litestar.params import JSONBody

from registry.application import associated, associating, wishes
from registry.application.associating import Act
from registry.application.association_ports import Wanted
from registry.application.last_answers import LastAnswers
from registry.application.ports import Ports
from registry.application.wishes import Asked, Verb
from registry.domain.access import Permission
from registry.domain.associations import TOPIC, Resource
from registry.domain.errors import RegistryError
from registry.domain.model import Subject
from registry.http import parameters
from registry.http.authorisation import READS, held_later
from registry.http.confluent.association_bodies import (
    AssociatedBody,
    AssociationInfoBody,
    AssociationRequestBody,
    BatchMutationBody,
    BatchQuestionBody,
    BatchResultBody,
    MutationBody,
    QuestionBody,
    ResultBody,
    unless_any,
)
from registry.http.confluent.bodies import AssociationBody
from registry.http.errors import RefusedError, told
from registry.http.handling import ITEMS_OF, PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    MOST_SCHEMAS,
    AssociationTypes,
    CascadeLifecycle,
    DryRun,
    IncludeSchemas,
    InContext,
    LifecycleText,
    Limit,
    Offset,
    ResourceId,
    ResourceName,
    ResourceNamespace,
    ResourceType,
    SubjectName,
    flag,
)
from registry.http.threads import Threads, in_thread

Part = TypeVar("Part", MutationBody, QuestionBody)

MOST_REQUESTS: Final = 500
"""How many parts a batch may have: each is a transaction of its own."""


def _requests_of(batch: BatchMutationBody | BatchQuestionBody) -> int:
    return len(batch.requests or ())


class AssociationController(PortsController):
    path = "/associations"
    tags = ("Associations",)
    last_answers: LastAnswers

    @classmethod
    def on(cls, ports: Ports, threads: Threads) -> type[PortsController]:
        """Return the controller, bound to its ports, and to a memory of its own."""
        bound = super().on(ports, threads)
        return type(cls.__name__, (bound,), {"last_answers": LastAnswers(ports)})

    @get(
        "/resources/{namespace:segment}/{name:segment}",
        operation_id="listAssociations",
        opt=READS,
        summary="List the subjects that a topic uses",
        description="Clients ask before they first produce or consume a topic. An empty"
        " list means that it uses the subjects that are named after it.",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_associations(
        self,
        namespace: ResourceNamespace,
        name: ResourceName,
        resource_type: ResourceType = "",
        association_types: AssociationTypes = None,
        lifecycle: LifecycleText = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[AssociationBody]:
        wanted = Wanted(
            name=unless_any(name),
            namespace=unless_any(namespace),
            resource_type=resource_type or TOPIC,
            association_types=tuple(association_types or ()),
            lifecycle=wishes.lifecycle(lifecycle),
        )
        return self._listed(wanted, offset, limit)

    @get(
        "/resources/{resource_id:segment}",
        operation_id="listAssociationsOfResource",
        opt=READS,
        summary="List the subjects that a topic, given by its id, uses",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_associations_of_resource(
        self,
        resource_id: ResourceId,
        resource_type: ResourceType = "",
        association_types: AssociationTypes = None,
        lifecycle: LifecycleText = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[AssociationBody]:
        wanted = Wanted(
            resource_id=resource_id,
            resource_type=resource_type or TOPIC,
            association_types=tuple(association_types or ()),
            lifecycle=wishes.lifecycle(lifecycle),
        )
        return self._listed(wanted, offset, limit)

    @get(
        "/subjects/{subject:segment}",
        operation_id="listAssociationsOfSubject",
        opt=READS,
        summary="List the topics that use a subject",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_associations_of_subject(
        self,
        subject: SubjectName,
        resource_type: ResourceType = "",
        association_types: AssociationTypes = None,
        lifecycle: LifecycleText = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[AssociationBody]:
        wanted = Wanted(
            subject=Subject.parse(subject),
            resource_type=resource_type or TOPIC,
            association_types=tuple(association_types or ()),
            lifecycle=wishes.lifecycle(lifecycle),
        )
        return self._listed(wanted, offset, limit)

    @post(
        operation_id="createAssociations",
        opt=held_later(Permission.CONFIGURE, is_trial="dryRun"),
        summary="Associate a topic with subjects, and register their schemas",
        description="All is done in one transaction, or nothing. To repeat a request"
        " changes nothing.",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def create_associations(
        self,
        data: JSONBody[AssociationRequestBody],
        context: InContext = "",
        dry_run: DryRun = "",
    ) -> AssociatedBody:
        asked = data.to_asked(Verb.CREATE, parameters.context(context))
        return _associated(self.ports, data.to_resource(), asked, dry_run)

    @put(
        "/resources/{resource_id:segment}",
        operation_id="putAssociations",
        opt=held_later(Permission.CONFIGURE, is_trial="dryRun"),
        summary="See to it that a topic is associated with subjects",
        description="An association that is there stays as it is; a schema that comes"
        " along becomes a version of its subject.",
        media_type=CONFLUENT,
    )
    @in_thread
    def put_associations(
        self,
        resource_id: ResourceId,
        data: JSONBody[AssociationRequestBody],
        context: InContext = "",
        dry_run: DryRun = "",
    ) -> AssociatedBody:
        asked = data.to_asked(Verb.UPSERT, parameters.context(context))
        return _associated(self.ports, data.of_id(resource_id), asked, dry_run)

    @delete(
        "/resources/{resource_id:segment}",
        operation_id="deleteAssociations",
        opt=held_later(Permission.CONFIGURE, is_trial="dryRun"),
        summary="Delete associations of a topic, given by its id",
        description="A strong association goes only together with its subject, if that"
        " is asked for by `cascadeLifecycle`.",
        status_code=204,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_associations(
        self,
        resource_id: ResourceId,
        resource_type: ResourceType = "",
        association_types: AssociationTypes = None,
        cascade_lifecycle: CascadeLifecycle = "",
        dry_run: DryRun = "",
    ) -> None:
        associating.dissociate(
            self.ports,
            (resource_type or TOPIC, resource_id),
            association_types or (),
            origin(),
            cascades=flag(cascade_lifecycle),
            is_trial=flag(dry_run),
        )

    def _listed(self, wanted: Wanted, offset: str, limit: str) -> list[AssociationBody]:
        part = parameters.page(offset, limit, most=MOST_SCHEMAS)
        access = self.ports.access
        if not access.reads_everything:
            # With it, what is kept for one caller is not shown to another.
            wanted = replace(wanted, among=access.readable)
        found = self.last_answers.list(wanted, part)
        return [AssociationBody.of(each) for each in found]


class AssociationBatchController(PortsController):
    tags = ("Associations",)

    @post(
        "/associations:batchGet",
        operation_id="batchGetAssociations",
        opt={**READS, ITEMS_OF: _requests_of},
        summary="Get the associations of many topics",
        status_code=207,
        media_type=CONFLUENT,
    )
    @in_thread
    def batch_get(
        self, data: JSONBody[BatchQuestionBody], include_schemas: IncludeSchemas = ""
    ) -> BatchResultBody:
        def answered(question: QuestionBody) -> AssociatedBody:
            shown = associated.get_resource(
                self.ports, question.to_wanted(), with_schemas=flag(include_schemas)
            )
            infos = [
                AssociationInfoBody.of(each.association, each.version) for each in shown
            ]
            return AssociatedBody.of(shown[0].association.resource, infos)

        return _each(data.requests or (), answered)

    @post(
        "/associations:batchMutate",
        operation_id="batchMutateAssociations",
        opt={
            **held_later(Permission.CONFIGURE, is_trial="dryRun"),
            ITEMS_OF: _requests_of,
        },
        summary="Make and delete associations of many topics",
        description="What is asked for one topic is done whole or not at all; one topic"
        " does not depend on another.",
        status_code=207,
        media_type=CONFLUENT,
    )
    @in_thread
    def batch_mutate(
        self,
        data: JSONBody[BatchMutationBody],
        context: InContext = "",
        dry_run: DryRun = "",
    ) -> BatchResultBody:
        within = parameters.context(context)

        def done(mutation: MutationBody) -> AssociatedBody:
            operations = mutation.associations or ()
            asked = [each.to_operation(within) for each in operations]
            return _associated(self.ports, mutation.to_resource(), asked, dry_run)

        return _each(data.requests or (), done)


def _associated(
    ports: Ports, resource: Resource, asked: Sequence[Asked], dry_run: str
) -> AssociatedBody:
    act = Act(ports, resource, origin(), flag(dry_run))
    made = associating.associate(act, asked)
    infos = [AssociationInfoBody.of(each.association, each.version) for each in made]
    return AssociatedBody.of(resource, infos)


def _each(
    parts: Sequence[Part], act: Callable[[Part], AssociatedBody]
) -> BatchResultBody:
    """Do one part after the other; what fails is told in its place."""
    if len(parts) > MOST_REQUESTS:
        raise RefusedError(413, f"A batch has at most {MOST_REQUESTS} requests")
    return BatchResultBody([_result(part, act) for part in parts])


def _result(part: Part, act: Callable[[Part], AssociatedBody]) -> ResultBody:
    try:
        return ResultBody(result=act(part))
    except RegistryError as error:
        return ResultBody(error=told(error))
