"""What is sent during the handling of a message names it, wherever it is sent from."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from wirepact import context, envelope
from wirepact.envelope import Envelope

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOP = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"
FIRST = Envelope(id="m-1", source="urn:shop", type="A")
LATER = Envelope(id="m-2", source="urn:shop", type="B", correlationid="c-1")


def test_outside_of_a_handler_nothing_is_tied():
    assert context.current() is None
    assert context.links() == context.Links()
    assert context.baggage() == []


@pytest.mark.parametrize(("message", "correlation"), [(FIRST, "m-1"), (LATER, "c-1")])
def test_inside_a_handler_what_is_sent_names_its_cause_and_the_first_one(
    message, correlation
):
    with context.handling(message):
        links = context.links()

    assert (links.correlationid, links.causationid) == (correlation, message.id)
    assert context.links() == context.Links()


def test_given_a_handler_that_fails_when_it_has_ended_then_nothing_is_left():
    def fail():
        with context.handling(FIRST):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert context.current() is None


def test_given_a_handler_inside_another_when_it_ends_then_the_other_goes_on():
    with context.handling(FIRST):
        with context.handling(LATER):
            assert context.links().causationid == "m-2"
        assert context.links().causationid == "m-1"


def test_given_tasks_when_each_handles_a_message_then_none_sees_the_others():
    async def handle(number):
        message = Envelope(id=f"m-{number}", source="urn:shop", type="A")
        with context.handling(message):
            await asyncio.sleep(0)
            inner = asyncio.create_task(cause())
            thread = await asyncio.to_thread(lambda: context.links().causationid)
            return await inner, thread

    async def cause():
        await asyncio.sleep(0)
        return context.links().causationid

    async def all_of_them():
        return await asyncio.gather(*(handle(number) for number in range(20)))

    assert asyncio.run(all_of_them()) == [(f"m-{n}", f"m-{n}") for n in range(20)]


def test_given_an_executor_when_a_function_is_carried_then_it_knows_the_cause():
    together = threading.Barrier(2)

    def cause(name):
        together.wait(30)
        return name, context.links().causationid

    with ThreadPoolExecutor(2) as pool:
        with context.handling(FIRST):
            carried = context.carried(cause)
            running = [pool.submit(carried, name) for name in ("a", "b")]
            found = [each.result() for each in running]
        bare = pool.submit(context.links).result()

    assert found == [("a", "m-1"), ("b", "m-1")]
    assert bare == context.Links()


@pytest.mark.parametrize("broken", ["", "line\nbreak", "x" * 9000])
def test_given_a_foreign_id_that_must_not_be_sent_then_it_is_left_out(broken):
    message = Envelope(id="m-1", source="s", type="A", correlationid=broken)

    with context.handling(message):
        assert context.links().correlationid == "m-1"
    with context.handling(Envelope(id=broken, source="s", type="A")):
        assert context.links() == context.Links()


class TestTrace:
    def links(self, *headers, begin_trace=False):
        opened = envelope.read([*envelope.write(FIRST), *headers], b"")
        with context.handling(opened):
            return context.links(begin_trace=begin_trace)

    def test_given_a_trace_when_something_is_sent_then_it_goes_on(self):
        links = self.links(("traceparent", HOP.encode()), ("tracestate", b"a=1,b=2"))

        assert (links.traceparent, links.tracestate) == (HOP, "a=1,b=2")

    def test_given_only_the_envelopes_trace_then_that_one_goes_on(self):
        begun = Envelope(id="m", source="s", type="A", traceparent=PARENT)

        with context.handling(begun):
            assert context.links().traceparent == PARENT

    @pytest.mark.parametrize(
        "broken",
        [
            b"",
            b"\xff\xfe",
            PARENT.upper().encode(),
            b"ff" + PARENT[2:].encode(),
            PARENT.encode() + b"-more",
            b"00-" + b"0" * 32 + PARENT[35:].encode(),
            PARENT[:36].encode() + b"0" * 16 + b"-01",
            b"01" + PARENT[2:].encode() + b"-" + b"x" * 9000,
        ],
    )
    def test_given_a_broken_trace_then_none_goes_on_and_one_begins_if_wanted(
        self, broken
    ):
        headers = ("traceparent", broken), ("tracestate", b"a=1")

        links = self.links(*headers)
        begun = self.links(*headers, begin_trace=True)

        assert (links.traceparent, links.tracestate) == (None, None)
        assert begun.traceparent.startswith("00-")
        assert begun.traceparent != broken.decode(errors="replace")
        assert begun.tracestate is None

    def test_given_a_later_version_of_the_header_then_it_goes_on(self):
        later = "01" + PARENT[2:] + "-more"

        assert self.links(("traceparent", later.encode())).traceparent == later

    def test_given_a_state_that_is_no_text_then_only_the_parent_goes_on(self):
        links = self.links(("traceparent", HOP.encode()), ("tracestate", b"\x00"))

        assert (links.traceparent, links.tracestate) == (HOP, None)

    def test_given_a_trace_outside_of_handlers_when_wanted_then_each_has_its_own(self):
        one, other = (context.links(begin_trace=True) for _ in range(2))

        assert one.traceparent != other.traceparent
        assert one.correlationid is None

    def test_given_baggage_when_something_is_sent_then_it_comes_along_untouched(self):
        given = ("baggage", b"k=\xff"), ("other", b"1"), ("baggage", None)
        opened = envelope.read([*envelope.write(FIRST), *given], b"")

        with context.handling(opened):
            assert context.baggage() == [given[0], given[2]]


class TestRepeatableIds:
    def ids(self, message, handler="billing", count=3):
        with context.handling(message, handler) as handling:
            return [handling.next_id() for _ in range(count)]

    def test_given_a_message_that_comes_again_then_its_answers_have_the_same_ids(self):
        assert self.ids(FIRST) == self.ids(FIRST)
        assert len({*self.ids(FIRST)}) == 3

    def test_given_another_message_or_handler_then_the_ids_are_others(self):
        made = [*self.ids(FIRST), *self.ids(LATER), *self.ids(FIRST, "shipping")]

        assert len({*made}) == 9

    def test_given_a_message_without_an_id_then_there_is_nothing_to_repeat(self):
        assert self.ids(Envelope(id="", source="", type=""), count=1) == [None]

    def test_given_tasks_of_one_handler_then_no_number_is_used_twice(self):
        async def sending():
            await asyncio.sleep(0)
            return context.current().next_id()

        async def handle():
            with context.handling(FIRST, "billing"):
                return await asyncio.gather(*(sending() for _ in range(50)))

        assert len({*asyncio.run(handle())}) == 50
