"""What a project says of lint, policies and waivers, understood."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

from registry.domain.errors import InvalidSchemaError
from registry.domain.levels import Reach
from registry.domain.promises import newest, strictness_of
from registry.domain.schema import ParsedSchema, Strictness
from registry.gate import (
    consumers,
    contract_model,
    example_files,
    file_names,
    lint_settings,
    linting,
    policies,
    remarks,
    waiver_files,
    waivers,
    yaml_text,
)
from registry.gate.checking import Settling
from registry.gate.lint_settings import LintSettings
from registry.gate.linting import Linted
from registry.gate.manifests import ManifestError
from registry.gate.members import Members
from registry.gate.policies import Judged, PolicySettings
from registry.gate.report import Located
from registry.gate.situations import Situation
from registry.gate.snapshots import Snapshot
from registry.gate.waivers import Waiver, Waivers


@dataclass(frozen=True, slots=True)
class _Rules:
    root: str
    lint: LintSettings
    policies: PolicySettings

    def relative(self, file: PurePosixPath) -> PurePosixPath:
        return file.relative_to(self.root) if self.root else file


class HouseRules:
    """What the folders of one project say; each file is read when it is asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known: dict[str, _Rules] = {}

    def of(self, contract_file: str) -> _Rules:
        """Return what holds for a contract, by the name of its manifest's file.

        Raises:
            ManifestError: A file of settings or policies is not what it must be.

        """
        root = self._snapshot.root_of(contract_file)
        if root not in self._known:
            file = self._snapshot.defaults_file(contract_file)
            is_there = file in self._snapshot.tree.names
            defaults = self._members(file) if is_there else None
            files = self._snapshot.files_in(root, file_names.POLICIES)
            own = map(self._members, files)
            lint = LintSettings() if defaults is None else lint_settings.of(defaults)
            rules = _Rules(root, lint, policies.of(defaults, own))
            self._known[root] = rules
        return self._known[root]

    def _members(self, name: str) -> Members:
        return Members.of(
            Path(name), self._snapshot.text(Path(name), yaml_text.MAX_BYTES)
        )

    def lint(self, it: Situation) -> Iterable[Located]:
        """Hold a contract's schema to the rules of lint."""
        rules = self.of(it.contract.manifest.file.as_posix())
        file = PurePosixPath(it.contract.manifest.schema_file.as_posix())
        inside = rules.relative(file)
        strictness = strictness_of(it.config)
        linted = Linted(it.contract, file, inside, it.source, _earlier(it), strictness)
        return linting.lint(linted, self._snapshot.parsing, rules.lint)

    def judge(self, it: Situation) -> Iterable[Located]:
        """Hold a contract to the policies."""
        manifest = PurePosixPath(it.contract.manifest.file.as_posix())
        rules = self.of(str(manifest))
        try:
            readers = consumers.of(self._snapshot, it.contract)
        except ManifestError as error:
            return (remarks.unreadable(error.file.as_posix(), error),)
        examples = example_files.of(self._snapshot.tree, it.contract)
        before = it.past.contract
        schema = _understood(it)
        judged = Judged(
            it.contract,
            manifest,
            PurePosixPath(it.contract.manifest.schema_file.as_posix()),
            rules.relative(manifest),
            contract_model.of(it.contract, schema, examples, readers),
            schema,
            None
            if before is None
            else contract_model.said(before.manifest.document.value),
        )
        return policies.judge(judged, rules.policies)


def settling(
    snapshot: Snapshot,
    roots: Sequence[str],
    today: date,
    *,
    is_whole: bool,
    is_from_all_sides: bool,
    environment: str,
) -> Settling:
    """See `House.settling`."""

    def settle(findings: Sequence[Located], seen: Set[str]) -> Sequence[Located]:
        read, faults = _waivers(snapshot, roots)
        found = _knowing_levels(read, snapshot)
        # A contract that it holds for may have told of it already.
        findings = (*findings, *(each for each in faults if each not in findings))
        unseen = frozenset[str]() if not is_from_all_sides else seen
        sure = None if is_from_all_sides and is_whole else unseen
        return tuple(waivers.apply(findings, found, today, sure, environment))

    return settle


def _waivers(
    snapshot: Snapshot, roots: Iterable[str]
) -> tuple[Waivers, Sequence[Located]]:
    """Return the waivers of folders, and what is wrong with settings of others.

    How long the waivers of these may last is not known: none is followed.
    """
    found, faults = Waivers(), []
    for root in roots:
        try:
            found += waiver_files.read(snapshot, (root,))
        except ManifestError as error:
            faults.append(remarks.unreadable("", error))
    return found, faults


def _knowing_levels(found: Waivers, snapshot: Snapshot) -> Waivers:
    """Return waivers that know how far the levels of their subjects look back."""
    return replace(found, found=tuple(_with_reach(e, snapshot) for e in found.found))


def _with_reach(waiver: Waiver, snapshot: Snapshot) -> Waiver:
    claims = snapshot.claiming(waiver.subject) if waiver.subject else ()
    reaches = {snapshot.level(each).reach for each in claims}
    return replace(waiver, looks_back=Reach.ALL in reaches)


def _earlier(it: Situation) -> ParsedSchema | None:
    latest = newest(it.past.versions)
    if latest is None or latest.schema_type is not it.source.schema_type:
        return None
    return latest.schema


def _understood(it: Situation) -> ParsedSchema | None:
    try:
        return it.now.parsing.parse(it.source, Strictness.LENIENT)
    except InvalidSchemaError:
        return None
