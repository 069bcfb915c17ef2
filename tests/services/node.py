"""An application on Node.js with a registry client of another make.

What it needs is installed by `npm ci` into a folder of the test run: the lock file in
`tests/e2e/node` says what, down to the last byte, and the machine's npm from where.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.services.programs import ServiceMissingError

HERE = Path(__file__).parents[1] / "e2e" / "node"
FILES = ("package.json", "package-lock.json", ".npmrc", "client.mjs")
INSTALL_TIMEOUT_S = 300
TIMEOUT_S = 60

Command = dict[str, Any]


class NodeRefusedError(Exception):
    """The client could not do what it was told.

    Attributes:
        status: Of the registry's answer; None if that was not the reason.

    """

    def __init__(self, message: str, status: int | None) -> None:
        self.status = status
        super().__init__(message)


class NodeClient:
    """The client, started anew for each list of commands: it has seen nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, registry_url: str, *commands: Command) -> list[Any]:
        """Let it carry out commands, one after the other, and return their results.

        Raises:
            NodeRefusedError: One of them failed; those after it were done as well.

        """
        ended = subprocess.run(
            ["node", "client.mjs", registry_url],
            input=json.dumps(commands),
            capture_output=True,
            check=True,
            cwd=self._folder,
            text=True,
            timeout=TIMEOUT_S,
        )
        answers = json.loads(ended.stdout)
        for each in answers:
            if "error" in each:
                raise NodeRefusedError(each["error"], each["status"])
        return [each.get("result") for each in answers]


def installed(folder: Path) -> NodeClient:
    """Install the client into an empty folder.

    Raises:
        ServiceMissingError: There is no Node.js, or what it needs cannot be had.

    """
    for command in ("node", "npm"):
        if shutil.which(command) is None:
            raise ServiceMissingError(
                f"no {command} on the path: run tests/services/install.sh node"
            )
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    _run(["npm", "ci"], folder)
    return NodeClient(folder)


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        subprocess.run(
            command,
            capture_output=True,
            check=True,
            cwd=folder,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as error:
        raise ServiceMissingError(f"npm cannot install:\n{error.stderr}") from error
