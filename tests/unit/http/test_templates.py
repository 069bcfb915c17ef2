"""The routes of paths that nothing has routed."""

import pytest

from registry.http.templates import Templates

ROUTES = Templates(
    [
        "/",
        "/subjects",
        "/subjects/{subject}/versions",
        "/subjects/{subject}/versions/{version}",
        "/schemas/ids/{schema_id}",
        "/schemas/types",
        "/config",
        "/config/{subject}",
        "/things/{any}/of/{other}",
        "/things/all/of/{other}",
    ]
)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/subjects", "/subjects"),
        ("/subjects/", "/subjects"),
        ("/subjects/a%2Fb/versions", "/subjects/{subject}/versions"),
        ("/subjects/versions/versions", "/subjects/{subject}/versions"),
        ("/subjects/a/versions/1", "/subjects/{subject}/versions/{version}"),
        ("/schemas/ids/1", "/schemas/ids/{schema_id}"),
        ("/config/:.c:", "/config/{subject}"),
        ("/things/all/of/x", "/things/all/of/{other}"),
        ("/things/some/of/x", "/things/{any}/of/{other}"),
    ],
)
def test_given_a_path_then_its_template_is_found(path, template):
    assert ROUTES.find(path) == template


@pytest.mark.parametrize("path", ["/subject", "/subjects/a", "/a/b/c/d/e", "//", ""])
def test_given_a_path_of_no_route_then_there_is_none(path):
    assert ROUTES.find(path) == ("/" if path in {"//", ""} else "")
