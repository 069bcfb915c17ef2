"""Moving registries: into files, out of files, and from one address to another."""
