"""The registry's part of the `wirepact` command: a table that costs nothing to read.

The command finds it by this module's name; both distributions may be installed alone.
"""

from collections.abc import Mapping
from typing import Final

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "db": ("registry.cli.db:db", "Look after the database: level, backup, trash."),
    "export": ("registry.cli.export:export", "Write all of a registry into a file."),
    "import": (
        "registry.cli.move_in:import_",
        "Bring a file or registry into another.",
    ),
    "serve": ("registry.cli.serve:serve", "Start a registry."),
}
"""Name to where the command is defined, and one line about it."""
