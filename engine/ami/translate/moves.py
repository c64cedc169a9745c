"""AMI events of calls that are moved, to facts: transfers, pickup, parking, forwards, voicemail."""

from __future__ import annotations

from datetime import datetime

from engine.ami.translate.headers import Builder, Headers, text
from engine.events import facts as f
from engine.events import transfers as t


def _dial_ended(pbx: str, h: Headers, at: datetime) -> f.Fact:
    forward = text(h, "Forward")
    if forward:
        return t.PhoneForwarded(at=at, pbx=pbx, uniqueid=text(h, "DestUniqueid"), to=forward)
    return f.DialEnded(
        at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), dest=text(h, "DestUniqueid"), status=text(h, "DialStatus")
    )


def _blind(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return t.BlindTransferred(
        at=at, pbx=pbx, uniqueid=text(h, "TransfererUniqueid"), transferee=text(h, "TransfereeUniqueid"),
        bridge=text(h, "BridgeUniqueid"), context=text(h, "Context"), exten=text(h, "Extension"),
        done=h.get("Result") == "Success",
    )  # fmt: skip


def _attended(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return t.AttendedTransferred(
        at=at, pbx=pbx, first=text(h, "OrigTransfererUniqueid"), second=text(h, "SecondTransfererUniqueid"),
        transferee=text(h, "TransfereeUniqueid"), target=text(h, "TransferTargetUniqueid"), kind=text(h, "DestType"),
        bridge=text(h, "DestBridgeUniqueid"), application=text(h, "DestApp"),
    )  # fmt: skip


def _picked_up(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return t.PickedUp(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), target=text(h, "TargetUniqueid"))


def _parked(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return t.CallParked(at=at, pbx=pbx, uniqueid=text(h, "ParkeeUniqueid"), lot=text(h, "Parkinglot"))


def _unparked(reason: str) -> Builder:
    def build(pbx: str, h: Headers, at: datetime) -> f.Fact:
        return t.CallUnparked(
            at=at, pbx=pbx, uniqueid=text(h, "ParkeeUniqueid"), retriever=text(h, "RetrieverUniqueid"), reason=reason
        )

    return build


def _originated(pbx: str, h: Headers, at: datetime) -> f.Fact:
    return t.OriginateEnded(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid"), done=h.get("Response") == "Success")


_PARKEE = ("ParkeeUniqueid",)
MOVES: dict[str, tuple[tuple[str, ...], Builder]] = {
    "DialEnd": (("DestUniqueid", "DialStatus"), _dial_ended),
    "BlindTransfer": (("TransfererUniqueid",), _blind),
    "AttendedTransfer": (("OrigTransfererUniqueid",), _attended),
    "Pickup": (("Uniqueid", "TargetUniqueid"), _picked_up),
    "ParkedCall": (_PARKEE, _parked),
    "UnParkedCall": (_PARKEE, _unparked("retrieved")),
    "ParkedCallTimeOut": (_PARKEE, _unparked("timeout")),
    "ParkedCallGiveUp": (_PARKEE, _unparked("gave_up")),
    "OriginateResponse": (("Uniqueid",), _originated),
    "UserEvent OknoVoicemail": (
        ("Uniqueid",),
        lambda pbx, h, at: t.VoicemailReached(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid")),
    ),
    "UserEvent OknoSurvey": (
        ("Uniqueid",),
        lambda pbx, h, at: t.SurveyBegan(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid")),
    ),
    "UserEvent OknoSelfService": (
        ("Uniqueid",),
        lambda pbx, h, at: t.SelfServed(at=at, pbx=pbx, uniqueid=text(h, "Uniqueid")),
    ),
}
