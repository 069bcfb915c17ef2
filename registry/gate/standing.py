"""Where the schemas of contracts stand among the versions that a registry has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from registry.domain.model import Subject
from registry.gate import planning
from registry.gate.contracts import Contract
from registry.gate.foreign import ForeignRegistry
from registry.gate.holdings import NOT_KNOWN, qualified
from registry.gate.planning import Asked
from registry.gate.snapshots import Snapshot
from wirepact import RegistryClient
from wirepact.errors import RegistryResponseError, UnexpectedAnswerError


@dataclass(frozen=True, slots=True)
class Standing:
    """Which version a contract's schema is.

    Attributes:
        version: None for a text that is not registered.
        latest: The subject's latest version, where the text is registered.

    """

    version: int | None = None
    latest: int | None = None

    @property
    def is_latest(self) -> bool:
        return self.version is not None and self.version == self.latest


def standings(
    client: RegistryClient, now: Snapshot, contracts: Sequence[Contract]
) -> dict[str, Standing]:
    """Return the standing of each contract, by its subject.

    A registry decides it, as it would decide whether to register anything; nothing is
    written.

    Raises:
        WirepactError: The registry cannot be reached, or refuses.
        ManifestError: A manifest tells the registry something of the wrong kind.
        ForeignPlanError: References form a cycle, or lead nowhere.

    """
    name = partial(qualified, client)
    # Whoever manages the subjects: it is only asked.
    desired = planning.desired(now, contracts, Asked(takes_over=True), name)
    found = {each["subject"]: _standing(each) for each in _schemas(client, desired)}
    return {
        subject: found.get(str(Subject.parse(name(subject))), Standing())
        for subject in (str(each.subject) for each in contracts)
    }


def _schemas(
    client: RegistryClient, desired: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    try:
        answer = client.request("POST", "/governance/v1/plan", body=desired)
    except RegistryResponseError as error:
        if error.status not in NOT_KNOWN:
            raise
        foreign = ForeignRegistry(client, desired)
        for _ in foreign.plan():
            pass
        return foreign.schemas
    schemas = answer.get("schemas") if isinstance(answer, dict) else None
    if not isinstance(schemas, list):
        raise UnexpectedAnswerError("the registry answers something else than a plan")
    return schemas


def _standing(said: Mapping[str, Any]) -> Standing:
    return Standing() if said["isNew"] else Standing(said["version"], said["latest"])
