"""Asking a registry instead of a baseline: all contracts in one request."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from registry.domain.levels import Direction, Level
from registry.domain.model import LATEST, SchemaType
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
from registry.gate import rules
from registry.gate.baselines import Baseline
from registry.gate.checking import COMPATIBILITY, Run, Situation, View
from registry.gate.checking import check as check_offline
from registry.gate.closures import provider
from registry.gate.contracts import Contract
from registry.gate.project import Snapshot
from registry.gate.report import Kind, Located, Report
from wirepact import RegistryClient
from wirepact.schemas import CheckItem, CheckReport, Reference, Schema


class AnswerError(Exception):
    """A registry's answer is not what was asked for."""


def check(client: RegistryClient, now: Snapshot, run: Run) -> Report:
    """Look at all contracts, their compatibility judged by a registry.

    References are to the latest versions that the registry has: a shared type is held
    to its own history here, and its users to what is registered.

    Raises:
        WirepactError: The registry cannot be reached, or refuses.
        AnswerError: It answers something else.

    """
    asked = _Asked(client, now)
    views = tuple(
        View(each.kind, asked.look) if each is COMPATIBILITY else each
        for each in run.views
    )
    everything = Run(views, run.settle, run.clock, is_whole=True)
    return check_offline(now, Baseline(f"the registry {client.url}"), everything)


class _Asked:
    """What a registry said of all contracts; asked once, when the first is needed."""

    def __init__(self, client: RegistryClient, now: Snapshot) -> None:
        self._client = client
        self._now = now
        self._answers: dict[str, CheckReport] | None = None

    def look(self, it: Situation) -> Iterator[Located]:
        # A text that no registry would take is told at its place, not as its answer.
        assert it.schema is not None  # noqa: S101 - parsed or raised
        if self._answers is None:
            self._answers = self._ask()
        answer = self._answers[str(it.contract.subject)]
        manifest = it.contract.manifest
        file = PurePosixPath(manifest.schema_file.as_posix())
        if answer.error:
            yield rules.found(
                rules.INVALID_SCHEMA,
                Kind.COMPATIBILITY,
                manifest.schema_file,
                answer.error,
                contract=manifest.id,
                subject=str(it.contract.subject),
                schema_type=manifest.schema_type,
            )
        for each in answer.findings:
            found = finding(each.details)
            old = found.old_location
            where = None if old is None else f"{found.subject} version {old.version}"
            yield Located(found, Kind.COMPATIBILITY, manifest.id, file, where)

    def _ask(self) -> dict[str, CheckReport]:
        items = [self._item(each) for each in _single(self._now)]
        answers = self._client.check(items)
        if len(answers) != len(items):
            raise AnswerError(f"asked of {len(items)}, answered of {len(answers)}")
        return {
            item.subject: answer for item, answer in zip(items, answers, strict=True)
        }

    def _item(self, contract: Contract) -> CheckItem:
        language = contract.manifest.schema_type
        references = tuple(
            Reference(name, str(provider(self._now, language, name).subject), LATEST)
            for name in contract.needs
        )
        schema = Schema(contract.text, language, references)
        level = self._now.level(contract).name
        return CheckItem(str(contract.subject), schema, level)


def _single(now: Snapshot) -> Sequence[Contract]:
    """Return one contract for each subject, of those whose references are known."""
    return [
        *{
            str(each.subject): each for each in now.every() if _is_whole(now, each)
        }.values()
    ]


def _is_whole(now: Snapshot, contract: Contract) -> bool:
    language = contract.manifest.schema_type
    return all(len(now.named(language, name)) == 1 for name in contract.needs)


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
