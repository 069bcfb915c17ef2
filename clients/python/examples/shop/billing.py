"""Writes an invoice for each order, once, and confirms the order.

The invoice, and that the message was handled, are one transaction: a message that comes
twice, or again after a crash, makes no second invoice.

wirepact run shop.billing:app
"""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shop import surroundings
from shop.events.orders.order_confirmed import OrderConfirmed
from shop.events.orders.order_created import OrderCreated
from shop.surroundings import CONFIRMATIONS, ORDERS
from wirepact import App, Retry

TABLE = text(
    "CREATE TABLE IF NOT EXISTS invoice (order_id text NOT NULL, euro text NOT NULL)"
)
INSERT = text("INSERT INTO invoice (order_id, euro) VALUES (:order_id, :euro)")
ALL = text("SELECT order_id, euro FROM invoice ORDER BY order_id")

app = App(
    "billing",
    registry=surroundings.registry(),
    broker=surroundings.broker(),
    db=surroundings.database(),
    topics={OrderConfirmed: CONFIRMATIONS},
    options=surroundings.OPTIONS,
)


@app.on(topic=ORDERS, retry=Retry(5, "100ms..10s"))
async def bill(order: OrderCreated, session: AsyncSession) -> None:
    await session.execute(
        INSERT, {"order_id": order.order_id, "euro": str(order.total_amount)}
    )
    print(
        f"billing   {order.order_id}: invoice over {order.total_amount} euro",
        flush=True,
    )
    confirmed = OrderConfirmed(order_id=order.order_id, confirmed_at=datetime.now(UTC))
    # Sent when this function has ended, before its transaction is committed.
    await app.publish(confirmed, key=order.order_id)


def prepare() -> None:
    """Make the table of invoices."""
    with surroundings.database().begin_sync() as session:
        session.execute(TABLE)


def invoices() -> list[tuple[str, str]]:
    """Return all of them."""
    with surroundings.database().begin_sync() as session:
        return [(row.order_id, row.euro) for row in session.execute(ALL)]
