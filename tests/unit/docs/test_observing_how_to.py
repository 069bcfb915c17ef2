"""The page about observing consumers does what it says."""

import re
from pathlib import Path
from typing import Any

import prometheus_client

from wirepact import App, metrics

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "how-to/observe-consumers.md"


def test_the_examples_run_in_their_order(monkeypatch):
    monkeypatch.setattr(metrics, "REGISTRY", prometheus_client.CollectorRegistry())
    examples = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)

    names: dict[str, Any] = {"__name__": "example"}
    for example in examples:
        placed = example.replace("9464", "0")
        exec(compile(placed, str(PAGE), "exec"), names)  # noqa: S102 - our own page
    names["server"].shutdown()
    names["server"].server_close()
    names["thread"].join()

    assert len(examples) == 2
    assert isinstance(names["app"], App)


def test_all_alerts_are_in_its_table():
    rules = DOCS.parent / "deploy/prometheus/wirepact-consumers.rules.yaml"

    alerts = re.findall(r"- alert: (\w+)", rules.read_text())

    assert re.findall(r"^\| `(Wirepact\w+)`", PAGE.read_text(), re.M) == alerts
