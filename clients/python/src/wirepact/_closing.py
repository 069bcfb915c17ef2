"""Things that are closed together."""

from collections.abc import Awaitable, Callable, Iterable


async def all_closed(closings: Iterable[Callable[[], Awaitable[object]]]) -> None:
    """Close all, one after the other, whatever one of them raises.

    Raises:
        BaseException: The first that was raised; its notes tell of the others.

    """
    first: BaseException | None = None
    for close in closings:
        try:
            await close()
        except BaseException as error:  # noqa: BLE001 - raised when the others are closed
            if first is None:
                first = error
            else:
                first.add_note(f"then another one was not closed: {error!r}")
    if first is not None:
        raise first
