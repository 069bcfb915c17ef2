"""Import names become files; only plain relative paths may."""

import pytest

from registry.compiler import names
from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.compiling import ROOT


@pytest.mark.parametrize(
    "name", ["money.proto", "common/v1/money.proto", "größe/geld.proto", "..a/b..proto"]
)
def test_given_a_plain_path_when_checked_then_it_may_be_imported(name: str):
    names.check([name])


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../up.proto",
        "a/../../up.proto",
        "a//b.proto",
        "./a.proto",
        "a/",
        "a\\b.proto",
        "a\0b.proto",
        "a\nb.proto",
        ROOT,
        "x" * 513,
        f"{'ü' * 130}/a.proto",
    ],
)
def test_given_another_name_when_checked_then_it_is_refused(name: str):
    with pytest.raises(InvalidSchemaError, match="cannot import"):
        names.check(["fine.proto", name])


def test_given_a_name_that_is_a_folder_of_another_when_checked_then_both_are_named():
    with pytest.raises(InvalidSchemaError, match=r"'a\.proto'.*'a\.proto/b\.proto'"):
        names.check(["a.proto", "a.proto/b.proto"])
