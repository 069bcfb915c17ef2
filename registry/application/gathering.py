"""What the registry holds of many subjects, read at once instead of one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from registry.application.foresight import by_context
from registry.application.ports import Ports, SchemaReader
from registry.application.resolving import closures_of
from registry.domain.configuration import Config, in_scope, level_of
from registry.domain.levels import Level
from registry.domain.model import Content, SchemaVersion, Subject
from registry.domain.promises import live

_AT_ONCE = 100
_HISTORIES_AT_ONCE = 10
"""Fewer, as a history is read whole."""

Referred = dict[tuple[Subject, int], Content]
"""Versions that others refer to, live or not."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for.

    Attributes:
        with_history: All live versions; else the latest alone.
        with_referred: What they refer to as well, directly or not.
        most_bytes: Of texts; the subject that passes it is the last that is answered.

    """

    subjects: Sequence[Subject]
    with_history: bool = False
    with_referred: bool = False
    most_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Holding:
    """What there is of a subject.

    Attributes:
        level: In force.
        config: Its own; None if it says nothing.
        versions: Live ones, oldest first; none of a subject that is not there, or that
            the caller may not read.

    """

    subject: Subject
    level: Level
    config: Config | None
    policies: tuple[str, ...]
    owner: str | None
    versions: tuple[SchemaVersion, ...]


@dataclass(slots=True)
class Gathered:
    """What was found, as far as it has come.

    Attributes:
        holdings: Of the first subjects that were asked for, in their order; at least
            of one.

    """

    holdings: list[Holding] = field(default_factory=list)
    referred: Referred = field(default_factory=dict)


def gather(ports: Ports, asked: Asked) -> Gathered:
    """Return what there is of subjects, up to a size; the rest is to be asked for anew.

    The number of statements does not grow with that of the subjects that are read
    together. What the caller may not read is not there.

    Raises:
        InvalidSubjectError: No subject can have such a name.
        StoreUnavailableError: The database is out of reach.

    """
    for each in asked.subjects:
        each.checked()
    found, left = Gathered(), asked.most_bytes
    at_once = _HISTORIES_AT_ONCE if asked.with_history else _AT_ONCE
    for start in range(0, len(asked.subjects), at_once):
        # A transaction each: what was read before is not held on to by the database.
        with ports.transactions.read() as store:
            part = _Part(ports, store, asked, asked.subjects[start : start + at_once])
            left = part.add_to(found, left)
        if left <= 0:
            break
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the subjects, which are read together."""

    ports: Ports
    store: SchemaReader
    asked: Asked
    subjects: Sequence[Subject]

    def add_to(self, found: Gathered, left: int) -> int:
        """Add what fits, and return how much room there is then."""
        added = []
        for holding in self._holdings():
            if left <= 0:
                break
            added.append(holding)
            left -= sum(_size(each.content) for each in holding.versions)
        found.holdings += added
        if self.asked.with_referred:
            referred = self._referred(added)
            new = referred.keys() - found.referred.keys()
            left -= sum(_size(referred[each]) for each in new)
            found.referred |= referred
        return left

    def _holdings(self) -> Iterator[Holding]:
        found: dict[Subject, Holding] = {}
        for context, names in by_context(self.subjects).items():
            found |= {each.subject: each for each in self._of(context, names)}
        for subject in self.subjects:
            yield found[subject]

    def _of(self, context: str, names: Sequence[str]) -> Iterator[Holding]:
        planning = self.store.planning
        policies = planning.policies(context, names)
        configs = planning.configs(context, names)
        owners = planning.owners(context, names)
        versions = self._versions(context, names)
        for name in names:
            in_force = in_scope(policies[name].configs, self.ports.defaults)
            yield Holding(
                Subject(name, context),
                level_of(in_force),
                configs.get(name),
                policies[name].policies,
                owners.get(name),
                versions.get(name, ()),
            )

    def _versions(
        self, context: str, names: Sequence[str]
    ) -> dict[str, tuple[SchemaVersion, ...]]:
        planning = self.store.planning
        if self.asked.with_history:
            histories = planning.histories(context, names)
            return {name: (*live(each),) for name, each in histories.items()}
        latest = planning.latest(context, names)
        return {name: (each,) for name, each in latest.items()}

    def _referred(self, holdings: Sequence[Holding]) -> Referred:
        versions = [version for each in holdings for version in each.versions]
        read = closures_of(self.store, versions, self.ports.parsing.limits)
        may_read = self.ports.access.may_read
        return {
            (subject, number): content
            for (subject, number), content in read.items()
            if content is not None and may_read(subject)
        }


def _size(content: Content) -> int:
    return len(content.text)
