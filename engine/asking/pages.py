"""Which operators have a page open, as the gateways tell it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from engine.asking.orders import BadOrder
from engine.asking.reading import read
from engine.events import PagesSeen

_Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_Keys = Annotated[tuple[_Key, ...], Field(max_length=10_000)]


class _Pages(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    here: _Keys
    left: _Keys = ()


def understood(body: Any, at: datetime) -> PagesSeen:
    """Return the event a gateway's word is.

    Args:
        body: the JSON that came: {"here": [operators], "left": [operators]}.
        at: when it came.

    Raises:
        BadOrder: it has another shape.
    """
    pages = read(_Pages, body, refusal=BadOrder)
    return PagesSeen(at=at, here=pages.here, left=pages.left)
