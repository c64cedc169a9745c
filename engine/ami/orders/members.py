"""Orders about members of Asterisk's queues (routing.md 2.8)."""

from engine.ami.orders.words import Action
from engine.effects import ChangeMember, PauseMember

# What app_queue answers when there is nothing to do; the queue that is gone has no members either.
_DONE = {
    "add": ("Already there",),
    "remove": ("Not there", "No such queue"),
    "penalty": (),
}


def actions(order: PauseMember | ChangeMember) -> tuple[Action, ...]:
    """A pause goes to all queues of a phone at once: it names none."""
    if isinstance(order, PauseMember):
        paused = "true" if order.paused else "false"
        return (Action("QueuePause", {"Interface": order.interface, "Paused": paused, "Reason": order.reason}),)
    where = {"Queue": order.queue, "Interface": order.interface}
    match order.change:
        case "add":
            headers = where | {
                "Penalty": order.penalty, "MemberName": order.name, "StateInterface": order.interface,
                "Paused": "true" if order.reason else "false",
            }
            return (Action("QueueAdd", headers | ({"Reason": order.reason} if order.reason else {})),)
        case "remove":
            return (Action("QueueRemove", where),)
        case "penalty":
            return (Action("QueuePenalty", where | {"Penalty": order.penalty}),)


def is_done(order: PauseMember | ChangeMember, words: str) -> bool:
    """Whether a refusal in these words says that the phone is in the queue, or out of it, already."""
    return isinstance(order, ChangeMember) and any(known in words for known in _DONE[order.change])
