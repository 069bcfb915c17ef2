"""The shop's services alone, without servers: `pytest test_shop.py`."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from shop import billing, shipping
from shop.events.orders.order_confirmed import OrderConfirmed
from shop.events.orders.order_created import OrderCreated
from shop.events.shipment import Shipment
from wirepact import Sql
from wirepact.testing import assert_idempotent, assert_published, crash_at, deliver
from wirepact.testing.strategies import events_of

ORDER = OrderCreated(
    order_id="o-1",
    customer_id="ann",
    items=[],
    total_amount=Decimal("19.90"),
    timestamp=datetime(2026, 1, 10, tzinfo=UTC),
)


@pytest.fixture
def database(tmp_path, monkeypatch):
    """Billing, with a database of the test's own."""
    made = Sql(f"sqlite:///{tmp_path}/shop.db")
    monkeypatch.setattr("shop.surroundings.database", lambda: made)
    billing.prepare()
    yield made
    made.close_sync()


def test_an_order_is_billed_once_whatever_happens(broker, database):
    def forget():
        with database.begin_sync() as session:
            session.execute(text("DELETE FROM invoice"))

    assert_idempotent(
        billing.bill, ORDER, db=database, effects=billing.invoices, reset=forget
    )


def test_a_crash_after_the_commit_makes_no_second_invoice(broker, database):
    with crash_at("after_commit"):
        deliver(billing.app, ORDER, db=database)

    assert billing.invoices() == [("o-1", "19.90")]
    assert_published(OrderConfirmed, caused_by=ORDER, times=1)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# The contract of shipments is stricter: they are for an order with a number.
@given(order=events_of(OrderConfirmed).filter(lambda it: it.order_id))
def test_any_confirmed_order_is_shipped(broker, order):
    deliver(shipping.app, order)

    assert_published(Shipment, where=lambda it: it.order_id == order.order_id)
