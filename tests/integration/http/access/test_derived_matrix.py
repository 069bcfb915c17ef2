"""The table once more, derived from rules instead of read from answers.

What an allowed request is answered, the admin's column says: an admin of everything is
refused nothing. All other cells follow from who asks, what the request is, and which
role may do that; where one does not, its rule stands here by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from registry.domain.access import OPERATIONS
from registry.http import authorisation
from tests.integration.http.access.asking import FOREIGN, MISSING, OWN, declarations
from tests.integration.http.access.callers import CALLERS, GRANTED
from tests.integration.http.access.test_matrix import ANY, Table, expected

UNKNOWN = ("none", "bad", "expired")
# The roles' table as it was decided on; not that of the code.
READERS = frozenset({"reader", "developer", "owner", "approver", "admin"})
WRITERS = frozenset({"developer", "owner", "admin"})
OWNERS = frozenset({"owner", "admin"})
APPROVERS = frozenset({"approver", "admin"})
ADMINS = frozenset({"admin"})


@dataclass(frozen=True)
class Kind:
    """What a request is.

    Attributes:
        roles: Who may do it.
        is_shown: Whether who may not is answered as if nothing was there.
        is_of_all: Whether it takes the role for the whole registry.

    """

    roles: frozenset[str]
    is_shown: bool = False
    is_of_all: bool = False


PUBLIC, KNOWN = Kind(READERS), Kind(READERS)
SHOWN = Kind(READERS, is_shown=True)
TRIED = Kind(READERS)
REGISTERED = Kind(WRITERS)
OWNED = Kind(OWNERS)
ADMINISTERED = Kind(ADMINS)
OF_ALL = Kind(ADMINS, is_of_all=True)
TRIED_ON_ALL = Kind(READERS, is_of_all=True)

# The first that is found at the beginning of a request's name decides.
KINDS = (
    (r"GET /health/", PUBLIC),
    (r"(GET|POST) /$|GET /(v1/metadata|schemas/types|openapi|metrics)", KNOWN),
    (r"POST /exporters$", OF_ALL),
    (r"\w+ /exporters", KNOWN),
    # Of a flag that is repeated, the one that needs more counts.
    (r"POST /governance/v1/import\?dryRun=true$", TRIED_ON_ALL),
    (r"\w+ /governance/v1/(import|export)", OF_ALL),
    (r"(PUT|DELETE) /(config|mode)$|DELETE /contexts/", OF_ALL),
    (r".*(permanent|force)=true$", ADMINISTERED),
    (r"(PUT|DELETE) /mode/", ADMINISTERED),
    (r"POST /associations\?dryRun=true$", TRIED),
    (r"POST /governance/v1/apply \((nothing|what is there)\)", TRIED),
    (r"POST /governance/v1/apply \((level|owner)\)", OWNED),
    (r"POST /governance/v1/apply$", REGISTERED),
    (r".*rewrap=true$", OWNED),
    (r"POST .*(/undelete|/restore|/tags)$", OWNED),
    (r"GET |POST /compatibility/|POST /governance/v1/(check|plan)$", SHOWN),
    (r"POST /subjects/{subject}$|POST .*/test$", SHOWN),
    (r"POST (/associations|/governance/v1/subjects):batchGet", SHOWN),
    (r"POST /subjects/|POST /dek-registry/", REGISTERED),
    (r"PUT |DELETE |POST /associations", OWNED),
)

EVERYWHERE = {
    "read": READERS,
    "register": WRITERS,
    "delete": OWNERS,
    "configure": OWNERS,
    "approve": APPROVERS,
    "purge": ADMINS,
    "set-mode": ADMINS,
    "import": ADMINS,
    "override": ADMINS,
    "administer": ADMINS,
}
"""By permission: who has it."""


def kind_of(request: str) -> Kind:
    return next(kind for pattern, kind in KINDS if re.match(pattern, request))


def derived(table: Table) -> Iterator[tuple[str, str, str, str]]:
    """Yield request, target, caller and status, for all cells but the admin's."""
    for request, target in table:
        for caller in CALLERS[:-1]:
            yield request, target, caller, _cell(table, request, target, caller)


def _cell(table: Table, request: str, target: str, caller: str) -> str:
    kind = kind_of(request)
    allowed = table[request, target][-1]
    if kind is PUBLIC and caller not in {"bad", "expired"}:
        return allowed
    if caller in UNKNOWN:
        # Also where nothing need be presented: what is presented has to be good.
        return "401"
    if kind is KNOWN:
        return allowed
    role = GRANTED[caller][0]
    is_there = not kind.is_of_all and target == OWN and caller != "other"
    # A list, or the registry's own settings: everybody is shown what is theirs.
    is_list = target == ANY and kind.is_shown
    if is_list or (is_there and role in kind.roles):
        return allowed
    return _refused(table, request, kind, caller, is_seen=is_there)


def _refused(
    table: Table, request: str, kind: Kind, caller: str, *, is_seen: bool
) -> str:
    if kind.is_shown:
        return table[request, MISSING][-1]
    if request.startswith("POST /associations:batchMutate"):
        # Who may do so somewhere has the body read, and each part judged.
        return "207: 403" if GRANTED[caller][0] in kind.roles else "403"
    if request.startswith("DELETE /associations/resources/") and not is_seen:
        # The topic has an id of its own, which tells nothing of its subject: who does
        # not see the subject sees no association.
        return table[request, MISSING][-1]
    return "403"


def test_given_the_rules_when_the_table_is_derived_then_every_cell_is_explained():
    table = expected()

    unexplained = [
        (request, target, caller, found, status)
        for request, target, caller, status in derived(table)
        if (found := table[request, target][CALLERS.index(caller)]) != status
    ]

    assert unexplained == []


def test_given_the_table_then_an_admin_of_everything_is_never_refused():
    refusals = {"401", "403", "207: 403"}

    assert [cell for cell, found in expected().items() if found[-1] in refusals] == []


def test_given_the_roles_when_compared_with_what_was_decided_then_they_are_the_same():
    assert {str(each.permission): each.roles for each in OPERATIONS} == EVERYWHERE


@pytest.mark.parametrize(
    ("name", "needs"), [pytest.param(*each, id=each[0]) for each in declarations()]
)
def test_given_a_route_when_its_declaration_is_read_then_it_is_what_the_rules_say(
    name: str, needs: authorisation.Needs
):
    kind = kind_of(name)

    if needs.permission is None:
        assert kind is (PUBLIC if needs.is_public else KNOWN)
        return
    assert EVERYWHERE[needs.permission] == kind.roles
    assert needs.shows == kind.is_shown
    assert (needs.place is authorisation.whole_registry) == kind.is_of_all or (
        "contexts" in name
    )


def test_given_the_table_then_foreign_is_missing_for_all_but_an_admin():
    table = expected()

    for (request, target), found in table.items():
        if target == FOREIGN:
            assert found[:-1] == table[request, MISSING][:-1], request
