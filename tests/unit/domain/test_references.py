"""The closure of references: order, first binding, cycles, limits."""

import pytest

from registry.domain.errors import InvalidSchemaError
from registry.domain.limits import Limits
from registry.domain.model import Content, Reference, SchemaType, Subject
from registry.domain.references import resolve, target


def a_reference(name, subject=None, version=1):
    return Reference(name, subject or name.lower(), version)


def a_store(**needs):
    """Return a fetch over subjects whose text is their name, each with its needs."""
    contents = {
        (Subject(name), 1): Content(
            SchemaType.AVRO, name, tuple(a_reference(each.upper()) for each in wanted)
        )
        for name, wanted in needs.items()
    }
    return lambda subject, version: contents.get((subject, version))


def names(found):
    return [each.name for each in found]


def test_given_nested_references_when_resolved_then_each_follows_what_it_needs():
    fetch = a_store(a=["b", "c"], b=["c"], c=[])

    found = resolve([a_reference("A")], ".", fetch, Limits())

    assert names(found) == ["C", "B", "A"]


def test_given_a_diamond_when_resolved_then_the_shared_target_opens_once():
    asked = []
    store = a_store(a=["c"], b=["c"], c=["d"], d=[])

    def fetch(subject, version):
        asked.append(subject.name)
        return store(subject, version)

    found = resolve([a_reference("A"), a_reference("B")], ".", fetch, Limits())

    assert names(found) == ["D", "C", "A", "B"]
    assert asked.count("d") == 1


def test_given_a_name_bound_twice_when_resolved_then_the_first_binding_wins():
    fetch = a_store(one=[], two=[])

    found = resolve(
        [a_reference("N", "one"), a_reference("N", "two")], ".", fetch, Limits()
    )

    assert [each.text for each in found] == ["one"]


def test_given_a_missing_target_when_resolved_then_the_error_names_it():
    with pytest.raises(
        InvalidSchemaError,
        match='No schema reference found for subject "gone" and version 7',
    ):
        resolve([a_reference("Gone", version=7)], ".", a_store(), Limits())


def test_given_a_cycle_when_resolved_then_the_error_shows_the_way_round():
    fetch = a_store(a=["b"], b=["a"])

    with pytest.raises(
        InvalidSchemaError, match="a version 1 -> b version 1 -> a version 1"
    ):
        resolve([a_reference("A")], ".", fetch, Limits())


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        (Limits(max_closure_depth=2), "deep"),
        (Limits(max_closure_schemas=2), "many"),
        (Limits(max_closure_bytes=2), "long"),
    ],
)
def test_given_a_closure_past_a_limit_when_resolved_then_it_is_refused(limits, word):
    fetch = a_store(a=["b"], b=["c"], c=[])

    with pytest.raises(InvalidSchemaError, match=word):
        resolve([a_reference("A")], ".", fetch, limits)


def test_given_too_many_references_when_resolved_then_nothing_is_fetched():
    def fetch(subject, version):
        raise AssertionError(subject, version)

    wanted = [a_reference(f"N{number}") for number in range(4)]

    with pytest.raises(InvalidSchemaError, match="3 references, this one has 4"):
        resolve(wanted, ".", fetch, Limits(max_references=3))


def test_given_an_unqualified_target_when_read_then_the_referrers_context_counts():
    assert target(a_reference("A"), ".ctx") == Subject("a", ".ctx")


def test_given_a_qualified_target_when_read_then_its_own_context_counts():
    assert target(a_reference("A", ":.other:a"), ".ctx") == Subject("a", ".other")


def test_given_the_default_context_written_out_when_read_then_it_counts():
    assert target(a_reference("A", ":.:a"), ".ctx") == Subject("a")


def test_given_a_reference_without_a_name_when_resolved_then_it_is_refused():
    with pytest.raises(InvalidSchemaError, match='the one to subject "a" has no name'):
        resolve([a_reference("", "a")], ".", a_store(a=[]), Limits())
