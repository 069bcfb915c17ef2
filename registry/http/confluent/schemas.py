"""`/schemas`: contents by id and GUID, and lists over all subjects.

The first three are what the hot path in front of the framework asks when it does not
know an answer itself.
"""

from uuid import UUID

from litestar import get

from registry.application import lookup
from registry.application.ports import Page, Use
from registry.domain.errors import SchemaNotFoundError
from registry.http import parameters
from registry.http.confluent.bodies import (
    SchemaBody,
    SchemaStringBody,
    SubjectVersionBody,
)
from registry.http.handling import PortsController
from registry.http.media import CONFLUENT
from registry.http.parameters import (
    MOST_SCHEMAS,
    Deleted,
    FetchMaxId,
    Format,
    GuidText,
    IdText,
    LatestOnly,
    Limit,
    Offset,
    OfSubject,
    Prefix,
    ReferenceFormat,
    ReferenceFormatAlias,
    flag,
    visibility,
)
from registry.http.threads import in_thread


class SchemaController(PortsController):
    path = "/schemas"
    tags = ("Schemas",)

    @get(
        "/ids/{schema_id:segment}",
        operation_id="getSchema",
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
        )

    @get(
        "/ids/{schema_id:segment}/schema",
        operation_id="getSchemaText",
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
        summary="Get a schema by GUID",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_by_guid(self, guid: GuidText, form: Format = "") -> SchemaStringBody:
        try:
            wanted = UUID(guid)
        except ValueError:
            raise SchemaNotFoundError(guid) from None
        found = lookup.get_by_guid(self.ports, wanted)
        text = lookup.rendered(self.ports, found.subject, found.content, form)
        return SchemaStringBody.without_place(found, text)

    @get(
        "/ids/{schema_id:segment}/subjects",
        operation_id="listSubjectsOfSchema",
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
        summary="List the schema languages that are spoken",
        sync_to_thread=False,
        media_type=CONFLUENT,
    )
    def list_types(self) -> list[str]:
        return [each.value for each in self.ports.parsing.schema_types]

    @get(
        operation_id="listSchemas",
        summary="List versions of all subjects",
        media_type=CONFLUENT,
    )
    @in_thread
    def list_schemas(
        self,
        subject_prefix: Prefix = "",
        deleted: Deleted = "",
        latest_only: LatestOnly = "",
        form: Format = "",
        offset: Offset = "0",
        limit: Limit = "0",
    ) -> list[SchemaBody]:
        context, prefix = parameters.prefix(subject_prefix or "")
        found = lookup.list_schemas(
            self.ports,
            context,
            prefix,
            visibility(deleted),
            parameters.page(offset, limit, most=MOST_SCHEMAS),
            latest_only=flag(latest_only),
        )
        return [
            SchemaBody.of(
                each, lookup.rendered(self.ports, each.subject, each.content, form)
            )
            for each in found
        ]

    def _uses(
        self, schema_id: str, subject: str, deleted: str, part: Page
    ) -> list[Use]:
        wanted = parameters.schema_id(schema_id)
        within = parameters.subject_or_none(subject)
        return lookup.list_uses_of_id(
            self.ports, wanted, within, visibility(deleted), part
        )
