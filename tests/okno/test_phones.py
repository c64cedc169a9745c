"""Numbers as trunks, MIS cards and people write them: the traps of mis.md §6 items 3 to 5, each a test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno import phones
from okno.phones import Phone

SUBSCRIBERS = st.integers(0, 9999).map(lambda tail: f"999000{tail:04d}")
SPELLINGS = st.sampled_from(
    [
        "+7{0}{1}{2}{3}",
        "7{0}{1}{2}{3}",
        "8{0}{1}{2}{3}",
        "{0}{1}{2}{3}",
        "+7 {0} {1}-{2}-{3}",
        "+7({0}){1}-{2}-{3}",
        "8 ({0}) {1} {2} {3}",
        "8-{0}-{1}-{2}-{3}",
        "8 {0} {1}–{2}–{3}",
        "+7\u00a0{0}\u00a0{1}\u00a0{2}\u00a0{3}",
        "810 7 {0} {1}{2}{3}",
        "007{0}{1}{2}{3}",
        "8.{0}.{1}.{2}.{3}",
        "tel:+7{0}{1}{2}{3}",
        "sip:+7{0}{1}{2}{3}@10.0.0.1",
        "<sip:8{0}{1}{2}{3}@10.0.0.1:5060;user=phone>",
        "моб. 8({0}){1}-{2}-{3}",
        "7 {0} {1} {2} {3} (мама)",
        "+7 {0} {1} {2} {3}, 8 343 222 33 44",
        " + 7 {0} {1} {2} {3} ",
        "８{0}{1}{2}{3}",
    ]
)


@given(SUBSCRIBERS, SPELLINGS)
def test_every_spelling_is_one_number(subscriber: str, spelling: str) -> None:
    raw = spelling.format(subscriber[:3], subscriber[3:6], subscriber[6:8], subscriber[8:])
    assert phones.parse(raw) == Phone("+7" + subscriber, "RU")


@given(st.text())
def test_any_text_is_a_number_or_none(raw: str) -> None:
    phone = phones.parse(raw)
    assert phone is None or (phone.e164.startswith("+") and phone.e164[1:].isascii() and phone.e164[1:].isdigit())


@given(st.text(alphabet="+0123456789-() .,;/#*доб", max_size=40))
def test_what_was_read_reads_the_same_again(raw: str) -> None:
    for phone in phones.parse_all(raw):
        assert phones.parse(phone.e164, country="DE") == Phone(phone.e164, phone.region)


@pytest.mark.parametrize(
    ("raw", "e164", "region"),
    [
        ("+77012345678", "+77012345678", "KZ"),  # +7 is shared: the region stays, nothing is "fixed"
        ("87012345678", "+77012345678", "KZ"),
        ("998901234567", "+998901234567", "UZ"),  # a foreign caller whose trunk dropped the plus
        ("00998901234567", "+998901234567", "UZ"),
        ("810998901234567", "+998901234567", "UZ"),
        ("2223344", "+73432223344", "RU"),
        ("222-33-44", "+73432223344", "RU"),
        ("(343) 222-33-44", "+73432223344", "RU"),
        ("88005553535", "+78005553535", "RU"),
        ("+4930901820", "+4930901820", "DE"),
    ],
)
def test_the_traps(raw: str, e164: str, region: str) -> None:
    assert phones.parse(raw) == Phone(e164, region)


def test_a_local_number_takes_the_code_of_the_number_dialled() -> None:
    assert phones.parse("2223344", area_code="351") == Phone("+73512223344", "RU")
    assert phones.parse("222-333", area_code="3435") == Phone("+73435222333", "RU")


@pytest.mark.parametrize(
    "raw", ["103", "112", "1234", "12", "", "abc", "007", "+7", "8", "999999999999999999", "00000000000"]
)
def test_what_is_no_number(raw: str) -> None:
    assert phones.parse(raw) is None


@pytest.mark.parametrize(
    ("raw", "extension"),
    [
        ("+7 999 000-18-73 доб. 12", "12"),
        ("8 999 000 18 73, доб.12", "12"),
        ("89990001873 вн. 305", "305"),
        ("+79990001873 ext 7", "7"),
        ("+79990001873#15", "15"),
        ("+79990001873;ext=12", "12"),
        ("89990001873 доб 12 (регистратура)", "12"),
    ],
)
def test_an_extension_is_kept_apart(raw: str, extension: str) -> None:
    assert phones.parse(raw) == Phone("+79990001873", "RU", extension)


def test_a_list_of_numbers_is_read_whole() -> None:
    raw = "8(999)0001234,89990005678; +7 999 000 11 22 / 7 999 000 33 44 (мама) или 222-33-44"
    assert [phone.e164 for phone in phones.parse_all(raw)] == [
        "+79990001234",
        "+79990005678",
        "+79990001122",
        "+79990003344",
        "+73432223344",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        None,
        " ",
        "anonymous",
        "Anonymous",
        "Restricted",
        "<unknown>",
        "unknown",
        "private",
        "unavailable",
        '""',
        "-",
        "sip:anonymous@anonymous.invalid",
        "Anonymous@anonymous.invalid",
        "asterisk",
        "+",
    ],
)
def test_anonymous_callers(raw: str | None) -> None:
    assert phones.is_anonymous(raw)
    assert phones.parse(raw) is None


@pytest.mark.parametrize("raw", ["+79990001873", "101", "8 999 000 18 73", "MegaFon"])
def test_not_anonymous(raw: str) -> None:
    assert not phones.is_anonymous(raw)


def test_an_alphanumeric_caller_is_no_number() -> None:
    assert phones.parse("MegaFon") is None and phones.parse("SBERBANK 900") is None


@pytest.mark.parametrize(
    ("raw", "is_internal"),
    [
        ("101", True),
        ("1001", True),
        (" 305 ", True),
        ("12", False),
        ("22333", False),
        ("+101", False),
        ("10a", False),
        (None, False),
        ("１０１", False),
    ],
)
def test_colleagues(raw: str | None, is_internal: bool) -> None:
    assert phones.is_internal(raw) is is_internal
    assert phones.parse(raw) is None


def test_8_800_cannot_be_called_back() -> None:
    free, mobile = phones.parse("8-800-555-35-35"), phones.parse("89990001873")
    assert free is not None and not free.callable_back
    assert mobile is not None and mobile.callable_back


def test_how_numbers_are_shown() -> None:
    assert phones.mask("+79990001873") == "+7 999 •••-18-73"
    assert phones.pretty("+79990001873") == "+7 999 000-18-73"
    assert phones.pretty("+4930901820") == "+49 30 901820"
    assert phones.mask("+4930901820") == "+4 •••20"
    assert phones.mask("101") == "•••"
    assert phones.pretty("not a number") == "not a number"


@given(SUBSCRIBERS)
def test_neither_mask_nor_repr_shows_the_number(subscriber: str) -> None:
    phone = Phone("+7" + subscriber, "RU")
    for shown in (phones.mask(phone.e164), repr(phone)):
        assert subscriber[3:6] + subscriber[6:8] not in shown.replace("-", "").replace(" ", "")


def test_a_caller_name_of_10_kb_is_no_number() -> None:
    assert phones.parse("8" * 10_000) is None
    assert phones.parse("(" * 10_000) is None
