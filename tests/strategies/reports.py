"""Reports made of whatever people, and people with bad intentions, write into names."""

from pathlib import PurePosixPath

from hypothesis import settings
from hypothesis import strategies as st

from registry.domain.levels import Direction, Level
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.domain.verdict import (
    Broken,
    Category,
    Change,
    Checked,
    EarlierPlace,
    Finding,
    Fix,
    Replacement,
)
from registry.gate.report import (
    App,
    Kind,
    Located,
    Look,
    Report,
    Suggestion,
    Waived,
    in_order,
)

FEW = settings(max_examples=30)
"""A report has dozens of texts, so that a few of them are many examples."""

HOSTILE = (
    "::error file=x::boo",
    "\n::set-output name=x::y\n",
    "a\r\n##vso[task.setvariable variable=x]y",
    "##[error]boo",
    "\x1b[2J\x1b]0;title\x07",
    "]]>",
    "<!-- -->",
    "-->",
    "<script>alert(1)</script>",
    "\x00\x01\x08\x0b\x1f\x7f\x85",
    "\ufffe\uffff",
    "\ud800\udc80",
    "\u202eevil\u2066",
    "100%",
    "%0A",
    "a,b:c;d]e",
    "[link](javascript:alert)",
    "![image](http://example.com/x.png)",
    "http://example.com www.example.com",
    "`` ` ```",
    "# title",
    "@somebody #1 !2",
    "| a | b |\n|---|---|",
    "x" * 5_000,
    "ünïcödé 漢字 🎉",
    "  spaces  ",
    "",
)

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=30),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join),
)
names = texts.map(lambda text: text.replace("\0", "") or "x")
# A path has no empty part, and none that leads elsewhere.
paths = st.lists(
    names.map(lambda text: text.replace("/", "_").strip(".") or "x"),
    min_size=1,
    max_size=3,
).map(lambda parts: PurePosixPath(*parts))
numbers = st.integers(1, 10_000)
levels = st.sampled_from(Level)


@st.composite
def places(draw):
    line, column = draw(numbers), draw(numbers)
    longer = draw(st.integers(0, 2))
    end_column = draw(numbers) if longer else column + draw(st.integers(0, 50))
    return Place(line, column, line + longer, end_column, draw(texts))


replacements = st.builds(Replacement, places(), texts)
fixes = st.builds(
    Fix,
    texts,
    st.lists(replacements, min_size=1, max_size=2).map(tuple),
    levels,
    texts,
)
fingerprints = st.integers(0, 5).map("{:064x}".format)
findings = st.builds(
    Finding,
    rule=st.sampled_from(("AVRO_NAME_MISMATCH", "FIELD_NO_DELETE", "OWN_RULE")) | names,
    category=st.sampled_from(Category),
    severity=st.sampled_from(Severity),
    subject=texts,
    schema_type=st.none() | st.sampled_from(SchemaType),
    message=texts,
    path=texts,
    change=st.none() | st.builds(Change, texts, st.none() | texts, st.none() | texts),
    location=st.none() | places(),
    old_location=st.none()
    | st.builds(EarlierPlace, numbers, numbers, texts, st.none() | numbers),
    checked=st.none()
    | st.builds(
        Checked,
        levels,
        st.sampled_from(Direction),
        st.lists(numbers, max_size=2).map(tuple),
        st.none() | texts,
    ),
    broken=st.lists(st.builds(Broken, texts, texts, numbers), max_size=2).map(tuple),
    why=texts,
    fixes=st.lists(fixes, max_size=2).map(tuple),
    docs_url=texts,
    fingerprint=fingerprints,
)
contracts = st.sampled_from(("orders.created", "a b")) | names
waivers = st.builds(
    Waived, paths, texts, st.lists(texts, min_size=1, max_size=2).map(tuple), texts
)
located = st.builds(
    Located,
    findings,
    st.sampled_from(Kind),
    st.none() | contracts,
    paths,
    st.none() | texts | paths.map(lambda path: f"{path}@3f2a1bc"),
    st.none() | waivers,
    st.lists(st.builds(App, names, texts, texts), max_size=2).map(tuple),
)
looks = st.builds(Look, contracts, st.sampled_from(Kind), paths)


@st.composite
def reports(draw):
    """Return a report with up to a few findings, some of them more than once."""
    found = draw(st.lists(located, max_size=4))
    again = draw(st.integers(1, 2))
    return Report(
        findings=in_order(found * again),
        looks=tuple(draw(st.lists(looks, max_size=3))),
        baseline=draw(texts),
        notes=tuple(draw(st.lists(texts, max_size=2))),
        suggestions=tuple(
            draw(
                st.lists(st.builds(Suggestion, texts, texts, texts, texts), max_size=1)
            )
        ),
    )
