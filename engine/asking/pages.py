"""Which operators have a page open, as the gateways tell it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from engine.asking.orders import BadOrder
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
    try:
        pages = _Pages.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise BadOrder(f"{'.'.join(str(part) for part in first['loc']) or 'the body'}: {first['msg']}") from None
    return PagesSeen(at=at, here=pages.here, left=pages.left)
