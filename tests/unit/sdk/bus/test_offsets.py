"""Offsets never pass what is not settled, in whatever order it is settled."""

from hypothesis import given
from hypothesis import strategies as st

from wirepact.transports.offsets import InHand
from wirepact.transports.port import Delivery


def at(position):
    return Delivery("t", 0, position, None, b"", ())


def taken(*positions):
    hand = InHand(positions[0] if positions else 0)
    deliveries = [at(position) for position in positions]
    for delivery in deliveries:
        hand.take(delivery)
    return hand, deliveries


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_the_offset_is_the_first_that_is_not_settled_whatever_the_order(gaps, random):
    positions = [sum(gaps[: end + 1]) for end in range(len(gaps))]
    hand, deliveries = taken(*positions)
    left = list(positions)
    order = list(deliveries)
    random.shuffle(order)

    for delivery in order:
        before = hand.offset
        moved = hand.settle([delivery])
        left.remove(delivery.position)

        assert hand.offset == (left[0] if left else positions[-1] + 1)
        assert moved == (hand.offset != before)
    assert len(hand) == 0


def test_given_a_rewinding_then_deliveries_from_before_are_strangers():
    hand, (first, second, third) = taken(5, 6, 7)
    hand.settle([third])

    assert hand.rewind([second]) == 6
    assert hand.next_position == 6
    assert not hand.settle([second])
    assert hand.rewind([second]) is None
    assert hand.settle([first])
    assert hand.offset == 6


def test_given_one_put_back_then_others_are_settled_and_the_offset_waits_for_it():
    hand, (first, second) = taken(0, 1)

    assert hand.put_back(first)
    assert not hand.put_back(first)
    assert not hand.settle([second])
    assert hand.offset == 0
    again = at(0)
    hand.take(again)
    assert not hand.settle([first])
    assert hand.settle([again])
    assert hand.offset == 2


def test_nothing_in_hand_leaves_the_offset_where_it_began():
    hand = InHand(9)

    assert (hand.offset, hand.next_position, len(hand)) == (9, 9, 0)
    assert hand.deliveries() == []
    assert not hand.settle([at(3)])
