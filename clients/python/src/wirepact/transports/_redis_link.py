"""A client of Redis that tries once, and says in our words what is wrong."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from wirepact.errors import BrokerUnavailableError, MissingExtraError
from wirepact.transports._address import Address

try:
    from redis.asyncio import Redis as Client
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as NoConnectionError
    from redis.exceptions import (
        DataError,
        OutOfMemoryError,
        ReadOnlyError,
        RedisError,
        ResponseError,
    )
    from redis.exceptions import TimeoutError as NoAnswerError
except ModuleNotFoundError as error:
    raise MissingExtraError("Redis", "redis") from error

UNREACHABLE: Final = (NoConnectionError, NoAnswerError, OSError, TimeoutError)
# It answers, and another time will do what is asked.
PASSING: Final = (OutOfMemoryError, ReadOnlyError)
REFUSED: Final = (ResponseError, DataError)


class Link:
    """Connections to a server, made as they are needed."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self.address = address
        self.client = Client(
            host=address.host,
            port=address.port,
            db=int(address.path or 0),
            username=None if address.auth is None else address.auth.username or None,
            password=None if address.auth is None else address.auth.password,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # To send again what may have been taken would double it: that is for the
            # caller to decide.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            client_name="wirepact",
            **_tls(address),
        )

    async def do(self, *words: Any) -> Any:
        """Give a command, and return what the library makes of the answer."""
        command: Callable[..., Awaitable[Any]] = self.client.execute_command
        return await command(*words)

    @contextmanager
    def outages(self) -> Iterator[None]:
        """Say in our words what is wrong with the server.

        Raises:
            BrokerUnavailableError: It does not answer as it should.

        """
        try:
            yield
        except (*UNREACHABLE, RedisError) as error:
            raise self.outage(error) from error

    def outage(self, error: BaseException) -> BrokerUnavailableError:
        return BrokerUnavailableError(
            str(self.address), str(error) or type(error).__name__
        )


def _tls(address: Address) -> dict[str, Any]:
    tls = address.tls
    if tls is None:
        return {}
    return {
        "ssl": True,
        "ssl_ca_certs": None if tls.ca_file is None else str(tls.ca_file),
        "ssl_certfile": tls.certificate_file,
        "ssl_keyfile": tls.key_file or tls.certificate_file,
        "ssl_password": tls.key_password,
    }
