"""Every order as Asterisk's Manager takes it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.ami import orders, wire
from engine.effects import ChangeMember, Order, OrderCall, PauseMember

PHONE = "PJSIP/1001"
ID = "okno-1760000000.00112233aabbccdd"
WHERE = {"Queue": "front", "Interface": PHONE}


def change(what: Any, **more: Any) -> ChangeMember:
    """An order about a member of `front`."""
    return ChangeMember(pbx="main", interface=PHONE, queue="front", change=what, **more)


def call(action: Any, **more: Any) -> OrderCall:
    """An order about a call."""
    return OrderCall(command="c", pbx="main", action=action, channel="PJSIP/1001-1", **more)


@pytest.mark.parametrize(
    ("order", "given"),
    [
        (
            PauseMember(pbx="main", interface=PHONE, paused=True, reason="eng:acw"),
            [("QueuePause", {"Interface": PHONE, "Paused": "true", "Reason": "eng:acw"})],
        ),
        (
            change("add", penalty=3, name="orlova"),
            [("QueueAdd", WHERE | {"Penalty": 3, "MemberName": "orlova", "StateInterface": PHONE, "Paused": "false"})],
        ),
        (
            change("add", name="orlova", reason="human:lunch"),
            [("QueueAdd", WHERE | {
                "Penalty": 0, "MemberName": "orlova", "StateInterface": PHONE, "Paused": "true",
                "Reason": "human:lunch",
            })],
        ),
        (change("remove"), [("QueueRemove", WHERE)]),
        (change("penalty", penalty=7), [("QueuePenalty", WHERE | {"Penalty": 7})]),
        (
            call("originate", context="okno-originate", exten="79990000001", channel_id=ID, variables=(("CONNECTEDLINE(num,i)", "1"),)),
            [("Originate", {
                "Channel": "PJSIP/1001-1", "Context": "okno-originate", "Exten": "79990000001", "Priority": 1,
                "Async": "true", "ChannelId": ID, "Timeout": 30000, "Variable": ["CONNECTEDLINE(num,i)=1"],
            })],
        ),
        (call("hang_up"), [("Hangup", {"Channel": "PJSIP/1001-1", "Cause": 16})]),
        (
            call("blind_transfer", context="okno-phones", exten="1002"),
            [("BlindTransfer", {"Channel": "PJSIP/1001-1", "Context": "okno-phones", "Exten": "1002"})],
        ),
        (
            call("attended_transfer", context="okno-phones", exten="1002"),
            [("Atxfer", {"Channel": "PJSIP/1001-1", "Context": "okno-phones", "Exten": "1002"})],
        ),
        (call("cancel_transfer"), [("CancelAtxfer", {"Channel": "PJSIP/1001-1"})]),
        (
            call("tones", digits="*2", received=True),
            [("PlayDTMF", {"Channel": "PJSIP/1001-1", "Digit": digit, "Receive": "true"}) for digit in "*2"],
        ),
        (
            call("redirect", context="okno-phones", exten="1002"),
            [("Redirect", {"Channel": "PJSIP/1001-1", "Context": "okno-phones", "Exten": "1002", "Priority": 1})],
        ),
    ],
)  # fmt: skip
def test_what_an_order_is(order: Order, given: list[tuple[str, dict[str, Any]]]) -> None:
    said = orders.actions(order)
    assert [tuple(action) for action in said] == given
    for name, headers in said:
        assert wire.serialise({"Action": name, **headers}).endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("order", "words", "done"),
    [
        (change("add"), "Unable to add interface: Already there", True),
        (change("add"), "Unable to add interface to queue: No such queue", False),
        (change("remove"), "Unable to remove interface: Not there", True),
        (change("remove"), "Unable to remove interface from queue: No such queue", True),
        (change("remove"), "Member not dynamic", False),
        (change("penalty"), "Invalid interface, queuename or penalty", False),
        (PauseMember(pbx="main", interface=PHONE, paused=True, reason="eng:acw"), "Interface not found", False),
        (call("hang_up"), "No such channel", False),
    ],
)
def test_what_is_so_already_is_done(order: Order, words: str, done: bool) -> None:
    assert orders.is_done(order, words) is done
