"""The reference says what the code says."""

import pytest

from registry.domain.formats.protobuf.policy_rules import POLICY_RULES
from tests.unit.docs.reference_pages import COMMAND, FOLDER, PAGES, RULES, renewed


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_says_what_the_code_says(name: str):
    present = (FOLDER / name).read_text(encoding="utf-8")

    is_fresh = renewed(name, present) == present

    assert is_fresh, f"docs/reference/{name} is stale; write it anew with: {COMMAND}"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_given_a_page_without_a_made_line_when_compared_then_it_is_stale(name: str):
    present = (FOLDER / name).read_text(encoding="utf-8")
    made = [line for line in PAGES[name]() if line.startswith(("|", "*"))]
    stale = present.replace(made[-1], "")

    assert renewed(name, stale) == present != stale


@pytest.mark.parametrize("rule_id", sorted({**RULES, **POLICY_RULES}))
def test_each_rule_has_the_anchor_that_findings_link_to(rule_id: str):
    page = (FOLDER / "rules.md").read_text(encoding="utf-8")

    assert page.count(f'<a id="{rule_id}"></a>') == 1
