"""Which versions a promise looks at, and which names are reserved."""

from dataclasses import dataclass

import pytest

from registry.domain.configuration import Config
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import Metadata
from registry.domain.promises import Promise, reserved_fields


@dataclass(frozen=True)
class AVersion:
    version: int
    metadata: Metadata | None = None
    is_deleted: bool = False


def of_group(value):
    return Metadata(properties={"major": value})


def numbers(versions):
    return [each.version for each in versions]


HISTORY = [
    AVersion(1),
    AVersion(2, of_group("1")),
    AVersion(3, of_group("1"), is_deleted=True),
    AVersion(4, of_group("1")),
    AVersion(5, of_group("2")),
    AVersion(6, Metadata(properties={"other": "1"})),
]


def test_given_an_empty_config_when_promised_then_only_the_level_is_asked():
    assert Promise.of(Config()) == Promise(Level.BACKWARD)


def test_given_a_full_config_when_promised_then_all_of_it_is_asked():
    config = Config(
        Level.FULL,
        validate_fields=True,
        content_policy=ContentPolicy.LENIENT,
        group="major",
    )

    assert Promise.of(config, ["B", "A", "B"]) == Promise(
        Level.FULL, ContentPolicy.LENIENT, "major", True, ("A", "B")
    )


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param(of_group("1"), [4, 2], id="of the first"),
        pytest.param(of_group("2"), [5], id="of the second"),
        pytest.param(of_group("3"), [], id="of a new one"),
        pytest.param(None, [6, 1], id="of none, without metadata"),
        pytest.param(Metadata(), [6, 1], id="of none, with metadata"),
    ],
)
def test_given_a_group_when_protected_then_only_versions_of_the_candidates(
    metadata, expected
):
    promise = Promise(Level.FULL_TRANSITIVE, group="major")

    assert numbers(promise.protected(metadata, HISTORY)) == expected


def test_given_no_group_when_protected_then_all_live_ones_are_alike():
    promise = Promise(Level.FULL_TRANSITIVE)

    assert numbers(promise.protected(of_group("1"), HISTORY)) == [6, 5, 4, 2, 1]


def test_given_policies_when_governed_then_soft_deleted_ones_count():
    promise = Promise(Level.NONE, group="major", policies=("KEEP",))

    assert numbers(promise.governed(of_group("1"), HISTORY)) == [4, 3, 2]


@pytest.mark.parametrize(
    ("promise", "expected"),
    [
        pytest.param(Promise(Level.NONE), [], id="nothing"),
        pytest.param(Promise(Level.BACKWARD), [6], id="the latest"),
        pytest.param(Promise(Level.BACKWARD, group="major"), [4], id="of the group"),
        pytest.param(
            Promise(Level.BACKWARD, group="major", validates_fields=True),
            [4, 6],
            id="and the latest for its reserved fields",
        ),
        pytest.param(
            Promise(Level.NONE, policies=("KEEP",)), [1, 2, 3, 4, 5, 6], id="all"
        ),
    ],
)
def test_when_asked_what_is_needed_then_nothing_else_is_oldest_first(promise, expected):
    assert numbers(promise.needed(of_group("1"), HISTORY)) == expected


@pytest.mark.parametrize(
    "promise",
    [
        Promise(level, group=group, policies=policies)
        for level in Level
        for group in (None, "major")
        for policies in ((), ("KEEP",))
    ],
    ids=str,
)
def test_given_only_what_is_needed_when_asked_again_then_the_same_is_looked_at(promise):
    for metadata in (None, of_group("1"), of_group("2"), of_group("3")):
        part = promise.needed(metadata, HISTORY)

        for look in (promise.protected, promise.governed, promise.needed):
            assert look(metadata, part) == look(metadata, HISTORY)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (None, ()),
        ("", ()),
        ("a", ("a",)),
        (" b , a,,b", ("b", "a")),
        (",", ()),
    ],
)
def test_given_a_list_of_names_when_read_then_each_is_there_once_in_order(text, names):
    properties = {} if text is None else {"confluent:reserved": text}

    assert reserved_fields(Metadata(properties=properties)) == names
