"""Raises what nobody has announced."""

INSTRUMENTED = ()


def seeds():
    return [b"a"]


def one(data):
    if data:
        raise KeyError(data)
