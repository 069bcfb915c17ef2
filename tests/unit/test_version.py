import tomllib
from pathlib import Path

from registry.version import VERSION

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_the_version_in_the_code_is_that_of_the_distribution():
    assert tomllib.loads(PROJECT.read_text())["project"]["version"] == VERSION
