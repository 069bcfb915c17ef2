"""The SDK's part of the `wirepact` command."""

from collections.abc import Mapping
from typing import Final

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {}
"""Name to where the command is defined, and one line about it."""
