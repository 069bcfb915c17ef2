"""Associations between clients: who is first, who follows, and what serializers use."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient

from tests.e2e.builders import (
    AN_ORDER,
    ORDER,
    ORDER_WITH_NOTE,
    Topic,
    a_name,
    avro,
    body,
    schema_id,
)

pytestmark = pytest.mark.e2e

AT_ONCE = 8


def a_request(topic: str, schema: object, **more: object) -> dict[str, object]:
    wish = {"associationType": "value", "schema": body(schema)}
    named = {"resourceName": topic, "resourceNamespace": "lkc-1", "resourceId": topic}
    return {**named, "associations": [wish], **more}


def together(act: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(act, range(AT_ONCE)))


def test_given_many_at_once_when_they_make_the_same_then_all_have_it_once(
    http: httpx.Client,
):
    topic = a_name()

    answers = together(
        lambda _: http.post("/associations", json=a_request(topic, ORDER))
    )

    assert {each.status_code for each in answers} == {200}
    (one,) = {each.text for each in answers}
    assert f":.lkc-1:{topic}-value" in one
    assert len(http.get(f"/associations/resources/-/{topic}").json()) == 1
    own = f"/subjects/%3A.lkc-1%3A{topic}-value/versions"
    assert http.get(own).json() == [1]


def test_given_many_at_once_when_they_make_others_then_one_wins_and_all_is_of_it(
    http: httpx.Client,
):
    topic = a_name()

    answers = together(
        lambda at: http.post(
            "/associations",
            json=a_request(topic, [ORDER, ORDER_WITH_NOTE][at % 2]),
        )
    )

    told = {(each.status_code, each.json().get("error_code")) for each in answers}
    assert told == {(200, None), (409, 40903)}
    own = f"/subjects/%3A.lkc-1%3A{topic}-value/versions"
    assert http.get(own).json() == [1]


def test_given_two_contexts_at_once_when_they_claim_a_topic_then_one_has_it(
    http: httpx.Client,
):
    topic = a_name()
    subjects = [f":.{a_name('context')}:orders" for _ in range(AT_ONCE)]
    for each in subjects:
        http.post(f"/subjects/{each}/versions", json=body(ORDER)).raise_for_status()

    def claim(at: int) -> httpx.Response:
        wish = {"subject": subjects[at]}
        return http.post(
            "/associations", json=a_request(topic, ORDER, associations=[wish])
        )

    answers = together(claim)

    assert sorted(each.status_code for each in answers) == [200] + [409] * (AT_ONCE - 1)
    (found,) = http.get(f"/associations/resources/-/{topic}").json()
    assert found["subject"] in subjects


def test_given_a_linked_topic_when_produced_then_the_subject_that_it_is_bound_to(
    http: httpx.Client, client: SchemaRegistryClient
):
    topic, shared = Topic(client), a_name("shared")
    registered = client.register_schema(shared, avro(ORDER))
    wish = {"subject": shared, "associationType": "value"}
    made = http.post(
        "/associations", json=a_request(topic.name, ORDER, associations=[wish])
    )
    made.raise_for_status()

    payload = topic.encode(AN_ORDER, ORDER, auto_register_schemas=False)

    assert schema_id(payload) == registered
    assert topic.decode(payload) == AN_ORDER
    assert topic.subject not in client.get_subjects()


def test_given_an_owned_subject_when_all_goes_then_its_id_answers_no_more(
    http: httpx.Client,
):
    topic = a_name()
    unique = {"type": "fixed", "name": topic.replace("-", "_"), "size": 1}
    made = http.post("/associations", json=a_request(topic, unique)).json()
    version = made["associations"][0]["schema"]
    by_id = f"/schemas/ids/{version['id']}?subject={version['subject']}"
    assert http.get(by_id).status_code == 200

    gone = http.delete(
        f"/associations/resources/{topic}", params={"cascadeLifecycle": "true"}
    )

    assert (gone.status_code, gone.content) == (204, b"")
    assert http.get(by_id).json()["error_code"] == 40403
