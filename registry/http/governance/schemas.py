"""`GET /governance/v1/schemas/{id}`: what a schema is, beyond its text."""

from litestar import get

from registry.application import description
from registry.http import parameters
from registry.http.authorisation import READS
from registry.http.governance.bodies import DescriptionBody
from registry.http.handling import PortsController
from registry.http.media import CONFLUENT
from registry.http.parameters import Deleted, IdText, OfSubject, visibility
from registry.http.threads import in_thread


class DescriptionController(PortsController):
    path = "/governance/v1/schemas"
    tags = ("Governance",)

    @get(
        "/{schema_id:segment}",
        operation_id="describeSchema",
        opt=READS,
        summary="Say where a schema is used, and which types its payloads hold",
        description="Of a Protobuf schema all messages are told, each with the index"
        " that Confluent's wire format writes for it.",
        media_type=CONFLUENT,
    )
    @in_thread
    def describe(
        self, schema_id: IdText, subject: OfSubject = "", deleted: Deleted = ""
    ) -> DescriptionBody:
        found = description.describe(
            self.ports,
            parameters.schema_id(schema_id),
            parameters.subject_or_none(subject),
            visibility(deleted),
        )
        return DescriptionBody.of(found)
