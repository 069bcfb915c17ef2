"""Fresh environments that the distributions of this repository install into.

Both are built as wheels and given to pip by its own settings. What they need in turn is
found where the tests themselves have it, so that nothing is fetched; pip still resolves
it, and would miss what a distribution does not declare.
"""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PROJECTS: Final = (ROOT, ROOT / "clients/python")
_OURS: Final = "wirepact"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where pip finds what it installs.

    Attributes:
        wheels: A folder with the wheels of both distributions.
        dependencies: A folder with all that is installed here, but for these.

    """

    wheels: Path
    dependencies: Path

    def settings(self) -> Mapping[str, str]:
        """Return the variables that make pip look here, and nowhere else."""
        return {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            # What builds is among the dependencies as well.
            "PIP_NO_BUILD_ISOLATION": "0",
            "PYTHONPATH": str(self.dependencies),
        }


def shelf(folder: Path) -> Shelf:
    """Build both distributions, and lay out what they need."""
    made = Shelf(folder / "wheels", folder / "dependencies")
    for project in PROJECTS:
        build = ("-m", "hatchling", "build", "-t", "wheel", "-d", str(made.wheels))
        _run((sys.executable, *build), project)
    made.dependencies.mkdir()
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        is_ours = _OURS in each.name or each.suffix == ".pth"
        if not is_ours and not each.name.startswith("pip"):
            (made.dependencies / each.name).symlink_to(each)
    return made


def environment(folder: Path) -> Path:
    """Make an environment with pip alone, and return where its programs are."""
    _run((sys.executable, "-m", "virtualenv", "--quiet", str(folder)), folder.parent)
    return folder / "bin"


def _run(command: tuple[str, ...], folder: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "GIT_"))}
    done = subprocess.run(
        command, cwd=folder, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
