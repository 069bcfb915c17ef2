"""Exporters would copy schemas to another registry; this one has none."""

from registry.domain.errors import RegistryError


class ExporterNotFoundError(RegistryError):
    """There is no such exporter."""

    code = 40450

    def __init__(self, name: str = "") -> None:
        self.name = name
        super().__init__(
            f"Exporter '{name}' not found: this registry has none"
            if name
            else "This registry has no exporters"
        )
