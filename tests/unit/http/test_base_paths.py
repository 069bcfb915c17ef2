"""The path under which another registry serves the same API."""

import pytest

from registry.http import base_paths


def rewritten(path: str) -> tuple[str, str]:
    scope = {"path": path, "raw_path": path.encode()}
    found = base_paths.without(scope)
    return found["raw_path"].decode(), found["path"]


@pytest.mark.parametrize("base", ["/apis/ccompat/v7", "/apis/ccompat/v8"])
@pytest.mark.parametrize(
    ("rest", "raw_path", "path"),
    [
        ("", "/", "/"),
        ("/", "/", "/"),
        ("/subjects/a%2Fb/versions/", "/subjects/a%2Fb/versions/", None),
        ("/contexts/.c/subjects", "/contexts/.c/subjects", None),
    ],
)
def test_given_a_base_path_when_rewritten_then_the_rest_is_left(
    base, rest, raw_path, path
):
    decoded = path or rest.replace("%2F", "/")
    assert rewritten(base + rest) == (raw_path, decoded)


@pytest.mark.parametrize(
    "path", ["/apis/ccompat/v6/subjects", "/apis/ccompat/v70", "/apis/registry/v3"]
)
def test_given_another_path_when_rewritten_then_it_is_left_alone(path):
    assert rewritten(path) == (path, path)
