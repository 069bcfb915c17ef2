"""`python -m tests.supply_chain.sbom LOCK PYPROJECT`: print a bill of materials.

CycloneDX, from a lock file alone: nothing is asked over the network and nothing has to
be installed. The same lock gives the same bytes. No index is named in it: where the
files come from is a matter of the machine, their hashes say which ones they are.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from packageurl import PackageURL

COMMAND: Final = Path(sys.executable).parent / "cyclonedx-py"
_OF_LOCK: Final = "any one of the files with these hashes"

Bom = dict[str, Any]


def bill_of(lock: Path, pyproject: Path) -> Bom:
    """Return what a lock file pins, as the parts of the project it belongs to.

    Raises:
        subprocess.CalledProcessError: One of the files cannot be read.

    """
    made = subprocess.run(
        [
            *(COMMAND, "requirements", lock, "--pyproject", pyproject),
            *("--output-reproducible", "--short-PURLs"),
        ],
        check=True,
        stdout=subprocess.PIPE,
        # It warns that it knows no graph; a lock holds none.
        stderr=subprocess.DEVNULL,
    )
    return without_addresses(json.loads(made.stdout))


def without_addresses(bom: Bom) -> Bom:
    """Return a bill that names no index, with parts by name and version."""
    parts = sorted(map(_part, bom["components"]), key=lambda part: part["bom-ref"])
    said = bom["metadata"]["component"]
    root = {key: value for key, value in said.items() if key != "externalReferences"}
    tools = bom["metadata"]["tools"]["components"]
    return {
        "$schema": bom["$schema"],
        "bomFormat": bom["bomFormat"],
        "specVersion": bom["specVersion"],
        "version": bom["version"],
        "metadata": {
            "component": root,
            "tools": {
                "components": [
                    {key: each[key] for key in ("type", "name", "version")}
                    for each in tools
                ]
            },
        },
        "components": parts,
        # Of the root we know no more than that it needs them all, itself or not.
        "dependencies": [
            {
                "ref": root["bom-ref"],
                "dependsOn": [part["bom-ref"] for part in parts],
            },
            *({"ref": part["bom-ref"]} for part in parts),
        ],
    }


def _part(component: Bom) -> Bom:
    purl = PackageURL.from_string(component["purl"]).to_string()
    hashes = [
        each
        for reference in component["externalReferences"]
        for each in reference.get("hashes", ())
    ]
    return {
        "bom-ref": purl,
        "type": component["type"],
        "name": component["name"],
        "version": component["version"],
        "purl": purl,
        "externalReferences": [
            {
                "type": "distribution",
                "url": purl,
                "comment": _OF_LOCK,
                "hashes": sorted(hashes, key=lambda each: str(each["content"])),
            }
        ],
    }


def main(lock: str, pyproject: str) -> None:
    """Print the bill of a lock file."""
    bom = bill_of(Path(lock), Path(pyproject))
    sys.stdout.write(json.dumps(bom, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
