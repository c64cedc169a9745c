"""A caller's trace tells when he called, was heard and answered, how it ended, and what was never answered."""

from __future__ import annotations

from tests.chaos.wire import placed


def message(at: str, sent: bool, start: str, call: str, cseq: str) -> str:
    """One message as SIPp writes it."""
    direction = "sent (1 bytes)" if sent else "received [1] bytes "
    return (
        f"{'-' * 47} 2026-11-21\t{at}\nUDP message {direction}:\n\n{start}\nVia: SIP/2.0/UDP 127.0.0.2:5070\n"
        f'From: "Caller" <sip:+7999000{call}@127.0.0.2:5070>;tag=1\nTo: <sip:73430000001@127.0.0.1>\n'
        f"Call-ID: {call}-1@127.0.0.2\nCSeq: {cseq}\n\n"
    )


INVITE, BYE = "INVITE sip:73430000001@127.0.0.1:5060 SIP/2.0", "BYE sip:73430000001@127.0.0.1:5060 SIP/2.0"


def test_an_answered_call_that_its_caller_ends() -> None:
    (call,) = placed(
        message("07:00:00.100", True, INVITE, "0001", "1 INVITE")
        + message("07:00:00.101", False, "SIP/2.0 100 Trying", "0001", "1 INVITE")
        + message("07:00:00.102", False, "SIP/2.0 200 OK", "0001", "1 INVITE")
        + message("07:00:00.103", True, "ACK sip:73430000001@127.0.0.1:5060 SIP/2.0", "0001", "1 ACK")
        + message("07:00:04.103", True, BYE, "0001", "2 BYE")
        + message("07:00:04.104", False, "SIP/2.0 200 OK", "0001", "2 BYE")
    )
    assert (call.number, call.called, call.tries, call.ended_by, call.closed) == (
        "+79990000001", "73430000001", 1, "caller", True,
    )  # fmt: skip
    assert call.answered_at is not None and call.ended_at is not None
    assert round((call.ended_at - call.answered_at).total_seconds(), 3) == 4.001


def test_a_call_that_nobody_hears_is_tried_again() -> None:
    first, second = placed(
        message("07:00:00.100", True, INVITE, "0001", "1 INVITE")
        + message("07:00:00.600", True, INVITE, "0001", "1 INVITE")
        + message("07:00:00.700", True, INVITE, "0002", "1 INVITE")
        + message("07:00:00.800", False, "SIP/2.0 503 Service Unavailable", "0002", "1 INVITE")
    )
    assert (first.tries, first.heard_at, first.ended_at) == (2, None, None)
    assert (second.tries, second.code, second.ended_by) == (1, "503", "pbx")


def test_a_call_that_the_pbx_ends() -> None:
    (call,) = placed(
        message("07:00:00.100", True, INVITE, "0001", "1 INVITE")
        + message("07:00:00.102", False, "SIP/2.0 200 OK", "0001", "1 INVITE")
        + message("07:00:09.103", False, "BYE sip:+79990000001@127.0.0.2:5070 SIP/2.0", "0001", "9 BYE")
        + message("07:00:09.104", True, "SIP/2.0 200 OK", "0001", "9 BYE")
    )
    assert (call.ended_by, call.closed) == ("pbx", True)
