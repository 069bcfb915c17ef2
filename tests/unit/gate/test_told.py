"""What a manifest tells a registry: faults at their places, and what comes of it."""

from pathlib import Path

import pytest

from registry.domain.configuration import Config
from registry.domain.levels import ContentPolicy
from registry.domain.model import Metadata
from registry.domain.rules import Severity
from registry.gate import manifests, odcs, promised
from registry.gate.manifests import Manifest
from registry.gate.told import Told
from registry.http.confluent.bodies import MetadataBody, RuleBody, RuleSetBody
from registry.http.confluent.configuration import ConfigUpdateBody
from registry.http.governance.plan_bodies import NeedBody

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
customProperties:
  - property: registry
    value:
      subject: orders-value
      schemaFile: schema.avsc
"""
FIRST = len(HEAD.splitlines()) + 1


def a_text(said: str) -> str:
    return HEAD + "".join(f"      {line}\n" for line in said.splitlines())


def a_manifest(said: str) -> Manifest:
    return manifests.parse(Path("contract.yaml"), a_text(said))


def faults(said: str) -> list[tuple[int, int, str]]:
    """Return line (from the first one told), column and reason of each error."""
    found = odcs.faults(a_manifest(said).document)
    return [
        (each.place.line - FIRST + 1, each.place.column, each.reason)
        for each in found
        if each.severity is Severity.ERROR and each.place is not None
    ]


ALL_OF_IT = """\
policies: [WIRE]
references:
  - {name: shop.Item, subject: item, version: 3}
  - {name: shop.Basket, subject: null, version: -1}
metadata:
  tags: {orders.Order.email: [PII]}
  properties: {owner: shop, major: "1"}
  sensitive: [owner]
ruleSet:
  domainRules:
    - {name: positive, kind: CONDITION, type: CEL, mode: WRITE, expr: "message.n > 0",
       params: {a: b}, tags: [PII], onFailure: DLQ, disabled: false, doc: text}
  migrationRules:
    - {name: up, kind: TRANSFORM, type: JSONATA, mode: UPDOWN, onSuccess: "NONE,NONE"}
  encodingRules: []
  enableAt: CLIENT
config:
  normalize: true
  validateFields: null
  compatibilityGroup: major
  compatibilityPolicy: LENIENT
  defaultMetadata: {properties: {x: y}}
  overrideRuleSet: {domainRules: null}
"""


def test_given_all_that_can_be_told_then_nothing_is_at_fault():
    assert faults(ALL_OF_IT) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("policies: WIRE", (1, 7, "policies: expected a list, found 'WIRE'")),
        ("policies:\n  - 1", (2, 11, "expected a text, found 1; write it in quotes")),
        ("references: [{}]", (1, 20, "expected 'name' in a reference")),
        (
            "references: [{name: a, version: -2}]",
            (1, 30, "version: expected a version, or -1 for the latest, found -2"),
        ),
        (
            "references: [{name: a, version: 3000000000}]",
            (
                1,
                30,
                "version: expected a version, or -1 for the latest, found 3000000000",
            ),
        ),
        (
            "metadata:\n  properties:\n    major: 2",
            (3, 11, "major: expected a text, found 2; write it in quotes"),
        ),
        (
            "metadata: {tags: {a.b: PII}}",
            (1, 25, "a.b: expected a list, found 'PII'"),
        ),
        (
            f"metadata: {{properties: {{a: {'x' * 65_536}}}}}",
            (1, 7, "expected metadata of at most 65536 bytes, found 65537"),
        ),
        (
            "ruleSet:\n  domainRules:\n    - {name: r}",
            (3, 13, "Missing rule type"),
        ),
        (
            "ruleSet:\n  migrationRules:\n    - {name: r, type: CEL, mode: READ}",
            (3, 13, "Migration rules can only be UPGRADE, DOWNGRADE, UPDOWN"),
        ),
        (
            "ruleSet:\n  domainRules:\n    - {name: r, type: CEL}\n"
            "    - {name: r, type: CEL}",
            (1, 7, "Found rule with duplicate name 'r'"),
        ),
        (
            "config:\n  normalize: 'yes'",
            (2, 9, "normalize: expected true or false, found 'yes'"),
        ),
        (
            "config: {overrideRuleSet: {domainRules: [{type: CEL}]}}",
            (1, 48, "Missing rule name"),
        ),
        (
            "config: {compatibility: FULL}",
            (
                1,
                7,
                "config: expected no level in it; that is `compatibility`, beside it",
            ),
        ),
    ],
)
def test_given_something_that_a_registry_refuses_then_it_is_told_at_its_place(
    said, told
):
    assert faults(said) == [told]


def test_given_another_property_before_when_something_is_told_then_its_place_is_ours():
    other = "customProperties:\n  - {property: other, value: {policies: [a, b]}}\n"
    text = a_text("policies: 1").replace("customProperties:\n", other)

    with pytest.raises(manifests.ManifestError) as refused:
        Told.of(manifests.parse(Path("contract.yaml"), text))

    assert refused.value.place is not None
    assert refused.value.place.line == FIRST + 1


def test_given_a_misspelt_member_then_it_is_a_warning_that_names_the_nearest():
    (fault,) = odcs.faults(a_manifest("ruleSet: {domainRule: []}").document)

    assert fault.severity is Severity.WARNING
    assert fault.reason == (
        "the rule set has no member 'domainRule'; did you mean 'domainRules'?"
    )


@pytest.mark.parametrize(
    ("at", "body"),
    [
        ("metadata", MetadataBody),
        ("ruleSet", RuleSetBody),
        ("ruleSet/domainRules", RuleBody),
        ("config", ConfigUpdateBody),
        ("references", NeedBody),
    ],
)
def test_when_members_are_judged_then_all_that_the_api_has_are_known(at, body):
    members = ", ".join(f"{name}: null" for name in body.__struct_encode_fields__)
    name, _, inner = at.partition("/")
    said = f"[{{{members}}}]" if inner or name == "references" else f"{{{members}}}"

    told = f"{name}: {{{inner}: {said}}}" if inner else f"{name}: {said}"
    unknown = [
        fault
        for fault in odcs.faults(a_manifest(told).document)
        if fault.rule is odcs.UNKNOWN_KEY
    ]

    assert unknown == []


def test_when_a_manifest_promises_then_it_is_what_a_registry_makes_of_it():
    manifest = a_manifest(
        "policies: [' wire']\nconfig: {compatibilityPolicy: lenient,"
        " compatibilityGroup: major, validateFields: true}"
    )

    assert promised.policies_of(manifest) == ("WIRE",)
    assert promised.config_of(manifest) == Config(
        content_policy=ContentPolicy.LENIENT, group="major", validate_fields=True
    )


def test_given_something_left_out_then_what_the_registry_was_told_before_stays():
    before = a_manifest(
        "policies: [WIRE]\nconfig: {compatibilityGroup: major, validateFields: true}"
    )

    left_out = a_manifest("config: {}")
    cleared = a_manifest("policies: []\nconfig: {compatibilityGroup: null}")

    assert promised.policies_of(left_out, before) == ("WIRE",)
    assert promised.config_of(left_out, before) == promised.config_of(before)
    assert promised.policies_of(cleared, before) == ()
    assert promised.config_of(cleared, before) == Config(validate_fields=True)


def test_given_metadata_left_out_then_it_is_that_of_the_version_before():
    before = promised.beside(a_manifest("metadata: {properties: {a: b}}"), Config())
    adding = Config(override_metadata=Metadata(properties={"c": "d"}))

    now = promised.beside(a_manifest("config: {}"), adding, before)
    empty = promised.beside(a_manifest("metadata: {}"), Config(), before)

    assert now.metadata == Metadata(properties={"a": "b", "c": "d"})
    assert empty.metadata == Metadata()


@pytest.mark.parametrize("said", ["policies: [1]", "config: []", "ruleSet: 1"])
def test_given_a_member_of_the_wrong_kind_then_it_promises_nothing(said):
    manifest = a_manifest(said)

    assert promised.policies_of(manifest) == ()
    assert promised.config_of(manifest) == Config()
    assert promised.beside(manifest, Config()) == promised.NOTHING
    with pytest.raises(manifests.ManifestError):
        Told.of(manifest)
