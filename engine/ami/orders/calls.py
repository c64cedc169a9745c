"""Orders about calls (ami.md 4.9, 4.10)."""

from engine.ami.orders.words import Action
from engine.effects import OrderCall


def actions(order: OrderCall) -> tuple[Action, ...]:
    """One action; tones are one for each."""
    channel = {"Channel": order.channel}
    where = {"Context": order.context, "Exten": order.exten}
    match order.action:
        case "originate":
            return (Action("Originate", channel | where | {
                "Priority": 1, "Async": "true", "ChannelId": order.channel_id, "Timeout": order.timeout_s * 1000,
                "Variable": [f"{name}={value}" for name, value in order.variables],
            }),)  # fmt: skip
        case "hang_up":
            return (Action("Hangup", channel | {"Cause": 16}),)
        case "blind_transfer":
            return (Action("BlindTransfer", channel | where),)
        case "attended_transfer":
            return (Action("Atxfer", channel | where),)
        case "cancel_transfer":
            return (Action("CancelAtxfer", channel),)
        case "tones":
            receive = "true" if order.received else "false"
            return tuple(Action("PlayDTMF", channel | {"Digit": digit, "Receive": receive}) for digit in order.digits)
        case "redirect":
            return (Action("Redirect", channel | where | {"Priority": 1}),)
