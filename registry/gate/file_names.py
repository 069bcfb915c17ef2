"""How the files of contracts are called. Source: governance, "Layout"."""

from typing import Final

CONTRACT: Final = "contract.yaml"
"""The manifest of a contract, which its folder is known by."""

DEFAULTS: Final = "registry.yaml"
"""What a folder of contracts says for all of them."""

LOCK: Final = ".lock.yaml"
EXAMPLES: Final = "examples"
VERSIONS: Final = "versions"
WAIVERS: Final = "waivers"
POLICIES: Final = "policies"
CONSUMERS: Final = "consumers.yaml"
