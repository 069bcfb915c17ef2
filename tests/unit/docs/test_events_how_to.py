"""The examples of the page about typed events run as they stand."""

import json
import re
from pathlib import Path
from typing import Any

from wirepact.events import find_event_type_by_name, isolated_events

PAGE = Path(__file__).parents[3] / "docs/how-to/type-your-events.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)


def run(example: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example, str(PAGE), "exec"), names)  # noqa: S102 - our own page
    return names


def test_the_class_that_is_written_derives_the_schema_that_the_page_tells_of():
    with isolated_events():
        names = run(EXAMPLES[0])

    schema = json.loads(names["schema"].text)
    assert [each["name"] for each in schema["fields"]] == [
        "orderId",
        "orderedAt",
        "items",
        "note",
    ]


def test_the_class_with_its_schema_in_a_file_is_declared_without_reading_it():
    with isolated_events():
        run(EXAMPLES[1])

        found = find_event_type_by_name("orders.OrderCreated")

    assert found.source == Path("order_created.avsc")
