"""What a project says of lint, policies and waivers, and the looks that follow from it.

@click.command()
def check(...) -> None:
    house = HouseRules(now, project.root)
    run = Run((*VIEWS, *house.views()), house.settling(today, is_whole=...))
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Final

from registry.domain.errors import InvalidSchemaError
from registry.domain.promises import newest
from registry.domain.schema import ParsedSchema, Strictness
from registry.gate import (
    cache,
    contract_model,
    lint_settings,
    linting,
    policies,
    waivers,
    yaml_text,
)
from registry.gate.checking import Settling, Situation, View
from registry.gate.example_files import ExampleFiles
from registry.gate.lint_settings import LintSettings
from registry.gate.linting import Linted
from registry.gate.members import Members
from registry.gate.policies import Judged, PolicySettings
from registry.gate.project import Snapshot
from registry.gate.report import Kind, Located
from registry.gate.waivers import Waivers

_YAML: Final = ".yaml"


@dataclass(frozen=True, slots=True)
class _Rules:
    root: str
    lint: LintSettings
    policies: PolicySettings

    def relative(self, file: PurePosixPath) -> PurePosixPath:
        return file.relative_to(self.root) if self.root else file


class HouseRules:
    """What the folders of one project say; each file is read when it is asked for.

    Args:
        root: What the names of the snapshot's tree are relative to.

    """

    def __init__(self, snapshot: Snapshot, root: Path) -> None:
        self._snapshot = snapshot
        self._examples = ExampleFiles(snapshot.tree, root)
        self._known: dict[str, _Rules] = {}

    def views(self) -> tuple[View, ...]:
        """Return the looks at a contract by lint and by policies."""
        return (View(Kind.LINT, self._lint), View(Kind.POLICY, self._judge))

    def settling(
        self, roots: Sequence[str], today: date, *, is_whole: bool
    ) -> Settling:
        """Return what marks findings as waived, and tells of the waivers.

        Args:
            roots: The folders with contracts, relative to the tree's root.
            is_whole: Whether all contracts are looked at, from every side.

        """

        def settle(findings: Sequence[Located]) -> Sequence[Located]:
            found = self.waivers(roots)
            return tuple(waivers.apply(findings, found, today, is_whole=is_whole))

        return settle

    def waivers(self, roots: Sequence[str]) -> Waivers:
        """Return the waivers of some folders."""
        found = Waivers()
        for root in roots:
            for name in self._files(root, waivers.FOLDER):
                file = PurePosixPath(name)
                found += waivers.of(file, self._text(name))
        return found

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
            own = map(self._members, self._files(root, policies.FOLDER))
            lint = LintSettings() if defaults is None else lint_settings.of(defaults)
            rules = _Rules(root, lint, policies.of(defaults, own))
            self._known[root] = rules
        return self._known[root]

    def _files(self, root: str, folder: str) -> Iterator[str]:
        prefix = f"{root}/{folder}/".removeprefix("/")
        for name in sorted(self._snapshot.tree.names):
            last = name.removeprefix(prefix)
            is_inside = name.startswith(prefix) and "/" not in last
            if is_inside and last.endswith(_YAML):
                yield name

    def _members(self, name: str) -> Members:
        return Members.of(Path(name), self._text(name))

    def _text(self, name: str) -> str:
        return self._snapshot.text(Path(name), yaml_text.MAX_BYTES)

    def _lint(self, it: Situation) -> Iterable[Located]:
        rules = self.of(it.contract.manifest.file.as_posix())
        file = PurePosixPath(it.contract.manifest.schema_file.as_posix())
        facts = (*_facts(it), *rules.lint.facts())

        def look() -> Iterator[Located]:
            inside = rules.relative(file)
            linted = Linted(it.contract, file, inside, it.source, _earlier(it))
            return linting.lint(linted, self._snapshot.parsing, rules.lint)

        return self._unless_in_order(Kind.LINT, facts, look)

    def _judge(self, it: Situation) -> Iterable[Located]:
        manifest = PurePosixPath(it.contract.manifest.file.as_posix())
        rules = self.of(str(manifest))
        examples = self._examples.of(it.contract)
        before = it.past.contract
        earlier = None if before is None else before.manifest.document.value
        facts = (
            *_facts(it),
            repr(rules.policies.policies),
            *(each.fact for each in rules.policies.ignores),
            repr(earlier),
            *map(repr, examples),
        )

        def look() -> Iterator[Located]:
            schema = _understood(it)
            judged = Judged(
                it.contract,
                manifest,
                PurePosixPath(it.contract.manifest.schema_file.as_posix()),
                rules.relative(manifest),
                contract_model.of(it.contract, schema, examples),
                schema,
                None if earlier is None else contract_model.said(earlier),
            )
            return policies.judge(judged, rules.policies)

        return self._unless_in_order(Kind.POLICY, facts, look)

    def _unless_in_order(
        self, kind: Kind, facts: Iterable[str], look: Callable[[], Iterable[Located]]
    ) -> Iterable[Located]:
        """Look, unless the same was looked at before and nothing was found."""
        store = self._snapshot.reading.cache
        key = cache.key(f"house {kind}", *facts)
        if store.get(key) is True:
            return ()
        found = tuple(look())
        if not found:
            store.put(key, True)
        return found


def _facts(it: Situation) -> Iterator[str]:
    """Yield all that a look at a contract by itself depends on."""
    yield repr(it.contract.manifest.document.value)
    yield it.contract.manifest.file.as_posix()
    yield str(it.contract.name)
    yield from it.facts()


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
