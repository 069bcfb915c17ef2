"""What plans tell callers of what they may not read, and what an apply is held to."""

from collections.abc import Iterator
from typing import Any

import pytest

from registry.domain.access import Area, Pattern, Role
from registry.settings import Settings
from tests.integration.http.access.callers import Callers, guarded
from tests.integration.http.access.test_seen import (
    field,
    record,
    refer,
    register,
    until,
)

PLAN, APPLY = "/governance/v1/plan", "/governance/v1/apply"
SECRET = record("Secret", field("password"))
USER = record("Own", field("it", "Secret"))


@pytest.fixture
def callers(settings: Settings) -> Iterator[Callers]:
    with guarded(settings) as started:
        yield started


def wanted(subject: str, schema: str | None = None, **more: Any) -> dict[str, Any]:
    text = {} if schema is None else {"schema": schema}
    return {"subject": subject, **text, **more}


def asked(
    callers: Callers, caller: str, path: str, *contracts: Any, **more: Any
) -> Any:
    return callers.ask(caller, "POST", path, json={"contracts": [*contracts], **more})


def planned(callers: Callers, caller: str, *contracts: Any, **more: Any) -> Any:
    answer = asked(callers, caller, PLAN, *contracts, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def subjects(callers: Callers) -> list[str]:
    found: list[str] = callers.ask("admin", "GET", "/subjects").json()
    return found


def test_given_a_hidden_subject_when_planned_then_it_is_as_if_nobody_had_registered_it(
    callers,
):
    contract = wanted("secret", '"string"', level="FULL", policies=[])
    body = {"owner": "shop", "prune": True}
    before = planned(callers, "developer", contract, **body)

    register(callers, "secret", SECRET)
    managed = wanted("secret", level="FORWARD")
    assert asked(callers, "admin", APPLY, managed, owner="bank").is_success

    assert planned(callers, "developer", contract, **body) == before
    (own, *_) = planned(callers, "admin", contract, **body)["actions"]
    assert own["verdict"] == "owned"
    assert "bank" in own["error"]["message"]


def test_given_a_caller_who_sees_a_part_when_planned_then_no_ids_are_predicted(callers):
    contract = wanted("own-1", '"string"')

    (told,) = planned(callers, "developer", contract)["schemas"]
    (whole,) = planned(callers, "admin", contract)["schemas"]

    assert "predictedId" not in told
    assert whole["predictedId"] == 1


@pytest.mark.parametrize("version", [1, -1, None])
def test_given_a_reference_to_what_is_hidden_when_planned_then_it_is_missing(
    callers, version
):
    need = {"name": "Secret", "subject": "secret", "version": version}
    contract = wanted("own-1", USER, references=[need])
    before = planned(callers, "developer", contract)
    register(callers, "secret", SECRET)

    assert planned(callers, "developer", contract) == before
    assert planned(callers, "admin", contract)["accepted"]
    refused = asked(callers, "developer", APPLY, contract)
    assert refused.status_code == 409
    assert "password" not in refused.text
    assert subjects(callers) == ["secret"]


def test_given_a_readable_reference_to_what_is_hidden_when_planned_then_it_is_missing(
    callers,
):
    register(callers, "secret", SECRET)
    register(callers, "own-1", USER, references=[refer("Secret", "secret")])
    contract = wanted(
        "own-2",
        record("Outer", field("own", "Own")),
        references=[refer("Own", "own-1")],
    )

    (action,) = planned(callers, "developer", contract)["actions"]

    assert action["verdict"] == "invalid"
    assert "password" not in str(action)
    assert planned(callers, "admin", contract)["accepted"]


@pytest.mark.parametrize("along", [False, True])
def test_given_a_history_that_refers_to_what_is_hidden_when_planned_then_not_quoted(
    callers, along
):
    register(callers, "secret", SECRET)
    register(callers, "own-1", USER, references=[refer("Secret", "secret")])
    contracts = [wanted("own-1", record("Own", field("new", "long")))]
    if along:
        contracts.append(wanted("secret"))

    (action,) = planned(callers, "developer", *contracts)["actions"]

    assert action["verdict"] == "incompatible"
    assert "may not read" in str(action)
    assert "password" not in str(action)
    assert "Secret" not in str(action)
    assert "Secret" in str(planned(callers, "admin", *contracts))


def test_given_a_hidden_user_when_pruned_then_it_is_in_the_way_unnamed(callers):
    shared = wanted("own-1", record("Own", field("id")))
    assert asked(callers, "admin", APPLY, shared, owner="shop").is_success
    user = record("Other", field("it", "Own"))
    register(callers, "secret", user, references=[refer("Own", "own-1")])
    body = {"owner": "shop", "prune": True}

    plan = planned(callers, "owner", **body)
    refused = asked(callers, "owner", APPLY, **body)

    assert not plan["accepted"]
    assert refused.status_code == 409
    for told in (str(plan), refused.text):
        assert "secret" not in told


def test_given_contexts_in_any_spelling_when_pruned_then_only_what_is_there_goes(
    callers,
):
    names = ("own-1", ":.a:own-1", ":.b:own-1")
    both = [wanted(each, '"int"') for each in names]
    assert asked(callers, "admin", APPLY, *both, owner="shop").is_success

    body = {"owner": "shop", "prune": True, "contexts": ["a", ":.b:"]}
    found = planned(callers, "admin", **body)

    gone = {each["subject"] for each in found["actions"]}
    assert gone == {":.a:own-1", ":.b:own-1"}


def test_given_more_contexts_than_contracts_may_be_when_planned_then_413(callers):
    many = [f".c{number}" for number in range(5_001)]
    body = {"contracts": [], "owner": "shop", "prune": True, "contexts": many}

    answer = callers.ask("admin", "POST", PLAN, json=body)

    assert answer.status_code == 413
    assert "5000 contexts" in answer.json()["message"]


def test_given_a_hidden_managed_subject_when_pruned_then_it_is_left_alone(callers):
    for name in ("secret", "own-1"):
        made = asked(callers, "admin", APPLY, wanted(name, '"int"'), owner="shop")
        assert made.is_success
    body = {"owner": "shop", "prune": True}

    told = planned(callers, "owner", **body)
    by_developer = asked(callers, "developer", APPLY, **body)
    by_owner = asked(callers, "owner", APPLY, **body)

    assert "secret" not in str(told)
    assert by_developer.status_code == 403
    assert "'delete'" in by_developer.json()["message"]
    assert by_owner.status_code == 200
    assert subjects(callers) == ["secret"]


@pytest.mark.parametrize(
    ("contract", "more", "permission"),
    [
        pytest.param(wanted("own-1", '"int"'), {}, "register", id="schema"),
        pytest.param(wanted("own-1", level="FULL"), {}, "configure", id="level"),
        pytest.param(
            wanted("own-1", config={"compatibilityGroup": "team"}),
            {},
            "configure",
            id="config",
        ),
        pytest.param(
            wanted("own-1", policies=["WIRE"]), {}, "configure", id="policies"
        ),
        pytest.param(wanted("own-1"), {"owner": "shop"}, "configure", id="owner"),
    ],
)
def test_when_applied_then_each_part_needs_what_it_needs_by_itself(
    callers, contract, more, permission
):
    roles = {"register": ("reader", "developer"), "configure": ("developer", "owner")}
    unfit, fit = roles[permission]

    refused = asked(callers, unfit, APPLY, contract, **more)
    done = asked(callers, fit, APPLY, contract, **more)

    assert refused.status_code == 403
    assert f"'{permission}'" in refused.json()["message"]
    assert done.status_code == 200
    assert done.json()["actions"]


def test_given_one_part_that_is_not_allowed_when_applied_then_nothing_is_done(callers):
    contracts = [wanted("own-1", '"int"'), wanted("own-2", '"int"', level="FULL")]

    refused = asked(callers, "developer", APPLY, *contracts)

    assert refused.status_code == 403
    assert "own-2" in refused.json()["message"]
    assert subjects(callers) == []


def test_given_a_plan_of_somebody_else_when_applied_then_its_token_grants_nothing(
    callers,
):
    contract = wanted("own-1", '"int"', level="FULL")
    token = planned(callers, "admin", contract)["token"]

    refused = asked(callers, "developer", APPLY, contract, token=token)

    assert refused.status_code == 403
    assert subjects(callers) == []


def test_given_a_managed_subject_when_taken_over_then_it_takes_who_may_configure(
    callers,
):
    contract = wanted("own-1", '"int"')
    assert asked(callers, "admin", APPLY, contract, owner="bank").is_success
    more = {"owner": "shop", "takeOver": True}

    owned = asked(callers, "owner", APPLY, contract, owner="shop")
    by_developer = asked(callers, "developer", APPLY, contract, **more)
    by_owner = asked(callers, "owner", APPLY, contract, **more)

    assert owned.status_code == 409
    assert "bank" in owned.json()["message"]
    assert by_developer.status_code == 403
    assert by_owner.status_code == 200


def test_given_a_managed_subject_when_only_versions_come_then_a_developer_will_do(
    callers,
):
    first = wanted("own-1", record("Own"), level="FULL")
    assert asked(callers, "owner", APPLY, first, owner="shop").is_success
    more = record("Own", {**field("id"), "default": ""})
    second = wanted("own-1", more, level="FULL")

    done = asked(callers, "developer", APPLY, second, owner="shop")

    assert done.status_code == 200, done.text
    assert [each["action"] for each in done.json()["actions"]] == ["register"]


@pytest.mark.parametrize("contract", [wanted("x"), wanted("x", '"int"')])
def test_given_a_hidden_subject_as_wanted_when_applied_then_it_is_refused_like_missing(
    callers, contract
):
    before = asked(callers, "owner", APPLY, contract)
    register(callers, "x", '"int"')

    after = asked(callers, "owner", APPLY, contract)

    assert before.status_code == after.status_code == 403
    assert before.json() == after.json()


def test_given_a_level_of_a_hidden_context_when_planned_then_it_is_not_told(callers):
    contract = wanted(":.sales:a", '"int"')
    before = planned(callers, "developer", contract)
    body = {"compatibility": "FULL"}
    assert callers.ask("admin", "PUT", "/config/:.sales:", json=body).is_success

    assert planned(callers, "developer", contract) == before


def test_given_a_grant_in_another_context_when_applied_across_then_all_is_held(callers):
    callers.grant("owner", Role.OWNER, Area(".sales", Pattern.parse("*")))
    register(callers, ":.sales:a", '"int"')
    until(callers, "owner", "/subjects/:.sales:a/versions", 200)
    contracts = [wanted("own-1", '"int"'), wanted(":.sales:b", '"int"', level="FULL")]
    foreign = wanted(":.money:c", '"int"')

    refused = asked(callers, "owner", APPLY, *contracts, foreign)
    done = asked(callers, "owner", APPLY, *contracts)

    assert refused.status_code == 403
    assert ":.money:c" in refused.json()["message"]
    assert done.status_code == 200
    assert {*subjects(callers)} == {":.sales:a", ":.sales:b", "own-1"}
