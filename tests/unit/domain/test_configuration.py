"""Which setting holds, along the chain from a subject to the registry."""

import pytest

from registry.domain.configuration import (
    SERVER_DEFAULT,
    Config,
    Mode,
    in_scope,
    level_of,
)
from registry.domain.errors import InvalidModeError
from registry.domain.levels import Level


def test_given_nobody_says_anything_when_asked_then_the_level_is_backward():
    assert level_of(in_scope([])) is Level.BACKWARD


def test_given_two_levels_when_asked_then_the_nearer_one_holds():
    chain = [Config(level=Level.NONE), Config(level=Level.FULL)]

    assert in_scope(chain).level is Level.NONE


def test_given_a_config_without_level_when_asked_then_the_wider_level_holds():
    chain = [Config(normalize=True), Config(level=Level.FULL, normalize=False)]

    found = in_scope(chain)

    assert found == Config(level=Level.FULL, normalize=True)


def test_given_a_false_setting_when_asked_then_it_is_not_taken_for_an_absent_one():
    chain = [Config(validate_new_schemas=False), Config(validate_new_schemas=True)]

    assert in_scope(chain).validate_new_schemas is False


def test_given_another_default_when_nobody_says_anything_then_it_holds():
    assert in_scope([], Config(level=Level.FULL)).level is Level.FULL
    assert SERVER_DEFAULT.level is Level.BACKWARD


@pytest.mark.parametrize("text", ["READONLY", "readonly", "ReadOnly"])
def test_given_any_letter_case_when_a_mode_is_parsed_then_it_is_known(text):
    assert Mode.parse(text) is Mode.READONLY


@pytest.mark.parametrize("text", ["", " READONLY", "READ", "NONE"])
def test_given_no_mode_when_parsed_then_it_is_refused(text):
    with pytest.raises(InvalidModeError):
        Mode.parse(text)
