"""Commands over the wire become events, or are refused in words that repeat nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine import events as ev
from engine.asking.orders import BadOrder, understood
from okno.settings import Clinic

AT = datetime(2026, 11, 21, tzinfo=UTC)
ID = "01a1fc83-ff2b-7423-98eb-001c22def031"


def order(name: str, **args: Any) -> dict[str, Any]:
    """An order as it comes."""
    return {"command": "c1", "name": name, "actor": "anna", "role": "operator", "operator": "orlova", "args": args}


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (order("take", request=ID, version=3), ev.TakeAsked),
        (order("complete", request=ID, outcome="booked", note="n"), ev.CompleteAsked),
        (order("postpone", request=ID, until="2026-11-21T10:00:00+05:00"), ev.PostponeAsked),
        (order("transfer", request=ID, to_queue="back"), ev.TransferAsked),
        (order("note", request=ID, note="n"), ev.NoteAsked),
        (order("open", queue="front", phone="8 (999) 000-18-73"), ev.OpenAsked),
        (order("presence", presence="break", reason="lunch"), ev.PresenceAsked),
        (order("identify", request=ID, patient="Patient/1", verified=["name", "birth_date"]), ev.IdentifyAsked),
        (order("disown", request=ID, version=3), ev.DisownAsked),
    ],
)
def test_each_command_is_an_event(body: dict[str, Any], event: type[ev.Asked]) -> None:
    asked = understood(body, AT, Clinic())
    assert type(asked) is event
    assert (asked.at, asked.command, asked.actor, asked.operator) == (AT, "c1", "anna", "orlova")


def test_a_number_is_read_once_and_the_new_id_is_the_commands_own() -> None:
    first = understood(order("open", queue="front", phone="8 (999) 000-18-73"), AT, Clinic())
    again = understood(order("open", queue="front", phone="+7 999 000 18 73"), AT, Clinic())
    assert isinstance(first, ev.OpenAsked) and isinstance(again, ev.OpenAsked)
    assert first.phone == again.phone == "+79990001873" and first.id == again.id
    local = understood(order("open", queue="front", phone="200-18-73"), AT, Clinic())
    assert isinstance(local, ev.OpenAsked) and local.phone == "+73432001873"


@pytest.mark.parametrize(
    "body",
    [None, [], "take", {}, order("take"), order("take", request=ID, version="new"), order("dance"),
     order("take", request=ID) | {"colour": "crimson"}, order("take", request=ID) | {"command": "x" * 65},
     order("open", queue="front", phone="secret-number-112"), order("note", request=ID, note=""), order("dial"), order("dial", to=""),
     order("postpone", request=ID, until="2026-11-21T10:00:00"), order("complete", request=ID, outcome="a\x00b"),
     order("identify", request=ID, patient="", verified=[]), order("identify", request=ID, patient="secret"),
     order("identify", request=ID, patient="secret", verified=["crimson", "name"]),
     order("identify", request=ID, patient="a\nsecret", verified=["name", "document"])],
)  # fmt: skip
def test_anything_else_is_refused_without_an_echo(body: Any) -> None:
    with pytest.raises(BadOrder) as caught:
        understood(body, AT, Clinic())
    assert "secret" not in str(caught.value) and "crimson" not in str(caught.value)


def test_a_request_may_be_dialled_without_its_number() -> None:
    asked = understood(order("dial", request=ID, to=""), AT, Clinic())
    assert isinstance(asked, ev.DialAsked) and (asked.to, asked.request) == ("", ID)
