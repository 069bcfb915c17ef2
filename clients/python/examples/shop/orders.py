"""Takes orders, and learns when they leave.

wirepact run shop.orders:app
"""

from datetime import UTC, datetime
from decimal import Decimal

from shop import surroundings
from shop.events.orders.order_created import OrderCreated
from shop.events.orders.order_item import OrderItem
from shop.events.shipment import Shipment
from shop.surroundings import ORDERS, SHIPMENTS
from wirepact import App
from wirepact.inbox.memory import MemoryInbox

app = App(
    "orders",
    registry=surroundings.registry(),
    broker=surroundings.broker(),
    inbox=MemoryInbox(),
    topics={OrderCreated: ORDERS},
    options=surroundings.OPTIONS,
)


async def place(order_id: str, customer_id: str, price: str, message_id: str) -> None:
    """Take an order over one article."""
    item = OrderItem(sku="AX-1", quantity=1, unit_price=Decimal(price))
    order = OrderCreated(
        order_id=order_id,
        customer_id=customer_id,
        items=[item],
        total_amount=Decimal(price),
        timestamp=datetime.now(UTC),
    )
    print(f"orders    {order_id}: {customer_id} orders for {price} euro", flush=True)
    await app.publish(order, key=order_id, id=message_id)


@app.on(topic=SHIPMENTS)
async def note_departure(shipment: Shipment) -> None:
    print(f"orders    {shipment.order_id}: on its way", flush=True)
