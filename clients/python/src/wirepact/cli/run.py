"""`wirepact run`: serve the apps of a module until the process is told to end."""

import asyncio
import logging
import logging.config
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from wirepact.app import App
from wirepact.cli import logs
from wirepact.cli.harmless import harmless
from wirepact.contracts import ContractCheckError
from wirepact.errors import MissingExtraError, OutageError

logger = logging.getLogger(__name__)

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_CLOSING_S: Final = 5.0


class Exit(IntEnum):
    """Exit codes; part of the interface, so that a supervisor can tell them apart."""

    ENDED = 0
    """It was told to end, and all that was being handled is finished."""

    REFUSED = 1
    """An event cannot be read or written as its contract says."""

    USAGE = 2
    """There is no such app."""

    UNAVAILABLE = 3
    """Only with --check: no registry answers."""

    FAILED = 20
    """The service has ended by itself."""

    UNFINISHED = 21
    """It was told to end, and not all was finished in time; the rest comes again."""


class _Address(click.ParamType[tuple[str, int]]):
    name = "host:port"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, int]:
        host, _, port = str(value).rpartition(":")
        if not host or not port.isdecimal() or int(port) > 0xFFFF:
            self.fail(f"expected host:port, found {value!r}", param, ctx)
        return host.strip("[]"), int(port)


@click.command()
@click.argument("names", metavar="MODULE:APP...", nargs=-1, required=True)
@click.option(
    "--app-dir",
    default=".",
    show_default=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the modules are looked for first.",
)
@click.option("--check", is_flag=True, help="Only check the contracts, and show them.")
@click.option("--no-check", is_flag=True, help="Start without checking contracts.")
@click.option(
    "--metrics",
    type=_Address(),
    help="Where Prometheus finds the metrics: HOST:PORT.",
)
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    default="json",
    show_default=True,
    envvar="WIREPACT_LOG_FORMAT",
    help="A JSON object a line, or text for people.  [WIREPACT_LOG_FORMAT]",
)
@click.option(
    "--log-level",
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False),
    default="INFO",
    show_default=True,
    envvar="WIREPACT_LOG_LEVEL",
    help="The lowest level that is written.  [WIREPACT_LOG_LEVEL]",
)
def run(
    names: tuple[str, ...],
    app_dir: Path,
    metrics: tuple[str, int] | None,
    log_format: str,
    log_level: str,
    check: bool,  # noqa: FBT001 - click passes flags so
    no_check: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Serve apps: their handlers get messages until the process is told to end.

    MODULE:APP is where an app stands, such as `shop.orders:app`. On SIGTERM or SIGINT
    what is being handled is finished, as long as the apps' `drain_s` lasts; a second
    signal ends the process at once.
    """
    if check and no_check:
        raise click.UsageError("--check and --no-check say the opposite.")
    logging.config.dictConfig(logs.configuration(log_level.upper(), log_format))
    sys.path.insert(0, str(app_dir.resolve()))
    apps = [_app(name) for name in dict.fromkeys(names)]
    if check:
        raise SystemExit(asyncio.run(_checked(apps)))
    if metrics is not None:
        _measure(apps, *metrics)
    raise SystemExit(asyncio.run(_served(apps, check=not no_check)))


def _app(name: str) -> App:
    module, colon, attribute = name.partition(":")
    if not module or not colon or not attribute:
        _fail(Exit.USAGE, f"{name}: expected MODULE:APP, such as shop.orders:app")
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        # One that the module needs is a fault of the module, and is shown as one.
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        _fail(Exit.USAGE, f"{name}: there is no module {error.name!r}; see --app-dir")
    for part in attribute.split("."):
        if not hasattr(found, part):
            _fail(Exit.USAGE, f"{name}: {module} has no {attribute}{_apps_of(found)}")
        found = getattr(found, part)
    if not isinstance(found, App):
        kind = type(found).__name__
        _fail(Exit.USAGE, f"{name}: this is no App but of the type {kind}")
    return found


def _apps_of(module: object) -> str:
    names = [name for name, value in vars(module).items() if isinstance(value, App)]
    return f"; its apps: {', '.join(names)}" if names else ""


async def _checked(apps: Sequence[App]) -> Exit:
    worst = Exit.ENDED
    for app in apps:
        click.echo(f"{app.name}: ", nl=False)
        try:
            report = await app.check()
        except ContractCheckError as error:
            click.echo(error)
            worst = Exit.REFUSED
        except OutageError as error:
            click.echo(error)
            worst = worst or Exit.UNAVAILABLE
        else:
            click.echo(report or "no events, nothing to check")
            if report is not None and report.has_failed:
                worst = worst or Exit.UNAVAILABLE
        finally:
            await app.close()
    return worst


def _measure(apps: Sequence[App], host: str, port: int) -> None:
    """Let all apps be counted, and Prometheus see it."""
    try:
        metrics = import_module("wirepact.metrics").Metrics
        start = import_module("prometheus_client").start_http_server
    except (ModuleNotFoundError, MissingExtraError) as error:
        _fail(Exit.USAGE, f"--metrics: {error}; pip install wirepact[metrics]")
    # An app that counts by itself has made the metrics of this process already.
    with suppress(ValueError):
        observer = metrics()
        for app in apps:
            app.observe(observer)
    try:
        start(port, host)
    except OSError as error:
        _fail(Exit.USAGE, f"--metrics: cannot listen on {host}:{port}: {error}")


async def _served(apps: Sequence[App], *, check: bool) -> Exit:
    ending = asyncio.Event()
    drain_s = max(app.options.drain_s for app in apps)
    serving = [
        asyncio.create_task(app.serve(check=check, until=ending), name=app.name)
        for app in apps
    ]
    with _signals(ending, drain_s):
        logger.info("serving", extra={"apps": [app.name for app in apps]})
        # One that ends by itself takes the others with it: a supervisor starts all.
        await asyncio.wait(serving, return_when=asyncio.FIRST_COMPLETED)
        ending.set()
        ended = await asyncio.gather(*serving, return_exceptions=True)
    code = max(map(_exit_of, ended, apps))
    logger.info("ended", extra={"code": int(code)})
    return code


def _exit_of(ended: bool | BaseException, app: App) -> Exit:  # noqa: FBT001 - what a task returned
    if isinstance(ended, ContractCheckError):
        click.echo(f"{app.name}: {ended}", err=True)
        return Exit.REFUSED
    if isinstance(ended, BaseException):
        logger.error("the service has failed", exc_info=ended, extra={"app": app.name})
        return Exit.FAILED
    return Exit.ENDED if ended else Exit.UNFINISHED


@contextmanager
def _signals(ending: asyncio.Event, drain_s: float) -> Iterator[None]:
    """Set an event at the first signal; the second one ends the process."""
    loop = asyncio.get_running_loop()

    def told(number: int) -> None:
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        logger.info(
            "told to end: what is being handled is finished, a second signal ends all",
            extra={"signal": signal.Signals(number).name, "drain_s": drain_s},
        )
        ending.set()
        # A plain handler that never returns holds up its thread, and so the end.
        last = threading.Timer(drain_s + _CLOSING_S, _end_unfinished)
        last.daemon = True
        last.start()

    for number in _SIGNALS:
        loop.add_signal_handler(number, told, number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            with suppress(ValueError):
                loop.remove_signal_handler(number)


def _end_unfinished() -> NoReturn:
    logger.error("a handler does not return; its message comes again")
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(Exit.UNFINISHED)


def _fail(code: Exit, message: str) -> NoReturn:
    click.echo(harmless(message), err=True)
    raise SystemExit(code)
