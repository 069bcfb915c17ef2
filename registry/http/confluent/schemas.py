"""`/schemas`: contents by id and GUID, and lists over all subjects.

The first three are what the hot path in front of the framework asks when it does not
know an answer itself.
"""

from litestar import get

from registry.application import associated, listing, lookup, tagging, wishes
from registry.application.association_ports import Bound
from registry.application.stored import (
    Page,
    Selection,
    Use,
)
from registry.domain.errors import SchemaNotFoundError
from registry.http import parameters
from registry.http.authorisation import KNOWN, READS
from registry.http.confluent.bodies import (
    ContextIdBody,
    SchemaBody,
    SchemaStringBody,
    SubjectVersionBody,
)
from registry.http.handling import PortsController
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    MOST_SCHEMAS,
    AssociationTypes,
    Deleted,
    FetchMaxId,
    FindTags,
    Format,
    GuidText,
    IdText,
    LatestOnly,
    Lifecycles,
    Limit,
    Offset,
    OfSubject,
    Prefix,
    ReferenceFormat,
    ReferenceFormatAlias,
    RuleType,
    WithAliases,
    flag,
    visibility,
)
from registry.http.threads import in_thread

_UNBOUND = "NONE"
"""In place of a lifecycle: subjects that no resource uses."""


class SchemaController(PortsController):
    path = "/schemas"
    tags = ("Schemas",)

    @get(
        "/ids/{schema_id:segment}",
        operation_id="getSchema",
        opt=READS,
        summary="Get a schema by id",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_schema(
        self,
        schema_id: IdText,
        subject: OfSubject = "",
        form: Format = "",
        reference_format: ReferenceFormat = "",
        reference_format_alias: ReferenceFormatAlias = "",
        fetch_max_id: FetchMaxId = "",
        find_tags: FindTags = None,
    ) -> SchemaStringBody:
        wanted = parameters.schema_id(schema_id)
        within = parameters.subject_or_none(subject)
        found = lookup.get_by_id(self.ports, wanted, within)
        text = lookup.rendered(self.ports, found.subject, found.content, form)
        highest = None
        if flag(fetch_max_id):
            highest = lookup.max_id(self.ports, found.subject.context)
        return SchemaStringBody.of(
            found,
            text,
            max_id=highest,
            qualified=parameters.is_qualified(
                reference_format or reference_format_alias
            ),
            tagged=tagging.tags_of(self.ports, found, find_tags or ()),
        )

    @get(
        "/ids/{schema_id:segment}/schema",
        operation_id="getSchemaText",
        opt=READS,
        summary="Get the text of a schema by id, and nothing else",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_text(
        self, schema_id: IdText, subject: OfSubject = "", form: Format = ""
    ) -> str:
        wanted = parameters.schema_id(schema_id)
        within = parameters.subject_or_none(subject)
        found = lookup.get_by_id(self.ports, wanted, within)
        return lookup.rendered(self.ports, found.subject, found.content, form)

    @get(
        "/guids/{guid:segment}",
        operation_id="getSchemaByGuid",
        opt=READS,
        summary="Get a schema by GUID",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_by_guid(self, guid: GuidText, form: Format = "") -> SchemaStringBody:
        wanted = parameters.guid_or_none(guid)
        if wanted is None:
            raise SchemaNotFoundError(guid)
        found = lookup.get_by_guid(self.ports, wanted)
        text = lookup.rendered(self.ports, found.subject, found.content, form)
        return SchemaStringBody.without_place(found, text)

    @get(
        "/guids/{guid:segment}/ids",
        operation_id="listIdsOfGuid",
        opt=READS,
        summary="List the ids of a GUID, with their contexts",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_ids_of_guid(self, guid: GuidText) -> list[ContextIdBody]:
        wanted = parameters.guid_or_none(guid)
        found = [] if wanted is None else lookup.list_ids_of_guid(self.ports, wanted)
        return [ContextIdBody(context, schema_id) for context, schema_id in found]

    @get(
        "/ids/{schema_id:segment}/subjects",
        operation_id="listSubjectsOfSchema",
        opt=READS,
        summary="List the subjects that hold an id",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_subjects(
        self,
        schema_id: IdText,
        subject: OfSubject = "",
        deleted: Deleted = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[str]:
        found = self._uses(schema_id, subject, deleted, parameters.page(offset, limit))
        return [str(use.subject) for use in found]

    @get(
        "/ids/{schema_id:segment}/versions",
        operation_id="listVersionsOfSchema",
        opt=READS,
        summary="List the versions that hold an id, one for each subject",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_versions(
        self,
        schema_id: IdText,
        subject: OfSubject = "",
        deleted: Deleted = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[SubjectVersionBody]:
        found = self._uses(schema_id, subject, deleted, parameters.page(offset, limit))
        return [SubjectVersionBody(str(use.subject), use.version) for use in found]

    @get(
        "/types",
        operation_id="listSchemaTypes",
        opt=KNOWN,
        summary="List the schema languages that are spoken",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def list_types(self) -> list[str]:
        return [each.value for each in self.ports.parsing.schema_types]

    @get(
        operation_id="listSchemas",
        opt=READS,
        summary="List versions of all subjects",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_schemas(
        self,
        subject_prefix: Prefix = "",
        aliases: WithAliases = "",
        deleted: Deleted = "",
        latest_only: LatestOnly = "",
        rule_type: RuleType = None,
        association_types: AssociationTypes = None,
        lifecycles: Lifecycles = None,
        form: Format = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[SchemaBody]:
        bound = _bound(association_types, lifecycles)
        wanted = Selection(
            *parameters.prefix(subject_prefix or ""),
            visibility(deleted),
            parameters.page(offset, limit, most=MOST_SCHEMAS),
            latest_only=flag(latest_only),
            rule_type=rule_type or None,
            bound=bound,
        )
        found, leading = listing.list_schemas(
            self.ports, wanted, with_aliases=flag(aliases)
        )
        uses = (
            associated.by_subject(self.ports, (each.subject for each in found))
            if bound is not None and found
            else {}
        )
        texts = lookup.rendered_each(self.ports, found, form)
        return [
            SchemaBody.of(
                each,
                text,
                aliases=leading.get(each.subject, ()),
                associations=uses.get(each.subject, ()),
            )
            for each, text in zip(found, texts, strict=True)
        ]

    def _uses(
        self, schema_id: str, subject: str, deleted: str, part: Page
    ) -> list[Use]:
        wanted = parameters.schema_id(schema_id)
        within = parameters.subject_or_none(subject)
        return lookup.list_uses_of_id(
            self.ports, wanted, within, visibility(deleted), part
        )


def _bound(
    association_types: list[str] | None, lifecycles: list[str] | None
) -> Bound | None:
    """Return how subjects must be used by resources; None if nobody asks."""
    if not (association_types or lifecycles):
        return None
    stated = [each.upper() for each in lifecycles or ()]
    found = (wishes.lifecycle(each) for each in stated if each != _UNBOUND)
    return Bound(
        tuple(association_types or ()),
        tuple(each for each in found if each is not None),
        _UNBOUND in stated,
    )
