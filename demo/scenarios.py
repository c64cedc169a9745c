"""SIPp scenarios, written from what a phone or a patient is to do. Pure: the same wishes give the same XML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["answer", "busy", "refuse", "silent"]

SDP = """v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 0
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
"""
REFUSALS: dict[Outcome, str] = {"busy": "486 Busy Here", "refuse": "603 Decline"}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a phone does with a call: rings so long, then `outcome`; hangs up itself after `talk_s` when given."""

    outcome: Outcome = "answer"
    ring_s: float = 1.0
    talk_s: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """When a phone behaves so: for a called number (a regular expression), by chance (0..1), or always."""

    behaviour: Behaviour
    called: str | None = None
    chance: float | None = None


def phones(rules: Sequence[Rule]) -> str:
    """One UAS that stands for any number of phones; the first rule that applies decides.

    Args: rules; the last one must apply always. Raises ValueError when it does not.
    """
    if not rules or rules[-1].called is not None or rules[-1].chance is not None:
        raise ValueError("the last rule of a phone must apply always")
    checks = "".join(
        f'<ereg regexp="^INVITE sip:{rule.called}@" search_in="msg" check_it="false" assign_to="m{index}"/>'
        for index, rule in enumerate(rules) if rule.called is not None
    )  # fmt: skip
    names = ["cseq", "target", "caller", "callee", *(f"m{i}" for i, r in enumerate(rules) if r.called)]
    jumps = "".join(_jump(index, rule) for index, rule in enumerate(rules))
    blocks = "".join("".join(_phone(10 * (index + 1), rule.behaviour)) for index, rule in enumerate(rules))
    return _scenario(
        "phones", f'<recv request="INVITE"><action>{_REMEMBER}{checks}</action></recv>{jumps}{blocks}{_TAIL}{_refer(names)}'
    )


# What a UAS must know later to end the call itself: the dialogue's two ends and where to send the BYE.
_REMEMBER = """
<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
<ereg regexp="sip:[^>;]+" search_in="hdr" header="Contact:" assign_to="target"/>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="callee"/>
"""
_CANCELLED, _DONE, _BYE, _REFUSED = 1, 2, 3, 4
_SAME = """[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
"""
_MY_TAG = ";tag=[pid]T[call_number]"


def _jump(index: int, rule: Rule) -> str:
    label = 10 * (index + 1)
    if rule.called is not None:
        return f'<nop next="{label}" test="m{index}"/>'
    if rule.chance is not None:
        return f'<nop next="{label}" chance="{rule.chance}"/>'
    return f'<nop next="{label}"/>'


def _phone(label: int, does: Behaviour) -> Iterator[str]:
    yield f'<label id="{label}"/>'
    yield _send("SIP/2.0 180 Ringing\n" + _SAME.format(tag=_MY_TAG) + "[last_CSeq:]\nContact: <sip:[local_ip]:[local_port]>\n")
    wait = 3_600_000 if does.outcome == "silent" else max(1, round(does.ring_s * 1000))
    yield f'<recv request="CANCEL" timeout="{wait}" ontimeout="{label + 1}" next="{_CANCELLED}"/>'
    yield f'<label id="{label + 1}"/>'
    if does.outcome in REFUSALS:
        head = f"SIP/2.0 {REFUSALS[does.outcome]}\n" + _SAME.format(tag=_MY_TAG) + "CSeq: [$cseq] INVITE\n"
        yield _send(head) + f'<recv request="ACK" next="{_DONE}"/>'
        return
    yield _send(
        "SIP/2.0 200 OK\n" + _SAME.format(tag=_MY_TAG) + "CSeq: [$cseq] INVITE\n"
        "Contact: <sip:[local_ip]:[local_port]>\nContent-Type: application/sdp\n", SDP, retrans=True,
    )  # fmt: skip
    yield '<recv request="ACK"/>'
    if does.talk_s is None:
        yield f'<recv request="BYE" next="{_DONE + 100}"/>'
    else:
        ms = max(1, round(does.talk_s * 1000))
        yield f'<recv request="BYE" timeout="{ms}" ontimeout="{_BYE}" next="{_DONE + 100}"/>'


_TAIL = (
    f'<label id="{_CANCELLED}"/>'
    + "<send><![CDATA[\nSIP/2.0 200 OK\n" + _SAME.format(tag="") + "[last_CSeq:]\nContent-Length: 0\n\n]]></send>"
    + "<send><![CDATA[\nSIP/2.0 487 Request Terminated\n" + _SAME.format(tag=_MY_TAG)
    + "CSeq: [$cseq] INVITE\nContent-Length: 0\n\n]]></send>"
    + f'<recv request="ACK" next="{_DONE}"/>'
    + f'<label id="{_BYE}"/>'
    + "<send retrans=\"500\"><![CDATA[\nBYE [$target] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
    + f"From: [$callee]{_MY_TAG}\nTo: [$caller]\n[last_Call-ID:]\nCSeq: 1 BYE\nMax-Forwards: 70\nContent-Length: 0\n\n]]></send>"
    + f'<recv response="200" next="{_DONE}"/>'
    + f'<label id="{_DONE + 100}"/>'
    + "<send><![CDATA[\nSIP/2.0 200 OK\n" + _SAME.format(tag="") + "[last_CSeq:]\nContent-Length: 0\n\n]]></send>"
    + f'<label id="{_DONE}"/>'
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """One call somebody places: his number, whom he calls, how he is named, when he hangs up.

    `hold_s` counts from the answer of whoever answers first (for a patient: Asterisk); None = the other side ends it.
    """

    number: str
    called: str
    hold_s: float | None = None
    name: str = ""


def callers(holds: Iterable[float | None], patience_s: float = 60.0) -> str:
    """One UAC that places calls from a CSV (see `rows`); a branch for each length that occurs.

    Args: the lengths that occur, in seconds; how long one waits for any answer before he cancels.
    """
    kinds = list(dict.fromkeys(holds))
    invite = (
        "INVITE sip:[field1]@[remote_ip]:[remote_port] SIP/2.0\n" + _UAC.format(method="INVITE", to="").replace("branch=[branch]", _INVITE_BRANCH)
        + "Contact: <sip:[field0]@[local_ip]:[local_port]>\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\n"
        "Content-Type: application/sdp\n"
    )  # fmt: skip
    checks = "".join(f'<ereg regexp="^{i}$" search_in="var" variable="kind" check_it="false" assign_to="k{i}"/>'
                     for i in range(len(kinds)))  # fmt: skip
    # SIPp looks at the time-out of the message it waits at, optional or not: patience stands at each of them.
    give_up = f'timeout="{round(patience_s * 1000)}" ontimeout="{_CANCELLED}"'
    ringing = "".join(f'<recv response="{code}" optional="true" {give_up}/>' for code in (100, 180, 183))
    refused = "".join(f'<recv response="{code}" optional="true" next="{_REFUSED}" {give_up}/>' for code in _REFUSALS)
    head = (
        f'<nop><action><assignstr assign_to="kind" value="[field2]"/>{checks}</action></nop>'
        + _send(invite, SDP, retrans=True) + ringing + refused
        + f'<recv response="200" rrs="true" {give_up}/>'
        + _send(_ACK, retrans=False)
    )  # fmt: skip
    jumps = "".join(f'<nop next="{10 * (i + 1)}" test="k{i}"/>' for i in range(len(kinds)))
    blocks = "".join(_caller(10 * (i + 1), hold) for i, hold in enumerate(kinds))
    return _scenario("callers", head + jumps + blocks + _UAC_TAIL + _refer(["kind", *(f"k{i}" for i in range(len(kinds)))]))


def rows(calls: Sequence[Call]) -> str:
    """The CSV that `callers` reads: number; called; kind of hold; name."""
    kinds = list(dict.fromkeys(call.hold_s for call in calls))
    lines = [f"{call.number};{call.called};{kinds.index(call.hold_s)};{call.name}" for call in calls]
    return "\n".join(["SEQUENTIAL", *lines]) + "\n"


_REFUSALS = (403, 404, 480, 486, 500, 503, 603)
# CANCEL and the ACK of a refusal carry the branch of their INVITE (RFC 3261, 9.1 and 17.1.1.3).
_INVITE_BRANCH = "branch=z9hG4bK-[pid]-[call_number]-invite"
_UAC = """Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "[field3]" <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]T[call_number]
To: <sip:[field1]@[remote_ip]:[remote_port]>{to}
Call-ID: [call_id]
CSeq: 1 {method}
Max-Forwards: 70
"""
_ACK = "ACK sip:[field1]@[remote_ip]:[remote_port] SIP/2.0\n" + _UAC.format(method="ACK", to="[peer_tag_param]")
_UAC_BYE = "BYE sip:[field1]@[remote_ip]:[remote_port] SIP/2.0\n" + _UAC.format(method="BYE", to="[peer_tag_param]").replace(
    "CSeq: 1", "CSeq: 2"
)


def _caller(label: int, hold_s: float | None) -> str:
    if hold_s is None:
        return f'<label id="{label}"/><recv request="BYE" next="{_DONE + 100}"/>'
    ms = max(1, round(hold_s * 1000))
    return f'<label id="{label}"/><recv request="BYE" timeout="{ms}" ontimeout="{_BYE}" next="{_DONE + 100}"/>'


def _send(head: str, body: str = "", *, retrans: bool = False) -> str:
    tries = ' retrans="500"' if retrans else ""
    return f"<send{tries}><![CDATA[\n{head}Content-Length: [len]\n\n{body}]]></send>"


_UAC_TAIL = (
    f'<label id="{_CANCELLED}"/>'
    + _send("CANCEL sip:[field1]@[remote_ip]:[remote_port] SIP/2.0\n" + _UAC.format(method="CANCEL", to="").replace(
        "branch=[branch]", _INVITE_BRANCH), retrans=True)
    + '<recv response="200"/><recv response="487"/>'
    + _send(_ACK.replace("branch=[branch]", _INVITE_BRANCH))
    + f'<nop next="{_DONE}"/>'
    + f'<label id="{_REFUSED}"/>'
    + _send(_ACK.replace("branch=[branch]", _INVITE_BRANCH))
    + f'<nop next="{_DONE}"/>'
    + f'<label id="{_BYE}"/>' + _send(_UAC_BYE, retrans=True) + f'<recv response="200" next="{_DONE}"/>'
    + f'<label id="{_DONE + 100}"/>'
    + "<send><![CDATA[\nSIP/2.0 200 OK\n" + _SAME.format(tag="") + "[last_CSeq:]\nContent-Length: 0\n\n]]></send>"
    + f'<label id="{_DONE}"/>'
)  # fmt: skip


def _refer(names: Sequence[str]) -> str:
    """SIPp refuses a scenario with a variable that is never read."""
    return f'<Reference variables="{",".join(dict.fromkeys(names))}"/>' if names else ""


def _scenario(name: str, body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="{name}">{body}</scenario>\n'
