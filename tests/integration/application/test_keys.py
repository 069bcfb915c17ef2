"""Keys of clients that encrypt: kept as they are, and told to nobody but clients."""

import json

import pytest

from registry.application import deks, keks
from registry.application.deks import Asked
from registry.application.keks import NewKek
from registry.application.stored import Origin
from registry.domain.configuration import Mode
from registry.domain.errors import OperationNotPermittedError
from registry.domain.keys import (
    Algorithm,
    Dek,
    DekSlot,
    InvalidKeyError,
    KekName,
    KeyExistsError,
    KeyNotFoundError,
    kms_type,
)
from registry.domain.model import LATEST, Subject

ORIGIN = Origin("ann", "r-1")
NAME = KekName("kek", ".")
ORDERS = Subject("orders-value")
SECRET, TOKEN = "c2VjcmV0IG1hdGVyaWFs", "s3cr3t-token"
ASKED = Asked("kek", ORDERS, Algorithm.AES256_GCM)


@pytest.fixture
def kek(ports):
    new = NewKek(NAME, "hcvault", "https://vault/keys/a", {"token.id": TOKEN}, "Doc")
    return keks.create_kek(ports, new, ORIGIN)


def kept(ports, version=1, material=SECRET, asked=ASKED, **more):
    options = {"is_deleted": False, "rewraps": False, **more}
    return deks.create_dek(ports, asked, (version, material), ORIGIN, **options)


def test_when_keys_are_kept_changed_and_gone_then_no_secret_is_in_the_audit_log(
    ports, audit, kek, caplog
):
    kept(ports)
    keks.update_kek(ports, NAME, {"kms_props": {"token.id": TOKEN * 2}}, ORIGIN)
    for act in (deks.soft_delete_deks, deks.undelete_deks, deks.soft_delete_deks):
        act(ports, ASKED, 1, ORIGIN)
    deks.hard_delete_deks(ports, ASKED, None, ORIGIN)
    keks.soft_delete_kek(ports, NAME, ORIGIN)
    keks.hard_delete_kek(ports, NAME, ORIGIN)

    assert [action for action, *_ in audit()] == [
        "kek.create",
        "dek.create",
        "kek.update",
        "dek.delete",
        "dek.undelete",
        "dek.delete",
        "dek.purge",
        "kek.delete",
        "kek.purge",
    ]
    told = json.dumps(audit()) + caplog.text
    assert SECRET not in told
    assert TOKEN not in told


def test_when_keys_are_printed_then_no_secret_is_shown(kek):
    dek = Dek(DekSlot(NAME, ORDERS, Algorithm.AES256_GCM), 1, SECRET, 0)

    assert SECRET not in repr(dek)
    assert TOKEN not in repr(kek)


def test_given_nothing_new_when_changed_then_nothing_is_written(ports, audit, kek):
    before = audit()

    assert keks.update_kek(ports, NAME, {"doc": "Doc"}, ORIGIN) == kek
    keks.undelete_kek(ports, NAME, ORIGIN)

    assert audit() == before


def test_given_hidden_keys_when_hidden_again_then_nothing_is_written(ports, audit, kek):
    kept(ports)
    deks.soft_delete_deks(ports, ASKED, None, ORIGIN)
    keks.soft_delete_kek(ports, NAME, ORIGIN)
    before = audit()

    deks.soft_delete_deks(ports, ASKED, 1, ORIGIN)
    keks.soft_delete_kek(ports, NAME, ORIGIN)

    assert audit() == before


def test_given_a_hidden_kek_when_a_copy_of_a_hidden_dek_comes_then_it_is_kept(
    ports, kek
):
    keks.soft_delete_kek(ports, NAME, ORIGIN)

    assert kept(ports, is_deleted=True).is_deleted
    with pytest.raises(KeyNotFoundError):
        kept(ports, 2)


def test_given_a_kek_in_the_subjects_context_when_asked_then_it_comes_before(
    ports, kek
):
    own = KekName("kek", ".shop")
    keks.create_kek(ports, NewKek(own, "t", "k"), ORIGIN)
    there = Asked("kek", Subject("a", ".shop"), Algorithm.AES256_GCM)
    elsewhere = Asked("kek", Subject("a", ".hall"), Algorithm.AES256_GCM)

    assert kept(ports, asked=there).slot.kek == own
    assert kept(ports, asked=elsewhere).slot.kek == NAME
    assert deks.list_subjects(ports, own, with_deleted=False) == [there.subject]
    assert deks.list_subjects(ports, NAME, with_deleted=False) == [elsewhere.subject]


def test_given_prefixes_when_listed_then_the_keks_that_wrap_for_them(ports, kek):
    other = NewKek(KekName("other", "."), "t", "k")
    keks.create_kek(ports, other, ORIGIN)
    kept(ports)
    kept(ports, asked=Asked("other", Subject("a"), Algorithm.AES256_GCM))
    deks.soft_delete_deks(
        ports, Asked("other", Subject("a"), Algorithm.AES256_GCM), None, ORIGIN
    )

    def listed(*prefixes, with_deleted=False):
        return keks.list_keks(ports, ".", prefixes, with_deleted=with_deleted)

    assert listed() == ["kek", "other"]
    assert listed("orders") == ["kek"]
    assert listed("orders", "a") == ["kek"]
    assert listed("orders", "a", with_deleted=True) == ["kek", "other"]
    assert listed(":.shop:") == []


def test_given_versions_when_asked_for_the_latest_then_by_number_and_visibility(
    ports, kek
):
    for version in (2, 10, 9):
        kept(ports, version)
    deks.soft_delete_deks(ports, ASKED, 10, ORIGIN)

    def latest(*, with_deleted):
        found = deks.get_dek(ports, ASKED, LATEST, with_deleted=with_deleted)
        return found.version

    assert latest(with_deleted=False) == 9
    assert latest(with_deleted=True) == 10
    assert deks.list_versions(ports, ASKED, with_deleted=True) == [2, 9, 10]


def test_given_a_rewrapped_key_when_read_then_the_new_wrapping(ports, kek):
    kept(ports)

    with pytest.raises(KeyExistsError):
        kept(ports, material="bmV3")
    kept(ports, material="bmV3", rewraps=True)

    found = deks.get_dek(ports, ASKED, 1, with_deleted=False)
    assert found.material == "bmV3"


def test_given_a_read_only_subject_when_a_key_is_sent_then_it_is_refused(ports, kek):
    ports.transactions.write(lambda store: store.put_mode(ORDERS, Mode.READONLY))

    with pytest.raises(OperationNotPermittedError):
        kept(ports)


@pytest.mark.parametrize(
    "name", ["", "1st", "-x", "a b", "a/b", "a\n", "x" * 65, "a.b"], ids=repr
)
def test_given_a_strange_name_when_checked_then_it_is_refused(name):
    with pytest.raises(InvalidKeyError):
        KekName(name, ".").checked()


@pytest.mark.parametrize("name", ["_", "Größe-1", "x" * 64])
def test_given_a_fair_name_when_checked_then_it_is_itself(name):
    assert KekName(name, ".").checked().name == name


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("AWS", "aws-kms"),
        ("aws-kms", "aws-kms"),
        ("Azure-KMS", "azure-kms"),
        ("gcp", "gcp-kms"),
        ("hcvault", "hcvault"),
        ("Local-KMS", "Local-KMS"),
    ],
)
def test_when_a_kms_is_named_then_the_large_ones_have_one_spelling(written, stored):
    assert kms_type(written) == stored
