"""The version of this distribution, as `pyproject.toml` has it."""

from typing import Final

# Written down, not asked of the installed distribution: that scan costs as much as a
# third of the start of a command. A test holds the two together.
VERSION: Final = "0.1.0"
