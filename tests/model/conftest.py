"""How long the model is played through."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--games", type=int, help="How many times from the beginning.")
    parser.addoption("--steps", type=int, help="How many calls each time.")
