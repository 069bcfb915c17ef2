"""`wirepact dlq`: look at dead letters, send them again, or discard them."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import click

from wirepact import durations
from wirepact.async_client import AsyncRegistryClient
from wirepact.async_serializer import AsyncDeserializer
from wirepact.auth import BearerAuth
from wirepact.cli import lettering
from wirepact.cli.dlq_options import Duration, Exit, Place, asking, limited, placed
from wirepact.redriving import (
    Judge,
    Letter,
    Pace,
    Redriving,
    Ruling,
    Sifted,
    Verdict,
    look,
)
from wirepact.redriving import discard as discarding


@click.group()
def dlq() -> None:
    """Look at dead letters, send them again, or discard them.

    TOPIC and --group say whose: `orders --group billing` is the topic
    `orders.billing.dlq`. All that is said about them has to fit.
    """


@dlq.command("list")
@placed
@limited(100)
def list_(place: Place) -> None:
    """List dead letters, the oldest first as far as the broker keeps an order."""

    async def see(letter: Letter) -> None:
        if place.is_json:
            click.echo(lettering.as_json(lettering.facts(letter)))
        else:
            click.echo(lettering.line(letter))

    sifted = asyncio.run(_looked(place, see))
    place.say(_seen(place, sifted))


@dlq.command()
@placed
@asking
@limited(10)
def show(place: Place, urls: tuple[str, ...], context: str, token: str | None) -> None:
    """Show dead letters with their headers and their event.

    Without a registry, or if it cannot be decoded, the bytes are shown. Headers that
    look like credentials are hidden.
    """

    async def showing() -> Sifted:
        async with _judge(urls, context, token) as judge:

            async def see(letter: Letter) -> None:
                event, fault = await _read(judge, letter)
                if place.is_json:
                    told = lettering.all_facts(letter, event, fault)
                    click.echo(lettering.as_json(told))
                else:
                    click.echo("\n".join(lettering.sheet(letter, event, fault)))

            return await _looked(place, see)

    place.say(_seen(place, asyncio.run(showing())))


@dlq.command()
@placed
@asking
@limited(None)
@click.option("--to", default="", help="Another topic than that of the message.")
@click.option("--rate", type=click.FloatRange(min=0.01), help="The most in a second.")
@click.option("--dry-run", is_flag=True, help="Send nothing; say what would be sent.")
@click.option("--force", is_flag=True, help="Send also what would not decode.")
@click.option(
    "--retention",
    type=Duration(),
    default="14d",
    show_default=True,
    help="For how long the inboxes of handlers remember.",
)
def redrive(
    place: Place,
    urls: tuple[str, ...],
    context: str,
    token: str | None,
    to: str,
    rate: float | None,
    dry_run: bool,  # noqa: FBT001 - click passes flags so
    force: bool,  # noqa: FBT001 - click passes flags so
    retention: float,
) -> None:
    """Send the messages of dead letters again, and settle the dead letters.

    The registry is asked first whether each would decode now; one that would not stays.
    A message keeps its id, its key, its value and its own headers; those of the failure
    go, and `dlq-redrive-count` is raised.
    """
    if not urls and not force:
        raise click.UsageError(
            "Say with --url which registry knows whether the messages would decode now,"
            " or send them with --force whether they do or not."
        )
    verdicts: Counter[Ruling] = Counter()
    forgotten: Counter[bool] = Counter()

    def tell(verdict: Verdict) -> None:
        verdicts[verdict.ruling] += 1
        forgotten[verdict.is_forgotten] += 1
        if place.is_json:
            click.echo(lettering.as_json(lettering.verdict_facts(verdict)))
        else:
            click.echo(lettering.verdict_line(verdict))

    async def driving() -> Sifted:
        asked = () if force else urls
        async with place.opened() as broker, _judge(asked, context, token) as judge:
            redriving = Redriving(
                broker,
                judge,
                to=to,
                is_dry=dry_run,
                pace=Pace(rate),
                retention_s=retention,
                tell_verdict=tell,
            )
            with _Progress() as progress:
                return await redriving.run(place.plan, progress.tell)

    try:
        sifted = asyncio.run(driving())
    finally:
        if verdicts:
            place.say(", ".join(f"{count} {each}" for each, count in verdicts.items()))
    place.say(_seen(place, sifted))
    if forgotten[True]:
        place.say(
            f"{forgotten[True]} were published longer ago than inboxes remember"
            f" ({durations.written(retention)}): handlers that had handled them do it"
            " again."
        )
    if set(verdicts) - {Ruling.REDRIVEN, Ruling.WOULD_BE}:
        raise SystemExit(Exit.REFUSED)


@dlq.command()
@placed
@limited(None)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--save",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Append them to this file first, whole, a JSON document in each line.",
)
def discard(
    place: Place,
    yes: bool,  # noqa: FBT001 - click passes flags so
    file: Path | None,
) -> None:
    """Drop dead letters for good."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("Say --yes: there is no terminal to ask at.")
    with ExitStack() as stack:
        out = None if file is None else stack.enter_context(_private(file))

        def save(letters: Sequence[Letter]) -> None:
            if out is not None:
                out.writelines(f"{lettering.saved(each)}\n" for each in letters)
                out.flush()
                os.fsync(out.fileno())

        sifted = asyncio.run(_discarded(place, save, is_agreed=yes))
    where = "" if file is None or not sifted.settled else f", saved in {file}"
    place.say(f"{sifted.settled} discarded{where}")
    place.say(_seen(place, sifted))
    if place.is_json:
        click.echo(lettering.as_json({"discarded": sifted.settled}))


async def _discarded(
    place: Place, save: Callable[[Sequence[Letter]], None], *, is_agreed: bool
) -> Sifted:
    """Discard what was agreed to: not more than were counted when it was asked."""
    plan = place.plan
    async with place.opened() as broker:
        if not is_agreed:
            found = await look(broker, plan, _pass_over)
            if not found.chosen:
                return found
            question = f"Discard {found.chosen} dead letters of {plan.topic} for good?"
            # In a thread, so that the broker hears of us while somebody thinks.
            await asyncio.to_thread(click.confirm, question, abort=True, err=True)
            plan = replace(plan, limit=found.chosen)
        with _Progress() as progress:
            return await discarding(broker, plan, save, progress.tell)


async def _pass_over(_letter: Letter) -> None:
    return


async def _looked(place: Place, see: Callable[[Letter], Awaitable[None]]) -> Sifted:
    async with place.opened() as broker:
        return await look(broker, place.plan, see)


async def _read(judge: Judge | None, letter: Letter) -> tuple[Any, str]:
    """Return a letter's event, and why there is none."""
    if judge is None:
        return None, "no registry is given: say --url"
    try:
        return await judge.read(letter, letter.topic or letter.delivery.topic), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, the bytes are shown
        return None, f"{type(error).__name__}: {error}"


@asynccontextmanager
async def _judge(
    urls: tuple[str, ...], context: str, token: str | None
) -> AsyncIterator[Judge | None]:
    if not urls:
        yield None
        return
    auth = BearerAuth(token) if token else None
    async with AsyncRegistryClient(urls, auth=auth, context=context) as client:
        yield Judge(AsyncDeserializer(client))


def _private(file: Path) -> TextIO:
    """Open a file that only its owner may read: it has what headers hide elsewhere."""

    def opener(path: str, flags: int) -> int:
        return os.open(path, flags, 0o600)

    return open(file, "a", encoding="utf-8", opener=opener)


def _seen(place: Place, sifted: Sifted) -> str:
    """Return how much was looked at, and what was not."""
    topic = place.plan.topic
    if not sifted.looked_at:
        return f"{topic}: no dead letters"
    told = f"{topic}: {sifted.chosen} of {sifted.looked_at} dead letters that were seen"
    if sifted.rewritten:
        told += f"; {sifted.rewritten} others were written again behind the rest"
    if sifted.is_cut_short:
        told += "; there are more: in other hands, or too many for one run"
    elif place.plan.limit == sifted.chosen:
        told += "; there may be more, the limit was reached"
    return told


class _Progress:
    """A line at a terminal that tells how far it is; nothing elsewhere."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_failure: object) -> None:
        if self._is_shown:
            click.echo("\r\033[K", nl=False, err=True)

    def tell(self, sifted: Sifted) -> None:
        if self._is_shown:
            told = f"{sifted.looked_at} seen, {sifted.settled} of {sifted.chosen} done"
            click.echo(f"\r\033[K{told}", nl=False, err=True)
