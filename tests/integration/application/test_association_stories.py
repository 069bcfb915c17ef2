"""What associations promise, after any two acts from any of some beginnings.

All of them are tried: what goes wrong does so in two steps, which chance seldom finds.
"""

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace

import pytest

from registry.application import deletion, registration
from registry.application.associating import Act, associate, dissociate
from registry.application.association_ports import Wanted
from registry.application.changes import Changes
from registry.application.stored import Origin
from registry.application.submission import Submission
from registry.application.wishes import Asked, Verb
from registry.domain.associations import Lifecycle, Resource
from registry.domain.errors import RegistryError
from registry.domain.model import Reference, Subject
from registry.storage.engine import SqlTransactions, connect

ORIGIN = Origin("tests", "request-1")
T, U = Resource("t", "c", "t-1"), Resource("u", "c", "u-1")
S, R, OWN = Subject("s"), Subject("r"), Subject("t-value", ".c")
NARROW, WIDE = Submission('"string"'), Submission('["string","int"]')
REFERRING = '{"type":"record","name":"R","fields":[]}'
CREATE, DELETE = Verb.CREATE, Verb.DELETE
LINK = Asked(CREATE, "value", "s")
LINK_KEY = replace(LINK, association_type="key")
OWN_IT = Asked(CREATE, "value", submission=NARROW)


@dataclass(frozen=True)
class Asks:
    resource: Resource
    asked: tuple[Asked, ...]

    def __call__(self, ports):
        associate(Act(ports, self.resource, ORIGIN), self.asked)


@dataclass(frozen=True)
class LetsGo:
    cascades: bool

    def __call__(self, ports):
        options = {"cascades": self.cascades, "is_trial": False}
        dissociate(ports, ("topic", "t-1"), [], ORIGIN, **options)


@dataclass(frozen=True)
class Registers:
    subject: Subject
    submission: Submission

    def __call__(self, ports):
        registration.register(ports, self.subject, self.submission, ORIGIN)


@dataclass(frozen=True)
class Deletes:
    how: str
    subject: Subject
    versions: tuple[int, ...] = ()

    def __call__(self, ports):
        getattr(deletion, self.how)(ports, self.subject, *self.versions, ORIGIN)


def refers_to(target):
    reference = Reference("R", str(target), -1)
    return Registers(R, Submission(REFERRING, references=(reference,)))


ACTS = [
    Asks(T, (LINK,)),
    Asks(T, (LINK_KEY,)),
    Asks(U, (replace(LINK, subject=str(OWN)),)),
    Asks(T, (OWN_IT,)),
    Asks(replace(T, id="t-2"), (OWN_IT,)),
    Asks(T, (Asked(DELETE, "value", cascades=True), LINK_KEY)),
    LetsGo(cascades=False),
    LetsGo(cascades=True),
    Registers(OWN, WIDE),
    refers_to(OWN),
    Deletes("soft_delete_subject", S),
    Deletes("soft_delete_version", S, (1,)),
    Deletes("hard_delete_subject", S),
    Deletes("soft_delete_subject", OWN),
]
BEGINNINGS = {
    "nothing": [],
    "a subject": [Registers(S, NARROW)],
    "a linked subject": [Registers(S, NARROW), Asks(T, (LINK,))],
    "an owned subject": [Registers(S, NARROW), Asks(T, (OWN_IT,))],
    "an own name that others use": [
        Registers(OWN, NARROW),
        Asks(U, (replace(LINK, subject=str(OWN)),)),
    ],
}


def hold_promises(ports):
    with ports.transactions.read() as store:
        found = store.associations.find(Wanted(), 0, None)
        uses = Counter(each.subject for each in found)
        for each in found:
            assert store.find_latest(each.subject) is not None
            if each.lifecycle is Lifecycle.STRONG:
                assert each.subject == each.resource.own_subject(each.association_type)
                assert uses[each.subject] == 1
                for version in store.uses_of(each.subject):
                    assert not store.referrers(each.subject, version.version)
    names = {each.resource.name for each in found}
    ids = {each.resource.id for each in found}
    kinds = {(each.resource, each.lifecycle) for each in found}
    assert len(names) == len(ids) == len(kinds)


class Database:
    """A file that is written anew for each step, from what was there after another."""

    def __init__(self, ports, path, empty):
        self._ports = ports
        self._path = path
        self._empty = empty
        self.refused = 0

    def after(self, acts, before=None):
        """Return what is there after some acts; what is refused changes nothing."""
        self._path.write_bytes(self._empty if before is None else before)
        engine = connect(f"sqlite:///{self._path}")
        with closing(SqlTransactions(engine, Changes())) as transactions:
            ports = replace(self._ports, transactions=transactions)
            for act in acts:
                try:
                    act(ports)
                except RegistryError:
                    self.refused += 1
            hold_promises(ports)
        return self._path.read_bytes()


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_given_a_beginning_when_any_two_acts_follow_then_the_promises_hold(
    ports, tmp_path, empty_database, beginning
):
    database = Database(ports, tmp_path / "story.db", empty_database)
    begun = database.after(beginning)
    assert not database.refused

    for first in ACTS:
        before = database.after([first], begun)
        for second in ACTS:
            database.after([second], before)

    # Else it would not be known that much was done, and much refused.
    assert len(ACTS) < database.refused < len(ACTS) ** 2
