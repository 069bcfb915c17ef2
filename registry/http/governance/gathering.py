"""`POST /governance/v1/subjects:batchGet`: what there is of many subjects."""

from litestar import post
from litestar.params import JSONBody

from registry.application.gathering import gather
from registry.http.authorisation import READS
from registry.http.errors import RefusedError
from registry.http.governance.gathering_bodies import GatheredBody, WantedSubjectsBody
from registry.http.handling import ITEMS_OF, MOST_ITEMS, PortsController
from registry.http.media import CONFLUENT
from registry.http.threads import in_thread


def _subjects_of(body: WantedSubjectsBody) -> int:
    return len(body.subjects)


class GatheringController(PortsController):
    path = "/governance/v1"
    tags = ("Governance",)

    @post(
        "/subjects:batchGet",
        operation_id="batchGetSubjects",
        summary="Get versions and settings of many subjects",
        description="A subject that is not there has no versions. Where the texts of"
        " all would be too much for an answer, the last subjects are left, and to be"
        " asked for anew.",
        status_code=200,
        media_type=CONFLUENT,
        opt={**READS, ITEMS_OF: _subjects_of},
    )
    @in_thread
    def batch_get(self, data: JSONBody[WantedSubjectsBody]) -> GatheredBody:
        if len(data.subjects) > MOST_ITEMS:
            raise RefusedError(413, f"At most {MOST_ITEMS} subjects are got at once")
        asked = data.to_asked()
        return GatheredBody.of(gather(self.ports, asked), asked)
