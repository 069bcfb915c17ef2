"""What the names of fields give away about their values: money, times, persons.

Names are guesses. The lists are short on purpose: a rule that is wrong now and then is
switched off for good.
"""

import re
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST: Final = 256
"""Characters of a name that are looked at."""

_MONEY: Final = frozenset(
    [
        "amount",
        "balance",
        "charge",
        "cost",
        "discount",
        "fee",
        "fees",
        "fare",
        "price",
        "prices",
        "revenue",
        "salary",
        "subtotal",
        "surcharge",
        "tax",
        "taxes",
        "vat",
        "wage",
    ]
)
_MONEY_NOT: Final = frozenset(
    [
        "category",
        "center",
        "centre",
        "class",
        "code",
        "count",
        "currency",
        "date",
        "days",
        "factor",
        "group",
        "id",
        "ids",
        "index",
        "kind",
        "level",
        "method",
        "name",
        "number",
        "percent",
        "percentage",
        "quantity",
        "rate",
        "ratio",
        "reason",
        "ref",
        "status",
        "tier",
        "type",
        "unit",
        "year",
    ]
)
_TIME_LAST: Final = frozenset(("at", "datetime", "timestamp"))
_ID_LAST: Final = frozenset(("id", "uuid", "guid"))
_PERSONAL: Final = frozenset(
    [
        "birthdate",
        "birthday",
        "birthplace",
        "bic",
        "dob",
        "email",
        "emails",
        "firstname",
        "forename",
        "iban",
        "lastname",
        "maiden",
        "mobile",
        "passport",
        "phone",
        "phones",
        "postcode",
        "ssn",
        "surname",
        "telephone",
        "zipcode",
    ]
)
_PERSONAL_PAIRS: Final = frozenset(
    (
        ("birth", "date"),
        ("card", "number"),
        ("credit", "card"),
        ("date", "birth"),
        ("e", "mail"),
        ("family", "name"),
        ("first", "name"),
        ("full", "name"),
        ("given", "name"),
        ("home", "address"),
        ("ip", "address"),
        ("last", "name"),
        ("social", "security"),
        ("street", "address"),
        ("tax", "id"),
        ("zip", "code"),
    )
)
_MAIL: Final = re.compile(
    r"[^@\s<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
)
_ACCOUNT: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_TELEPHONE: Final = re.compile(r"\+[0-9](?:[ ()/.-]{0,2}[0-9]){7,14}")
"""As it is dialled from abroad: other numbers may be anything."""
_LONGEST_VALUE: Final = 256
_IBAN_REMAINDER: Final = 1
_CORRELATION: Final = frozenset(("correlation", "causation", "trace"))


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name, in small letters: `unitPrice` is `unit`, `price`."""
    return tuple(each.lower() for each in _WORD.findall(name[:_LONGEST]))


def is_money(name: str) -> bool:
    """Whether a number of this name is an amount of money."""
    found = words(name)
    # What comes last says what it is: a `price_ratio` is no price.
    return bool(_MONEY.intersection(found)) and found[-1] not in _MONEY_NOT


def is_time(name: str) -> bool:
    """Whether a value of this name is a point in time."""
    return bool(found := words(name)) and found[-1] in _TIME_LAST


def is_id(name: str) -> bool:
    """Whether a value of this name identifies something."""
    return bool(found := words(name)) and found[-1] in _ID_LAST


def is_uuid(name: str) -> bool:
    """Whether a value of this name is a UUID."""
    return bool({"uuid", "guid"}.intersection(words(name)))


def is_personal(name: str) -> bool:
    """Whether a value of this name is about a person."""
    found = words(name)
    pairs = pairwise(found)
    return bool(_PERSONAL.intersection(found) or _PERSONAL_PAIRS.intersection(pairs))


def is_correlation(name: str) -> bool:
    """Whether a value of this name ties events together."""
    return bool(_CORRELATION.intersection(words(name))) and is_id(name)


def plain(name: str) -> str:
    """Return a name without its case: `unitPrice` and `unit_price` are the same."""
    return "_".join(words(name))


def is_personal_value(text: str) -> bool:
    """Whether a text is a mail address, an IBAN or a telephone number."""
    if len(text) > _LONGEST_VALUE:
        return False
    is_address = _MAIL.fullmatch(text) or _TELEPHONE.fullmatch(text)
    return bool(is_address) or _is_account(text.replace(" ", ""))


def _is_account(text: str) -> bool:
    """Whether it is an IBAN, by its check digits.

    Source: ISO 13616, ISO/IEC 7064 MOD 97-10.
    """
    if not _ACCOUNT.fullmatch(text):
        return False
    digits = "".join(str(int(each, 36)) for each in text[4:] + text[:4])
    return int(digits) % 97 == _IBAN_REMAINDER
