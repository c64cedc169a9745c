"""The rules of a form by tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chat.forms import rules
from chat.forms.rules import Before

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hp", "shown", "why"),
    [
        ("", timedelta(seconds=30), ""),
        ("", timedelta(seconds=2), ""),
        ("", timedelta(seconds=1.9), "too_quick"),
        ("", timedelta(0), "too_quick"),
        ("", timedelta(seconds=-1), ""),
        ("", timedelta(hours=-5), ""),
        ("", None, ""),
        ("x", timedelta(seconds=30), "honeypot"),
        ("x", None, "honeypot"),
    ],
)
def test_who_is_no_person(hp: str, shown: timedelta | None, why: str) -> None:
    assert rules.spam(hp, NOW - shown if shown is not None else None, NOW) == why


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("8 (999) 000-18-73", "+79990001873"),
        ("+7 999 000 18 73", "+79990001873"),
        ("9990001873", "+79990001873"),
        ("2170001", "+73432170001"),
        ("+7 999 000-18-73, доб. 12", "+79990001873"),
        ("8 800 555 35 35", None),
        ("+7 809 000 00 01", None),
        ("103", None),
        ("112", None),
        ("1234", None),
        ("anonymous", None),
        ("мой номер", None),
        ("+7 999 000 18", None),
        ("", None),
    ],
)
def test_whom_somebody_calls(raw: str, e164: str | None) -> None:
    assert rules.number(raw, "RU", "343") == e164


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        (None, None),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=30), timedelta(days=30)),
        (timedelta(0), None),
        (timedelta(minutes=-15), None),
    ],
)
def test_when_to_call(when: timedelta | None, kept: timedelta | None) -> None:
    at = rules.wished(NOW + when if when is not None else None, NOW)
    assert at == (NOW + kept if kept is not None else None)


@pytest.mark.parametrize("when", [timedelta(minutes=-16), timedelta(days=-1), timedelta(days=30, seconds=1)])
def test_what_nobody_can_promise(when: timedelta) -> None:
    with pytest.raises(ValueError, match="nobody can promise"):
        rules.wished(NOW + when, NOW)


@pytest.mark.parametrize(
    ("minutes", "same"),
    [((), None), ((29,), "0"), ((30,), None), ((45,), None), ((50, 10), "1"), ((10, 20), "0")],
)
def test_what_is_the_same_wish(minutes: tuple[int, ...], same: str | None) -> None:
    before = [Before(str(n), f"R{n}", NOW - timedelta(minutes=ago)) for n, ago in enumerate(minutes)]
    found = rules.same_as(before, NOW)
    assert (found.key if found else None) == same


def test_what_is_promised_already() -> None:
    over, older, newer = (Before(f"{ago}", "R", NOW - timedelta(minutes=ago), ago != 1) for ago in (1, 30, 20))
    assert rules.promised([over, older, newer]) == newer
    assert rules.promised([over]) is None and rules.promised([]) is None


def test_how_much_is_too_much() -> None:
    assert [rules.too_much_for(n) for n in (0, 2, 3, 30)] == [False, False, True, True]
    assert [rules.too_much_from(n) for n in (0, 9, 10, 100)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"), ("::ffff:198.51.100.7", "198.51.100.7"), ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:a::]", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64"), ("unknown", "unknown"), ("", ""),
    ],
)  # fmt: skip
def test_what_of_an_address_is_counted(address: str, counted: str) -> None:
    assert rules.neighbourhood(address) == counted
