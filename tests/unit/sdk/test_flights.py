"""Single flight, step by step: who fetches, who waits, and what if one gives up."""

import pytest

from wirepact._flights import Flights
from wirepact._steps import Join, Pause
from wirepact.errors import RegistryUnavailableError, SubjectNotFoundError


def fetching(result):
    yield Pause(1)
    if isinstance(result, Exception):
        raise result
    return result


def result_of(steps, reply=None):
    with pytest.raises(StopIteration) as end:
        steps.send(reply)
    return end.value.value


def test_given_one_who_fetches_when_others_come_then_they_get_the_same():
    flights = Flights()
    begun = []

    def begin():
        begun.append(1)
        return fetching("schema")

    first, second = flights.join("k", begin, 9), flights.join("k", begin, 9)
    first.send(None)
    joined = second.send(None)

    assert isinstance(joined, Join)
    assert result_of(first) == "schema"
    assert joined.future.done()
    assert result_of(second, True) == "schema"
    assert begun == [1]


def test_given_an_error_when_others_wait_then_each_gets_a_copy_of_it():
    flights = Flights()
    error = SubjectNotFoundError(404, 40401, "no")
    first = flights.join("k", lambda: fetching(error), 9)
    second = flights.join("k", lambda: fetching(error), 9)
    first.send(None)
    second.send(None)

    with pytest.raises(SubjectNotFoundError) as theirs:
        first.send(None)
    with pytest.raises(SubjectNotFoundError) as ours:
        second.send(True)

    assert theirs.value is error
    assert ours.value is not error
    assert ours.value.code == 40401


def test_given_one_who_is_cancelled_when_another_waits_then_that_one_fetches():
    flights = Flights()
    first = flights.join("k", lambda: fetching("never"), 9)
    second = flights.join("k", lambda: fetching("schema"), 9)
    first.send(None)
    second.send(None)

    first.close()

    assert isinstance(second.send(True), Pause)
    assert result_of(second) == "schema"


def test_given_one_who_fetches_for_too_long_when_another_waits_then_it_gives_up():
    flights = Flights()
    first = flights.join("k", lambda: fetching("late"), 9)
    second = flights.join("k", lambda: fetching("late"), 9)
    first.send(None)
    second.send(None)

    with pytest.raises(RegistryUnavailableError, match="took over 9 s"):
        second.send(False)


def test_other_keys_do_not_wait_for_each_other():
    flights = Flights()
    first = flights.join("a", lambda: fetching(1), 9)
    first.send(None)

    assert isinstance(flights.join("b", lambda: fetching(2), 9).send(None), Pause)
