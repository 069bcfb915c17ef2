"""Who reads the events of a contract is read from the file beside it."""

from pathlib import Path
from typing import Any

import pytest

from registry.compiler.in_place import InPlaceCompiler
from registry.engine import engine
from registry.gate import checking
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.house import House
from registry.gate.report import Located
from registry.gate.snapshots import Snapshot
from registry.gate.trees import FolderTree
from tests.unit.gate.builders import a_manifest

POLICY = """policies:
  - id: BILLING_READS
    expression: contract.consumers.exists(each, each.application == "billing")
    message: billing does not read it
"""
READERS = "consumers: [{application: billing, team: a, environments: [prod]}]"


def _found(root: Path, said: str | None, **settings: Any) -> tuple[Located, ...]:
    folder = root / "order"
    folder.mkdir()
    (folder / "schema.avsc").write_text('{"type": "record", "name": "R", "fields": []}')
    (folder / "contract.yaml").write_text(str(a_manifest(**settings)))
    if said is not None:
        (folder / "consumers.yaml").write_text(said)
    (root / "policies").mkdir()
    (root / "policies/shop.yaml").write_text(POLICY)
    (root / "registry.yaml").write_text("policies: {packs: []}")
    now = Snapshot(FolderTree(root, ("",)), ("",), engine(InPlaceCompiler))
    (_lint, judge) = House(now).views()
    return checking.check(now, Baseline(""), Run((judge,), is_whole=True)).findings


def test_given_a_file_of_consumers_then_policies_see_them(tmp_path: Path):
    assert _found(tmp_path, READERS) == ()


def test_given_no_file_then_there_are_none(tmp_path: Path):
    (only,) = _found(tmp_path, None)

    assert only.finding.rule == "BILLING_READS"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("consumers: [{aplication: a}]", "unknown member 'aplication'; did you mean"),
        ("consumers: [{team: a}]", "expected a text 'application'"),
        ("consumer: []", "unknown member 'consumer'; did you mean 'consumers'?"),
        ("- a", "expected a mapping"),
    ],
)
def test_given_a_file_that_is_wrong_then_it_is_told_at_its_place(
    said: str, reason: str, tmp_path: Path
):
    (only,) = _found(tmp_path, said)

    assert str(only.file) == "order/consumers.yaml"
    assert only.finding.message.startswith(reason)


def test_given_a_file_that_the_manifest_names_and_is_missing_then_it_is_told(
    tmp_path: Path,
):
    (only,) = _found(tmp_path, None, consumersFile="readers.yaml")

    assert str(only.file) == "order/readers.yaml"
    assert only.finding.message == "expected a file, found nothing"
