"""Asking a registry instead of a baseline: all contracts in one request."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final

from registry.domain.errors import OperationNotPermittedError
from registry.domain.levels import Direction, Level
from registry.domain.loosening import LEVEL_LOOSENED
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.domain.verdict import (
    Broken,
    Category,
    Change,
    Checked,
    EarlierPlace,
    Finding,
    Fix,
    Replacement,
)
from registry.gate import causes, planning, remarks, rules, yaml_text
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.checking import check as check_offline
from registry.gate.contracts import Contract
from registry.gate.lost import Lost
from registry.gate.manifests import ManifestError
from registry.gate.report import IN_REGISTRY, Kind, Located, Report
from registry.gate.situations import Situation
from registry.gate.snapshots import Snapshot
from registry.gate.views import COMPATIBILITY, View
from wirepact import RegistryClient

_COMPATIBLE: Final = "compatible"
_DELETE: Final = "delete"
_NOT_WRITABLE: Final = OperationNotPermittedError.code
"""Of what was judged: that nothing may be written now is no fault of a contract."""


class AnswerError(Exception):
    """A registry's answer is not what was asked for."""


def check(
    client: RegistryClient, now: Snapshot, run: Run, owners: Mapping[str, str | None]
) -> Report:
    """Look at all contracts, their compatibility judged by a registry.

    It is asked for a plan of the whole folder, of which nothing is done: a changed
    shared type is tried with all that use it here, and what the owners managed and have
    no contract for is missed. Whether somebody else manages a subject is left out.

    Args:
        owners: Who manages the subjects of each folder; None where that is not known.

    Raises:
        WirepactError: The registry cannot be reached, or refuses.
        AnswerError: It answers something else.

    """
    asked = _Asked(client, now, owners)
    views = tuple(
        View(each.kind, asked.look) if each is COMPATIBILITY else each
        for each in run.views
    )
    everything = Run(views, run.settle, run.clock, is_whole=True)
    registered = _Registered(f"the registry {client.url}", asked=asked)
    report = check_offline(now, registered, everything)
    return replace(report, notes=(*report.notes, *asked.notes()))


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a plan says of a contract.

    Attributes:
        reason: Why the registry would not take it, if no finding says so.

    """

    findings: tuple[Finding, ...] = ()
    reason: str | None = None


class _Asked:
    """What a registry said of all contracts; asked once, when the first is needed."""

    def __init__(
        self, client: RegistryClient, now: Snapshot, owners: Mapping[str, str | None]
    ) -> None:
        self._client = client
        self._now = now
        self._owners = owners
        self._unreadable: dict[str, ManifestError] = {}

    def look(self, it: Situation) -> Iterator[Located]:
        # A text that no registry would take is told at its place, not as its answer.
        assert it.schema is not None  # noqa: S101 - parsed or raised
        answers, contract, manifest = self._answers, it.contract, it.contract.manifest
        name = manifest.file.as_posix()
        if name in self._unreadable:
            yield remarks.unreadable(name, self._unreadable[name])
            return
        answer = answers.get(str(contract.subject), _Judged())
        if answer.reason is not None:
            yield rules.found(
                rules.INVALID_SCHEMA,
                Kind.COMPATIBILITY,
                manifest.schema_file,
                answer.reason,
                contract=manifest.id,
                subject=str(contract.subject),
                schema_type=manifest.schema_type,
            )
        for each in answer.findings:
            located = _located(contract, each, self._now)
            yield remarks.of_draft(located) if it.is_draft else located

    def lost(self) -> Iterator[Lost]:
        """Yield what the registry has from the owners, and no contract here has."""
        if not self._speakers:
            return
        manager = " or ".join(self._speakers)
        file, place = self._settings()
        for subject in self._doomed:
            # One that cannot be read is told as such.
            if not self._now.is_hidden(subject.rpartition(":")[2]):
                yield Lost(subject, None, file, place=place, manager=manager)

    def notes(self) -> Iterator[str]:
        unknown = [self._now.defaults_of(root) for root in self._unowned]
        if unknown:
            yield (
                "contracts that are gone were not looked for: who manages the subjects"
                f" is not known (`managedBy` in {' and '.join(unknown)})"
            )

    @property
    def _unowned(self) -> list[str]:
        return sorted(root for root, owner in self._owners.items() if not owner)

    @property
    def _speakers(self) -> list[str]:
        return sorted({each for each in self._owners.values() if each})

    def _settings(self) -> tuple[Path, Place | None]:
        """Return the file that says who manages the subjects, and where."""
        roots = sorted(self._owners, key=lambda each: self._owners[each] is None)
        file = Path(self._now.defaults_of(roots[0]))
        if file.as_posix() not in self._now.tree.names:
            return file, None
        document = yaml_text.read(self._now.text(file, yaml_text.MAX_BYTES))
        return file, document.places.get("/managedBy")

    @cached_property
    def _actions(self) -> list[Mapping[str, Any]]:
        # Whether somebody else manages a subject is for those who apply it.
        wanted = [*self._wanted()]
        body: dict[str, Any] = {"contracts": wanted, "takeOver": True}
        if self._speakers:
            # None of them is to become an owner here, all are asked about.
            body |= {"owners": self._speakers, "prune": True}
            body["contexts"] = planning.contexts(wanted, str)
        answer = self._client.request("POST", "/governance/v1/plan", body=body)
        try:
            return sorted(answer["actions"], key=_is_silent)
        except (KeyError, TypeError, AttributeError) as error:
            raise _no_plan(answer) from error

    @cached_property
    def _answers(self) -> dict[str, _Judged]:
        found: dict[str, _Judged] = {}
        for each in self._actions:
            try:
                found.setdefault(str(each["subject"]), _judged(each))
            except (KeyError, TypeError, AttributeError) as error:
                raise _no_plan(each) from error
        return found

    @property
    def _doomed(self) -> list[str]:
        try:
            return [
                str(each["subject"])
                for each in self._actions
                if each["action"] == _DELETE
            ]
        except (KeyError, TypeError) as error:
            raise _no_plan(self._actions) from error

    def _wanted(self) -> Iterator[dict[str, Any]]:
        for contract in _single(self._now):
            try:
                yield planning.item(self._now, contract, str)
            except ManifestError as error:
                self._unreadable[contract.manifest.file.as_posix()] = error


@dataclass
class _Registered(Baseline):
    """What a registry has."""

    asked: _Asked | None = None

    def lost(self, _now: Snapshot) -> list[Lost]:
        return [] if self.asked is None else [*self.asked.lost()]


def _no_plan(answer: Any) -> AnswerError:
    return AnswerError(f"expected a plan, found {answer!r:.200}")


def _single(now: Snapshot) -> Iterable[Contract]:
    """Return one contract for each subject: that there are more is told elsewhere."""
    return {str(each.subject): each for each in now.every()}.values()


def _is_silent(action: Mapping[str, Any]) -> bool:
    """Whether what was found stands with another action of the same subject."""
    return not any(action.get(each) for each in ("error", "findings", "messages"))


def _judged(action: Mapping[str, Any]) -> _Judged:
    error, verdict = action.get("error"), action["verdict"]
    findings = tuple(finding(each) for each in action.get("findings") or ())
    if error and not (error["error_code"] == _NOT_WRITABLE and action.get("level")):
        return _Judged(findings, str(error["message"]))
    is_told = any(each.severity is Severity.ERROR for each in findings)
    if error or verdict == _COMPATIBLE or is_told:
        return _Judged(findings)
    # It may not say more to who may not read all that it would quote.
    messages = action.get("messages") or ["it does not say why"]
    return _Judged(findings, f"the registry finds it {verdict}: {messages[0]}")


def _located(contract: Contract, found: Finding, now: Snapshot) -> Located:
    manifest = contract.manifest
    if found.rule == LEVEL_LOOSENED.id:
        # Of a plan it is a warning, to who has decided so; here it is to be decided.
        return remarks.of_contract(
            LEVEL_LOOSENED,
            Kind.POLICY,
            contract,
            found.message,
            found.change,
            at=remarks.level_at(contract, now),
        )
    file = PurePosixPath(manifest.schema_file.as_posix())
    old = found.old_location
    where = None if old is None else f"{IN_REGISTRY}{found.subject}"
    located = Located(found, Kind.COMPATIBILITY, manifest.id, file, where)
    return causes.at_reference(located, contract)


def finding(said: Mapping[str, Any]) -> Finding:
    """Return a finding that a registry has written as JSON.

    Raises:
        AnswerError: It is none.

    """
    try:
        return _finding(said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AnswerError(f"expected a finding, found {said!r:.200}") from error


def _finding(said: Mapping[str, Any]) -> Finding:
    change, old, checked = said["change"], said["old_location"], said["checked"]
    language = said["format"]
    return Finding(
        rule=str(said["rule"]),
        category=Category(said["category"]),
        severity=Severity(said["severity"]),
        subject=str(said["subject"]),
        schema_type=None if language is None else SchemaType(language),
        message=str(said["message"]),
        path=str(said["path"]),
        change=change and Change(change["kind"], change["old"], change["new"]),
        location=_place(said["location"]),
        old_location=old
        and EarlierPlace(old["version"], old["id"], old["pointer"], old["line"]),
        checked=checked
        and Checked(
            Level[checked["level"]],
            Direction[checked["direction"]],
            tuple(checked["against"]),
            checked.get("policy"),
        ),
        broken=tuple(
            Broken(each["who"], each["consequence"], each["since_version"])
            for each in said["broken"]
        ),
        why=str(said["why"]),
        fixes=tuple(map(_fix, said["fixes"])),
        docs_url=str(said["docs_url"]),
        fingerprint=str(said["fingerprint"]),
    )


def _fix(said: Mapping[str, Any]) -> Fix:
    edits = tuple(
        Replacement(_known_place(each["range"]), each["text"]) for each in said["edits"]
    )
    return Fix(said["title"], edits, Level[said["result_level"]], said["schema"])


def _place(said: Mapping[str, Any] | None) -> Place | None:
    return None if said is None else _known_place(said)


def _known_place(said: Mapping[str, Any]) -> Place:
    ends = (said["line"], said["col"], said["endLine"], said["endCol"])
    return Place(*ends, said["pointer"])
