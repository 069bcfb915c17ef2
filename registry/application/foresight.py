"""What a plan is based on, read at once, and what there will be, as a reader has it.

The use case that registers decides over it as it does over a store, so that a plan and
what is done in the end cannot differ.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

from registry.application.ports import (
    Ports,
    Result,
    SchemaReader,
    SchemaStore,
    Transactions,
)
from registry.application.resolving import Places, closures_of
from registry.application.stored import Policy, Revision, Visibility
from registry.application.writing import said
from registry.domain.associations import Association
from registry.domain.configuration import Config
from registry.domain.identity import identity_bytes
from registry.domain.limits import Limits
from registry.domain.model import (
    Content,
    SchemaId,
    SchemaVersion,
    StoredContent,
    Subject,
    Version,
)
from registry.domain.promises import newest

_UNKNOWN = UUID(int=0)
"""Of what is only referred to: nobody asks for its GUID."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Subjects as they are, with all that their versions refer to.

    Attributes:
        configs: Their own, of those that say anything.

    """

    policies: Mapping[Subject, Policy] = field(default_factory=dict)
    configs: Mapping[Subject, Config] = field(default_factory=dict)
    histories: Mapping[Subject, list[SchemaVersion]] = field(default_factory=dict)
    owners: Mapping[Subject, str] = field(default_factory=dict)
    associations: Mapping[Subject, list[Association]] = field(default_factory=dict)
    closures: Places = field(default_factory=dict)

    @property
    def revisions(self) -> dict[str, dict[str, Revision]]:
        """What it was based on, by context and name."""
        found: dict[str, dict[str, Revision]] = {}
        for subject, policy in self.policies.items():
            found.setdefault(subject.context, {})[subject.name] = policy.revision
        return found

    def facts(self) -> list[list[Any]]:
        """Return all that a decision may depend on; the same scene, the same facts."""
        return [
            [
                str(subject),
                [said(each) for each in policy.configs],
                policy.modes,
                policy.policies,
                self.owners.get(subject),
                [
                    (each.version, each.schema_id, each.is_deleted)
                    for each in self.histories.get(subject, ())
                ],
            ]
            for subject, policy in sorted(self.policies.items())
        ]


def scene(store: SchemaReader, subjects: Collection[Subject], limits: Limits) -> Scene:
    """Read subjects; the number of statements does not grow with theirs."""
    policies: dict[Subject, Policy] = {}
    configs: dict[Subject, Config] = {}
    histories: dict[Subject, list[SchemaVersion]] = {}
    owners: dict[Subject, str] = {}
    for context, names in by_context(subjects).items():
        planning = store.planning
        # First: what changes after that is noticed when the plan is carried out.
        policies |= _placed(context, planning.policies(context, names))
        configs |= _placed(context, planning.configs(context, names))
        histories |= _placed(context, planning.histories(context, names))
        owners |= _placed(context, planning.owners(context, names))
    associations: dict[Subject, list[Association]] = {}
    for each in store.associations.of_subjects([*subjects]):
        associations.setdefault(each.subject, []).append(each)
    versions = [each for history in histories.values() for each in history]
    closures = closures_of(store, versions, limits)
    return Scene(policies, configs, histories, owners, associations, closures)


@dataclass(frozen=True, slots=True)
class Foresight:
    """A reader of a scene, and of what a plan adds to it.

    Attributes:
        may_read: Of which subjects texts are resolved for what is new.

    """

    _now: Scene
    may_read: Callable[[Subject], bool]
    _configs: dict[Subject, Config] = field(default_factory=dict)
    _policies: dict[Subject, tuple[str, ...]] = field(default_factory=dict)
    _added: dict[Subject, list[SchemaVersion]] = field(default_factory=dict)

    @property
    def associations(self) -> "Foresight":
        return self

    @property
    def whole(self) -> "Foresight":
        """The same for what is stored, which keeps whatever it refers to."""
        return replace(self, may_read=_everything)

    def foresee_config(self, subject: Subject, config: Config) -> None:
        self._configs[subject] = config

    def foresee_policies(self, subject: Subject, names: tuple[str, ...]) -> None:
        self._policies[subject] = names

    def foresee_version(self, version: SchemaVersion) -> None:
        self._added.setdefault(version.subject, []).append(version)

    def policy(self, subject: Subject) -> Policy:
        found = self._now.policies[subject]
        config = self._configs.get(subject)
        if config is not None:
            wider = found.configs[1 if subject in self._now.configs else 0 :]
            found = replace(found, configs=(config, *wider))
        return replace(found, policies=self._policies.get(subject, found.policies))

    def history(
        self, subject: Subject, visibility: Visibility = Visibility.LIVE
    ) -> list[SchemaVersion]:
        is_seen = _SEEN[visibility]
        return [each for each in self._versions(subject) if is_seen(each)]

    def find_latest(self, subject: Subject) -> SchemaVersion | None:
        return newest(self._versions(subject))

    def find_version(
        self, subject: Subject, version: Version, visibility: Visibility
    ) -> SchemaVersion | None:
        for each in self.history(subject, visibility):
            if each.version == version:
                return each
        content = self._now.closures.get((subject, version))
        # References that are new lead to what is live; and that, on to whatever it has.
        is_old = visibility is Visibility.ALL
        if content is None or not (is_old and self.may_read(subject)):
            return None
        stored = StoredContent(content, SchemaId(0), _UNKNOWN)
        return SchemaVersion(subject, version, stored, 0)

    def find_content(
        self,
        subject: Subject,
        content: Content,
        identity: bytes,
        visibility: Visibility,
    ) -> SchemaVersion | None:
        for each in reversed(self.history(subject, visibility)):
            theirs = each.content
            if theirs.text == content.text and (
                theirs == content or identity_bytes(theirs) == identity
            ):
                return each
        return None

    def of_subject(self, subject: Subject) -> list[Association]:
        return self._now.associations.get(subject, [])

    def _versions(self, subject: Subject) -> list[SchemaVersion]:
        there = self._now.histories.get(subject, [])
        return [*there, *self._added.get(subject, ())]


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """Transactions that read what will be, and write nothing."""

    foresight: Foresight

    @contextmanager
    def read(self) -> Iterator[SchemaReader]:
        # Of a reader it has what registration asks for; the rest nobody needs here.
        yield cast("SchemaReader", self.foresight)

    def write(self, act: Callable[[SchemaStore], Result]) -> Result:
        raise RuntimeError(f"{act} would be written while it is only planned")


def foreseeing(ports: Ports, foresight: Foresight) -> Ports:
    """Return ports whose readers see what will be."""
    transactions: Transactions = _Foreseen(foresight)
    return replace(ports, transactions=transactions)


def _everything(_subject: Subject) -> bool:
    return True


def by_context(subjects: Iterable[Subject]) -> dict[str, list[str]]:
    """Return the names of subjects, each once and in order, by context."""
    found: dict[str, list[str]] = {}
    for each in sorted(set(subjects)):
        found.setdefault(each.context, []).append(each.name)
    return found


def _placed(context: str, found: Mapping[str, Any]) -> dict[Subject, Any]:
    return {Subject(name, context): value for name, value in found.items()}


_SEEN: Mapping[Visibility, Callable[[SchemaVersion], bool]] = {
    Visibility.LIVE: lambda each: not each.is_deleted,
    Visibility.DELETED: lambda each: each.is_deleted,
    Visibility.ALL: lambda _each: True,
}
