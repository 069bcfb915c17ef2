"""The gate and a server decide alike: what passes is accepted, the rest is refused."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from registry import bootstrap
from registry.application import configuration, registration
from registry.application.ports import Ports
from registry.application.stored import Origin
from registry.application.submission import Submission
from registry.domain.errors import InvalidSchemaError
from registry.domain.levels import Level
from registry.domain.model import SchemaType, Subject
from registry.domain.rules import Severity
from registry.domain.secrets import Secret
from registry.domain.verdict import IncompatibleSchemaError
from registry.gate import checking
from registry.gate.baselines import Baseline
from registry.gate.project import Snapshot
from registry.gate.report import Kind, Located
from registry.settings import Settings
from registry.storage import migrations
from tests.integration.gate.repositories import PARSING
from tests.strategies import avro_evolution, json_schema, protobuf_versions
from tests.unit.gate.builders import a_manifest

FILES = {
    SchemaType.AVRO: "schema.avsc",
    SchemaType.JSON: "schema.json",
    SchemaType.PROTOBUF: "schema.proto",
}
PAIRS = {
    SchemaType.AVRO: avro_evolution.evolutions().map(
        lambda pair: tuple(map(json.dumps, pair))
    ),
    SchemaType.JSON: json_schema.evolutions().map(
        lambda pair: tuple(map(json.dumps, pair))
    ),
    SchemaType.PROTOBUF: protobuf_versions.versions(),
}
ORIGIN = Origin(actor="test", request_id="")
NUMBERS = itertools.count()


class TextTree:
    """Files that are nowhere but here."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._contents = {name: text.encode() for name, text in texts.items()}
        self.names = frozenset(texts)

    def read(self, names: Iterable[str]) -> Mapping[str, bytes]:
        known = self._contents
        return {name: known[name] for name in names if name in known}

    def inside(self, folder: str) -> Mapping[str, bytes]:
        return self.read(name for name in self.names if name.startswith(f"{folder}/"))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    url = f"sqlite:///{tmp_path_factory.mktemp('law') / 'registry.db'}"
    migrations.upgrade(url)
    with bootstrap.opened(Settings(database_url=Secret(url))) as ports:
        yield ports


@st.composite
def histories(draw: st.DrawFn) -> tuple[SchemaType, list[str], Level]:
    """A language, texts of which the last one is the candidate, and a level."""
    language = draw(st.sampled_from(SchemaType))
    first, second = draw(PAIRS[language])
    others = draw(st.lists(PAIRS[language].map(lambda pair: pair[0]), max_size=1))
    *before, last = draw(st.permutations([first, second]))
    return language, [*others, *before, last], draw(st.sampled_from(Level))


def _files(
    language: SchemaType, subject: str, level: Level, texts: list[str]
) -> dict[str, str]:
    """A contract whose present text is the last one, and whose others are kept."""
    name = FILES[language]
    manifest = a_manifest(
        subject, schemaFile=name, format=language.value, compatibility=level.name
    )
    suffix = name.partition(".")[2]
    kept = {
        f"c/versions/{number:04}.{suffix}": text
        for number, text in enumerate(texts[:-1], 1)
    }
    return {"c/contract.yaml": json.dumps(manifest), f"c/{name}": texts[-1], **kept}


def _found(
    language: SchemaType, subject: str, level: Level, texts: list[str]
) -> list[Located]:
    def snapshot(given: list[str]) -> Snapshot:
        tree = TextTree(_files(language, subject, level, given))
        return Snapshot(tree, ("c",), PARSING)

    baseline = Baseline("what was", snapshot(texts[:-1]), "@before")
    report = checking.check(snapshot(texts), baseline)
    return [
        each
        for each in report.counted(Severity.ERROR)
        if each.kind is Kind.COMPATIBILITY
    ]


def _registered(
    ports: Ports, language: SchemaType, subject: Subject, level: Level, texts: list[str]
) -> bool:
    """Register a history, put the level, and say whether the candidate is accepted."""
    *before, last = texts
    configuration.update_config(ports, subject, {"level": Level.NONE}, ORIGIN)
    for text in before:
        registration.register(ports, subject, Submission(text, language), ORIGIN)
    configuration.update_config(ports, subject, {"level": level}, ORIGIN)
    try:
        registration.register(ports, subject, Submission(last, language), ORIGIN)
    except IncompatibleSchemaError:
        return False
    return True


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(histories())
def test_a_check_passes_exactly_if_the_server_accepts(registry, made):
    language, texts, level = made
    subject = Subject(f"law-{next(NUMBERS)}")
    try:
        accepted = _registered(registry, language, subject, level, texts)
    except InvalidSchemaError:
        assume(False)

    found = _found(language, str(subject), level, texts)

    assert accepted == (not found), [each.finding.message for each in found]


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(histories())
def test_every_fix_that_mends_all_passes_once_it_is_made(made):
    language, texts, level = made
    try:
        found = _found(language, "s", level, texts)
    except InvalidSchemaError:
        assume(False)

    for fix in (fix for each in found for fix in each.finding.fixes):
        left = _found(language, "s", level, [*texts[:-1], fix.schema])

        if checking.is_kept(level, fix.result_level):
            assert not left
        assert _causes(left) < _causes(found)


def _causes(found: list[Located]) -> set[tuple[object, ...]]:
    """What is broken, and for whom; texts and versions may differ after a change."""
    return {
        (of.rule, of.path, of.checked and of.checked.direction)
        for of in (each.finding for each in found)
    }
