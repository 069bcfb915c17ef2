"""What can be told of a handler when it is declared, and how it is told."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.doubles.bus import Desk, OrderBilled, OrderCreated
from wirepact import App, HandlerError, Metadata, Retry, RetryBy
from wirepact.dead_letter import DeadLetters
from wirepact.durations import seconds, written
from wirepact.handlers import bound, events_of, roles_of


class AsyncSession:
    """Stands for the class of a session."""


def app(**parts):
    return Desk().app(**parts)


async def one(event): ...


async def annotated(event: OrderCreated | OrderBilled | None): ...


async def three(event, message, session): ...


async def swapped(event: OrderCreated, session: AsyncSession, about: Metadata): ...


async def with_session(event: OrderCreated, session: AsyncSession): ...


async def named(event, tx): ...


async def defaulted(event, limit=10, *, more=None): ...


async def batch(events: list[OrderCreated], messages: Sequence[Metadata]): ...


@pytest.mark.parametrize(
    ("function", "roles"),
    [
        (one, "event"),
        (three, "event metadata transaction"),
        (swapped, "event transaction metadata"),
        (with_session, "event transaction"),
        (named, "event transaction"),
        (defaulted, "event"),
    ],
)
def test_parameters_are_given_by_annotation_then_by_name_then_by_place(function, roles):
    found = roles_of("h", function, is_batch=False)

    assert " ".join(role.value for role in found) == roles


@pytest.mark.parametrize("function", [one, three, swapped, with_session, named])
def test_a_call_gives_each_parameter_what_it_is_for(function):
    roles = roles_of("h", function, is_batch=False)
    got = bound(lambda *given: given, roles)("E", "M", "T")

    letters = {"event": "E", "metadata": "M", "transaction": "T"}
    assert got == tuple(letters[role.value] for role in roles)


def test_events_come_from_the_annotation_or_are_given():
    assert events_of("h", (), annotated, is_batch=False) == (
        OrderCreated,
        OrderBilled,
        None,
    )
    assert events_of("h", (OrderBilled,), annotated, is_batch=False) == (OrderBilled,)
    assert events_of("h", (OrderCreated | None,), one, is_batch=False) == (
        OrderCreated,
        None,
    )
    assert events_of("h", (), batch, is_batch=True) == (OrderCreated,)


async def no_parameter(): ...


async def four(event, message, session, more): ...


async def twice(event, message: Metadata, about: Metadata): ...


async def by_name_only(event, *, about): ...


async def untyped(event: Any): ...


async def of_str(event: str): ...


async def billed(event: OrderBilled): ...


@pytest.mark.parametrize(
    ("function", "given", "said"),
    [
        pytest.param(no_parameter, {}, "no parameter for the event", id="none"),
        pytest.param(four, {}, "nothing is known to give to more", id="too many"),
        pytest.param(twice, {}, "both message and about would be given", id="twice"),
        pytest.param(by_name_only, {}, "about can only be given by name", id="keyword"),
        pytest.param(of_str, {}, "OrderCreated, which its annotation", id="str"),
        pytest.param(
            billed, {}, "for OrderCreated, which its annotation does not", id="other"
        ),
        pytest.param(one, {"topic": None}, "which topic is it for", id="no topic"),
        pytest.param(
            with_session, {}, "asks for a transaction: give the app a database", id="tx"
        ),
        pytest.param(one, {"batch": -1}, "batch and concurrency are", id="batch"),
        pytest.param(one, {"concurrency": 0}, "batch and concurrency", id="workers"),
        pytest.param(one, {"every": "1s"}, "say batch=", id="every"),
        pytest.param(one, {"batch": 2, "every": "soon"}, "every: 'soon' is", id="soon"),
        pytest.param(
            annotated, {"batch": 2}, "gets batches, but event is no list", id="no list"
        ),
        pytest.param(
            one, {"unknown": "drop"}, "unknown is one of 'skip', 'dead_le", id="unknown"
        ),
        pytest.param(
            one, {"on_key_error": "x"}, "on_key_error is one of 'go_on'", id="on key"
        ),
        pytest.param(
            one, {"idempotent": "id"}, "idempotent is True, False, 'place'", id="idem"
        ),
        pytest.param(
            one,
            {"idempotent": lambda event, message, more: event},
            "the function of its key takes the event",
            id="key function",
        ),
        pytest.param(
            one,
            {"retry": Retry(by=RetryBy.BROKER)},
            "this broker cannot deliver with a delay",
            id="no delays",
        ),
        pytest.param(
            one,
            {"retry": Retry(by=RetryBy.TOPICS), "batch": 2},
            "batches wait in the process",
            id="batches in topics",
        ),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_declared(function, given, said):
    declare = app().on(OrderCreated, **{"topic": "orders", **given})

    with pytest.raises(HandlerError) as caught:
        declare(function)

    assert said in str(caught.value)
    assert function.__name__ in str(caught.value)


def test_given_no_event_anywhere_then_it_is_asked_for():
    with pytest.raises(HandlerError, match="which events is it for"):
        app().on(topic="orders")(untyped)
    with pytest.raises(HandlerError, match="str is no event: declare it with @event"):
        app().on(topic="orders")(of_str)


def test_given_nothing_that_remembers_then_idempotency_is_refused():
    with pytest.raises(HandlerError, match="or say idempotent=False"):
        app(inbox=None).on(OrderCreated, topic="orders")(one)

    app(inbox=None).on(OrderCreated, topic="orders", idempotent=False)(one)


def test_given_two_handlers_of_one_name_then_one_has_to_have_another():
    made = app()
    made.on(OrderCreated, topic="orders")(one)

    with pytest.raises(HandlerError, match="give one of them name="):
        made.on(OrderCreated, topic="orders", group="other")(one)

    made.on(OrderCreated, topic="orders", group="other", name="second")(one)
    assert [each.name for each in made.handlers] == ["billing.one", "second"]


def test_given_batches_then_they_need_a_group_for_themselves():
    made = app()
    made.on(OrderCreated, topic="orders", batch=5)(batch)

    with pytest.raises(HandlerError, match="a group for itself"):
        made.on(OrderCreated, topic="orders")(one)


def test_given_topics_of_the_app_then_handlers_need_not_name_them():
    made = app(topics={OrderCreated: "orders"})
    made.on(OrderCreated)(one)

    assert made.handlers[0].topic == "orders"


def test_a_declared_function_stays_what_it_is():
    assert app().on(OrderCreated, topic="orders")(one) is one


@pytest.mark.parametrize(
    ("text", "value"),
    [("500ms", 0.5), ("2s", 2), (" 1.5 h ", 5400), ("1m", 60), ("1d", 86400), (3, 3)],
)
def test_lengths_of_time_are_read(text, value):
    assert seconds(text) == value


@pytest.mark.parametrize(
    "text", ["", "1", "s", "-1s", "1 week", -1, True, None, "1e9s"]
)
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(ValueError, match="no length of time"):
        seconds(text)


@pytest.mark.parametrize("text", ["500ms", "90s", "2m", "1h", "0ms"])
def test_lengths_of_time_are_written_as_names_have_them(text):
    assert written(seconds(text)) == text


@pytest.mark.parametrize(
    ("retry", "pauses"),
    [
        (Retry(), (1, 2, 4, 8)),
        (Retry(8, "1s..10s"), (1, 2, 4, 8, 10, 10, 10)),
        (Retry(4, "1s, 10s"), (1, 10, 10)),
        (Retry(3, "30s"), (30, 30)),
        (Retry(1), ()),
    ],
)
def test_pauses_double_within_a_range_or_follow_a_list(retry, pauses):
    assert retry.pauses_s() == pauses
    assert retry.longest_s(retry.attempts) is None


@pytest.mark.parametrize(
    "given",
    [
        {"attempts": 0},
        {"delays": "1s.."},
        {"delays": "2s..1s"},
        {"delays": "0s..1s"},
        {"delays": ""},
        {"attempts": 40, "delays": "1ms..30d", "by": RetryBy.TOPICS},
    ],
)
def test_retries_that_make_no_sense_are_refused(given):
    with pytest.raises(ValueError, match=r".+"):
        Retry(**given)


def test_topics_of_retries_are_named_by_their_delay():
    retry = Retry(4, "1s, 10s, 1m", by=RetryBy.TOPICS)

    assert retry.topics("orders", "billing") == {
        1: "orders.billing.retry-1s",
        10: "orders.billing.retry-10s",
        60: "orders.billing.retry-1m",
    }


def test_a_name_for_dead_letters_with_unknown_parts_is_refused():
    with pytest.raises(ValueError, match=r"only \{topic\} and \{group\}"):
        DeadLetters("{topic}.{service}.dlq")


def test_apps_show_their_name_and_nothing_secret():
    assert repr(app()) == "App('billing')"
    assert isinstance(app(), App)
