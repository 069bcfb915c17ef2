"""Imports are found in a text without understanding the rest of it."""

import pytest

from registry.domain.formats.protobuf.imports import imports_of
from tests.unit.domain.formats.protobuf.builders import PROTOBUF, parsed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ('import "a.proto";', ["a.proto"]),
        ("import 'a.proto';", ["a.proto"]),
        ('import public "a.proto"; import weak "b.proto";', ["a.proto", "b.proto"]),
        ('import option "a.proto";', ["a.proto"]),
        ('import"a.proto";', ["a.proto"]),
        ('import publ "a.proto";', []),
        ('import /* "x" */ "a/" // "y"\n \'b.proto\' ;', ["a/b.proto"]),
        (r'import "\x61.proto";', ["a.proto"]),
        ('// import "a.proto";\n', []),
        ('/* import "a.proto"; */', []),
        ('option a = "import"; option b = \'import "a.proto";\';', []),
        ('message M { string import = 1; } import "a.proto";', ["a.proto"]),
        ('option (a) = { import: "a.proto"; };', []),
        ('option import = "a.proto";', []),
        ('reimport "a.proto";', []),
        ('import "a.proto"', []),
        ('import "http://a.proto";', ["http://a.proto"]),
        ('message M { string a = 1; // }\n} import "a.proto";', ["a.proto"]),
    ],
)
def test_given_a_text_when_read_then_its_imports_are_found(text, names):
    assert [each.name for each in imports_of(text)] == names


def test_given_an_import_when_found_then_it_is_the_whole_statement():
    (found,) = imports_of(' import  public "a.proto" ; ')

    assert (found.start, found.end) == (1, 27)


@pytest.mark.parametrize(
    "unit", ["/*", '"', "'", 'import "', "import /*", "import //\n"]
)
def test_given_what_never_ends_when_read_then_nothing_is_found_in_good_time(unit):
    assert list(imports_of(unit * 100_000 + "import")) == []


def test_given_a_text_when_asked_then_its_external_names_need_a_reference():
    text = """
        import "google/protobuf/any.proto"; import "google/type/money.proto";
        import "confluent/meta.proto"; import "common/a.proto"; import public "b.proto";
    """

    assert PROTOBUF.external_names(text) == {"common/a.proto", "b.proto"}


def test_given_a_descriptor_when_asked_then_its_external_names_are_those_of_the_text():
    text = 'syntax = "proto3"; import "a.proto"; import "google/protobuf/any.proto";'
    schema = parsed(text, a='syntax = "proto3";')

    encoded = PROTOBUF.renderings["serialized"](schema)

    assert PROTOBUF.external_names(encoded) == {"a.proto"}
