import pytest

from registry.application.stored import Page, Visibility
from registry.domain.errors import InvalidVersionError, SchemaNotFoundError
from registry.http import parameters
from registry.http.errors import RefusedError


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_given_true_in_any_case_when_read_then_it_is_true(text):
    assert parameters.flag(text)


@pytest.mark.parametrize("text", ["", "false", "False", "1", "yes", "on", "truely"])
def test_given_anything_else_when_read_then_it_is_false(text):
    assert not parameters.flag(text)


@pytest.mark.parametrize(
    ("offset", "limit", "most", "page"),
    [
        ("0", "0", None, Page(0, None)),
        ("0", "-1", None, Page(0, None)),
        ("2", "3", None, Page(2, 3)),
        ("-5", "0", 1000, Page(0, 1000)),
        ("+1", "1000", 1000, Page(1, 1000)),
        ("0", "1001", 1000, Page(0, 1000)),
    ],
)
def test_when_a_page_is_read_then_what_is_out_of_range_is_the_most(
    offset, limit, most, page
):
    assert parameters.page(offset, limit, most) == page


@pytest.mark.parametrize("text", ["", "x", "1.0", "1e3", "\u0661", "9" * 5_000, " 1"])
def test_given_no_number_when_read_then_nothing_is_there(text):
    with pytest.raises(RefusedError) as caught:
        parameters.number(text)

    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("text", "version"),
    [("1", 1), ("2147483647", 2**31 - 1), ("latest", -1), (" LATEST ", -1), ("-1", -1)],
)
def test_given_a_version_when_read_then_it_is_a_number_or_latest(text, version):
    assert parameters.version(text) == version


@pytest.mark.parametrize("text", ["0", "-2", "2147483648", "1.0", "", "last", "9" * 99])
def test_given_no_version_when_read_then_it_is_invalid(text):
    with pytest.raises(InvalidVersionError):
        parameters.version(text)


@pytest.mark.parametrize("text", ["0", "2147483648", "9" * 99])
def test_given_an_id_out_of_range_when_read_then_no_schema_has_it(text):
    with pytest.raises(SchemaNotFoundError):
        parameters.schema_id(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", (".", "")),
        ("orders", (".", "orders")),
        (":*:", (None, "")),
        (":*:orders", (None, "orders")),
        (":.ctx:", (".ctx", "")),
        (":.ctx:orders", (".ctx", "orders")),
        (":.ctx", (".ctx", "")),
    ],
)
def test_when_a_prefix_is_read_then_context_and_name_are_apart(text, found):
    assert parameters.prefix(text) == found


@pytest.mark.parametrize(
    ("deleted", "deleted_only", "visibility"),
    [
        ("", "", Visibility.LIVE),
        ("true", "", Visibility.ALL),
        ("true", "true", Visibility.DELETED),
        ("", "True", Visibility.DELETED),
    ],
)
def test_when_visibility_is_read_then_deleted_only_wins(
    deleted, deleted_only, visibility
):
    assert parameters.visibility(deleted, deleted_only) is visibility
