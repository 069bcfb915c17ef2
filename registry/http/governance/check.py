"""`POST /governance/v1/check`: explained verdicts, many in one request."""

from litestar import post
from litestar.params import JSONBody

from registry.application import governance
from registry.application.governance import Item, Outcome, Report
from registry.domain.errors import InvalidSchemaError
from registry.domain.model import Subject
from registry.http.authorisation import READS
from registry.http.governance.bodies import CheckItemBody, ReportBody
from registry.http.handling import BATCH_OF, ITEMS_OF, PortsController, items_of
from registry.http.media import CONFLUENT
from registry.http.threads import in_thread


class CheckController(PortsController):
    path = "/governance/v1"
    tags = ("Governance",)

    @post(
        "/check",
        operation_id="check",
        summary="Say which schemas would be accepted, and why others would not",
        description="One item, an array of items, or one item a line"
        " (`application/x-ndjson`). A single item is answered by a single report,"
        " everything else by an array in the same order. Nothing is registered.",
        status_code=200,
        media_type=CONFLUENT,
        opt={**READS, BATCH_OF: CheckItemBody, ITEMS_OF: items_of},
    )
    @in_thread
    def check(
        self, data: JSONBody[CheckItemBody | list[CheckItemBody]]
    ) -> ReportBody | list[ReportBody]:
        given = data if isinstance(data, list) else [data]
        prepared = [_prepared(body) for body in given]
        items = [each for each in prepared if isinstance(each, Item)]
        checked = iter(governance.check(self.ports, items))
        reports = [
            ReportBody.of(next(checked) if isinstance(each, Item) else each)
            for each in prepared
        ]
        return reports if isinstance(data, list) else reports[0]


def _prepared(body: CheckItemBody) -> Item | Report:
    try:
        return body.to_item()
    except InvalidSchemaError as error:
        subject = Subject.parse(body.subject)
        return Report(subject, Outcome.INVALID, error=error)
