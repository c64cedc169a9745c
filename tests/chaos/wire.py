"""What the callers' own SIPp put on the wire and heard (`-trace_msg`): when each call began, was answered, ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HEAD = re.compile(r"^-{20,} (\d{4}-\d\d-\d\d)[ \t]+(\d\d:\d\d:\d\d\.\d+)\s*$", re.MULTILINE)
START = re.compile(
    r"^(?P<method>[A-Z]+) sips?:(?:(?P<user>[^@ ]+)@)?\S* SIP/2\.0|^SIP/2\.0 (?P<code>\d{3})", re.MULTILINE
)
CALL_ID = re.compile(r"^(?:Call-ID|i):\s*(\S+)", re.MULTILINE | re.IGNORECASE)
FROM = re.compile(r"^(?:From|f):.*?<?sips?:([^@;>\s]*)", re.MULTILINE | re.IGNORECASE)
CSEQ = re.compile(r"^CSeq:\s*\d+\s+(\w+)", re.MULTILINE | re.IGNORECASE)


@dataclass(slots=True)
class Placed:
    """One call as its caller's wire has it.

    `heard_at` is the first answer of any kind, `answered_at` the 200, `code` the final refusal; `ended_by` says who
    sent the BYE or CANCEL: `caller` or `pbx`; `closed` whether the other side confirmed it.
    """

    number: str
    called: str
    began_at: datetime
    tries: int = 1
    heard_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    closed: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Message:
    at: datetime
    sent: bool
    call_id: str
    method: str
    code: str
    user: str
    text: str


def placed(trace: str) -> list[Placed]:
    """Every call in a UAC's message trace, in order. Local times in it are read as UTC: run SIPp with TZ=UTC."""
    found: dict[str, Placed] = {}
    for message in _messages(trace):
        _take(found, message)
    return list(found.values())


def read(folder: Path) -> list[Placed]:
    """Every call of every trace in a folder."""
    return [one for file in sorted(folder.glob("*_messages.log")) for one in placed(file.read_text("utf-8", "replace"))]


def _messages(trace: str) -> Iterator[_Message]:
    heads = list(HEAD.finditer(trace))
    for index, head in enumerate(heads):
        body = trace[head.end() : heads[index + 1].start() if index + 1 < len(heads) else len(trace)]
        start, call_id = START.search(body), CALL_ID.search(body)
        if start is None or call_id is None:
            continue
        cseq = CSEQ.search(body)
        at = datetime.fromisoformat(f"{head[1]}T{head[2]}").replace(tzinfo=UTC)
        sent = "message sent" in body[: start.start()]
        method = start["method"] or (cseq[1] if cseq else "")
        yield _Message(at, sent, call_id[1], method, start["code"] or "", start["user"] or "", body)


def _take(found: dict[str, Placed], message: _Message) -> None:
    call = found.get(message.call_id)
    if call is None:
        if message.method == "INVITE" and message.sent:
            caller = FROM.search(message.text)
            found[message.call_id] = Placed(caller[1] if caller else "", message.user, message.at)
        return
    if message.sent:
        _said(call, message)
    else:
        _heard(call, message)


def _said(call: Placed, message: _Message) -> None:
    if message.code:
        call.closed = call.closed or message.method == "BYE"
    elif message.method == "INVITE":
        call.tries += 1
    elif message.method in ("BYE", "CANCEL") and call.ended_at is None:
        call.ended_at, call.ended_by = message.at, "caller"


def _heard(call: Placed, message: _Message) -> None:
    call.heard_at = call.heard_at or message.at
    if not message.code:
        if message.method == "BYE" and call.ended_at is None:
            call.ended_at, call.ended_by = message.at, "pbx"
    elif message.method == "INVITE" and message.code == "200":
        call.answered_at = call.answered_at or message.at
    elif message.method == "INVITE" and message.code >= "300":
        call.code = call.code or message.code
        call.ended_at = call.ended_at or message.at
        call.ended_by = call.ended_by or "pbx"
    elif message.method in ("BYE", "CANCEL") and message.code == "200":
        call.closed = True
