"""Facts about calls that are moved: transfers, pickup, parking, forwards, voicemail. See `facts` for what all share.

AMI and the journal (CEL) both report them; a field that one of the two does not tell is empty. Nothing may depend on
one of these alone: who talks with whom is told by bridges, and these facts may come late, twice or not at all.
"""

from dataclasses import dataclass
from datetime import datetime

from engine.events.facts import Fact

# The kind of bridge in which nobody hears anybody: a parked caller waits in one.
HOLDING = "holding"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindTransferred(Fact):
    """BlindTransfer. `uniqueid` is the transferer; `done`: Success, the transferee was placed in the dialplan."""

    uniqueid: str
    transferee: str = ""
    bridge: str = ""
    context: str = ""
    exten: str = ""
    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendedTransferred(Fact):
    """AttendedTransfer. `first` and `second` are the transferer's channels in order of time, not of role.

    `kind` is DestType: Bridge, App, Link, Threeway or Fail; `bridge` the destination bridge, `application` DestApp.
    """

    first: str
    second: str = ""
    transferee: str = ""
    target: str = ""
    kind: str = ""
    bridge: str = ""
    application: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedUp(Fact):
    """Pickup. `uniqueid` is the picker's channel, `target` the one that rang (it hangs up with cause 26)."""

    uniqueid: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallParked(Fact):
    """ParkedCall; PARK_START. `uniqueid` is the parked channel (Parkee)."""

    uniqueid: str
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUnparked(Fact):
    """UnParkedCall, ParkedCallTimeOut, ParkedCallGiveUp; PARK_END. `reason`: retrieved, timeout or gave_up."""

    uniqueid: str
    retriever: str = ""
    reason: str = "retrieved"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneForwarded(Fact):
    """DialEnd or DialState with Forward (a 302); FORWARD. `uniqueid` is the phone that forwarded, `to` where to."""

    uniqueid: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailReached(Fact):
    """UserEvent OknoVoicemail of the dialplan (CEL OKNO_VOICEMAIL): the caller was put through to voicemail."""

    uniqueid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginateEnded(Fact):
    """OriginateResponse: the phone on `uniqueid` (the id the order gave it) lifted, or (`done` False) did not.

    It may overtake the channel's own events; no channel at all ever was when the phone could not be reached.
    """

    uniqueid: str
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxStarted(Fact):
    """Asterisk began anew: every channel from before `at` is gone. The journal's sign of it is QUEUESTART.

    `last_seen` is the time of the last record of the life before; calls that were open then are `lost_by_pbx`.
    """

    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyBegan(Fact):
    """UserEvent OknoSurvey of our dialplan: the operator has hung up, and the caller is asked how it was."""

    uniqueid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfServed(Fact):
    """UserEvent OknoSelfService of our dialplan: he got what he wanted in the IVR, or is promised a call."""

    uniqueid: str
