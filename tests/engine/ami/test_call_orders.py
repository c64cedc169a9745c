"""No text of a person reaches a header of an order about a call: whatever comes in, it is refused or it is ours."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ami import orders, wire
from engine.effects import OrderCall
from okno.errors import OurFault

ID = "okno-1760000000.00112233aabbccdd"
ACTIONS = ("originate", "hang_up", "blind_transfer", "attended_transfer", "cancel_transfer", "tones", "redirect")
WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from([
        "PJSIP/1001-0000002a", "PJSIP/web-1001-0000002a", "Local/2002@okno-ask-00000000;1", "okno-call", "okno-pass-front",
        "79990000001", "79990000001#", "listen", ID, "*2", "Иванова", "1\r\nAction: Command", "/.*/", "a,b", "${SHELL(id)}",
    ]),
)
OURS = re.compile(r"[0-9A-Za-z_.@/;#*(),=<>:+-]*")


@given(
    action=st.sampled_from(ACTIONS), channel=WORDS, context=WORDS, exten=WORDS, channel_id=WORDS, digits=WORDS,
    variables=st.lists(st.tuples(st.one_of(WORDS, st.sampled_from(["OKNO_SPY", "CONNECTEDLINE(num,i)"])), WORDS), max_size=3),
    timeout=st.integers(-5, 10**6),
)  # fmt: skip
def test_what_reaches_a_header_is_ours_or_nothing_does(variables: Any, timeout: int, **fields: Any) -> None:
    order = OrderCall(command="c", pbx="main", variables=tuple(variables), timeout_s=timeout, **fields)
    try:
        given_orders = orders.actions(order)
    except wire.BadOrder as refused:
        assert not any(value and len(value) > 4 and value in str(refused) for value in fields.values() if value not in ACTIONS)
        return
    for name, headers in given_orders:
        block = wire.serialise({"Action": name, **headers})
        assert block.count(b"Action:") == 1 and block.endswith(b"\r\n\r\n")
        for value in headers.values():
            for one in value if isinstance(value, list) else [value]:
                assert OURS.fullmatch(str(one)) and "${" not in str(one)


def originate(**more: Any) -> OrderCall:
    """A click to call."""
    fields: dict[str, Any] = {
        "command": "c", "pbx": "main", "action": "originate", "channel": "PJSIP/1001", "context": "okno-call",
        "exten": "79990000001", "channel_id": ID,
        "variables": (
            ("PJSIP_HEADER(add,Call-Info)", "<sip:okno.invalid>;answer-after=0"), ("CONNECTEDLINE(num,i)", "79990000001"),
        ),
    }  # fmt: skip
    return OrderCall(**(fields | more))


def test_an_originate_never_waits_in_the_session_and_names_its_channel() -> None:
    ((name, headers),) = orders.actions(originate())
    assert name == "Originate" and headers["Async"] == "true" and headers["ChannelId"] == ID
    assert headers["Timeout"] == 30_000 and "CallerID" not in headers
    text = wire.serialise({"Action": name, **headers}).decode()
    assert text.count("Variable: ") == 2 and "Variable: CONNECTEDLINE(num,i)=79990000001\r\n" in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "PJSIP/10 01"}, {"channel": "/.*/"}, {"context": ""}, {"exten": "h"}, {"exten": "1001 "},
        {"channel_id": "1760000000.1"}, {"variables": (("SHELL", "1"),)}, {"variables": (("OKNO_SPY", ""),)},
        {"variables": (("CONNECTEDLINE(num,i)", "Иванова"),)}, {"timeout_s": 0}, {"timeout_s": 10_000},
        {"action": "tones", "digits": "12a"}, {"action": "tones", "digits": ""}, {"action": "hang_up", "channel": ""},
    ],
)  # fmt: skip
def test_what_has_no_place_in_an_order_is_our_fault_and_is_not_repeated(wrong: dict[str, Any]) -> None:
    with pytest.raises(wire.BadOrder) as refused:
        orders.actions(originate(**wrong))
    assert isinstance(refused.value, OurFault)
    assert not any(str(value) in str(refused.value) for value in wrong.values() if value and isinstance(value, str) and len(value) > 9)
