"""How passwords are kept, and what matches."""

from argon2 import extract_parameters
from argon2.low_level import Type

from registry.identity.passwords import DEFAULT_COSTS, Argon2Passwords, Costs

CHEAP = Costs(passes=1, memory_kib=8)


def test_given_the_usual_costs_when_hashed_then_they_are_what_owasp_asks_for():
    assert Costs(passes=2, memory_kib=19_456) == DEFAULT_COSTS

    found = extract_parameters(Argon2Passwords().hash("correct horse"))

    assert found.type is Type.ID
    assert (found.time_cost, found.memory_cost, found.parallelism) == (2, 19_456, 1)


def test_given_a_hash_when_matched_then_only_its_own_password_does():
    passwords = Argon2Passwords(CHEAP)
    kept = passwords.hash("correct horse")

    assert passwords.matches(kept, "correct horse") is True
    assert passwords.matches(kept, "correct house") is False
    assert passwords.matches(kept, "") is False


def test_given_a_password_when_hashed_twice_then_each_has_a_salt_of_its_own():
    passwords = Argon2Passwords(CHEAP)

    assert passwords.hash("correct horse") != passwords.hash("correct horse")


def test_given_nobodys_hash_when_made_then_it_costs_what_others_do():
    passwords = Argon2Passwords(CHEAP)

    nobodys, others = (
        extract_parameters(each) for each in (passwords.nobodys, passwords.hash("x"))
    )

    assert nobodys == others
    assert passwords.matches(passwords.nobodys, "") is True


def test_given_what_is_no_hash_when_matched_then_nothing_does():
    passwords = Argon2Passwords(CHEAP)

    assert passwords.matches("correct horse", "correct horse") is False
    assert passwords.matches("", "") is False
