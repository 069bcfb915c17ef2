"""The client SDK: a registry's schemas for services that produce and consume events.

Importing the package imports nothing else, and never the registry.
"""
