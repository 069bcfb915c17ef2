"""Exporters would copy schemas to another registry; this one has none."""

from registry.domain.errors import RegistryError


class ExporterNotFoundError(RegistryError):
    """There is no such exporter."""

    code = 40450

    def __init__(self, name: str = "") -> None:
        self.name = name
        named = f"Exporter '{name}' not found: " if name else ""
        super().__init__(f"{named}this registry has no exporters")
