"""What somebody wants a registry to hold: contracts, and who speaks for them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from registry.application.configuration import ConfigPatch
from registry.application.submission import Submission
from registry.domain.errors import InvalidSchemaError
from registry.domain.model import DEFAULT_CONTEXT, LATEST, SchemaType, Subject
from registry.domain.waivers import Waiver


@dataclass(frozen=True, slots=True)
class Need:
    """A reference, as a plan words it.

    Attributes:
        name: What the text calls it.
        subject: As a reference has it; None for the wanted schema of this name.
        version: None or `LATEST` for the one that there will be.

    """

    name: str
    subject: str | None = None
    version: int | None = None

    @property
    def is_pinned(self) -> bool:
        return self.version not in {None, LATEST}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A contract.

    Attributes:
        submission: Without references; None for a subject of which only settings are
            wanted.
        name: How the schemas of other contracts refer to it; None for nothing.
        patch: What its config is to say; what is not in it stays as it is.
        policies: None leaves them as they are.
        owner: Who manages the subject from now on; None for who manages all of them.
        waivers: What may be wrong with the schema nevertheless.

    """

    subject: Subject
    submission: Submission | None = None
    needs: tuple[Need, ...] = ()
    name: str | None = None
    patch: ConfigPatch = field(default_factory=dict)
    policies: tuple[str, ...] | None = None
    owner: str | None = None
    waivers: tuple[Waiver, ...] = ()

    @property
    def language(self) -> str:
        asked = self.submission and self.submission.schema_type
        return asked or SchemaType.AVRO.value


@dataclass(frozen=True, slots=True)
class Desired:
    """All that some folders of a repository want.

    Attributes:
        owner: Who manages the subjects from now on that name nobody else; None leaves
            that open.
        takes_over: Whether subjects that somebody else manages are taken from them.
        prunes: Whether what the speakers managed and do not want any more is deleted.
        others: Who speaks beside the owner.
        contexts: Where what is gone is looked for; none for those of the contracts.

    """

    wanted: tuple[Wanted, ...]
    owner: str | None = None
    takes_over: bool = False
    prunes: bool = False
    others: tuple[str, ...] = ()
    contexts: frozenset[str] = frozenset()

    @property
    def pruned_contexts(self) -> frozenset[str]:
        """Where something may be deleted: the same speakers may have more elsewhere."""
        said = self.contexts or {each.subject.context for each in self.wanted}
        return frozenset(said or {DEFAULT_CONTEXT})

    @property
    def speakers(self) -> frozenset[str]:
        """All whose subjects these are: they hand them to one another.

        To be named by a contract is not enough: it may well be lent to somebody.
        """
        return frozenset(each for each in (self.owner, *self.others) if each)

    def owner_of(self, wanted: Wanted) -> str | None:
        """Return who is to manage a subject; None leaves it open."""
        return wanted.owner or self.owner

    def checked(self) -> "Desired":
        """Return it if each subject is wanted once, and pruning has an owner.

        Raises:
            InvalidSchemaError: It is not so.

        """
        claims = Counter(each.subject for each in self.wanted)
        for subject, count in claims.items():
            if count > 1:
                raise InvalidSchemaError(f"The subject '{subject}' is wanted twice")
        if self.prunes and not self.speakers:
            raise InvalidSchemaError(
                "An owner is needed to prune: only what it managed is deleted"
            )
        return self


@dataclass(frozen=True, slots=True)
class Order:
    """Contracts, each after those that it uses.

    Attributes:
        cycles: Those that cannot be put in order, with the subjects that they go
            through.

    """

    wanted: tuple[Wanted, ...]
    cycles: Mapping[Subject, str]


class Providers:
    """Which of the wanted schemas a reference means."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self._by_subject = {each.subject: each for each in wanted if each.submission}
        self._by_name: dict[tuple[str, str], list[Wanted]] = {}
        for each in wanted:
            if each.name is not None and each.submission is not None:
                key = (each.language, each.name)
                self._by_name.setdefault(key, []).append(each)

    def find(self, need: Need, user: Wanted) -> Wanted | None:
        """Return the wanted schema that is meant; None for one that is there already.

        Raises:
            InvalidSchemaError: A name is defined by no wanted schema, or by several.

        """
        if need.is_pinned:
            return None
        if need.subject is not None:
            return self._by_subject.get(referred(need.subject, user.subject))
        found = self._by_name.get((user.language, need.name), [])
        if len(found) == 1:
            return found[0]
        if found:
            both = " and ".join(str(each.subject) for each in found)
            raise InvalidSchemaError(f"It uses '{need.name}', which {both} define")
        raise InvalidSchemaError(
            f"It uses '{need.name}', which none of the contracts of this plan defines"
        )

    def order(self, wanted: Iterable[Wanted]) -> Order:
        """Put contracts in the order of need; the same set gives the same order."""
        left = {each.subject: each for each in sorted(wanted, key=_subject)}
        cycles: dict[Subject, str] = {}
        while True:
            graph = {each.subject: self._used(each, left) for each in left.values()}
            try:
                order = [*TopologicalSorter(graph).static_order()]
            except CycleError as error:
                # There, each is needed by the next, and the first stands at the end.
                around = [*reversed(error.args[1])]
                told = " -> ".join(map(str, around))
                cycles |= dict.fromkeys(around, told)
                for subject in around[1:]:
                    left.pop(subject)
            else:
                return Order(tuple(left[each] for each in order), cycles)

    def _used(self, user: Wanted, among: Mapping[Subject, Wanted]) -> list[Subject]:
        used = []
        for need in user.needs:
            try:
                found = self.find(need, user)
            except InvalidSchemaError:
                continue
            if found is not None and found.subject in among:
                used.append(found.subject)
        return used


def referred(written: str, user: Subject) -> Subject:
    """Return the subject meant; an unqualified one is in the context of the user."""
    if written.startswith(":."):
        return Subject.parse(written)
    return Subject(written, user.context)


def _subject(wanted: Wanted) -> Subject:
    return wanted.subject
