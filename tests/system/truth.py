"""What really happened, as the phones' own SIPp saw it on the wire (`-trace_msg`), to hold Okno's calls against."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

HEAD = re.compile(r"^-{20,} (\d{4}-\d\d-\d\d)[ \t]+(\d\d:\d\d:\d\d\.\d+)\s*$", re.MULTILINE)
START = re.compile(
    r"^(?P<method>INVITE|BYE|CANCEL|ACK) sip:(?:(?P<user>[^@ ]+)@)?|^SIP/2\.0 (?P<code>\d{3})", re.MULTILINE
)
FIELD = {
    "call_id": re.compile(r"^(?:Call-ID|i):\s*(\S+)", re.MULTILINE | re.IGNORECASE),
    "from": re.compile(r"^(?:From|f):.*?<?sips?:([^@;>\s]*)", re.MULTILINE | re.IGNORECASE),
    "cseq": re.compile(r"^CSeq:\s*\d+\s+(\w+)", re.MULTILINE | re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Ring:
    """One INVITE at a phone: whose, from whom, and how it went. `left_by` is who sent the BYE."""

    extension: str
    caller: str
    rang_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    refused: str = ""

    @property
    def talk_s(self) -> float:
        """Seconds from the phone's answer to the BYE."""
        return (self.ended_at - self.answered_at).total_seconds() if self.answered_at and self.ended_at else 0.0


def rings(trace: str) -> list[Ring]:
    """Every ring in a SIPp message trace, in order of arrival.

    Args: the text of a `-trace_msg` file of a UAS. Local times in it are read as UTC: run SIPp with TZ=UTC.
    """
    found: dict[str, Ring] = {}
    heads = list(HEAD.finditer(trace))
    for index, head in enumerate(heads):
        body = trace[head.end() : heads[index + 1].start() if index + 1 < len(heads) else len(trace)]
        start, call_id = START.search(body), FIELD["call_id"].search(body)
        if start is None or call_id is None:
            continue
        at = datetime.fromisoformat(f"{head[1]}T{head[2]}").replace(tzinfo=UTC)
        _take(found, call_id[1], start, body, at)
    return list(found.values())


def _take(found: dict[str, Ring], call_id: str, start: re.Match[str], body: str, at: datetime) -> None:
    method, code = start["method"], start["code"]
    ring = found.get(call_id)
    if method == "INVITE" and ring is None:
        caller = FIELD["from"].search(body)
        found[call_id] = Ring(extension=start["user"], caller=caller[1] if caller else "", rang_at=at)
    elif ring is None:
        return
    elif method in ("BYE", "CANCEL") and ring.ended_at is None:
        found[call_id] = replace(ring, ended_at=at)
    elif code and FIELD["cseq"].search(body) and FIELD["cseq"].search(body)[1] == "INVITE":  # type: ignore[index]
        if code == "200" and ring.answered_at is None:
            found[call_id] = replace(ring, answered_at=at)
        elif code[0] in "456" and not ring.refused and code != "487":
            found[call_id] = replace(ring, refused=code, ended_at=at)


def read(folder: Path) -> list[Ring]:
    """Every ring of every trace in a folder, ordered by time."""
    texts = [file.read_text("utf-8", "replace") for file in sorted(folder.glob("*_messages.log"))]
    return sorted((ring for text in texts for ring in rings(text)), key=lambda ring: ring.rang_at)
