"""The pages that tell how to use the SDK do what they say."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.services.mock_kafka import mock_kafka
from wirepact import RegistryClient, Schema
from wirepact.events import find_event_type

DOCS = Path(__file__).parents[3] / "docs"
OLDER = Schema(
    '{"type": "record", "name": "shop.OrderPlaced",'
    ' "fields": [{"name": "orderId", "type": "string"}]}'
)


def examples(page, kind="python"):
    text = (DOCS / page).read_text()
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.M | re.S)


def run(example, names):
    exec(compile(example, "a page", "exec"), names)  # noqa: S102 - our own page


@pytest.fixture
def brokers():
    with mock_kafka() as address:
        yield address


def test_confluent_kafka_is_adopted_as_the_page_says(brokers, wirepact_registry):
    names: dict[str, Any] = {"__name__": "example"}
    found = examples("how-to/adopt-with-confluent-kafka.md")

    for example in found:
        placed = example.replace("localhost:9092", brokers)
        run(placed.replace("http://registry:8081", wirepact_registry.url), names)
        if "OrderPlaced" in names:
            schema = find_event_type(names["OrderPlaced"]).schema
            with RegistryClient(wirepact_registry.url) as client:
                client.register("placed-value", schema)

    assert len(found) == 5
    assert names["message"].topic() == "placed"
    for name in ("registry", "producer", "plain"):
        names[name].close()


def test_contracts_are_checked_as_the_page_says(wirepact_registry, capsys):
    names: dict[str, Any] = {"__name__": "example"}
    with RegistryClient(wirepact_registry.url) as client:
        client.register("placed-value", OLDER)
    first, *others = examples("how-to/check-contracts-at-start-up.md")

    run(first.replace("http://registry:8081", wirepact_registry.url), names)
    printed = capsys.readouterr().out
    for example in others:
        run(example, names)
    names["test_contracts_hold"]()

    (told,) = examples("how-to/check-contracts-at-start-up.md", "text")
    assert printed.replace(wirepact_registry.url, "http://registry:8081") == told


def test_the_envelopes_page_names_all_attributes_and_aliases():
    from wirepact._attributes import RULES
    from wirepact._foreign import ALIASES

    page = (DOCS / "reference/envelope.md").read_text()
    for example in examples("reference/envelope.md"):
        run(example, {})

    rows = re.findall(r"^\| `([\w.-]+)` \| (\w+) \| `(\w+)` \|$", page, re.M)
    assert rows == [
        (header, alias.system, alias.attribute) for header, alias in ALIASES.items()
    ]
    table = page.partition("## Attributes")[2].partition("## Brokers")[0]
    assert {*RULES} <= {*re.findall(r"`(\w+)`", table)}
