"""The context that a path begins with, and the same request without it."""

import pytest

from registry.http import contexts


def rewritten(target, method="GET"):
    path, _, query = target.partition("?")
    scope = {
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
    }
    found = contexts.within(scope)
    query = found["query_string"].decode()
    return found["raw_path"].decode() + (f"?{query}" if query else "")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/subjects/s/versions", "/subjects/:.c:s/versions"),
        ("/subjects/s/versions/", "/subjects/:.c:s/versions"),
        ("/subjects/common%2Fmoney.proto", "/subjects/:.c:common%2Fmoney.proto"),
        ("/subjects/:.d:s", "/subjects/:.d:s"),
        ("/subjects/%3A.d%3As", "/subjects/%3A.d%3As"),
        ("/subjects/:*:s", "/subjects/:*:s"),
        ("/subjects/subjects/versions", "/subjects/:.c:subjects/versions"),
        (
            "/compatibility/subjects/s/versions/1/",
            "/compatibility/subjects/:.c:s/versions/1",
        ),
        ("/associations/subjects/s", "/associations/subjects/:.c:s"),
        ("/config", "/config/:.c:"),
        ("/config/", "/config/:.c:"),
        ("/mode", "/mode/:.c:"),
        ("/config/s?defaultToGlobal=true", "/config/:.c:s?defaultToGlobal=true"),
        ("/mode/config", "/mode/:.c:config"),
        ("/config/:.__GLOBAL:", "/config/:.__GLOBAL:"),
        ("/schemas/types", "/schemas/types"),
        ("/schemas/guids/g", "/schemas/guids/g"),
        (
            "/dek-registry/v1/keks/subjects/deks/s/versions/1",
            "/dek-registry/v1/keks/subjects/deks/:.c:s/versions/1?subjectPrefix=:.c:",
        ),
        (
            "/governance/v1/subjects/s/policies",
            "/governance/v1/subjects/:.c:s/policies",
        ),
    ],
)
def test_given_a_context_when_rewritten_then_names_are_qualified(target, expected):
    assert rewritten(f"/contexts/.c{target}") == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/schemas/ids/1", "/schemas/ids/1?subject=:.c:"),
        ("/schemas/ids/1?subject=s", "/schemas/ids/1?subject=:.c:s"),
        ("/schemas/ids/1?subject=:.d:s", "/schemas/ids/1?subject=:.d:s"),
        ("/schemas/ids/1?subject=a&subject=b", "/schemas/ids/1?subject=:.c:b"),
        (
            "/schemas/ids/1/versions?format=x&subject=a%26b%20%C3%A9",
            "/schemas/ids/1/versions?format=x&subject=:.c:a%26b%20%C3%A9",
        ),
        ("/subjects", "/subjects?subjectPrefix=:.c:"),
        ("/subjects?subjectPrefix=p", "/subjects?subjectPrefix=:.c:p"),
        ("/subjects?subject=p", "/subjects?subject=p&subjectPrefix=:.c:p"),
        ("/subjects?subjectPrefix=%3A*%3Ap", "/subjects?subjectPrefix=:%2A:p"),
        ("/schemas?deleted=true", "/schemas?deleted=true&subjectPrefix=:.c:"),
        ("/dek-registry/v1/keks", "/dek-registry/v1/keks?subjectPrefix=:.c:"),
        ("/associations/resources/-/t", "/associations/resources/-/t"),
    ],
)
def test_given_a_context_when_rewritten_then_parameters_are_qualified(target, expected):
    assert rewritten(f"/contexts/.c{target}") == expected


@pytest.mark.parametrize("path", ["/associations", "/associations:batchGet"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_given_a_write_of_associations_when_rewritten_then_the_context_is_told(
    path, method
):
    found = rewritten(f"/contexts/.c{path}?context=.d&dryRun=true", method)

    assert found == f"{path}?dryRun=true&context=:.c:"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/contexts/c/config", "/config/:.c:"),
        ("/contexts/:.c:/config", "/config/:.c:"),
        ("/contexts/%3A.c%3A/config", "/config/:.c:"),
        ("/contexts/%D0%BA/config", "/config/:.%D0%BA:"),
        ("/contexts/a%2Fb/config", "/config/:.a%2Fb:"),
        ("/contexts/.c", "/contexts/:.c:"),
        ("/contexts/c/", "/contexts/:.c:"),
        ("/contexts/:.c:", "/contexts/:.c:"),
        ("/contexts/.c/contexts", "/contexts"),
        ("/contexts/.c/contexts?offset=1", "/contexts?offset=1"),
        ("/contexts/:.:/subjects/s", "/subjects/s"),
        ("/contexts/:.:/subjects", "/subjects"),
        ("/contexts/:.:/config", "/config"),
        ("/contexts/:.:", "/contexts/:.:"),
    ],
)
def test_given_any_spelling_of_a_context_when_rewritten_then_it_is_understood(
    target, expected
):
    assert rewritten(target) == expected


@pytest.mark.parametrize("name", ["a:b", ":.a:b:", "%3A.a%3Ab%3A", "::a", "%FF", ":"])
def test_given_no_name_of_a_context_when_rewritten_then_nothing_is_changed(name):
    assert rewritten(f"/contexts/{name}/config") == f"/contexts/{name}/config"


def test_given_a_colon_within_when_a_path_is_judged_then_the_name_is_quoted():
    assert contexts.fault("/contexts/a:b/subjects") == (
        "Context name 'a:b' cannot contain a colon"
    )
    assert contexts.fault("/contexts/:.a:") is None
    assert contexts.fault("/subjects/a:b") is None
