"""Times as brokers tell them: some take whatever a producer says."""

from datetime import UTC, datetime


def time_of(ms: int) -> datetime | None:
    """Return a time from milliseconds since 1970; None if no calendar has it.

    A producer that counts in microseconds is enough for that. Its record is to be
    handled all the same: it would come again and again, and no other one after it.
    """
    try:
        return datetime.fromtimestamp(ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
