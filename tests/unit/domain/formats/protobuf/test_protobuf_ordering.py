"""The order in which a Java program tells of names. The expected lists are Java's."""

import pytest

from registry.domain.formats.protobuf.ordering import in_hash_order

EARLIER = (
    *("Zebra", "Apple", "OrderCreated", "Customer", "Invoice", "Kept", "Order"),
    *("Item", "Money", "Address", "Parcel", "Refund", "Stock", "Voucher"),
)
LATER = ("Shipment", "Carrier", "Return", "Price", "Tax")
SET = (
    *("Order", "Invoice", "Return", "Address", "Zebra", "Customer", "Parcel"),
    *("Shipment", "Tax", "Voucher", "Item", "Money", "Apple", "Refund", "Price"),
    *("Carrier", "OrderCreated", "Kept", "Stock"),
)


def test_given_names_when_sorted_then_they_are_in_the_order_of_a_hash_set():
    names = (*EARLIER, *LATER)

    assert tuple(in_hash_order(names, len(EARLIER), len(names))) == SET


def test_given_some_of_a_set_when_sorted_then_they_are_as_they_are_in_the_whole_set():
    some = ("Zebra", "Stock", "Item", "Order")

    found = in_hash_order(some, len(EARLIER), len(EARLIER) + len(LATER))

    assert tuple(found) == tuple(name for name in SET if name in some)


@pytest.mark.parametrize("names", [("Aa", "BB"), ("BB", "Aa")])
def test_given_names_of_one_hash_when_sorted_then_the_first_that_came_is_first(names):
    assert tuple(in_hash_order(names, 2, 2)) == names
