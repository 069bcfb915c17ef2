"""What the client on Node.js is installed from: certain bytes, and no address."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "e2e" / "node"


def test_every_package_is_locked_to_its_bytes_and_to_no_address():
    lock = json.loads((FOLDER / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}

    assert len(packages) > 10
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert not any("resolved" in each for each in packages.values())


def test_what_is_asked_for_is_what_is_locked():
    asked = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    lock = json.loads((FOLDER / "package-lock.json").read_text())["packages"]

    assert asked
    for name, version in asked.items():
        assert lock[f"node_modules/{name}"]["version"] == version
