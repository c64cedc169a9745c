"""SIP messages as a phone needs them: read, written, nothing decided. RFC 3261, 3515 (REFER), 3891 (Replaces)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

BRANCH = "z9hG4bK"
SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}


@dataclass
class Message:
    """A request or a response. `start` is its first line; header names are looked up in any spelling."""

    start: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    @property
    def method(self) -> str:
        """The method of a request, or of the request this response answers."""
        return self.get("cseq").split()[-1] if self.code else self.start.split()[0]

    @property
    def code(self) -> int:
        """The status of a response; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    def get(self, name: str) -> str:
        """The first header of that name, or nothing."""
        return next((value for key, value in self.headers if _plain(key) == name), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [value for key, value in self.headers if _plain(key) == name]

    @property
    def branch(self) -> str:
        """Which transaction it is of."""
        found = re.search(r"branch=([^;,\s]+)", self.get("via"))
        return found[1] if found else ""

    def uri(self, name: str) -> str:
        """The URI in an address header."""
        value = self.get(name)
        found = re.search(r"<([^>]*)>", value)
        return found[1] if found else value.split(";")[0].strip()

    def tag(self, name: str) -> str:
        """The tag of From or To."""
        found = re.search(r";tag=([^;\s]+)", self.get(name))
        return found[1] if found else ""

    def wire(self) -> bytes:
        """As it is sent."""
        head = [self.start, *(f"{key}: {value}" for key, value in self.headers)]
        if self.body:
            head.append("Content-Type: application/sdp")
        body = self.body.encode()
        return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


def read(data: bytes) -> Message:
    """A received datagram as a message."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return Message(start, [(key.strip(), value.strip()) for key, _, value in pairs], body)


def answer(request: Message, status: str, *, tag: str, contact: str, more: tuple[tuple[str, str], ...] = ()) -> Message:
    """A response to a request. `tag` goes to To when it has none yet."""
    to = request.get("to")
    headers = [("Via", value) for value in request.all("via")]
    headers += [("From", request.get("from")), ("To", to if ";tag=" in to else f"{to};tag={tag}")]
    headers += [("Call-ID", request.get("call-id")), ("CSeq", request.get("cseq")), ("Contact", contact), *more]
    return Message(f"SIP/2.0 {status}", headers)


def session(host: str, port: int, direction: str = "sendrecv") -> str:
    """What the phone offers to hear and say: one codec, and digits (RFC 4733)."""
    return (
        f"v=0\r\no=- {port} {secrets.randbelow(10**6)} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        f"a=fmtp:101 0-16\r\na=ptime:20\r\na={direction}\r\n"
    )


def heard_at(body: str) -> tuple[str, int] | None:
    """Where the other side wants to hear us."""
    host, port = re.search(r"^c=IN IP4 (\S+)", body, re.MULTILINE), re.search(r"^m=audio (\d+)", body, re.MULTILINE)
    return (host[1], int(port[1])) if host and port and int(port[1]) else None


def _plain(name: str) -> str:
    lowered = name.lower()
    return SHORT.get(lowered, lowered)
