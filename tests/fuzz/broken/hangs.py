"""Does not come back."""

INSTRUMENTED = ()


def seeds():
    return [b"a"]


def one(data):
    while data:
        pass
