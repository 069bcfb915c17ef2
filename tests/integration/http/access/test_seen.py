"""What callers see of a registry that is not all theirs, and what they cannot do."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from registry.application import access, accounts
from registry.domain.access import Area, Grant, Grantee, GranteeKind, Pattern, Role
from registry.domain.accounts import Account
from registry.domain.model import DEFAULT_CONTEXT
from registry.settings import Settings
from tests.integration.http.access.callers import (
    BY_TEST,
    GRANTED,
    Callers,
    asking,
    guarded,
)
from tests.services.in_process import in_process

_KNOWN_WITHIN_S: Final = 10


@pytest.fixture
def callers(settings: Settings) -> Iterator[Callers]:
    with guarded(settings) as started:
        yield started


def record(name: str, *fields: dict[str, Any]) -> str:
    return json.dumps({"type": "record", "name": name, "fields": list(fields)})


def field(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "type": kind}


def register(callers: Callers, subject: str, text: str, **more: Any) -> int:
    path = f"/subjects/{subject}/versions"
    answer = callers.ask("admin", "POST", path, json={"schema": text, **more})
    assert answer.status_code == 200, answer.text
    found: int = answer.json()["id"]
    return found


def refer(name: str, subject: str) -> dict[str, Any]:
    return {"name": name, "subject": subject, "version": 1}


def seen(callers: Callers, caller: str, path: str) -> Any:
    answer = callers.ask(caller, "GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _done(callers: Callers, caller: str, method: str, path: str, **more: Any) -> Any:
    """Ask until it is not refused any more."""
    ends = time.monotonic() + _KNOWN_WITHIN_S
    while (found := callers.ask(caller, method, path, **more)).status_code == 403:
        assert time.monotonic() < ends, found.text
    return found


def until(callers: Callers, caller: str, path: str, status: int) -> None:
    """Ask until the status is there, as news from other processes takes a moment."""
    ends = time.monotonic() + _KNOWN_WITHIN_S
    while (found := callers.ask(caller, "GET", path).status_code) != status:
        assert time.monotonic() < ends, found


def test_given_subjects_of_others_when_listed_then_a_page_is_full_of_own(callers):
    for name in ("a", "own-1", "own-2", "own-3", "z"):
        register(callers, name, '"string"')

    assert seen(callers, "reader", "/subjects?limit=2") == ["own-1", "own-2"]
    assert seen(callers, "reader", "/subjects?offset=2&limit=2") == ["own-3"]
    assert seen(callers, "other", "/subjects") == []
    assert len(seen(callers, "admin", "/subjects")) == 5


def test_given_ids_of_others_when_the_highest_is_asked_for_then_it_is_an_own_one(
    callers,
):
    own = register(callers, "own-1", '"string"')
    for number in range(3):
        highest = register(callers, f"other-{number}", record(f"R{number}"))
    callers.account("overseer")
    callers.grant("overseer", Role.READER, Area(DEFAULT_CONTEXT, Pattern.parse("*")))
    path = f"/schemas/ids/{own}?fetchMaxId=true"
    until(callers, "overseer", path, 200)

    told = {
        caller: seen(callers, caller, path)["maxId"]
        for caller in ("reader", "owner", "overseer", "admin")
    }

    assert told == {
        "reader": own,
        "owner": own,
        "overseer": highest,
        "admin": highest,
    }


def test_given_one_text_of_many_when_asked_by_id_then_where_the_caller_may_read(
    callers,
):
    for name in ("a", "own-1", "own-2"):
        schema_id = register(callers, name, '"string"')
    path = f"/schemas/ids/{schema_id}"

    assert seen(callers, "reader", path)["subject"] == "own-1"
    assert seen(callers, "admin", path)["subject"] == "a"
    assert seen(callers, "reader", f"{path}/subjects") == ["own-1", "own-2"]
    assert seen(callers, "reader", f"{path}/versions") == [
        {"subject": "own-1", "version": 1},
        {"subject": "own-2", "version": 1},
    ]
    uses = seen(callers, "reader", f"/governance/v1/schemas/{schema_id}")["uses"]
    assert [each["subject"] for each in uses] == ["own-1", "own-2"]


def test_given_an_id_only_in_a_deleted_version_when_asked_then_it_may_be_read(callers):
    schema_id = register(callers, "own-1", '"string"')
    register(callers, "a", '"string"')
    callers.ask("admin", "DELETE", "/subjects/own-1")

    found = seen(callers, "reader", f"/schemas/ids/{schema_id}")

    assert (found["subject"], found["deleted"]) == ("own-1", True)


def test_given_an_answer_kept_for_one_when_another_asks_then_it_is_not_theirs(callers):
    schema_id = register(callers, "own-1", '"string"')
    paths = [f"/schemas/ids/{schema_id}", f"/schemas/ids/{schema_id}/schema"]

    for path in paths:
        for _ in range(2):
            assert callers.ask("reader", "GET", path).status_code == 200
            assert callers.ask("other", "GET", path).status_code == 404
            assert callers.ask("none", "GET", path).status_code == 401


def test_given_a_guid_in_two_contexts_when_asked_then_what_may_be_read_counts(callers):
    register(callers, "own-1", '"string"')
    register(callers, ":.sales:own-1", '"string"')
    guid = seen(callers, "admin", "/subjects/own-1/versions/1")["guid"]

    assert len(seen(callers, "admin", f"/schemas/guids/{guid}/ids")) == 2
    assert seen(callers, "reader", f"/schemas/guids/{guid}/ids") == [
        {"context": ".", "id": 1}
    ]
    assert callers.ask("other", "GET", f"/schemas/guids/{guid}").status_code == 404


def test_given_a_guid_first_in_what_is_hidden_when_asked_then_it_is_found_elsewhere(
    callers,
):
    register(callers, "a", '"string"')
    register(callers, "own-1", '"string"')
    guid = seen(callers, "admin", "/subjects/a/versions/1")["guid"]

    assert seen(callers, "reader", f"/schemas/guids/{guid}")["schema"] == '"string"'


def test_when_by_id_texts_are_answered_then_no_shared_cache_keeps_them(callers):
    schema_id = register(callers, "own-1", '"string"')

    answer = callers.ask("reader", "GET", f"/schemas/ids/{schema_id}/schema")

    assert answer.headers["cache-control"].startswith("private, ")


def test_given_a_namesake_that_is_hidden_when_asked_then_the_next_one_is_found(callers):
    register(callers, ":.a:own-1", '"string"')
    register(callers, ":.b:own-1", '"int"')
    callers.grant("reader", Role.READER, Area(".b", Pattern.parse("own-*")))
    until(callers, "reader", "/subjects/:.b:own-1/versions", 200)

    found = seen(callers, "reader", "/subjects/own-1/versions/latest")

    assert found["subject"] == ":.b:own-1"
    assert seen(callers, "reader", "/contexts") == [".", ".b"]


def test_given_hidden_referrers_when_listed_then_they_are_left_out(callers):
    register(callers, "own-1", record("Own", field("id")))
    user = record("Other", field("it", "Own"))
    own = record("Mine", field("it", "Own"))
    register(callers, "a", user, references=[refer("Own", "own-1")])
    mine = register(callers, "own-2", own, references=[refer("Own", "own-1")])
    path = "/subjects/own-1/versions/1/referencedby"

    assert len(seen(callers, "admin", path)) == 2
    assert seen(callers, "reader", path) == [mine]


def test_given_hidden_referrers_when_deleted_then_they_are_in_the_way_unnamed(callers):
    register(callers, "own-1", record("Own", field("id")))
    user = record("Other", field("it", "Own"))
    register(callers, "secret", user, references=[refer("Own", "own-1")])

    answer = callers.ask("owner", "DELETE", "/subjects/own-1")

    assert answer.status_code == 422
    assert "secret" not in answer.text


def test_given_a_hidden_subject_when_referred_to_then_it_is_as_missing(callers):
    register(callers, "secret", record("Secret", field("id")))
    text = record("Own", field("it", "Secret"))

    answers = {
        name: callers.ask(
            "developer",
            "POST",
            "/subjects/own-1/versions",
            json={"schema": text, "references": [refer("Secret", name)]},
        )
        for name in ("secret", "nowhere")
    }

    told = {name: each.text.replace(name, "NAME") for name, each in answers.items()}
    assert answers["secret"].status_code == 422
    assert told["secret"] == told["nowhere"]


def test_given_an_earlier_version_with_a_hidden_reference_when_checked_then_unquoted(
    callers,
):
    register(callers, "secret", record("Secret", field("password")))
    before = record("Own", field("it", "Secret"))
    register(callers, "own-1", before, references=[refer("Secret", "secret")])
    breaking = {"schema": record("Own", field("new", "long"))}
    path = "/compatibility/subjects/own-1/versions?verbose=true"

    checked = callers.ask("developer", "POST", path, json=breaking)
    explained = callers.ask(
        "developer",
        "POST",
        "/governance/v1/check",
        json={"subject": "own-1", **breaking},
    )
    refused = callers.ask(
        "developer", "POST", "/subjects/own-1/versions", json=breaking
    )

    assert checked.json()["is_compatible"] is False
    assert explained.json()["verdict"] == "incompatible"
    assert refused.status_code == 409
    for each in (checked, explained, refused):
        assert "may not read" in each.text
        assert "password" not in each.text
        assert "Secret" not in each.text
    told = callers.ask("admin", "POST", path, json=breaking).text
    assert "oldSchema" in told


def test_given_a_mode_for_imports_when_an_owner_registers_then_it_is_refused(callers):
    callers.ask("admin", "PUT", "/mode/own-1", json={"mode": "IMPORT"})
    body = {"schema": '"string"', "id": 77, "version": 3}

    by_owner = callers.ask("owner", "POST", "/subjects/own-1/versions", json=body)
    by_keeper = callers.ask("keeper", "POST", "/subjects/own-1/versions", json=body)

    assert by_owner.status_code == 403
    assert "'import'" in by_owner.json()["message"]
    assert by_keeper.json()["id"] == 77


def test_given_a_strong_association_when_removed_then_it_takes_who_may_purge(callers):
    # In this order: who knows of the second grant knows of the first.
    callers.grant("keeper", Role.ADMIN, Area(".n", Pattern.parse("t-value")))
    callers.grant("owner", Role.OWNER, Area(".n", Pattern.parse("t-value")))
    topic = {"resourceName": "t", "resourceNamespace": "n", "resourceId": "t"}
    wish = {
        "subject": ":.n:t-value",
        "associationType": "value",
        "lifecycle": "STRONG",
        "schema": {"schema": '"string"'},
    }
    made = _done(
        callers,
        "owner",
        "POST",
        "/associations",
        json={**topic, "associations": [wish]},
    )
    path = "/associations/resources/t?cascadeLifecycle=true"

    by_owner = callers.ask("owner", "DELETE", path)
    by_keeper = callers.ask("keeper", "DELETE", path)

    assert made.status_code == 200, made.text
    assert by_owner.status_code == 403
    assert by_keeper.status_code == 204


def test_given_associations_of_others_when_listed_then_a_page_is_full_of_own(callers):
    for name in ("a", "own-1"):
        register(callers, name, '"string"')
        topic = {"resourceName": name, "resourceNamespace": "n", "resourceId": name}
        wish = {"subject": name, "associationType": "value"}
        body = {**topic, "associations": [wish]}
        assert callers.ask("admin", "POST", "/associations", json=body).is_success

    found = seen(callers, "reader", "/associations/resources/n/-?limit=1")

    assert [each["subject"] for each in found] == ["own-1"]
    assert seen(callers, "other", "/associations/resources/n/-") == []


def _taken_by_others(callers: Callers, lifecycle: str = "WEAK") -> dict[str, str]:
    """Return a topic that uses a hidden subject as its value."""
    topic = {"resourceName": "t", "resourceNamespace": "n", "resourceId": "t-1"}
    wish: dict[str, Any] = {"associationType": "value", "lifecycle": lifecycle}
    if lifecycle == "WEAK":
        register(callers, "secret", '"string"')
        wish["subject"] = "secret"
    else:
        wish["schema"] = {"schema": '"string"'}
    body = {**topic, "associations": [wish]}
    made = callers.ask("admin", "POST", "/associations", json=body)
    assert made.is_success, made.text
    return topic


def owning(callers: Callers, name: str) -> None:
    """Give an owner a subject that goes by the name of a topic, and wait for that."""
    callers.grant("owner", Role.OWNER, Area(".n", Pattern.parse(name)))
    body = {"compatibility": "BACKWARD"}
    assert callers.ask("admin", "PUT", f"/config/:.n:{name}", json=body).is_success
    until(callers, "owner", f"/config/:.n:{name}", 200)


def _told(callers: Callers, topic: dict[str, str], wish: dict[str, Any]) -> str:
    path = "/associations:batchMutate?dryRun=true"
    body = {"requests": [{**topic, "associations": [wish]}]}
    answer = callers.ask("owner", "POST", path, json=body)
    assert answer.status_code == 207, answer.text
    return answer.text


@pytest.mark.parametrize("lifecycle", ["WEAK", "STRONG"])
def test_given_a_topic_of_others_when_it_is_let_go_then_it_is_as_missing(
    callers, lifecycle
):
    topic = _taken_by_others(callers, lifecycle)
    wish = {"opType": "DELETE", "associationType": "value"}

    hidden = _told(callers, topic, wish)
    missing = _told(callers, {**topic, "resourceName": "x", "resourceId": "t-2"}, wish)

    assert hidden.replace("t-1", "t-2") == missing


def test_given_a_topic_of_others_when_seen_to_then_their_subject_is_not_named(callers):
    topic = _taken_by_others(callers)
    register(callers, "own-1", '"string"')
    wish = {"opType": "UPSERT", "associationType": "value"}

    unnamed = _told(callers, topic, wish)
    owning(callers, "t-value")
    own = _told(callers, topic, {**wish, "subject": "own-1"})

    assert "secret" not in unnamed + own
    assert "subject ':.n:t-value'" in unnamed
    assert "already exists for resource 't-1'" in own


def test_given_a_topic_of_others_when_its_id_is_guessed_then_its_name_is_not_told(
    callers,
):
    topic = _taken_by_others(callers)
    register(callers, "own-1", '"string"')
    owning(callers, "guess-key")
    guessed = {**topic, "resourceName": "guess"}
    wish = {"opType": "CREATE", "associationType": "key", "subject": "own-1"}

    told = _told(callers, guessed, wish)

    assert "'t'" not in told
    assert "resourceId" in told


def test_given_keys_of_others_when_listed_then_only_own_ones(callers):
    for name in ("a", "own-1"):
        body = {"name": name, "kmsType": "aws-kms", "kmsKeyId": "arn"}
        assert callers.ask("admin", "POST", "/dek-registry/v1/keks", json=body)

    assert seen(callers, "reader", "/dek-registry/v1/keks") == ["own-1"]


def test_given_trash_of_others_when_listed_then_only_own_and_no_hidden_referrers(
    callers,
):
    register(callers, "a", '"int"')
    register(callers, "own-1", record("Own", field("id")))
    user = record("Other", field("it", "Own"))
    register(callers, "secret", user, references=[refer("Own", "own-1")])
    for name in ("a", "secret", "own-1"):
        assert callers.ask("admin", "DELETE", f"/subjects/{name}").is_success

    (found,) = seen(callers, "reader", "/governance/v1/trash")["versions"]

    assert found["subject"] == "own-1"
    assert "referrers" not in found


def test_given_a_hidden_reference_when_texts_are_rendered_then_the_others_still_are(
    callers,
):
    register(callers, "secret", record("Secret", field("password")))
    text = record("Own", field("it", "Secret"))
    register(callers, "own-1", text, references=[refer("Secret", "secret")])
    register(callers, "own-2", record("Free", field("id")))

    found = seen(callers, "reader", "/schemas?format=resolved")

    assert [each["subject"] for each in found] == ["own-1", "own-2"]
    assert "password" not in json.dumps(found)
    alone = callers.ask("reader", "GET", "/subjects/own-1/versions/1?format=resolved")
    assert "password" not in alone.text
    assert alone.status_code == 422


def test_given_an_alias_when_asked_then_the_target_decides(callers):
    register(callers, "secret", '"string"')
    for name in ("own-alias", "a"):
        body = {"alias": "secret" if name == "own-alias" else "own-1"}
        assert callers.ask("admin", "PUT", f"/config/{name}", json=body).is_success
    register(callers, "own-1", '"int"')

    assert callers.ask("owner", "GET", "/subjects/own-alias/versions").is_client_error
    assert seen(callers, "owner", "/subjects/a/versions") == [1]
    assert (
        callers.ask(
            "owner", "POST", "/subjects/own-alias/versions", json={"schema": '"int"'}
        ).status_code
        == 403
    )
    listed = seen(callers, "reader", "/schemas?aliases=true")
    assert [each["subject"] for each in listed] == ["own-1"]


def test_given_an_alias_between_what_is_hidden_when_asked_then_it_leads_nowhere(
    callers,
):
    schema_id = register(callers, "secret", '"string"')
    assert callers.ask(
        "admin", "PUT", "/config/hidden", json={"alias": "secret"}
    ).is_success
    assert callers.ask(
        "admin", "GET", f"/schemas/ids/{schema_id}?subject=hidden"
    ).is_success
    body = {"schema": '"string"'}
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/subjects/NAME/versions", None),
        ("GET", f"/schemas/ids/{schema_id}?subject=NAME", None),
        ("POST", "/subjects/NAME", body),
        ("POST", "/subjects/NAME/versions", body),
        ("DELETE", "/subjects/NAME", None),
        ("GET", "/governance/v1/subjects/NAME/policies", None),
        ("GET", "/dek-registry/v1/keks/k/deks/NAME", None),
    ]

    for method, path, json_ in asked:
        hidden, missing = (
            callers.ask("owner", method, path.replace("NAME", name), json=json_)
            for name in ("hidden", "nowhere")
        )
        assert hidden.status_code == missing.status_code
        assert hidden.text.replace("hidden", "nowhere") == missing.text, path


def test_given_settings_of_a_hidden_context_when_asked_then_they_are_as_missing(
    callers,
):
    body = {"compatibility": "FULL"}
    assert callers.ask("admin", "PUT", "/config/:.sales:", json=body).is_success

    hidden, missing = (
        callers.ask("reader", "GET", f"/config/:.{name}:") for name in ("sales", "none")
    )

    assert hidden.status_code == missing.status_code
    assert hidden.text.replace("sales", "none") == missing.text
    within = "/config/:.sales:a?defaultToGlobal=true"
    assert seen(callers, "reader", within) == {"compatibilityLevel": "BACKWARD"}
    assert seen(callers, "admin", within) == {"compatibilityLevel": "FULL"}


def test_given_an_admin_of_one_context_when_it_is_configured_then_only_that_one(
    callers,
):
    callers.grant("keeper", Role.ADMIN, Area(".sales", Pattern.parse("*")))
    register(callers, ":.sales:a", '"int"')
    until(callers, "keeper", "/subjects/:.sales:a/versions", 200)
    body = {"compatibility": "FULL"}

    statuses = {
        scope: callers.ask("keeper", "PUT", f"/config{scope}", json=body).status_code
        for scope in ("/:.sales:", "/:.money:", "/:.__GLOBAL:", "/:.:", "")
    }

    assert statuses == {
        "/:.sales:": 200,
        "/:.money:": 403,
        "/:.__GLOBAL:": 403,
        "/:.:": 403,
        "": 403,
    }


def test_given_a_grant_by_another_process_when_asked_then_it_is_gone_by_soon(callers):
    register(callers, "a", '"string"')
    path = "/subjects/a/versions/1"
    assert callers.ask("reader", "GET", path).status_code == 404

    given = callers.grant(
        "reader", Role.READER, Area(DEFAULT_CONTEXT, Pattern.parse("a"))
    )
    until(callers, "reader", path, 200)
    until(callers, "reader", "/schemas/ids/1", 200)

    access.revoke(callers.ports, [given], BY_TEST)
    until(callers, "reader", path, 404)
    assert callers.ask("reader", "GET", "/schemas/ids/1").status_code == 404


def test_given_anonymous_reads_when_nobody_asks_then_what_was_granted_to_anonymous(
    settings: Settings,
):
    with guarded(settings) as callers:
        register(callers, "public-1", '"string"')
        register(callers, "own-1", '"int"')
        public = Area(DEFAULT_CONTEXT, Pattern.parse("public-*"))
        to_all = Grant(Grantee(GranteeKind.USER, "anonymous"), Role.OWNER, public)
        access.grant(callers.ports, [to_all], BY_TEST)

    opened = replace(settings, **asking(), anonymous_read=True)
    with in_process(opened) as client:
        assert client.get("/subjects").json() == ["public-1"]
        assert client.get("/subjects/own-1/versions").status_code == 404
        assert client.get("/schemas/types").status_code == 200
        assert client.get("/metrics").status_code == 401
        assert client.delete("/subjects/public-1").status_code == 401


def test_given_anonymous_reads_and_no_grant_when_nobody_asks_then_they_are_asked_who(
    settings: Settings,
):
    with in_process(replace(settings, **asking(), anonymous_read=True)) as client:
        answer = client.get("/subjects")

    assert answer.status_code == 401
    assert answer.json()["error_code"] == 40101
    assert "Bearer" in answer.headers["www-authenticate"]


def test_given_no_authentication_when_asked_then_everything_is_everybodys(
    settings: Settings,
):
    with in_process(settings) as client:
        made = client.post("/subjects/a/versions", json={"schema": '"string"'})
        gone = client.delete("/subjects/a")

    assert made.status_code == gone.status_code == 200


def test_when_something_is_written_then_the_audit_names_who_did_it(callers):
    body = {"schema": '"string"'}
    callers.ask("developer", "POST", "/subjects/own-1/versions", json=body)

    engine = callers.ports.transactions._engine  # past the store
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT actor FROM audit WHERE action = 'version.register'"
        )
        assert rows.fetchall() == [("developer",)]


def test_given_an_account_that_was_removed_when_made_anew_then_nothing_is_granted(
    callers,
):
    accounts.remove(callers.ports, "owner", BY_TEST)
    accounts.add(callers.ports, Account("owner", callers.ports.clock()), BY_TEST)

    granted = {each.grantee.name for each in access.list_grants(callers.ports)}

    assert granted == {*GRANTED} - {"owner"}
