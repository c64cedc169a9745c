"""The SIP messages of our SIPp scenarios, as SIPp wants them written."""

from __future__ import annotations

SDP = """v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 0
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
"""
# SIPp sends a stream from a port of its own.
SDP_WITH_SOUND = SDP.replace("[media_port]", "[rtpstream_audio_port]")
CONTACT = "Contact: <sip:[local_ip]:[local_port]>\n"
TARGET = "sip:[field1]@[remote_ip]:[remote_port]"
MY_TAG = ";tag=[pid]T[call_number]"
PEER_TAG = "[peer_tag_param]"
# CANCEL and the ACK of a refusal carry the branch of their INVITE (RFC 3261, 9.1 and 17.1.1.3).
INVITE_BRANCH = "z9hG4bK-[pid]-[call_number]-invite"


def send(head: str, body: str = "", *, retrans: bool = False) -> str:
    """A message to be sent; `retrans` repeats it as UDP needs until it is answered."""
    tries = ' retrans="500"' if retrans else ""
    kind = "Content-Type: application/sdp\n" if body in (SDP, SDP_WITH_SOUND) else ""
    return f"<send{tries}><![CDATA[\n{head}{kind}Content-Length: [len]\n\n{body}]]></send>"


def answer(status: str, *, cseq: str = "[last_CSeq:]", tag: str = "", more: str = "") -> str:
    """The head of an answer to the last request, or, with `cseq`, to an earlier one of the same transaction."""
    return f"SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n{cseq}\n{more}"


def request(method: str, *, branch: str = "[branch]", to_tag: str = "", cseq: int = 1, more: str = "") -> str:
    """The head of a caller's request, filled from the CSV's fields."""
    return (
        f"{method} {TARGET} SIP/2.0\n"
        f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n"
        f'From: "[field3]" <sip:[field0]@[local_ip]:[local_port]>{MY_TAG}\n'
        f"To: <{TARGET}>{to_tag}\n"
        f"Call-ID: [call_id]\nCSeq: {cseq} {method}\nMax-Forwards: 70\n{more}"
    )


def callee_bye() -> str:
    """The BYE of the side that was called: it needs what the INVITE said of both ends."""
    return (
        "BYE [$target] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        f"From: [$callee]{MY_TAG}\nTo: [$caller]\n[last_Call-ID:]\nCSeq: 1 BYE\nMax-Forwards: 70\n"
    )


def pressed(key: str) -> tuple[str, str]:
    """The INFO of a key pressed in a call: its head and its body."""
    head = request("INFO", to_tag=PEER_TAG, cseq=2, more="Content-Type: application/dtmf-relay\n")
    return head, f"Signal={key}\nDuration=160\n"
