"""One line of queue_log: `time|callid|queue|agent|EVENT|data…`, whole seconds.

Asterisk does not escape `|` in a member's name, so the event is looked for from the left by its own words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.journal.parts import Unreadable

# How a caller comes to stand in a queue, and how he no longer does.
ENTERED = "ENTERQUEUE"
LEFT = frozenset({"ABANDON", "EXITWITHTIMEOUT", "EXITEMPTY", "EXITWITHKEY", "WITHDRAW"})
RINGS = frozenset({"RINGNOANSWER", "RINGCANCELED"})
STARTED = "QUEUESTART"
EVENTS = LEFT | RINGS | {
    ENTERED, STARTED, "CONNECT", "COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER",
    "AGENTDUMP", "SYSCOMPAT", "ADDMEMBER", "REMOVEMEMBER", "PENALTY", "RINGINUSE",
    "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PAUSEREASON", "CONFIGRELOAD", "AGENTLOGIN", "AGENTLOGOFF",
    "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", "TRANSFER", "DID", "AGENTUNAVAIL",
}  # fmt: skip
EARLIEST, LATEST = 10**9, 10**10
# How a line begins; found further on, the line before it was cut off.
BEGINNING = re.compile(r"\d{10}\|(?:NONE|MANAGER|REALTIME|CLI|[\w.-]*\d{9,10}\.\d+)\|")


class Line(NamedTuple):
    """What became of a caller in a queue. `callid` is his Uniqueid, `agent` the member's name, `data` what follows."""

    at: int
    callid: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...]


def parse(record: str) -> Line:
    """The line that a record holds. Raises Unreadable with what is wrong with it."""
    if BEGINNING.search(record, 1):
        raise Unreadable("cut off")
    fields = record.rstrip("\r\n").split("|")
    if len(fields) < 5:
        raise Unreadable("wrong columns")
    time, callid, queue, *rest = fields
    if not (time.isascii() and time.isdigit() and len(time) < 12 and EARLIEST < int(time) < LATEST):
        raise Unreadable("no time")
    if rest[1] in EVENTS:
        place = 1
    else:
        # A name with `|` in it has moved the event; a name may be an event's word, the first that fits is taken.
        found = [index for index, field in enumerate(rest) if index > 1 and field in EVENTS]
        if not found:
            # A line of the dialplan's own, by QueueLog(): whole, but nothing that we know.
            if rest[1].isascii() and rest[1].isidentifier():
                return Line(int(time), callid, queue, rest[0], rest[1], tuple(rest[2:]))
            raise Unreadable("no event")
        place = found[0]
    return Line(int(time), callid, queue, "|".join(rest[:place]), rest[place], tuple(rest[place + 1 :]))
