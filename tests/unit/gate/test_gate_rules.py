"""The gate's own rules are explained where their findings point."""

from pathlib import Path

import pytest

from registry.gate import rules
from registry.gate.report import Kind

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("rule", rules.RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_is_on_the_page_that_its_findings_point_at(rule):
    found = rules.found(rule, Kind.MANIFEST, Path("c/contract.yaml"), "It is so.")

    page, _, anchor = found.finding.docs_url.partition("#")
    text = (ROOT / page).read_text()
    assert f'<a id="{anchor}">' in text
    assert rule.purpose in text
