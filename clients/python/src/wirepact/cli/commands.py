"""The SDK's part of the `wirepact` command."""

from collections.abc import Mapping
from typing import Final

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "bundle": (
        "wirepact.cli.bundle:bundle",
        "Write the schemas that a service ships into a file.",
    ),
    "dlq": (
        "wirepact.cli.dlq:dlq",
        "Look at dead letters, send them again, or discard them.",
    ),
    "gen": ("wirepact.cli.gen:gen", "Write typed Python for schemas."),
    "run": ("wirepact.cli.run:run", "Serve the apps of a module."),
}
"""Name to where the command is defined, and one line about it."""
