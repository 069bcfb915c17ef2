"""`/governance/v1/plan` and `/governance/v1/apply`: contracts as they are wanted."""

from typing import Final

from litestar import post
from litestar.params import JSONBody

from registry.application import applying, numbering, planning
from registry.domain.access import Permission
from registry.http.authorisation import READS, held_later
from registry.http.errors import RefusedError
from registry.http.governance.plan_bodies import (
    AppliedBody,
    ApplyBody,
    DesiredBody,
    PlanBody,
)
from registry.http.handling import MOST_ITEMS, PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.threads import in_thread

_LONGEST_OWNER: Final = 500


class PlanController(PortsController):
    path = "/governance/v1"
    tags = ("Governance",)

    @post(
        "/plan",
        operation_id="plan",
        summary="Say what it takes to hold certain contracts, and whether that is fine",
        description="Each contract is judged under the level that it will have, beside"
        " all that comes before it. Nothing is written. What is there already takes no"
        " action. What is incompatible and accepted by the contract's waivers has the"
        " verdict `waived`. With `prune`, what the same owners managed is deleted where"
        " it is not wanted any more: in `contexts`, and in no other.",
        status_code=200,
        media_type=CONFLUENT,
        opt=READS,
    )
    @in_thread
    def plan(self, data: JSONBody[DesiredBody]) -> PlanBody:
        _hold(data)
        found = planning.plan(self.ports, data.to_desired())
        return PlanBody.of(found, numbering.predicted(self.ports, found))

    @post(
        "/apply",
        operation_id="apply",
        summary="Hold certain contracts: levels, settings and schemas at once",
        description="All of it is done in one transaction, or nothing. With the token"
        " of a plan nothing else is done than what that plan says. Repeated, it does"
        " nothing.",
        status_code=200,
        media_type=CONFLUENT,
        opt=held_later(Permission.REGISTER, at_least=Permission.READ),
    )
    @in_thread
    def apply(self, data: JSONBody[ApplyBody]) -> AppliedBody:
        _hold(data)
        done = applying.apply(self.ports, data.to_desired(), origin(), data.token)
        return AppliedBody.of(done)


def _hold(data: DesiredBody) -> None:
    if len(data.contracts) > MOST_ITEMS:
        raise RefusedError(413, f"A plan has at most {MOST_ITEMS} contracts")
    waivers = sum(len(each.waivers or ()) for each in data.contracts)
    if waivers > MOST_ITEMS:
        raise RefusedError(413, f"A plan has at most {MOST_ITEMS} waivers")
    owners = data.owners or ()
    if len(owners) > MOST_ITEMS:
        raise RefusedError(413, f"A plan has at most {MOST_ITEMS} owners")
    if len(data.contexts or ()) > MOST_ITEMS:
        raise RefusedError(413, f"A plan has at most {MOST_ITEMS} contexts")
    named = {data.owner, *owners, *(each.owner for each in data.contracts)}
    if not all(map(_is_name, named)):
        raise RefusedError(
            400, f"An owner has at most {_LONGEST_OWNER} characters, all printable"
        )


def _is_name(owner: str | None) -> bool:
    return owner is None or (len(owner) <= _LONGEST_OWNER and owner.isprintable())
