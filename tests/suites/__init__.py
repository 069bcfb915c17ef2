"""Behaviour that every implementation of a port must show, as base classes."""
