"""SIPp scenarios, written from what a phone or a patient is to do. Pure: the same wishes give the same XML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from demo.messages import (
    CONTACT,
    INVITE_BRANCH,
    MY_TAG,
    PEER_TAG,
    SDP,
    SDP_WITH_SOUND,
    answer,
    callee_bye,
    pressed,
    request,
    send,
)

Outcome = Literal["answer", "busy", "refuse", "silent", "nobody"]

REFUSALS: dict[Outcome, str] = {"busy": "486 Busy Here", "refuse": "603 Decline", "nobody": "404 Not Found"}
REFUSED_WITH = (403, 404, 480, 486, 500, 503, 603)
# SIPp's labels are numbers: these ends are shared; what is particular to a rule or a length starts at 10.
CANCELLED, DONE, BYE, REFUSED, THEIR_BYE = 1, 2, 3, 4, 5
SILENCE_MS = 3_600_000


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


@dataclass(frozen=True, slots=True)
class Doing:
    """What callers do while they are connected, besides waiting.

    `press` after `press_s` seconds, one key (SIP INFO); `sound`: a file in the process's folder, G.711 A-law without a
    header, that is sent over and over (without RTP Asterisk never optimises a Local channel, ami.md 4.14.7).
    """

    press: str = ""
    press_s: float = 0.0
    sound: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call somebody places: his number, whom he calls, how he is named, when he hangs up.

    `hold_s` counts from the answer of whoever answers first (for a patient: Asterisk); None = the other side ends it.
    """

    number: str
    called: str
    hold_s: float | None = None
    name: str = ""


def phones(rules: Sequence[Rule]) -> str:
    """One UAS that stands for any number of phones; the first rule that applies decides.

    Args: rules; the last one must apply always. Raises ValueError when it does not.
    """
    if not rules or rules[-1].called is not None or rules[-1].chance is not None:
        raise ValueError("the last rule of a phone must apply always")
    matched = [f"m{index}" for index, rule in enumerate(rules) if rule.called is not None]
    parts = [_invited(rules)]
    parts += [_jump(_label(index), rule, f"m{index}") for index, rule in enumerate(rules)]
    parts += [_phone(_label(index), rule.behaviour) for index, rule in enumerate(rules)]
    parts += [_phone_ends(), _referred(["cseq", "target", "caller", "callee", *matched])]
    return _scenario("phones", parts)


def callers(holds: Iterable[float | None], patience_s: float = 60.0, doing: Doing | None = None) -> str:
    """One UAC that places calls from a CSV (see `rows`); a branch for each length that occurs.

    Args: the lengths that occur, in seconds; how long one waits for any answer before he cancels; what all of them do.
    """
    doing = doing or Doing()
    kinds = list(dict.fromkeys(holds))
    names = [f"k{index}" for index in range(len(kinds))]
    checks = "".join(_check(f"^{index}$", "var", name, variable="kind") for index, name in enumerate(names))
    parts = [f'<nop><action><assignstr assign_to="kind" value="[field2]"/>{checks}</action></nop>']
    parts += [_placed(patience_s, doing), _does(doing)]
    parts += [f'<nop next="{_label(index)}" test="{name}"/>' for index, name in enumerate(names)]
    parts += [f'<label id="{_label(index)}"/>{_talk(hold)}' for index, hold in enumerate(kinds)]
    return _scenario("callers", [*parts, _caller_ends(3 if doing.press else 2), _referred(["kind", *names])])


def rows(calls: Sequence[Call]) -> str:
    """The CSV that `callers` reads: number; called; kind of hold; name."""
    kinds = list(dict.fromkeys(call.hold_s for call in calls))
    lines = [f"{call.number};{call.called};{kinds.index(call.hold_s)};{call.name}" for call in calls]
    return "\n".join(["SEQUENTIAL", *lines]) + "\n"


def _label(index: int) -> int:
    return 10 * (index + 1)


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _check(pattern: str, where: str, into: str, *, header: str = "", variable: str = "") -> str:
    more = f' header="{header}"' if header else f' variable="{variable}"' if variable else ""
    return f'<ereg regexp="{pattern}" search_in="{where}"{more} check_it="false" assign_to="{into}"/>'


def _invited(rules: Sequence[Rule]) -> str:
    """The INVITE, with what a UAS must know later to end the call itself, and which numbers it is for."""
    kept = _check("[0-9]+", "hdr", "cseq", header="CSeq:") + _check("sip:[^>;]+", "hdr", "target", header="Contact:")
    kept += _check(".*", "hdr", "caller", header="From:") + _check(".*", "hdr", "callee", header="To:")
    for index, rule in enumerate(rules):
        if rule.called is not None:
            kept += _check(f"^INVITE sip:{rule.called}@", "msg", f"m{index}")
    return f'<recv request="INVITE"><action>{kept}</action></recv>'


def _jump(label: int, rule: Rule, name: str) -> str:
    if rule.called is not None:
        return f'<nop next="{label}" test="{name}"/>'
    return f'<nop next="{label}"/>' if rule.chance is None else f'<nop next="{label}" chance="{rule.chance}"/>'


def _phone(label: int, does: Behaviour) -> str:
    """Ring, unless the caller gives up; then do what this phone does."""
    wait = SILENCE_MS if does.outcome == "silent" else _ms(does.ring_s)
    cseq = "CSeq: [$cseq] INVITE"
    ring = f'<label id="{label}"/>' + send(answer("180 Ringing", tag=MY_TAG, more=CONTACT))
    ring += f'<recv request="CANCEL" timeout="{wait}" ontimeout="{label + 1}" next="{CANCELLED}"/>'
    ring += f'<label id="{label + 1}"/>'
    if does.outcome in REFUSALS:
        refusal = answer(REFUSALS[does.outcome], cseq=cseq, tag=MY_TAG)
        return ring + send(refusal) + f'<recv request="ACK" next="{DONE}"/>'
    lifted = send(answer("200 OK", cseq=cseq, tag=MY_TAG, more=CONTACT), SDP, retrans=True)
    return ring + lifted + '<recv request="ACK"/>' + _talk(does.talk_s)


def _talk(seconds: float | None) -> str:
    """Until the other side hangs up, or for so long."""
    limit = "" if seconds is None else f' timeout="{_ms(seconds)}" ontimeout="{BYE}"'
    return f'<recv request="BYE"{limit} next="{THEIR_BYE}"/>'


def _phone_ends() -> str:
    terminated = answer("487 Request Terminated", cseq="CSeq: [$cseq] INVITE", tag=MY_TAG)
    return (
        f'<label id="{CANCELLED}"/>' + send(answer("200 OK")) + send(terminated)
        + f'<recv request="ACK" next="{DONE}"/>'
        + f'<label id="{BYE}"/>' + send(callee_bye(), retrans=True) + f'<recv response="200" next="{DONE}"/>'
        + _last_words()
    )  # fmt: skip


def _placed(patience_s: float, doing: Doing) -> str:
    """The INVITE and its answer; patience ends in a CANCEL, a refusal in its ACK."""
    more = "Contact: <sip:[field0]@[local_ip]:[local_port]>\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\n"
    # SIPp looks at the time-out of the message it waits at, optional or not: patience stands at each of them.
    give_up = f'timeout="{_ms(patience_s)}" ontimeout="{CANCELLED}"'
    waits = "".join(f'<recv response="{code}" optional="true" {give_up}/>' for code in (100, 180, 183))
    for code in REFUSED_WITH:
        waits += f'<recv response="{code}" optional="true" next="{REFUSED}" {give_up}/>'
    waits += f'<recv response="200" rrs="true" {give_up}/>'
    offer = SDP_WITH_SOUND if doing.sound else SDP
    invite = send(request("INVITE", branch=INVITE_BRANCH, more=more), offer, retrans=True)
    return invite + waits + send(request("ACK", to_tag=PEER_TAG))


def _does(doing: Doing) -> str:
    """What the callers do once they are connected."""
    does = f'<nop><action><exec rtp_stream="{doing.sound},-1,8"/></action></nop>' if doing.sound else ""
    if doing.press:
        does += f'<pause milliseconds="{_ms(doing.press_s)}"/>' + send(*pressed(doing.press), retrans=True)
        does += '<recv response="200"/>'
    return does


def _caller_ends(bye_cseq: int) -> str:
    refused = send(request("ACK", branch=INVITE_BRANCH, to_tag=PEER_TAG))
    return (
        f'<label id="{CANCELLED}"/>' + send(request("CANCEL", branch=INVITE_BRANCH), retrans=True)
        + f'<recv response="200"/><recv response="487"/>{refused}<nop next="{DONE}"/>'
        + f'<label id="{REFUSED}"/>{refused}<nop next="{DONE}"/>'
        + f'<label id="{BYE}"/>' + send(request("BYE", to_tag=PEER_TAG, cseq=bye_cseq), retrans=True)
        + f'<recv response="200" next="{DONE}"/>'
        + _last_words()
    )  # fmt: skip


def _last_words() -> str:
    return f'<label id="{THEIR_BYE}"/>' + send(answer("200 OK")) + f'<label id="{DONE}"/>'


def _referred(names: Sequence[str]) -> str:
    """SIPp refuses a scenario with a variable that is never read."""
    return f'<Reference variables="{",".join(names)}"/>'


def _scenario(name: str, parts: Sequence[str]) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n'
    return f'{head}<scenario name="{name}">\n' + "\n".join(parts) + "\n</scenario>\n"
