"""The examples of the SDK's README run as they stand, against a registry in memory."""

import re
from functools import partialmethod
from pathlib import Path
from typing import Any

import httpx

import wirepact
from wirepact import Bundle
from wirepact.bundle import bundle_of
from wirepact.testing import FakeRegistry

README = Path(__file__).parents[3] / "clients/python/README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)


def test_the_examples_run_in_their_order(monkeypatch, tmp_path):
    registry = FakeRegistry()
    transport = httpx.MockTransport(registry.answer)
    for made in (wirepact.RegistryClient, wirepact.AsyncRegistryClient):
        answered = partialmethod(made.__init__, transport=transport)
        monkeypatch.setattr(made, "__init__", answered)
    monkeypatch.chdir(tmp_path)

    names: dict[str, Any] = {"__name__": "example"}
    for example in EXAMPLES:
        _bring_a_bundle(registry)
        exec(compile(example, str(README), "exec"), names)  # noqa: S102 - our own page

    assert len(EXAMPLES) >= 7
    assert list(Path("cache").glob("*/*.schema"))


def _bring_a_bundle(registry):
    if registry.requests:
        with registry.client() as client:
            bundle = bundle_of([client.get_latest("orders-value")], {})
        Path("schemas.bundle").write_bytes(bundle.to_bytes())
        assert Bundle.read("schemas.bundle") == bundle
