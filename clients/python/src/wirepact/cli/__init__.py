"""The `wirepact` command: a table of names, and each command imported when it is run.

The registry's distribution adds its commands where it is installed. Its table is found
by name and not by entry points, as their scan takes as long as all of the rest.
"""

from wirepact.cli.shell import main

__all__ = ["main"]
