"""What is raised about the types of events."""

from wirepact.errors import WirepactError


class EventTypeError(WirepactError, TypeError):
    """A class that cannot be an event, or does not fit the schema it should have.

    Attributes:
        place: The class, or the class and its field: `shop.models.Order.total`.
        reason: What is wrong, and what to write instead.

    """

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        self.reason = reason
        super().__init__(place, reason)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class UnfitValueError(WirepactError, ValueError):
    """A value that its type allows and the schema cannot hold.

    Attributes:
        reason: What is wrong with it.
        place: The class and its field, where that is known; else empty.

    """

    def __init__(self, reason: str, place: str = "") -> None:
        self.reason = reason
        self.place = place
        super().__init__(reason, place)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason
