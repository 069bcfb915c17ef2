"""Hands confirmed orders to a carrier.

A plain function: it runs in a thread, and publishes by `app.sync`.

wirepact run shop.shipping:app
"""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from shop import surroundings
from shop.events import shipment as shipments
from shop.events.orders.order_confirmed import OrderConfirmed
from shop.events.shipment import Shipment
from shop.surroundings import CONFIRMATIONS, SHIPMENTS
from wirepact import App
from wirepact.inbox.memory import MemoryInbox

app = App(
    "shipping",
    registry=surroundings.registry(),
    broker=surroundings.broker(),
    inbox=MemoryInbox(),
    topics={Shipment: SHIPMENTS},
    options=surroundings.OPTIONS,
)


@app.on(topic=CONFIRMATIONS)
def ship(order: OrderConfirmed) -> None:
    print(f"shipping  {order.order_id}: handed to DHL", flush=True)
    shipment = Shipment(
        shipment_id=uuid5(NAMESPACE_URL, order.order_id),
        order_id=order.order_id,
        carrier="DHL",
        parcels=[shipments.Parcel(tracking_number="00340434161094")],
        shipped_at=datetime.now(UTC),
    )
    app.sync.publish(shipment, key=order.order_id)
