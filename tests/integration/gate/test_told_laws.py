"""What a manifest tells a registry beside the schema counts without one, too."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from registry import bootstrap
from registry.application import configuration, planning, policies, registration
from registry.application.governance import Outcome
from registry.application.planning import Step
from registry.application.ports import Ports
from registry.application.stored import Origin
from registry.application.submission import Submission
from registry.domain.errors import InvalidSchemaError
from registry.domain.levels import Level
from registry.domain.model import SchemaType, Subject
from registry.domain.rules import Severity
from registry.domain.secrets import Secret
from registry.gate import checking
from registry.gate import planning as plans
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.manifests import ManifestError
from registry.gate.planning import Asked
from registry.gate.report import Kind, Located
from registry.gate.snapshots import Snapshot
from registry.gate.views import COMPATIBILITY, MANIFEST
from registry.http.confluent.bodies import MetadataBody, RuleSetBody
from registry.http.confluent.configuration import ConfigUpdateBody
from registry.http.governance.plan_bodies import DesiredBody
from registry.settings import Settings
from registry.storage import migrations
from tests.integration.gate.histories import FILES, LAW, TextTree
from tests.integration.gate.repositories import PARSING
from tests.unit.gate.builders import a_manifest, a_record

ORIGIN = Origin(actor="test", request_id="")
NUMBERS = itertools.count()
NAMES = ("a", "b", "c")
POLICIES = ("WIRE", "WIRE_JSON", "FILE")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    url = f"sqlite:///{tmp_path_factory.mktemp('told') / 'registry.db'}"
    migrations.upgrade(url)
    with bootstrap.opened(Settings(database_url=Secret(url))) as ports:
        yield ports


class WantedBeside(msgspec.Struct, rename="camel"):
    """What is told beside a schema, in the wording of the API."""

    metadata: MetadataBody | None = None
    rule_set: RuleSetBody | None = None


@dataclass(frozen=True)
class Telling:
    """Versions of a contract, the last one the candidate, and what is told of them.

    Attributes:
        before: What the manifest told before: of the versions that there are.

    """

    language: SchemaType
    level: Level
    texts: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def _avro(fields: Mapping[str, str]) -> str:
    return a_record("R", **fields)


def _json(fields: Mapping[str, str]) -> str:
    kinds = {name: {"type": {"int": "integer"}.get(k, k)} for name, k in fields.items()}
    return json.dumps({"type": "object", "properties": kinds})


def _protobuf(fields: Mapping[str, str]) -> str:
    kinds = {"int": "int32", "string": "string"}
    # Numbers by turn: where one goes, others get its number.
    members = " ".join(
        f"{kinds[fields[name]]} {name} = {number};"
        for number, name in enumerate(sorted(fields), 1)
    )
    return f'syntax = "proto3"; message R {{ {members} }}'


WRITTEN = {
    SchemaType.AVRO: _avro,
    SchemaType.JSON: _json,
    SchemaType.PROTOBUF: _protobuf,
}
FIELDS = st.dictionaries(
    st.sampled_from(NAMES), st.sampled_from(["int", "string"]), min_size=1
)
PROPERTIES = st.fixed_dictionaries(
    {"major": st.sampled_from("12")},
    optional={"confluent:reserved": st.sampled_from([*NAMES, "a, b"])},
)
SOME = st.builds(lambda given: {"properties": given}, PROPERTIES)
METADATA = st.none() | SOME
RULE_SETS = st.sampled_from(
    [None, {}, {"domainRules": [{"name": "r", "type": "CEL", "mode": "READ"}]}]
)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "compatibilityGroup": st.sampled_from(["major", None]),
        "validateFields": st.booleans(),
        "compatibilityPolicy": st.sampled_from(["lenient", "STRICT", None]),
        "validateNewSchemas": st.booleans(),
        **dict.fromkeys(("defaultMetadata", "overrideMetadata"), METADATA),
        **dict.fromkeys(("defaultRuleSet", "overrideRuleSet"), RULE_SETS),
    },
)


def told(language: SchemaType) -> st.SearchStrategy[Mapping[str, Any]]:
    offered = POLICIES if language is SchemaType.PROTOBUF else ()
    policies = st.sampled_from([[], *([each] for each in offered)])
    return st.fixed_dictionaries(
        {"metadata": st.one_of(SOME, SOME, METADATA), "ruleSet": RULE_SETS},
        optional={"config": CONFIGS, "policies": policies},
    )


@st.composite
def tellings(draw: st.DrawFn) -> Telling:
    # One of them has policies.
    language = draw(st.sampled_from([*SchemaType, SchemaType.PROTOBUF]))
    drawn = draw(st.lists(FIELDS, min_size=2, max_size=3))
    before, after = draw(told(language)), draw(told(language))
    return Telling(
        language,
        draw(st.sampled_from([Level.NONE, Level.BACKWARD, Level.FULL_TRANSITIVE])),
        tuple(map(WRITTEN[language], drawn)),
        before,
        draw(st.sampled_from([after, {**before, "metadata": after["metadata"]}])),
    )


def _snapshot(
    it: Telling, subject: str, texts: tuple[str, ...], said: Mapping[str, Any]
) -> Snapshot:
    name = FILES[it.language]
    manifest = a_manifest(
        subject,
        schemaFile=name,
        format=it.language.value,
        compatibility=it.level.name,
        **said,
    )
    suffix = name.partition(".")[2]
    kept = {
        f"c/versions/{number:04}.{suffix}": text
        for number, text in enumerate(texts[:-1], 1)
    }
    files = {"c/contract.yaml": json.dumps(manifest), f"c/{name}": texts[-1], **kept}
    return Snapshot(TextTree(files), ("c",), PARSING)


def _checked(was: Snapshot, now: Snapshot) -> list[Located]:
    report = checking.check(
        now, Baseline("what was", was, "@before"), Run((COMPATIBILITY,))
    )
    return [
        each
        for each in report.counted(Severity.ERROR)
        if each.kind is Kind.COMPATIBILITY
    ]


def _planned(ports: Ports, now: Snapshot) -> Step:
    body = plans.desired(now, plans.contracts(now), Asked(), str)
    # As they go over the wire.
    decoded = msgspec.json.decode(msgspec.json.encode(body), type=DesiredBody)
    (step,) = planning.plan(ports, decoded.to_desired()).steps
    return step


def _register(ports: Ports, it: Telling, subject: Subject) -> None:
    """Register what came before, unchecked, as the manifest told it then."""
    given = it.before.get("config", {})
    patch = msgspec.convert(given, ConfigUpdateBody).to_patch()
    free = {**patch, "level": Level.NONE, "validate_fields": None}
    configuration.update_config(ports, subject, free, ORIGIN)
    body = msgspec.convert(it.before, WantedBeside)
    metadata = None if body.metadata is None else body.metadata.to_metadata()
    rules = None if body.rule_set is None else body.rule_set.to_rule_set()
    for text in it.texts[:-1]:
        submitted = Submission(text, it.language, metadata=metadata, rule_set=rules)
        registration.register(ports, subject, submitted, ORIGIN)
    configuration.update_config(ports, subject, patch, ORIGIN)
    policies.put_policies(ports, subject, it.before.get("policies", ()), ORIGIN)


@settings(max_examples=3 * LAW, suppress_health_check=[*HealthCheck], deadline=None)
@given(tellings())
def test_a_check_passes_exactly_if_a_registry_that_is_told_the_same_accepts(
    registry, made
):
    subject = Subject(f"told-{next(NUMBERS)}")
    was = _snapshot(made, str(subject), made.texts[:-1], made.before)
    now = _snapshot(made, str(subject), made.texts, made.after)
    try:
        _register(registry, made, subject)
        step = _planned(registry, now)
    except InvalidSchemaError:
        assume(False)
    assume(step.outcome is not Outcome.INVALID)

    found = _checked(was, now)

    event(f"{made.language}: {step.outcome}")
    rules = {each.finding.rule for each in found}
    assert (step.outcome is Outcome.COMPATIBLE) == (not found), rules


ODD = st.sampled_from([None, 1, True, 1.5, "", "x", [], ["x"], [1], {}, {"x": 1}])
TEXTS = st.lists(st.text("abX_-1", max_size=3) | ODD, max_size=2)
RULE = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["r", "_s", "1r", "r s", "", "é-1", "x" * 257]) | ODD,
        "kind": st.sampled_from(["TRANSFORM", "CONDITION", "transform"]) | ODD,
        "mode": st.sampled_from(["WRITE", "UPDOWN", "UPGRADE", "WRITEREAD"]) | ODD,
        "type": st.sampled_from(["CEL", "JSONATA"]) | ODD,
        "tags": TEXTS | ODD,
        "params": st.dictionaries(st.sampled_from("ab"), st.text(max_size=2) | ODD),
        "onFailure": st.sampled_from(["DLQ", "ERROR,NONE"]) | ODD,
        "disabled": st.booleans() | ODD,
    },
)
GOOD_RULE = st.builds(
    lambda name, more: {"name": name, "type": "CEL", **more},
    st.sampled_from(["r", "s"]),
    st.fixed_dictionaries({}, optional={"mode": st.sampled_from(["READ", "UPGRADE"])}),
)
A_RULE_SET = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ("domainRules", "migrationRules", "encodingRules"),
            st.lists(GOOD_RULE, max_size=2) | st.lists(RULE, max_size=1) | ODD,
        ),
        "enableAt": st.sampled_from(["CLIENT", "ALL", "client"]) | ODD,
    },
)
SOME_METADATA = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.dictionaries(st.sampled_from("ab"), TEXTS | ODD, max_size=1) | ODD,
        "properties": st.dictionaries(st.sampled_from("ab"), st.text(max_size=2) | ODD),
        "sensitive": TEXTS | ODD,
    },
)
MEMBERS = {
    "metadata": SOME_METADATA | ODD,
    "ruleSet": A_RULE_SET | ODD,
    "config": st.fixed_dictionaries(
        {},
        optional={
            "normalize": ODD,
            "validateFields": ODD,
            "compatibilityGroup": ODD,
            "compatibilityPolicy": st.just("LENIENT") | ODD,
            "defaultMetadata": SOME_METADATA | ODD,
            "overrideRuleSet": A_RULE_SET | ODD,
        },
    )
    | ODD,
    "policies": st.lists(st.sampled_from(["WIRE", " wire_json", "NONE", ""]) | ODD)
    | ODD,
}


@settings(max_examples=4 * LAW, suppress_health_check=[*HealthCheck], deadline=None)
@given(
    st.sampled_from(sorted(MEMBERS)).flatmap(
        lambda name: st.tuples(st.just(name), MEMBERS[name])
    )
)
def test_a_manifest_is_in_order_exactly_if_a_registry_takes_what_it_tells(
    registry, said
):
    name, value = said
    subject = f"member-{next(NUMBERS)}"
    file, text = "schema.proto", 'syntax = "proto3"; message A { string a = 1; }'
    manifest: Any = a_manifest(subject, schemaFile=file, format="PROTOBUF")
    manifest["customProperties"][0]["value"][name] = value
    files = {"c/contract.yaml": json.dumps(manifest), f"c/{file}": text}
    now = Snapshot(TextTree(files), ("c",), PARSING)

    report = checking.check(
        now, Baseline("nothing", None, ""), Run((MANIFEST,), is_whole=True)
    )
    found = [each.finding.message for each in report.counted(Severity.ERROR)]

    assert _takes(registry, now) == (not found), found


def _takes(ports: Ports, now: Snapshot) -> bool:
    try:
        return _planned(ports, now).outcome is not Outcome.INVALID
    except (msgspec.ValidationError, ManifestError):
        return False
