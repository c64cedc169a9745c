"""Orders about calls (ami.md 4.9, 4.10). No text of a person can stand in one: digits, ids and words of ours only."""

import re

from engine.ami.orders.words import Action
from engine.ami.wire import BadOrder
from engine.effects import OrderCall

# What each header may hold. A channel's name is Asterisk's own word; an originate names a phone of the settings.
_CHANNEL = re.compile(r"[A-Za-z]{2,12}/[0-9A-Za-z_.+@/-]{1,80}(?:;[12])?")
_CONTEXT = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,79}")
# Digits and the `#` by which Atxfer knows their end, or one of the words of our dialplan (`s`: where a flow begins).
_EXTEN = re.compile(r"[0-9]{1,20}#?|s|listen|whisper|barge")
_ID = re.compile(r"okno-[0-9]{9,11}\.[0-9a-f]{8,32}")
_DIGITS = re.compile(r"[0-9*#]{1,32}")
_VALUES = {
    "CALLERID(num)": re.compile(r"[0-9]{1,20}"),
    "CONNECTEDLINE(num,i)": re.compile(r"[0-9]{1,20}"),
    "OKNO_SPY": _CHANNEL,
    "PJSIP_HEADER(add,Call-Info)": re.compile(r"<sip:okno\.invalid>;answer-after=0"),
}
_LONGEST_S = 120


def actions(order: OrderCall) -> tuple[Action, ...]:
    """One action; tones are one for each.

    Raises:
        BadOrder: the order holds something that has no place in it; nothing of it is repeated.
    """
    channel = {"Channel": _fit(_CHANNEL, order.channel, "channel")}
    match order.action:
        case "originate":
            return (_originate(order, channel),)
        case "hang_up":
            return (Action("Hangup", channel | {"Cause": 16}),)
        case "blind_transfer":
            return (Action("BlindTransfer", channel | _where(order)),)
        case "attended_transfer":
            return (Action("Atxfer", channel | _where(order)),)
        case "cancel_transfer":
            return (Action("CancelAtxfer", channel),)
        case "tones":
            receive = "true" if order.received else "false"
            digits = _fit(_DIGITS, order.digits, "digits")
            return tuple(Action("PlayDTMF", channel | {"Digit": digit, "Receive": receive}) for digit in digits)
        case "redirect":
            return (Action("Redirect", channel | _where(order) | {"Priority": 1}),)


def _originate(order: OrderCall, channel: dict[str, str]) -> Action:
    """Always asynchronous (a waiting one would freeze the session), under an id by which it can be looked for."""
    if not 0 < order.timeout_s <= _LONGEST_S:
        raise BadOrder("an originate rings for too long, or not at all")
    variables = []
    for name, value in order.variables:
        if name not in _VALUES:
            raise BadOrder("an originate sets a variable that nobody knows")
        variables.append(f"{name}={_fit(_VALUES[name], value, 'variable')}")
    return Action("Originate", channel | _where(order) | {
        "Priority": 1, "Async": "true", "ChannelId": _fit(_ID, order.channel_id, "channel id"),
        "Timeout": order.timeout_s * 1000, "Variable": variables,
    })  # fmt: skip


def _where(order: OrderCall) -> dict[str, str]:
    return {"Context": _fit(_CONTEXT, order.context, "context"), "Exten": _fit(_EXTEN, order.exten, "extension")}


def _fit(wanted: re.Pattern[str], value: str, what: str) -> str:
    """The value, if it is what may stand there."""
    if not wanted.fullmatch(value):
        raise BadOrder(f"the {what} of an order is not one")
    return value
