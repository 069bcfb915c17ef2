"""What ends a run before anything is looked at."""


class GateError(Exception):
    """Something that a run needs is not there; the message says what to do."""
