"""Orders as Asterisk's Manager takes them: an effect in, actions out. It decides nothing and sends nothing."""

from engine.ami.orders import calls, members
from engine.ami.orders.words import Action, NotGiven
from engine.effects import Order, OrderCall

__all__ = ["Action", "NotGiven", "actions", "is_done"]


def actions(order: Order) -> tuple[Action, ...]:
    """The actions an order is, in the order in which they are sent."""
    return calls.actions(order) if isinstance(order, OrderCall) else members.actions(order)


def is_done(order: Order, words: str) -> bool:
    """Whether a refusal in these words says that what was ordered is so already."""
    return not isinstance(order, OrderCall) and members.is_done(order, words)
