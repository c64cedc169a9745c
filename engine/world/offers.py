"""An offer: a request reserved for one operator until he accepts it, refuses it or lets it time out."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

OfferState = Literal["pending", "accepted", "wrapping", "completed", "rejected", "timeout", "rescinded", "canceled"]
LIVE_OFFERS: tuple[OfferState, ...] = ("pending", "accepted", "wrapping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One reservation (routing.md 2.3). Only live ones are in the open world; their weights are his load.

    `expires_at` bounds the pending state; `sticky`: he is asked first because the person knows him; `by_hand`: he took
    it himself or was given it, nobody asked him. `confirmed`: his phones are known to be quiet, so that he may dial
    (R11); True from the start where that does not matter.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ("request", "operator")

    key: str
    request: str
    operator: str
    state: OfferState = "pending"
    weight: int
    at: datetime
    expires_at: datetime | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    sticky: bool = False
    by_hand: bool = False
    confirmed: bool = True
