"""What all orders have in common."""

from typing import Any, NamedTuple

from engine.ami.protocol import LinkDown
from okno.errors import Refused


class NotGiven(Refused, LinkDown):
    """The order was not given: the PBX is not to be reached, or we lead no more. Nothing was sent."""


class Action(NamedTuple):
    """One AMI action: its name and its other headers; a list as value repeats its header."""

    name: str
    headers: dict[str, Any]
