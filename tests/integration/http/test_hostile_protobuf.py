"""Hostile Protobuf schemas are refused, in bounded time, and the next one is served."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from tests.integration.http import hostile_protobuf
from tests.services.in_process import InProcess, in_process, settings_of

SLACK = 5
SMALL_S = 0.25
# More than by default: a busy machine may hold up even the schema that is fine.
BUDGET_S = 5

# 400 is for what no text may have, wherever in a body it stands.
REFUSED = {(422, 42201), (400, 400)}

FINE = 'syntax = "proto3"; message Fine { string a = 1; }'


@pytest.fixture(scope="module")
def hardened(
    wirepact_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InProcess]:
    """One registry for all: what one schema does to it must not reach the next."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    settings = settings_of(wirepact_database, folder)
    with in_process(replace(settings, compile_seconds=BUDGET_S)) as registry:
        assert registered(registry, "warm", FINE).status_code == 200
        yield registry


def registered(
    registry: InProcess, subject: str, schema: str, references: Any = ()
) -> httpx.Response:
    body = {"schemaType": "PROTOBUF", "schema": schema, "references": [*references]}
    return registry.post(
        f"/subjects/{subject}/versions",
        # Escaped, so that half a surrogate pair reaches the registry at all.
        content=json.dumps(body),
        headers={"content-type": "application/json"},
    )


@pytest.mark.parametrize("name", hostile_protobuf.SMALL)
def test_given_a_small_hostile_schema_when_registered_then_it_is_refused_at_once(
    hardened: InProcess, name: str
):
    schema = hostile_protobuf.SMALL[name]
    assert len(schema) <= 64 * hostile_protobuf.KIB

    began = monotonic()
    answer = registered(hardened, "hostile", schema)
    took = monotonic() - began

    assert (answer.status_code, answer.json()["error_code"]) in REFUSED
    assert took < SMALL_S * SLACK
    assert len(answer.content) < 8 * hostile_protobuf.KIB
    assert registered(hardened, "fine", FINE).status_code == 200


@pytest.mark.parametrize("name", hostile_protobuf.LARGE)
def test_given_a_large_hostile_schema_when_registered_then_it_is_answered_in_time(
    hardened: InProcess, name: str
):
    began = monotonic()
    answer = registered(hardened, f"large-{name}", hostile_protobuf.LARGE[name])
    took = monotonic() - began

    assert answer.status_code in {200, 413, 422}
    assert took < (BUDGET_S + 0.5) * SLACK
    assert registered(hardened, "fine", FINE).status_code == 200


@pytest.mark.parametrize("name", hostile_protobuf.REFERENCE_NAMES)
def test_given_a_reference_of_a_hostile_name_when_registered_then_it_is_refused(
    hardened: InProcess, name: str
):
    reference = {"name": name, "subject": "warm", "version": 1}
    schema = f'syntax = "proto3"; import {json.dumps(name)}; message M {{}}'

    answer = registered(hardened, "referring", schema, [reference])

    assert (answer.status_code, answer.json()["error_code"]) in REFUSED


def test_given_a_file_that_is_a_folder_of_another_when_registered_then_it_is_refused(
    hardened: InProcess,
):
    references = [
        {"name": name, "subject": "warm", "version": 1}
        for name in ("a.proto", "a.proto/b.proto")
    ]
    schema = 'syntax = "proto3"; import "a.proto"; import "a.proto/b.proto";'

    answer = registered(hardened, "folders", schema, references)

    assert (answer.status_code, answer.json()["error_code"]) == (422, 42201)
    assert "is a folder of" in answer.json()["message"]
