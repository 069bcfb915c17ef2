"""Karapace's entries, and what becomes of them."""

import pytest

from registry.application.karapace import KarapaceFileError, translated
from registry.domain.access import (
    EVERYTHING,
    Area,
    Grantee,
    GranteeKind,
    Pattern,
    PatternKind,
    Role,
)


def one(resource: str, operation: str = "Read", **more):
    entry = {"username": "ann", "operation": operation, "resource": resource}
    return translated({"users": [], "permissions": [entry]}, **more)


@pytest.mark.parametrize(
    ("resource", "pattern"),
    [
        ("Subject:orders$", Pattern(PatternKind.EXACT, "orders")),
        ("^Subject:orders$", Pattern(PatternKind.EXACT, "orders")),
        ("Subject:orders-.*", Pattern(PatternKind.PREFIX, "orders-")),
        (r"Subject:a\.b\-.*", Pattern(PatternKind.PREFIX, "a.b-")),
        ("Subject:.*", Pattern(PatternKind.PREFIX, "")),
        ("Subject:.*-value$", Pattern(PatternKind.GLOB, "*-value")),
        (".*-value$", Pattern(PatternKind.GLOB, "*-value")),
    ],
)
def test_given_an_entry_that_a_pattern_can_say_when_translated_then_it_does(
    resource, pattern
):
    found = one(resource)

    (grant,) = found.grants
    assert grant.area == Area(".", pattern)
    assert found.warnings == ()


def test_given_an_entry_open_at_its_end_when_translated_then_it_is_anchored_and_said():
    found = one("Subject:orders")

    (grant,) = found.grants
    assert not grant.area.pattern.covers("orders-secret")
    assert "covered all names that begin so" in found.warnings[0]


def test_given_an_entry_open_at_its_end_when_prefixes_are_kept_then_it_stays_one():
    (grant,) = one("Subject:orders", keeps_prefixes=True).grants

    assert grant.area.pattern == Pattern(PatternKind.PREFIX, "orders")


def test_given_everything_when_translated_then_it_is_everything_and_said():
    found = one(".*", "Write")

    assert [(each.role, each.area) for each in found.grants] == [
        (Role.OWNER, EVERYTHING)
    ]
    assert "covered everything" in found.warnings[0]


@pytest.mark.parametrize(
    "resource",
    [
        "Subject:[ab]$",
        "Subject:(a|b)$",
        "Subject:a+$",
        "Subject:a{2}$",
        r"Subject:\d+$",
        "Subject:a.?$",
        r"Subject:a\*b$",
        "Subject:a^b$",
        "Config:",
        "Topic:a",
        "Subject:" + "a" * 600 + "$",
        "Subject:" + ".*a" * 9 + "$",
        "Subject:$",
    ],
)
def test_given_what_no_pattern_can_say_when_translated_then_it_is_left_out_and_said(
    resource,
):
    found = one(resource)

    assert found.grants == ()
    assert "is left out" in found.warnings[0]


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        ("Topic:a", "it covers no subject"),
        ("Subject", "no pattern says what it covers"),
        ("Sub.*", "no pattern says what it covers"),
        ("(Subject|Config):.*", "no pattern says what it covers"),
        ("S[u]bject:.*", "no pattern says what it covers"),
    ],
)
def test_given_a_resource_left_out_then_it_is_not_said_to_cover_nothing_if_it_does(
    resource, why
):
    assert why in one(resource).warnings[0]


@pytest.mark.parametrize("name", ["anonymous", "oidc:root", "wpt_x", "n\n", " ", "ä"])
def test_given_a_name_that_no_account_has_when_translated_then_nothing_is_granted(name):
    entry = {"username": name, "operation": "Write", "resource": "Subject:.*"}

    found = translated({"permissions": [entry]})

    assert found.grants == ()
    (told,) = found.warnings
    assert "is left out" in told
    assert "\n" not in told


def test_given_a_bare_dot_when_translated_then_it_is_a_dot_and_said():
    found = one("Subject:orders.value$")

    assert found.grants[0].area.pattern == Pattern(PatternKind.EXACT, "orders.value")
    assert "any character" in found.warnings[0]


def test_given_the_older_name_of_the_list_when_translated_then_it_is_read_as_well():
    entry = {"username": "ann", "operation": "Write", "resource": "Subject:a$"}

    found = translated({"acls": [entry, entry]})

    assert [each.role for each in found.grants] == [Role.OWNER]


# What somebody reads who moves in, word for word: each entry that is not as it was.
SAID = [
    (
        "Subject:a",
        "entry 1 (ann, Read, Subject:a): it covered all names that begin so;"
        " it is granted for 'a'",
    ),
    (
        ".*",
        "entry 1 (ann, Read, .*): it covered everything; it is granted in all contexts",
    ),
    (
        "Subject:a.b$",
        "entry 1 (ann, Read, Subject:a.b$): a '.' covered any character;"
        " it is granted for a dot",
    ),
    (
        "Config:",
        "entry 1 (ann, Read, Config:) is left out: the registry's own config is"
        " readable to all, and changed by an admin of all subjects in all contexts;"
        " grant that by hand",
    ),
    ("Topic:a", "entry 1 (ann, Read, Topic:a) is left out: it covers no subject"),
    (
        "Subject:a+$",
        "entry 1 (ann, Read, Subject:a+$) is left out: no pattern says what '+' says"
        " in it",
    ),
    (
        r"Subject:\d$",
        r"entry 1 (ann, Read, Subject:\d$) is left out: no pattern says what '\d' says"
        " in it",
    ),
    (
        r"Subject:a\$",
        r"entry 1 (ann, Read, Subject:a\$): it covered all names that begin so; it is"
        " granted for 'a$'",
    ),
    (
        "Subject:a\\",
        "entry 1 (ann, Read, Subject:a\\) is left out: no pattern says what '\\' says"
        " in it",
    ),
    (
        "Subject:$",
        "entry 1 (ann, Read, Subject:$) is left out: an empty pattern covers no"
        " subject; * covers all",
    ),
]


@pytest.mark.parametrize(("resource", "expected"), SAID)
def test_given_an_entry_that_changes_when_translated_then_it_is_said_in_full(
    resource, expected
):
    assert one(resource).warnings == (expected,)


def test_given_many_entries_when_translated_then_each_is_and_all_warnings_are_told():
    def entry(name: str, resource: str) -> dict[str, str]:
        return {"username": name, "operation": "Read", "resource": resource}

    found = translated(
        {
            "permissions": [
                entry("n\n", "Subject:a$"),
                entry("ann", "Topic:a"),
                entry("ann", "Subject:a"),
                entry("bob", "Subject:b$"),
            ]
        }
    )

    assert [(each.grantee, each.role) for each in found.grants] == [
        (Grantee(GranteeKind.USER, "ann"), Role.READER),
        (Grantee(GranteeKind.USER, "bob"), Role.READER),
    ]
    assert [each.partition(":")[0] for each in found.warnings] == [
        "entry 1 ('n\\n') is left out",
        "entry 2 (ann, Read, Topic",
        "entry 3 (ann, Read, Subject",
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, "it has no list of 'permissions'"),
        ({"permissions": [1]}, "entry 1 is no object"),
        ({"permissions": [{}]}, "entry 1 has no text 'username'"),
        (
            {"acls": [{"username": "a", "operation": "Own", "resource": "a"}]},
            "entry 1: 'operation' is neither Read nor Write",
        ),
    ],
    ids=str,
)
def test_given_another_file_when_translated_then_it_says_where(document, expected):
    with pytest.raises(KarapaceFileError) as refused:
        translated(document)

    assert str(refused.value) == expected


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"permissions": {}},
        {"permissions": ["a"]},
        {"permissions": [{"username": "a", "operation": "Read"}]},
        {"permissions": [{"username": "", "operation": "Read", "resource": "a"}]},
        {"permissions": [{"username": "a", "operation": "Own", "resource": "a"}]},
        {"permissions": [{"username": 1, "operation": "Read", "resource": "a"}]},
    ],
    ids=str,
)
def test_given_another_file_when_translated_then_it_is_refused(document):
    with pytest.raises(KarapaceFileError):
        translated(document)
