"""Comments and summaries, read by a parser of Markdown that is not ours."""

from hypothesis import given
from markdown_it import MarkdownIt

from registry.gate.report import Suggestion
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.comment import MOST_BYTES as MOST_OF_A_COMMENT
from registry.gate.writers.comment import marker
from registry.gate.writers.markdown import code, prose
from registry.gate.writers.summary import MOST_BYTES as MOST_OF_A_SUMMARY
from registry.gate.writers.writing import Form, write
from tests.strategies import reports as made
from tests.unit.gate.reports import a_located, a_report, a_waiver, many

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {
    "heading",
    "paragraph",
    "bullet_list",
    "list_item",
    "inline",
    "text",
    "softbreak",
    "code_inline",
    "strong",
    "html_block",
}


def tokens_of(text):
    """Return the kinds of all parts, and the texts of those that are raw."""
    flat = [
        token
        for block in PARSER.parse(text)
        for token in (block, *(block.children or ()))
    ]
    kinds = {each.type.removesuffix("_open").removesuffix("_close") for each in flat}
    return kinds, [each.content for each in flat if each.type.startswith("html")]


@made.FEW
@given(made.reports())
def test_no_name_can_become_a_mark_a_link_or_a_tag(report):
    kinds, raw = tokens_of(write(report, Form.MARKDOWN, Circumstances(job="a/b")))

    assert kinds <= OURS
    assert [each.strip() for each in raw] == [marker("a/b")]


@given(made.texts)
def test_prose_is_read_as_it_was_meant(text):
    (block,) = (each for each in PARSER.parse(f"* {prose(text)}x") if each.children)

    read = "".join(each.content for each in block.children).replace("\u200b", "")
    told = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )
    assert len(text) > 4_000 or read == f"{told}x".lstrip()


@given(made.texts)
def test_code_is_read_as_it_was_meant(text):
    shown = code(text)

    spans = [
        each
        for block in PARSER.parse(f"x {shown} x")
        for each in (block.children or ())
        if each.type == "code_inline"
    ]
    assert len(spans) == bool(shown)


def test_people_and_issues_are_not_called():
    assert "@\u200bteam" in prose("@team")
    assert "#\u200b1" in prose("#1")


def test_the_marker_tells_jobs_apart_and_stays_the_same():
    one, other = marker("contracts/gate"), marker("contracts/nightly")

    assert one == marker("contracts/gate") != other


def test_given_a_finding_when_commented_then_it_says_all():
    report = a_report(
        a_located(),
        a_located(waived=a_waiver(), path="Order.other"),
        suggestions=(Suggestion("orders", "major", "1.0.0", "2.0.0"),),
    )

    text = write(report, Form.MARKDOWN)

    assert text.startswith("<!-- wirepact:")
    for part in (
        "**error** `AVRO_READER_FIELD_MISSING_DEFAULT_VALUE`",
        "`contracts/orders/order-created/schema.avsc:2:3`",
        "breaks: new readers of old data",
        "fix: give \\'currency\\' a default",
        "**waived**",
        "waived until 2027\\-01\\-31",
        "`wirepact waive 9f31c2000000 --reason WHY --approved-by WHO`",
        "1\\.0\\.0 becomes 2\\.0\\.0",
    ):
        assert part in text


def test_given_more_than_a_comment_holds_when_written_then_the_rest_is_counted():
    report = a_report(*many(500), notes=("n" * 3_000,) * 50)

    text = write(report, Form.MARKDOWN)

    shown = text.count("**error**")
    assert len(text.encode()) <= MOST_OF_A_COMMENT + len(marker("")) + 1
    assert 0 < shown < 500
    assert f"\n+{500 - shown} more findings" in text


def test_given_more_than_a_summary_holds_when_written_then_the_rest_is_counted():
    report = a_report(*many(3_000))

    text = write(report, Form.GITHUB_SUMMARY)

    shown = text.count("**error**")
    assert len(text.encode()) <= MOST_OF_A_SUMMARY
    assert 0 < shown < 3_000
    assert f"\n+{3_000 - shown} more findings" in text
