"""Roles, patterns and decisions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.access import (
    ALL_NAMES,
    EVERYTHING,
    OPERATIONS,
    UNRESTRICTED,
    Access,
    Area,
    ForbiddenError,
    Grant,
    Grantee,
    GranteeKind,
    InvalidGrantError,
    Pattern,
    PatternKind,
    Permission,
    Role,
    explained,
)
from registry.domain.model import ACCESS_CONTEXT, GLOBAL_CONTEXT, Subject
from registry.domain.principals import ANONYMOUS, CredentialKind, Principal

ANN = Principal("ann", CredentialKind.TOKEN, frozenset({"orders-team"}))
ORDERS = Area(".", Pattern.parse("orders-*"))
ORDER, BILL = Subject("orders-value"), Subject("bills-value")
SALES = Subject("orders-value", ".sales")

# The table of the specification, row by row, in the order of the roles.
SPECIFIED = {
    Permission.READ: "11111",
    Permission.REGISTER: "01101",
    Permission.DELETE: "00101",
    Permission.CONFIGURE: "00101",
    Permission.APPROVE: "00011",
    Permission.PURGE: "00001",
    Permission.SET_MODE: "00001",
    Permission.IMPORT: "00001",
    Permission.OVERRIDE: "00001",
    Permission.ADMINISTER: "00001",
}


def to_user(name: str, role: Role, area: Area = ORDERS) -> Grant:
    return Grant(Grantee(GranteeKind.USER, name), role, area)


def to_group(name: str, role: Role, area: Area = ORDERS) -> Grant:
    return Grant(Grantee(GranteeKind.GROUP, name), role, area)


def test_the_table_is_the_specified_one():
    found = {
        each.permission: "".join(str(int(role in each.roles)) for role in Role)
        for each in OPERATIONS
    }

    assert found == SPECIFIED


def test_every_permission_has_one_row():
    assert sorted(each.permission for each in OPERATIONS) == sorted(Permission)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("orders-value", PatternKind.EXACT),
        ("orders-*", PatternKind.PREFIX),
        ("*", PatternKind.PREFIX),
        ("*-value", PatternKind.GLOB),
        ("a*b*", PatternKind.GLOB),
    ],
)
def test_when_a_pattern_is_read_then_its_stars_say_how_it_is_meant(text, kind):
    found = Pattern.parse(text)

    assert found.kind is kind
    assert str(found) == text


@pytest.mark.parametrize(
    ("text", "covered", "others"),
    [
        ("orders", ["orders"], ["orders-secret", "my-orders", "Orders", ""]),
        ("orders-*", ["orders-", "orders-a"], ["orders", "my-orders-a", "Orders-a"]),
        ("*-value", ["a-value", "-value"], ["a-value2", "value", "a-VALUE"]),
        ("a*b*c", ["abc", "axbxc", "abbc", "abcabc"], ["ac", "abcd", "xabc", "acb"]),
        ("ab*ba", ["abba", "ab-ba"], ["aba", "ab", "abab"]),
        ("*b*b", ["bb", "abcb"], ["b", "ab"]),
        ("*ab*ab*", ["abab", "-ab-ab-"], ["ab", "aba", "abba"]),
        ("a.c*x", ["a.cx", "a.c-x"], ["abcx"]),
        ("*", ["", "a", "größe"], []),
    ],
)
def test_when_matched_then_a_pattern_covers_whole_names_only(text, covered, others):
    pattern = Pattern.parse(text)

    assert [each for each in covered if not pattern.covers(each)] == []
    assert [each for each in others if pattern.covers(each)] == []


@given(
    pattern=st.text("ab*", max_size=8),
    name=st.text("ab", max_size=10),
)
def test_given_any_glob_when_matched_then_as_a_regular_expression_would(pattern, name):
    wanted = "".join(".*" if each == "*" else each for each in pattern)

    found = Pattern(PatternKind.GLOB, pattern).covers(name)

    assert found == bool(re.fullmatch(wanted, name))


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(Pattern(PatternKind.EXACT, ""), id="covers-nothing"),
        pytest.param(Pattern(PatternKind.GLOB, "*a" * 9), id="too-many-stars"),
        pytest.param(Pattern(PatternKind.PREFIX, "a" * 513), id="too-long"),
        pytest.param(Pattern(PatternKind.EXACT, "a\x00b"), id="control-character"),
        pytest.param(Pattern(PatternKind.EXACT, "a\ud800"), id="half-a-pair"),
        pytest.param(Pattern(PatternKind.PREFIX, ":.sales:"), id="with-its-context"),
    ],
)
def test_given_a_pattern_that_means_nothing_when_checked_then_it_is_refused(pattern):
    with pytest.raises(InvalidGrantError):
        pattern.checked()


def test_given_no_grants_when_decided_then_nothing_is_allowed():
    access = Access.of(ANN, [to_user("bob", Role.ADMIN, EVERYTHING)])

    allowed = [each for each in Permission if access.may(each, ORDER)]

    assert allowed == []
    assert access.readable == ()


@pytest.mark.parametrize(
    ("place", "is_allowed"),
    [
        (ORDER, True),
        (BILL, False),
        (SALES, False),
        (Subject("", "."), False),
        (Subject("", ".sales"), False),
        (Subject("orders-value", GLOBAL_CONTEXT), False),
        (Subject("orders-value", ACCESS_CONTEXT), False),
        (None, False),
    ],
    ids=str,
)
def test_given_a_grant_when_decided_then_it_reaches_its_area_alone(place, is_allowed):
    access = Access.of(ANN, [to_user("ann", Role.ADMIN)])

    assert access.may(Permission.PURGE, place) is is_allowed


@pytest.mark.parametrize(
    ("area", "place", "is_allowed"),
    [
        (Area(".sales", ALL_NAMES), Subject("", ".sales"), True),
        (Area(".sales", ALL_NAMES), Subject("", "."), False),
        (Area(".sales", ALL_NAMES), None, False),
        (Area(".__GLOBAL", ALL_NAMES), Subject("", GLOBAL_CONTEXT), False),
        (Area(None, ALL_NAMES), Subject("", GLOBAL_CONTEXT), True),
        (Area(None, Pattern(PatternKind.GLOB, "*")), None, True),
        (Area(None, Pattern.parse("a*")), Subject("", ".sales"), False),
        (Area(None, Pattern.parse("a*")), Subject("a", ".sales"), True),
    ],
    ids=str,
)
def test_when_a_whole_context_is_meant_then_the_grant_has_to_cover_all_of_it(
    area, place, is_allowed
):
    access = Access.of(ANN, [to_user("ann", Role.ADMIN, area)])

    assert access.may(Permission.ADMINISTER, place) is is_allowed


def test_given_a_grant_to_a_group_when_decided_then_its_members_have_it():
    grants = [to_group("orders-team", Role.OWNER)]
    namesake = Principal("orders-team", CredentialKind.TOKEN)

    assert Access.of(ANN, grants).may(Permission.DELETE, ORDER)
    assert not Access.of(namesake, grants).may(Permission.DELETE, ORDER)


def test_given_a_grant_to_a_user_when_decided_then_a_group_of_the_name_has_it_not():
    grants = [to_user("orders-team", Role.OWNER)]

    assert not Access.of(ANN, grants).may(Permission.DELETE, ORDER)


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (None, {Permission.READ, Permission.REGISTER}),
        ({"reader"}, {Permission.READ}),
        ({"admin"}, {Permission.READ, Permission.REGISTER}),
        ({"unknown"}, set()),
        (set(), set()),
    ],
    ids=str,
)
def test_given_a_narrowed_token_when_decided_then_it_may_no_more_than_both(
    scopes, allowed
):
    narrowed = None if scopes is None else frozenset(scopes)
    ann = Principal("ann", CredentialKind.TOKEN, scopes=narrowed)
    access = Access.of(ann, [to_user("ann", Role.DEVELOPER)])

    assert {each for each in Permission if access.may(each, ORDER)} == allowed


def test_given_equal_grants_when_compared_then_two_callers_have_one_access():
    grants = [to_user("ann", Role.READER), to_user("bob", Role.READER)]
    bob = Principal("bob", CredentialKind.PASSWORD)

    assert Access.of(ANN, grants) == Access.of(bob, grants)
    assert hash(Access.of(ANN, grants)) == hash(Access.of(bob, grants))
    assert Access.of(ANN, grants) != Access.of(ANONYMOUS, grants)


def test_when_nobody_is_asked_who_they_are_then_everything_is_allowed():
    assert all(UNRESTRICTED.may(each, None) for each in Permission)
    assert UNRESTRICTED.reads_everything


def test_when_held_then_the_refusal_says_what_is_lacking():
    access = Access.of(ANN, [to_user("ann", Role.READER)])

    access.hold(Permission.READ, ORDER)
    with pytest.raises(ForbiddenError, match="'register' on subject 'orders-value'"):
        access.hold(Permission.REGISTER, ORDER)
    with pytest.raises(ForbiddenError, match=r"on context '\.sales'"):
        access.hold(Permission.ADMINISTER, Subject("", ".sales"))
    with pytest.raises(ForbiddenError, match="on the whole registry"):
        access.hold(Permission.ADMINISTER, None)


def test_when_explained_then_the_grants_that_decide_are_named():
    by_user, by_group = to_user("ann", Role.READER), to_group("orders-team", Role.OWNER)
    grants = [by_user, by_group, to_user("bob", Role.ADMIN, EVERYTHING)]

    reason = explained(ANN, grants, Permission.REGISTER, ORDER)

    assert reason.is_allowed
    assert (reason.permission, reason.place) == (Permission.REGISTER, ORDER)
    assert reason.by == (by_group,)
    assert reason.near == (by_user,)


def test_given_a_denial_when_explained_then_what_comes_near_is_named():
    grants = [
        to_user("ann", Role.READER),
        to_user("ann", Role.ADMIN, Area(".b", ALL_NAMES)),
    ]

    reason = explained(ANN, grants, Permission.REGISTER, ORDER)

    assert not reason.is_allowed
    assert reason.near == (grants[0],)


def test_given_a_narrowed_token_when_explained_then_it_is_said_to_be_in_the_way():
    ann = Principal("ann", CredentialKind.TOKEN, scopes=frozenset({"reader"}))

    reason = explained(ann, [to_user("ann", Role.OWNER)], Permission.DELETE, ORDER)

    assert not reason.is_allowed
    assert reason.is_narrowed


@given(
    place=st.sampled_from([ORDER, BILL, SALES, Subject("", ".sales"), None]),
    permission=st.sampled_from(Permission),
    roles=st.lists(st.sampled_from(Role), max_size=3),
    area=st.sampled_from([ORDERS, EVERYTHING, Area(".sales", ALL_NAMES)]),
)
def test_when_explained_then_the_answer_is_that_of_the_decision(
    place, permission, roles, area
):
    grants = [to_user("ann", role, area) for role in roles]

    reason = explained(ANN, grants, permission, place)

    assert reason.is_allowed == Access.of(ANN, grants).may(permission, place)
