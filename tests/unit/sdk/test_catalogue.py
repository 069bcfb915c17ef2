"""What is kept, for how long, and what happens when the registry cannot be asked."""

import logging
from uuid import UUID

import pytest

from tests.unit.sdk.by_hand import (
    AVRO_TEXT,
    LOST,
    World,
    answer,
    by_id,
    error,
    scripted,
    version,
)
from wirepact import errors
from wirepact.bundle import Bundle, bundle_of
from wirepact.cache import CachePolicy, MemoryCache
from wirepact.schemas import RegisteredSchema, Schema
from wirepact.subjects import Role

OTHER_TEXT = '{"type":"record","name":"B","fields":[]}'
SCHEMA = Schema(AVRO_TEXT)
GUID = UUID(int=7)
BUNDLE = bundle_of([RegisteredSchema("orders-value", 1, 7, SCHEMA)], {})
DAY = 24 * 60 * 60


def schema(world, core, schema_id=7, patience_s=0.0):
    return world.run(core.catalogue.schema(schema_id, "", patience_s))


def latest(world, core):
    return world.run(core.catalogue.latest("orders-value"))


def lookup(world, core):
    return world.run(core.catalogue.lookup("orders-value", SCHEMA, normalize=False))


def register(world, core):
    return world.run(core.catalogue.register("orders-value", SCHEMA, normalize=False))


def numbered(world, core):
    return world.run(core.catalogue.version("orders-value", 1, deleted=False))


ANSWERS = {schema: by_id(), latest: version(), lookup: version(), numbered: version()}


@pytest.mark.parametrize("read", ANSWERS)
def test_what_was_asked_for_is_not_asked_for_again(read):
    world = World(scripted(ANSWERS[read]))
    core = world.core()

    assert read(world, core) == read(world, core)
    assert len(world.sent) == 1


def test_a_schema_is_kept_for_as_long_as_there_is_room():
    world = World(scripted(by_id()))
    core = world.core()
    schema(world, core)

    world.now += 1000 * DAY
    schema(world, core)

    assert len(world.sent) == 1
    assert core.catalogue.kept_schema(7).text == AVRO_TEXT


def test_given_an_id_in_another_rendering_then_it_is_another_thing():
    world = World(lambda send: by_id("b64" if "serialized" in send.url else AVRO_TEXT))
    core = world.core()

    plain = schema(world, core)
    rendered = world.run(core.catalogue.schema(7, "serialized", 0.0))

    assert (plain.text, rendered.text) == (AVRO_TEXT, "b64")


@pytest.mark.parametrize("read", [latest, lookup, numbered])
def test_given_a_version_when_its_id_is_asked_for_then_it_is_known(read):
    world = World(scripted(version()))
    core = world.core()
    read(world, core)

    schema(world, core)

    assert len(world.sent) == 1


def test_what_is_missing_is_believed_to_be_missing_for_a_second():
    world = World(scripted(error(40403), by_id()))
    core = world.core()
    for _ in range(3):
        with pytest.raises(errors.SchemaNotFoundError):
            schema(world, core)
    assert len(world.sent) == 1

    world.now += 1.0

    assert schema(world, core).text == AVRO_TEXT


def test_given_patience_when_an_id_appears_later_then_it_is_found():
    world = World(scripted(error(40403), error(40403), by_id()))

    assert schema(world, world.core(), patience_s=30.0).text == AVRO_TEXT
    assert sum(world.pauses) < 5


def test_given_patience_when_an_id_never_appears_then_it_ends():
    world = World(scripted(error(40403)))
    began = world.now

    with pytest.raises(errors.SchemaNotFoundError):
        schema(world, world.core(), patience_s=30.0)

    assert 20 < world.now - began <= 30


def test_memory_is_bounded_in_bytes_and_what_was_used_last_stays():
    memory = MemoryCache(20_000)
    for number in range(100):
        memory.put(("id", str(number)), Schema("x" * 1000))
        memory.find(("id", "0"))

    assert memory.size_bytes <= 20_000
    assert memory.find(("id", "0")) is not None
    assert memory.find(("id", "99")) is not None
    assert memory.find(("id", "50")) is None


def test_given_a_schema_larger_than_the_cache_then_the_others_stay():
    memory = MemoryCache(5_000)
    memory.put(("id", "1"), SCHEMA)

    memory.put(("id", "2"), Schema("x" * 10_000))

    assert memory.find(("id", "1")) is SCHEMA
    assert memory.find(("id", "2")) is None


def test_the_latest_version_is_fresh_for_a_minute_give_or_take_a_fifth():
    policy = CachePolicy()

    assert policy.drawn_ttl_s(lambda: 0.0) == pytest.approx(48.0)
    assert policy.drawn_ttl_s(lambda: 1.0) == pytest.approx(72.0)


def test_given_a_stale_version_when_asked_then_it_is_served_while_it_is_fetched():
    world = World(scripted(version(1, 7), version(2, 8, OTHER_TEXT)))
    core = world.core()
    latest(world, core)
    world.now += 73

    served = [latest(world, core).version for _ in range(5)]

    assert (served, len(world.sent), len(world.asides)) == ([1] * 5, 1, 1)
    world.refresh()
    assert latest(world, core).version == 2


def test_given_an_outage_when_the_version_is_stale_then_it_is_served_for_a_day(caplog):
    world = World(scripted(version(), LOST))
    core = world.core()
    latest(world, core)

    world.now += DAY - 1
    assert latest(world, core).version == 1
    with caplog.at_level(logging.WARNING):
        world.refresh()
    assert "still using the former version of orders-value" in caplog.text
    assert latest(world, core).version == 1

    world.now += 2
    with pytest.raises(errors.RegistryUnavailableError):
        latest(world, core)


def test_given_a_failed_refresh_then_the_next_one_is_a_ttl_away():
    world = World(scripted(version(), LOST))
    core = world.core()
    latest(world, core)
    world.now += 73
    latest(world, core)
    world.refresh()

    world.now += 47
    latest(world, core)
    assert world.asides == []
    world.now += 26
    latest(world, core)
    assert len(world.asides) == 1


def test_given_a_subject_that_is_gone_when_refreshed_then_it_is_not_served_any_more():
    world = World(scripted(version(), error(40401)))
    core = world.core()
    latest(world, core)
    world.now += 73
    latest(world, core)
    world.refresh()

    with pytest.raises(errors.SubjectNotFoundError):
        latest(world, core)


def test_given_a_registration_when_the_latest_is_asked_for_then_it_is_the_new_one():
    replies = scripted(version(1), version(2, 8, OTHER_TEXT), version(2, 8, OTHER_TEXT))
    world = World(replies)
    core = world.core()
    latest(world, core)

    register(world, core)

    assert latest(world, core).version == 2


def test_given_a_refresh_that_began_before_a_registration_then_it_is_not_kept():
    world = World(scripted(version(2, 8, OTHER_TEXT), version(2, 8, OTHER_TEXT)))
    core = world.core()
    reading = core.catalogue.latest("orders-value")
    reading.send(None)
    register(world, core)
    with pytest.raises(StopIteration):
        reading.send(version(1, 6, '"int"'))

    assert latest(world, core).version == 2


@pytest.mark.parametrize("read", [latest, lookup, numbered])
def test_given_a_deletion_when_asked_again_then_the_registry_says_so(read):
    world = World(scripted(version(), error(40401)))
    core = world.core()
    read(world, core)

    world.run(core.catalogue.forget("orders-value"))

    with pytest.raises(errors.SubjectNotFoundError):
        read(world, core)


@pytest.mark.parametrize("read", [latest, lookup, numbered])
def test_given_a_subject_that_was_deleted_then_an_outage_does_not_bring_it_back(
    read, tmp_path
):
    policy = CachePolicy(folder=tmp_path)
    world = World(scripted(version(), error(40401), LOST))
    read(world, world.core(cache=policy))
    with pytest.raises(errors.SubjectNotFoundError):
        read(world, world.core(cache=policy))

    with pytest.raises(errors.RegistryUnavailableError):
        read(world, world.core(cache=policy))


@pytest.mark.parametrize("read", [latest, lookup, numbered, register])
def test_given_an_id_that_changes_its_meaning_then_it_is_refused(read):
    world = World(scripted(by_id(), version(1, 7, OTHER_TEXT)))
    core = world.core()
    known = schema(world, core)

    with pytest.raises(errors.ForeignRegistryError, match="schema id 7 was AVRO"):
        read(world, core)

    assert schema(world, core) is known


def test_given_a_bundle_when_the_registry_means_another_schema_then_it_is_refused():
    world = World(scripted(version(1, 7, OTHER_TEXT)))

    with pytest.raises(errors.ForeignRegistryError):
        latest(world, world.core(bundle=BUNDLE))


def test_given_a_refresh_from_another_registry_then_it_is_said_and_not_used(caplog):
    world = World(scripted(version(), version(1, 7, OTHER_TEXT)))
    core = world.core()
    latest(world, core)
    world.now += 73
    latest(world, core)

    world.refresh()

    assert "another registry answers" in caplog.text
    assert latest(world, core).schema.text == AVRO_TEXT


def test_given_equal_guids_when_the_text_is_laid_out_anew_then_it_is_the_same_schema():
    guid = str(GUID)
    body = {"subject": "orders-value", "version": 1, "id": 7, "guid": guid}
    again = answer({**body, "schema": AVRO_TEXT.replace(":", ": ")})
    world = World(scripted(by_id(guid=guid), again))
    core = world.core()
    schema(world, core)

    assert latest(world, core).id == 7


def test_given_another_guid_than_was_asked_for_then_it_is_refused():
    world = World(scripted(by_id(guid=str(UUID(int=8)))))

    with pytest.raises(errors.ForeignRegistryError, match="GUID"):
        world.run(world.core().catalogue.schema_by_guid(GUID, ""))


@pytest.mark.parametrize("read", [*ANSWERS, register])
def test_given_a_bundle_when_the_registry_is_down_then_a_service_starts(read):
    world = World(scripted(LOST))
    core = world.core(bundle=BUNDLE)

    found = read(world, core)

    assert getattr(found, "schema", found).text == AVRO_TEXT


@pytest.mark.parametrize("read", [*ANSWERS, register])
def test_given_a_warm_folder_when_the_registry_is_down_then_a_service_starts(
    read, tmp_path
):
    policy = CachePolicy(folder=tmp_path)
    warm = World(scripted(ANSWERS.get(read, version())))
    found = read(warm, warm.core(cache=policy))

    down = World(scripted(LOST), now=warm.now + DAY - 60)

    assert read(down, down.core(cache=policy)) == found


def test_given_a_warm_folder_when_an_id_is_asked_for_then_no_request_is_sent(tmp_path):
    policy = CachePolicy(folder=tmp_path)
    warm = World(scripted(by_id()))
    schema(warm, warm.core(cache=policy))
    world = World(scripted(LOST), now=warm.now + 7 * DAY)

    schema(world, world.core(cache=policy))

    assert world.sent == []


def test_given_an_old_folder_when_the_registry_is_down_then_the_bundle_has_the_latest(
    tmp_path,
):
    policy = CachePolicy(folder=tmp_path)
    warm = World(scripted(version(2, 8, OTHER_TEXT)))
    latest(warm, warm.core(cache=policy))
    down = World(scripted(LOST), now=warm.now + 2 * DAY)

    assert latest(down, down.core(cache=policy, bundle=BUNDLE)).version == 1


def test_given_an_outage_that_ends_then_the_registry_goes_before_the_bundle():
    world = World(scripted(LOST, LOST, LOST, LOST, version(1, 7)))
    core = world.core(bundle=BUNDLE)
    lookup(world, core)

    world.now += 60
    lookup(world, core)

    assert len(world.sent) == 5


def test_the_folder_of_one_registry_says_nothing_about_another(tmp_path):
    policy = CachePolicy(folder=tmp_path)
    world = World(scripted(by_id(), by_id(OTHER_TEXT)))
    schema(world, world.core("http://one", cache=policy))

    assert schema(world, world.core("http://two", cache=policy)).text == OTHER_TEXT


def test_given_a_bundle_of_another_context_when_a_client_is_made_then_it_is_refused():
    bundle = Bundle(BUNDLE.versions, {}, ".eu")

    with pytest.raises(errors.BundleError, match=r"context \.eu"):
        World(scripted(LOST)).core(bundle=bundle)


def test_given_only_an_id_when_registered_then_the_rest_is_asked_for():
    world = World(scripted(answer({"id": 7}), version(3, 7)))

    found = register(world, world.core())

    assert (found.id, found.version) == (7, 3)
    assert [send.method for send in world.sent] == ["POST", "POST"]


def test_given_a_lookup_that_runs_when_registered_then_the_registration_is_sent():
    world = World(scripted(version()))
    core = world.core()
    looking = core.catalogue.lookup("orders-value", SCHEMA, normalize=False)
    looking.send(None)

    register(world, core)

    assert world.sent[0].url.endswith("/versions")
    looking.close()


def bound(*subjects):
    return answer([{"subject": subject} for subject in subjects])


@pytest.mark.parametrize(
    ("reply", "subject"),
    [(bound("shared"), "shared"), (bound(), "t-value"), (error(404), "t-value")],
)
def test_given_a_topic_when_asked_for_then_it_has_the_subject_it_is_bound_to(
    reply, subject
):
    world = World(scripted(reply))
    core = world.core()

    for _ in range(3):
        assert world.run(core.associations.subject("t", Role.VALUE)) == subject
    assert len(world.sent) == 1


def test_given_a_topic_with_several_subjects_then_none_is_chosen():
    world = World(scripted(bound("a", "b")))

    with pytest.raises(errors.WirepactError, match="several: a, b"):
        world.run(world.core().associations.subject("t", Role.VALUE))


def test_given_a_topic_that_was_bound_elsewhere_then_nobody_waits_to_learn_it():
    world = World(scripted(bound("shared"), bound("other")))
    core = world.core()
    world.run(core.associations.subject("t", Role.VALUE))
    world.now += 1000

    served = [world.run(core.associations.subject("t", Role.VALUE)) for _ in "ab"]
    assert (served, len(world.sent), len(world.asides)) == (["shared"] * 2, 1, 1)
    world.refresh()

    assert world.run(core.associations.subject("t", Role.VALUE)) == "other"


def test_given_an_outage_when_a_topic_was_known_then_its_subject_stays():
    world = World(scripted(bound("shared"), LOST))
    core = world.core()
    world.run(core.associations.subject("t", Role.VALUE))
    world.now += 1000

    assert world.run(core.associations.subject("t", Role.VALUE)) == "shared"
    world.refresh()
    assert world.run(core.associations.subject("t", Role.VALUE)) == "shared"
    with pytest.raises(errors.RegistryUnavailableError):
        world.run(core.associations.subject("unknown", Role.VALUE))
