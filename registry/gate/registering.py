"""The waivers that go along with a plan: those whose scope has `register` in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from registry.gate import waivers
from registry.gate.manifests import ManifestError
from registry.gate.report import Located
from registry.gate.waivers import Scope, Waiver, Waivers

WAIVED: Final = "waived"
ACCEPTED: Final = frozenset({"compatible", WAIVED})
"""The verdicts of a plan with which something would be done."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted for a registration.

    Attributes:
        sent: The waivers that a registry is told of.
        withheld: Why it is not told of others.

    """

    sent: tuple[Waiver, ...] = ()
    withheld: tuple[Located, ...] = ()

    @classmethod
    def of(
        cls, found: Waivers, subjects: Iterable[str], today: date, environment: str
    ) -> "Accepted":
        """Choose among the waivers of a project.

        Args:
            subjects: Those that are wanted of the registry.

        Raises:
            ManifestError: A file of a waiver is none.

        """
        _hold_valid(found)
        wanted = {*subjects}
        meant = [
            each
            for each in found.found
            if Scope.REGISTER in each.scopes and each.subject in wanted
        ]
        withheld: list[Located] = []
        sent = []
        for each in meant:
            if not each.is_in_force(today):
                withheld += waivers.about(each, today, is_unused=False)
            elif not each.holds_in(environment):
                withheld.append(waivers.elsewhere(each, environment))
            else:
                sent.append(each)
        return cls(tuple(sent), tuple(withheld))

    def of_subject(self, subject: str) -> list[dict[str, Any]]:
        """Return what a registry is told of a subject, as it takes it."""
        return [_body(each) for each in self.sent if each.subject == subject]


def unused(
    body: Mapping[str, Any], answer: Mapping[str, Any]
) -> Iterator[tuple[str, str | None]]:
    """Yield the files of waivers that a plan was asked with and does not need.

    With each comes the level that its contract asks for; None where it asks for none.

    Of a subject that is refused it is not known what its waivers will be needed for.

    Args:
        body: What was asked.
        answer: The plan, or what was done.

    """
    actions = answer["actions"]
    refused = {each["subject"] for each in actions if each["verdict"] not in ACCEPTED}
    needed = {file for file, _ in used(answer)}
    sent = [each for each in body["contracts"] if each["subject"] not in refused]
    for contract in sent:
        for each in contract.get("waivers") or ():
            if each["file"] not in needed:
                yield each["file"], contract.get("level")


def used(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the files of the waivers that a plan needs, and under which level."""
    for action in answer["actions"]:
        for each in action.get("waivers") or ():
            yield each["file"], action["level"]


def _hold_valid(found: Waivers) -> None:
    for each in found.invalid:
        finding = each.finding
        raise ManifestError(Path(each.file), finding.message, finding.location)


def _body(waiver: Waiver) -> dict[str, Any]:
    said = {
        "fingerprint": waiver.fingerprint,
        "rule": waiver.rule,
        "reason": waiver.reason,
        "approvedBy": [*waiver.approved_by],
        "expires": waiver.expires.isoformat(),
        "requestedBy": waiver.requested_by,
        "ticket": waiver.ticket,
        "file": str(waiver.file),
    }
    return {key: value for key, value in said.items() if value}
