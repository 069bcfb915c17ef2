"""Which schemas a registry does not give: perhaps not yet, perhaps to nobody here."""

from collections.abc import Hashable, Iterable
from typing import Final

from wirepact._event_types import known_type, record_name
from wirepact.async_serializer import AsyncSchemas
from wirepact.codec_options import CodecOptions
from wirepact.codecs.languages import language_of
from wirepact.errors import NotFoundError, RegistryResponseError
from wirepact.handlers import Handler
from wirepact.subjects import SubjectUnknownError

_GRACE_S: Final = 4.0
_REMEMBERED_S: Final = 60.0
_PAUSE_S: Final = 1.0
_MOST_SCHEMAS: Final = 10_000


class Absences:
    """Schemas that the registry does not have, and since when that is known.

    One that was registered a moment ago may not be in the replica that was asked. So
    messages wait for it a little: all together, and not one after the other.
    """

    def __init__(self) -> None:
        self._since: dict[Hashable, float] = {}

    def pause_s(self, schema: Hashable, now_s: float, chance: float) -> float | None:
        """Return how soon to ask for a schema again; None if it was waited for.

        Args:
            schema: Its id or GUID; None for all that cannot be told.
            now_s: By a clock that never goes back.
            chance: Drawn evenly from 0 to 1.

        """
        since = self._since.get(schema)
        if since is None or now_s - since > _REMEMBERED_S:
            if len(self._since) >= _MOST_SCHEMAS:
                self._since.clear()
            since = self._since[schema] = now_s
        left_s = since + _GRACE_S - now_s
        return None if left_s <= 0 else min(left_s, _PAUSE_S * (1 + chance) / 2)


class Admission:
    """Whether the registry gives a group the schemas of its own events.

    Whoever refuses the schema of one message may refuse all: the credentials may have
    lost their rights, or the server may have a fault. Then no message is to blame.
    """

    def __init__(
        self, client: AsyncSchemas, handlers: Iterable[Handler], options: CodecOptions
    ) -> None:
        self._client = client
        self._options = options
        self._uses = dict.fromkeys(
            (cls, each.topic)
            for each in handlers
            for cls in each.events
            if cls is not None
        )

    async def is_given(self) -> bool:
        """Ask for the versions of each event, until one is answered; not from a cache.

        That there are none is an answer as well. Without events there is nothing that
        the group could be refused.

        Raises:
            WirepactError: The registry gives no answer at all.

        """
        for cls, topic in self._uses:
            try:
                await self._client.list_versions(await self._subject(cls, topic))
            except (NotFoundError, SubjectUnknownError):
                return True
            except RegistryResponseError:
                continue
            return True
        return not self._uses

    async def _subject(self, cls: type, topic: str) -> str:
        declared = known_type(cls)
        return await self._client.get_subject(
            topic,
            record=None if declared is None else record_name(declared),
            strategy=self._options.strategy,
        )


def refuse_missing_extras(handlers: Iterable[Handler], options: CodecOptions) -> None:
    """Pass if the events of all handlers can be read by what is installed.

    Raises:
        MissingExtraError: A schema language of one of them needs an extra.

    """
    declared = [
        known_type(cls) for each in handlers for cls in each.events if cls is not None
    ]
    for schema_type in {each.schema_type for each in declared if each is not None}:
        language_of(schema_type, options.limits)
