"""What holds for every folder of contracts, whatever it is made of."""

import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import bootstrap
from registry.application import listing
from registry.application.ports import Ports
from registry.application.stored import Selection, Visibility
from registry.domain.secrets import Secret
from registry.settings import Settings
from tests.integration.gate.folders import registered
from tests.unit.gate.builders import a_record, write_contract

Needs = list[set[int]]
"""For each contract the ones before it whose types it uses."""


@st.composite
def needs(draw: st.DrawFn) -> Needs:
    number = draw(st.integers(1, 6))
    return [
        draw(st.sets(st.integers(0, each - 1), max_size=3)) if each else set()
        for each in range(number)
    ]


def _write(path: Path, made: Needs, seed: int) -> None:
    """Write contracts under names that say nothing about their order."""
    places = random.Random(seed).sample(range(100), len(made))
    for number, (place, used) in enumerate(zip(places, made, strict=True)):
        types = {f"f{each}": f"shop.T{each}" for each in sorted(used)}
        write_contract(
            path / f"{place}", f"subject-{number}", a_record(f"T{number}", **types)
        )


@contextmanager
def _registry(template: bytes) -> Iterator[tuple[Ports, Path]]:
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "registry.db"
        database.write_bytes(template)
        at = Settings(database_url=Secret(f"sqlite:///{database}"))
        with bootstrap.opened(at) as ports:
            yield ports, Path(name) / "contracts"


@pytest.fixture(scope="module")
def template(wirepact_database: Path) -> bytes:
    return wirepact_database.read_bytes()


def _stored(ports: Ports) -> str:
    found, _ = listing.list_schemas(ports, Selection(None, "", Visibility.ALL))
    shown = [(str(v.subject), v.version, v.schema_id, v.content.text) for v in found]
    references = [[r.subject for r in v.content.references] for v in found]
    return json.dumps([shown, references])


@settings(max_examples=25)
@given(made=needs(), seed=st.integers(0, 9))
def test_when_registered_then_all_are_and_a_second_time_changes_nothing(
    template: bytes, made: Needs, seed: int
):
    with _registry(template) as (ports, path):
        _write(path, made, seed)

        first = registered(ports, path)
        sequences = ports.transactions.sequences()  # type: ignore[attr-defined]  # SQL's
        again = registered(ports, path)

        assert (len(first.registered), first.refused) == (len(made), ())
        assert (len(again.unchanged), again.registered) == (len(made), ())
        assert ports.transactions.sequences() == sequences  # type: ignore[attr-defined]  # SQL's


@settings(max_examples=10)
@given(made=needs(), one=st.integers(0, 9), other=st.integers(10, 19))
def test_given_other_names_of_folders_when_registered_then_the_registry_is_the_same(
    template: bytes, made: Needs, one: int, other: int
):
    stored = []
    for seed in (one, other):
        with _registry(template) as (ports, path):
            _write(path, made, seed)
            registered(ports, path)
            stored.append(_stored(ports))

    assert stored[0] == stored[1]
