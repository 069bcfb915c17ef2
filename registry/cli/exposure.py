"""Whether a server may listen where it was told to."""

from registry.settings import PREFIX, Settings


class ExposedError(Exception):
    """Whoever reaches the port could read and change everything."""


def check(settings: Settings) -> None:
    """Hold a server without authentication to its own machine.

    Raises:
        ExposedError: It would listen beyond it, and nobody has said that it may.

    """
    is_guarded = settings.authentication or settings.allow_anyone
    if settings.listen.is_loopback or is_guarded:
        return
    raise ExposedError(
        f"{settings.listen} can be reached from other machines, and clients do not have"
        " to say who they are: whoever reaches the port could read and change"
        f" everything. Set {PREFIX}AUTHENTICATION=on, or listen on 127.0.0.1, or set"
        f" {PREFIX}ALLOW_ANYONE=yes if something else keeps strangers out."
    )
