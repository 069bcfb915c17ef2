"""The page about handling events does what it says, against a registry in memory."""

import re
from functools import partialmethod
from pathlib import Path
from typing import Any

import httpx

from wirepact import AsyncRegistryClient
from wirepact.testing import FakeRegistry

PAGE = Path(__file__).parents[3] / "docs/how-to/consume-events.md"


def test_the_examples_run_in_their_order(monkeypatch):
    transport = httpx.MockTransport(FakeRegistry().answer)
    answered = partialmethod(AsyncRegistryClient.__init__, transport=transport)
    monkeypatch.setattr(AsyncRegistryClient, "__init__", answered)
    examples = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)

    names: dict[str, Any] = {"__name__": "example"}
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), names)  # noqa: S102 - our own page

    assert len(examples) == 2
