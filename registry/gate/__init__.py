"""Contracts in files: manifests, folders, and what they ask of the registry."""
