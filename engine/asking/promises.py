"""Before somebody is promised a call: what bounds it. The number asked about is not repeated."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, model_validator

from engine.asking.cards import NotFound
from engine.asking.orders import BadOrder
from engine.asking.reading import read
from engine.callbacks.planning import first, suits, zones
from engine.callbacks.reading import terms_of
from engine.live.rows import wire
from engine.requests.promising import promise_of
from engine.world import Request, View
from engine.world.reading import number_to_call
from okno import phones
from okno.settings.model import Clinic


class _Ask(BaseModel):
    """For a number, or for the person of a request; `when` None: as soon as may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phone: Annotated[str, StringConstraints(max_length=64)] = ""
    request: UUID | None = None
    queue: Annotated[str, StringConstraints(max_length=64)] = ""
    when: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.phone) == (self.request is not None):
            raise ValueError("exactly one of phone and request")
        return self


def bounds(world: View, clinic: Clinic, body: Any, at: datetime) -> dict[str, Any]:
    """Return what would come of a promise.

    Args:
        world: as it is.
        clinic: whose clock is home; completes local numbers.
        body: phone or request, queue, when.
        at: now.

    Returns:
        `callable`: whether somebody can be called there; `clocks`: the times of day it may be for him then, in order
        (one, unless nobody knows in which zone of his country he is); `own`: whether that is the clinic's own clock;
        `quiet`: it is a quiet hour of his; `next_at`: when he would first be called; `promised`: the number of the
        request by which he is promised a call already.

    Raises:
        BadOrder: it cannot be understood.
        NotFound: there is no such request among the open ones.
    """
    ask = read(_Ask, body, "the question", BadOrder)
    about = world.get(Request, str(ask.request)) if ask.request is not None else None
    if ask.request is not None and about is None:
        raise NotFound
    raw = number_to_call(world, about) if about is not None else ask.phone
    phone = phones.parse(raw, country=clinic.country, area_code=clinic.area_code)
    if phone is None or not phone.callable_back:
        return {"callable": False, "clocks": [], "own": True, "quiet": False, "next_at": None, "promised": ""}
    queue = ask.queue or (about.queue if about is not None else "")
    meant = Request(
        key="", year=at.year, number=0, kind="callback", status="new", queue=queue, phone=phone.e164, created_at=at,
        since=at,
    )  # fmt: skip
    terms, moment = terms_of(world, meant), ask.when or at
    known = zones(phone.e164, clinic.timezone)
    offsets = {zone.key: moment.astimezone(zone).utcoffset() for zone in known}
    clocks = sorted({moment.astimezone(zone).replace(tzinfo=None) for zone in known})
    home = moment.astimezone(terms.open.zone).utcoffset()
    there = promise_of(world, phone.e164)
    return {
        "callable": True, "clocks": [clock.strftime("%H:%M") for clock in clocks],
        "own": set(offsets.values()) == {home}, "quiet": not suits(moment, terms),
        "next_at": wire(first(at, ask.when, terms)),
        "promised": f"{there.year}-{there.number:06d}" if there is not None and there is not about else "",
    }  # fmt: skip
