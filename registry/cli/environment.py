"""What the commands take from the environment."""

import os
from collections.abc import Mapping


def variables() -> Mapping[str, str]:
    """Return the variables of this process: ours, of terminals, and of CI services."""
    return os.environ
