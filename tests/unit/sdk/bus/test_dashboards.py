"""Dashboards and alerts ask only for what the SDK tells.

There is no promtool here: expressions are taken apart by their names and labels.
"""

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from wirepact.metrics import FAMILIES, REASONS, Kind
from wirepact.observing import Outcome

DASHBOARD = Path("deploy/grafana/wirepact-consumers.json")
RULES = Path("deploy/prometheus/wirepact-consumers.rules.yaml")

SUFFIXES: dict[Kind, dict[str, tuple[str, ...]]] = {
    Kind.COUNTER: {"": ()},
    Kind.GAUGE: {"": ()},
    Kind.HISTOGRAM: {"_bucket": ("le",), "_count": (), "_sum": ()},
}
LABELS = {
    f"{family.name}{suffix}": {*family.labels, *more}
    for family in FAMILIES
    for suffix, more in SUFFIXES[family.kind].items()
}
COUNTERS = {each.name for each in FAMILIES if each.kind is Kind.COUNTER}

METRIC = re.compile(r"\b(wirepact_\w+)\s*(?:\{([^}]*)\})?\s*(\[)?")
GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
MATCHER = re.compile(r'\s*(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"\s*')


def dashboard():
    return json.loads(DASHBOARD.read_text())


def rules():
    found = YAML(typ="safe").load(RULES.read_text())
    return [rule for group in found["groups"] for rule in group["rules"]]


def targets():
    return [
        (f"{panel['title']}: {target['refId']}", target)
        for panel in dashboard()["panels"]
        for target in panel["targets"]
    ]


def expressions():
    return [(name, target["expr"]) for name, target in targets()] + [
        (rule["alert"], rule["expr"]) for rule in rules()
    ]


def known_labels(expression):
    """Return the labels that all metrics of an expression have."""
    return set.intersection(*(LABELS[name] for name, *_ in METRIC.findall(expression)))


@pytest.mark.parametrize(
    "expression", [pytest.param(each, id=name) for name, each in expressions()]
)
class TestExpressions:
    def test_its_metrics_exist_and_are_matched_by_labels_that_they_have(
        self, expression
    ):
        found = METRIC.findall(expression)

        assert found
        for name, matchers, _range in found:
            assert name in LABELS
            matched = [MATCHER.fullmatch(each) for each in matchers.split(",") if each]
            assert all(matched)
            assert {each[1] for each in matched} <= LABELS[name]

    def test_it_groups_by_labels_that_there_are(self, expression):
        for names in GROUPING.findall(expression):
            assert {each.strip() for each in names.split(",")} <= known_labels(
                expression
            )

    def test_it_takes_the_rate_of_what_only_grows_and_of_nothing_else(self, expression):
        for name, _matchers, is_ranged in METRIC.findall(expression):
            only_grows = name in COUNTERS or name.endswith(
                ("_bucket", "_count", "_sum")
            )
            assert bool(is_ranged) == only_grows

    def test_its_results_and_reasons_are_ones_that_there_are(self, expression):
        reasons = {*(reason for _, reason in REASONS), "other"}
        values = {"result": {*Outcome}, "reason": reasons}
        for _name, matchers, _range in METRIC.findall(expression):
            for label, _operator, value in MATCHER.findall(matchers):
                if label in values:
                    assert set(value.split("|")) <= values[label]

    def test_its_brackets_are_closed(self, expression):
        for opening, closing in ("()", "[]", "{}"):
            assert expression.count(opening) == expression.count(closing)


@pytest.mark.parametrize(
    "target", [pytest.param(each, id=name) for name, each in targets()]
)
def test_legends_name_labels_that_are_left(target):
    groupings = GROUPING.findall(target["expr"])
    left = {each.strip() for each in groupings[0].split(",")} if groupings else set()

    assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= left


def test_all_metrics_are_on_the_dashboard():
    asked = {
        name for _, target in targets() for name, *_ in METRIC.findall(target["expr"])
    }

    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert shown == {family.name for family in FAMILIES}


def test_panels_have_places_and_numbers_of_their_own():
    panels = dashboard()["panels"]

    assert len({each["id"] for each in panels}) == len(panels)
    assert len({each["title"] for each in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (each["gridPos"] for each in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_variables_that_are_used_are_defined():
    text = DASHBOARD.read_text()

    defined = {each["name"] for each in dashboard()["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", text)) - {"__rate_interval", "__all"}
    assert used == defined


@pytest.mark.parametrize("variable", ["topic", "group"])
def test_variables_are_labels_of_the_metric_that_they_are_read_from(variable):
    found = {each["name"]: each for each in dashboard()["templating"]["list"]}

    metric, label = re.fullmatch(
        r"label_values\((\w+), (\w+)\)", found[variable]["query"]["query"]
    ).groups()
    assert label == variable
    assert label in LABELS[metric]


@pytest.mark.parametrize(
    "rule", [pytest.param(each, id=each["alert"]) for each in rules()]
)
def test_alerts_say_what_is_wrong_with_labels_that_are_left(rule):
    told = "".join(rule["annotations"].values())
    groupings = GROUPING.findall(rule["expr"])
    left = {each.strip() for each in groupings[0].split(",")} if groupings else set()

    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert set(re.findall(r"\$labels\.(\w+)", told)) <= left
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
