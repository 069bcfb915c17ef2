"""`/governance/v1/subjects/{subject}/policies`: stricter promises beside the level."""

from litestar import delete, get, put
from litestar.params import JSONBody

from registry.application import policies
from registry.domain.access import Permission
from registry.domain.model import Subject
from registry.http.authorisation import READS, named_subject, needs
from registry.http.governance.bodies import PoliciesBody
from registry.http.handling import PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import SubjectName
from registry.http.threads import in_thread


class PolicyController(PortsController):
    path = "/governance/v1/subjects/{subject:segment}/policies"
    tags = ("Governance",)

    @get(
        operation_id="getPolicies",
        opt=READS,
        summary="Get the stricter policies of a subject",
        media_type=CONFLUENT,
    )
    @in_thread
    def get_policies(self, subject: SubjectName) -> PoliciesBody:
        found = policies.get_policies(self.ports, Subject.parse(subject))
        return PoliciesBody(found)

    @put(
        operation_id="updatePolicies",
        opt=needs(Permission.CONFIGURE, named_subject),
        summary="Choose the stricter policies of a subject",
        media_type=CONFLUENT,
    )
    @in_thread
    def update_policies(
        self, subject: SubjectName, data: JSONBody[PoliciesBody]
    ) -> PoliciesBody:
        after = policies.put_policies(
            self.ports, Subject.parse(subject), data.policies, origin()
        )
        return PoliciesBody(after)

    @delete(
        operation_id="deletePolicies",
        opt=needs(Permission.CONFIGURE, named_subject),
        summary="Forget the stricter policies of a subject; answers what they were",
        status_code=200,
        media_type=CONFLUENT,
    )
    @in_thread
    def delete_policies(self, subject: SubjectName) -> PoliciesBody:
        before = policies.delete_policies(self.ports, Subject.parse(subject), origin())
        return PoliciesBody(before)
