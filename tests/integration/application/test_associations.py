"""Associations: all or nothing, decided anew when something came in between."""

import itertools
from dataclasses import replace

import pytest

from registry.application import associated, deletion, registration
from registry.application.associating import Act, associate, dissociate
from registry.application.association_ports import Wanted
from registry.application.last_answers import LastAnswers
from registry.application.stored import (
    Origin,
    Page,
    Visibility,
)
from registry.application.submission import Submission
from registry.application.wishes import Asked, Verb
from registry.domain.associations import (
    AssociationFrozenError,
    AssociationNotFoundError,
    Lifecycle,
    NoLiveVersionError,
    Resource,
    ResourceAssociatedError,
    SubjectAssociatedError,
    SubjectOwnedError,
)
from registry.domain.configuration import Mode
from registry.domain.errors import (
    OperationNotPermittedError,
    StoreUnavailableError,
    SubjectNotFoundError,
)
from registry.domain.model import Reference, Subject

ORIGIN = Origin("ann", "r-1")
ORDERS = Resource("orders", "lkc-1", "t-1")
OWN = Subject("orders-value", ".lkc-1")
SHARED = Subject("shared")
STRING, INT = Submission('"string"'), Submission('"int"')
LINKED = Asked(Verb.CREATE, subject="shared")
OWNED = Asked(Verb.CREATE, submission=STRING)


def register(ports, subject=SHARED, submission=STRING):
    return registration.register(ports, subject, submission, ORIGIN)


def made(ports, *asked, resource=ORDERS, **more):
    return associate(Act(ports, resource, ORIGIN, **more), asked)


def present(ports):
    return associated.list_associations(ports, Wanted(), Page())


def versions(ports, subject):
    with ports.transactions.read() as store:
        return [each.version for each in store.history(subject, Visibility.ALL)]


def let_go(ports, **more):
    options = {"cascades": False, "is_trial": False, **more}
    dissociate(ports, ("topic", "t-1"), [], ORIGIN, **options)


def put_mode(ports, scope, mode):
    def act(store):
        store.put_mode(scope, mode)

    ports.transactions.write(act)


def test_when_a_topic_owns_its_subject_then_the_audit_log_has_both(ports, audit):
    made(ports, OWNED)

    facts = {
        "resourceName": "orders",
        "resourceNamespace": "lkc-1",
        "resourceId": "t-1",
        "associationType": "value",
        "lifecycle": "STRONG",
    }
    registered, noted = audit()
    assert registered[:2] == ("version.register", ":.lkc-1:orders-value/versions/1")
    assert noted == ("association.create", ":.lkc-1:orders-value", None, facts)


def test_given_an_owned_subject_when_all_goes_then_the_audit_log_has_both(ports, audit):
    made(ports, OWNED)

    let_go(ports, cascades=True)

    gone, purged = audit()[2:]
    assert (gone[0], gone[2]["lifecycle"], gone[3]) == (
        "association.delete",
        "STRONG",
        None,
    )
    assert purged[:2] == ("subject.purge", ":.lkc-1:orders-value")
    assert purged[2] == {"versions": [1], "removedIds": [1]}
    with pytest.raises(SubjectNotFoundError):
        deletion.hard_delete_subject(ports, OWN, ORIGIN)


def test_given_what_is_there_when_asked_for_again_then_nothing_is_written(ports, audit):
    first = made(ports, OWNED)
    before = audit()

    again = made(ports, OWNED)

    assert [each.association for each in again] == [each.association for each in first]
    assert again[0].version == first[0].version
    assert audit() == before


@pytest.mark.parametrize(
    ("asked", "subject"), [(OWNED, OWN), (LINKED, SHARED)], ids=["owned", "linked"]
)
def test_when_tried_then_it_is_told_and_nothing_is_written(
    ports, audit, asked, subject
):
    register(ports)
    before = audit()

    (told,) = made(ports, asked, resource=replace(ORDERS, id=""), is_trial=True)

    assert told.association.subject == subject
    assert audit() == before
    assert present(ports) == []
    assert versions(ports, OWN) == []


def test_given_a_fault_after_the_schema_when_associated_then_neither_is_there(
    ports, audit
):
    class PowerCutError(Exception):
        pass

    times = itertools.count()

    def clock():
        # The version has its time when it is decided on, the association when it is
        # written: the one after the other.
        if next(times):
            raise PowerCutError
        return 1_700_000_000_000

    with pytest.raises(PowerCutError):
        made(replace(ports, clock=clock), OWNED)

    assert versions(ports, OWN) == []
    assert present(ports) == []
    assert audit() == []
    assert made(ports, OWNED)[0].version.schema_id == 1


def test_given_one_of_two_is_refused_when_associated_then_neither_is_there(ports):
    bad = Asked(Verb.CREATE, "key", submission=Submission("no schema"))

    with pytest.raises(Exception, match="expected a JSON value"):
        made(ports, OWNED, bad)

    assert versions(ports, OWN) == []
    assert present(ports) == []


def test_given_a_commit_that_is_not_answered_when_associated_then_it_is_once(
    unanswered, audit
):
    ports = unanswered()

    (done,) = made(ports, OWNED)

    assert present(ports) == [done.association]
    assert versions(ports, OWN) == [1]
    assert [action for action, *_ in audit()] == [
        "version.register",
        "association.create",
    ]


def test_given_a_lost_outcome_when_repeated_then_it_is_decided_anew(forgetful):
    (done,) = made(forgetful, OWNED)

    assert present(forgetful) == [done.association]
    assert versions(forgetful, OWN) == [1]


def test_given_a_version_in_between_when_a_schema_is_put_then_it_comes_after(
    ports, interfering
):
    made(ports, OWNED)
    wider = Submission('["string","int","null"]')
    meanwhile = interfering(
        lambda: register(ports, OWN, Submission('["string","int"]'))
    )

    (done,) = made(meanwhile, Asked(Verb.UPSERT, submission=wider))

    assert done.version.version == 3


@pytest.mark.parametrize(
    ("act", "refused"),
    [
        (lambda ports: register(ports, OWN), "has schemas already"),
        (lambda ports: made(ports, LINKED), "already exists for resource"),
    ],
    ids=["a schema", "another association"],
)
def test_given_another_was_first_when_associated_then_it_is_seen(
    ports, interfering, act, refused
):
    register(ports)

    with pytest.raises(Exception, match=refused):
        made(interfering(lambda: act(ports)), OWNED)


def test_given_the_subject_went_in_between_when_linked_then_it_is_seen(
    ports, interfering
):
    register(ports)
    meanwhile = interfering(lambda: deletion.soft_delete_subject(ports, SHARED, ORIGIN))

    with pytest.raises(NoLiveVersionError):
        made(meanwhile, LINKED)


def test_given_it_went_in_between_when_let_go_then_it_is_not_found(ports, interfering):
    register(ports)
    made(ports, LINKED)

    with pytest.raises(AssociationNotFoundError):
        let_go(interfering(lambda: let_go(ports)))


REFERRING = '{"type":"record","name":"R","fields":[]}'


def test_given_an_owned_subject_when_referred_to_then_it_is_refused(ports):
    made(ports, OWNED)
    refers = Submission(REFERRING, references=(Reference("s", str(OWN), 1),))

    with pytest.raises(OperationNotPermittedError) as refused:
        register(ports, Subject("r"), refers)

    assert str(refused.value) == (
        "Subject ':.lkc-1:orders-value' has a strong association and cannot be"
        " referenced"
    )


def test_given_a_reference_when_its_target_is_owned_in_between_then_it_is_refused(
    ports, interfering
):
    # The version that is referred to goes, and another one takes its number.
    register(ports, OWN)
    refers = Submission(REFERRING, references=(Reference("s", str(OWN), 1),))

    def own_it():
        deletion.soft_delete_subject(ports, OWN, ORIGIN)
        deletion.hard_delete_subject(ports, OWN, ORIGIN)
        made(ports, OWNED)

    with pytest.raises(OperationNotPermittedError):
        register(interfering(own_it), Subject("r"), refers)

    assert versions(ports, Subject("r")) == []


def test_given_a_linked_subject_when_referred_to_then_it_is_registered(ports):
    register(ports)
    made(ports, LINKED)
    refers = Submission(REFERRING, references=(Reference("s", "shared", -1),))

    assert register(ports, Subject("r"), refers).version == 1


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (Asked(Verb.CREATE, submission=INT), ResourceAssociatedError),
        (Asked(Verb.CREATE, subject="shared"), ResourceAssociatedError),
        (Asked(Verb.UPSERT, lifecycle="WEAK"), AssociationFrozenError),
        (Asked(Verb.DELETE), AssociationFrozenError),
        (Asked(Verb.DELETE, "key"), AssociationNotFoundError),
    ],
)
def test_given_an_owned_subject_when_contradicted_then_it_is_refused(
    ports, asked, error
):
    register(ports)
    (done,) = made(ports, OWNED)

    with pytest.raises(error):
        made(ports, asked)

    assert present(ports) == [done.association]


def test_given_an_owned_subject_when_another_topic_asks_then_it_is_refused(ports):
    made(ports, OWNED)
    other = Resource("copy", "lkc-1", "t-2")

    with pytest.raises(SubjectOwnedError):
        made(ports, Asked(Verb.CREATE, subject=str(OWN)), resource=other)


def test_given_a_linked_subject_when_its_topic_comes_then_it_cannot_own_it(ports):
    register(ports, OWN)
    other = Resource("copy", "lkc-1", "t-2")
    made(ports, Asked(Verb.CREATE, subject=str(OWN)), resource=other)

    with pytest.raises(SubjectAssociatedError):
        made(ports, OWNED)


def test_given_an_association_when_its_subject_is_deleted_then_it_is_refused(ports):
    register(ports)
    made(ports, LINKED)

    with pytest.raises(SubjectAssociatedError):
        deletion.soft_delete_subject(ports, SHARED, ORIGIN)

    let_go(ports)
    assert deletion.soft_delete_subject(ports, SHARED, ORIGIN) == [1]


def test_given_two_versions_when_deleted_then_the_last_live_one_stays(ports):
    for submission in (STRING, Submission('["string","int"]')):
        register(ports, submission=submission)
    made(ports, LINKED)

    assert deletion.soft_delete_version(ports, SHARED, 2, ORIGIN) == 2
    with pytest.raises(NoLiveVersionError):
        deletion.soft_delete_version(ports, SHARED, 1, ORIGIN)

    assert deletion.hard_delete_version(ports, SHARED, 2, ORIGIN) == 2


def test_given_a_read_only_subject_when_associated_then_only_what_is_there(ports):
    register(ports)
    made(ports, LINKED)
    put_mode(ports, SHARED, Mode.READONLY)

    assert made(ports, LINKED)[0].association.lifecycle is Lifecycle.WEAK
    with pytest.raises(OperationNotPermittedError):
        let_go(ports)
    with pytest.raises(OperationNotPermittedError):
        made(ports, LINKED, resource=Resource("copy", "lkc-1", "t-2"))


def test_given_a_topic_made_anew_when_it_was_let_go_then_its_guid_is_another(ports):
    register(ports)
    (first,) = made(ports, LINKED)
    let_go(ports)

    (second,) = made(ports, LINKED)

    assert second.association.guid != first.association.guid


class Leaving:
    """Transactions over a store that can go away."""

    def __init__(self, real):
        self._real = real
        self.is_away = False

    def read(self):
        if self.is_away:
            raise StoreUnavailableError
        return self._real.read()

    def write(self, act):
        return self._real.write(act)


@pytest.fixture
def leaving(ports):
    return replace(ports, transactions=Leaving(ports.transactions))


def test_given_the_store_is_away_when_asked_again_then_the_last_answer(leaving):
    register(leaving)
    answers, topic = LastAnswers(leaving), Wanted(name="orders")
    assert answers.list(topic, Page()) == []
    (done,) = made(leaving, LINKED)
    assert answers.list(topic, Page()) == [done.association]

    leaving.transactions.is_away = True

    assert answers.list(topic, Page()) == [done.association]
    for unknown in ((Wanted(name="sales"), Page()), (topic, Page(1))):
        with pytest.raises(StoreUnavailableError):
            answers.list(*unknown)


def test_given_little_room_when_asked_then_what_was_asked_last_is_kept(leaving):
    answers = LastAnswers(leaving, capacity_bytes=1_500)
    for name in ("a", "b", "c"):
        answers.list(Wanted(name=name), Page())

    leaving.transactions.is_away = True

    assert answers.list(Wanted(name="c"), Page()) == []
    with pytest.raises(StoreUnavailableError):
        answers.list(Wanted(name="a"), Page())
