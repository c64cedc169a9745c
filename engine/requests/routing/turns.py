"""Whose turn it is: callers on the line and promises to call stand in one queue by when they came.

Asterisk gives the callers, we the promises. A promise's turn comes when fewer callers who came before it wait than
operators are free: then nobody who came earlier loses the operator by it. While callers wait, no more than the
queue's share of those on duty call back, so that those on the line are not starved; and whoever is asked then must not
be rung meanwhile by those who came later (`contested`): the pause of his wrap-up still holds, and a quiet phone is
wanted with the offer.
"""

from datetime import datetime

from engine.requests.offers.capacity import on_the_phone
from engine.requests.offers.leaving import on_duty
from engine.requests.offers.ledger import PHONE_WORK
from engine.world import Call, Callback, Offer, Operator, Queue, Request, View
from engine.world.reading import dialled_now, numbers_of


class Turns:
    """What one run of the router finds out about the queues; asked anew each run.

    `freeing` is an operator who has just finished the request `closing`: he counts as free, though his phone and his
    offer do not say so yet.
    """

    def __init__(self, world: View, at: datetime, freeing: str = "", closing: str = "") -> None:
        self._world, self._at, self._freeing, self._closing = world, at, freeing, closing
        self._callers: dict[str, list[datetime]] = {}
        self._staff: dict[str, list[Operator]] = {}
        self._busy: set[str] | None = None

    def come(self, request: Request) -> bool:
        """Whether a request may be offered now as far as its time, its turn and the share go; others' always may."""
        if request.kind not in PHONE_WORK:
            return True
        callback = self._world.get(Callback, request.key)
        if callback is not None and not self._due(request, callback):
            return False
        callers = self.callers(request.queue)
        if not callers:
            return True
        before = sum(1 for joined_at in callers if joined_at <= place(request, callback))
        return before < self._free(request.queue) and self._calling(request.queue) < self._most(request.queue)

    def contested(self, operator: Operator) -> bool:
        """Whether callers wait whom a queue would give to him."""
        return any(self.callers(queue) for queue in operator.queues)

    def asked(self, operator: Operator) -> None:
        """He was asked for work by telephone in this run."""
        if self._busy is not None:
            self._busy.add(operator.key)

    def callers(self, queue: str) -> list[datetime]:
        """Since when each caller waits in a queue; for whom a phone rings has his operator."""
        if queue not in self._callers:
            waiting = self._world.by(Call, "queue", queue) if queue else []
            self._callers[queue] = [
                one.queued_at for one in waiting
                if one.direction == "inbound" and one.phase == "queued" and one.queued_at is not None
            ]  # fmt: skip
        return self._callers[queue]

    def _due(self, request: Request, callback: Callback) -> bool:
        """Whether it is his time, and nobody dials him for something else."""
        if callback.state == "dialling" or (callback.next_at is not None and callback.next_at > self._at):
            return False
        return not dialled_now(self._world, numbers_of(self._world, request.phone, request.contact), request.key)

    def _on(self, queue: str) -> list[Operator]:
        if queue not in self._staff:
            known = self._world.get(Queue, queue)
            everybody = known is None or not known.active
            self._staff[queue] = [
                one for one in self._world.all(Operator) if on_duty(one) and (everybody or queue in one.queues)
            ]
        return self._staff[queue]

    def _free(self, queue: str) -> int:
        """How many could answer now; each who calls back, or is asked to, is not."""
        calling = self._callers_back()
        return sum(1 for one in self._on(queue) if one.key not in calling and self._hands(one))

    def _hands(self, operator: Operator) -> bool:
        return operator.key == self._freeing or not on_the_phone(operator)

    def _callers_back(self) -> set[str]:
        """Who has, or is asked for, work by telephone."""
        if self._busy is None:
            self._busy = {one.operator for one in self._world.all(Offer) if self._by_phone(one)}
        return self._busy

    def _by_phone(self, offer: Offer) -> bool:
        request = self._world.get(Request, offer.request)
        return request is not None and request.kind in PHONE_WORK and request.key != self._closing

    def _calling(self, queue: str) -> int:
        calling = self._callers_back()
        return sum(1 for one in self._on(queue) if one.key in calling)

    def _most(self, queue: str) -> int:
        """How many may call back while callers wait: the share of those on duty, one at least unless it is none."""
        known = self._world.get(Queue, queue)
        share = known.callbacks.share if known is not None else 100
        return max(1, len(self._on(queue)) * share // 100) if share else 0


def place(request: Request, callback: Callback | None) -> datetime:
    """Since when a promise stands in its queue: where he left it, else since the try it waits for was due."""
    begun = request.queued_at or request.created_at
    if callback is None:
        return begun
    if callback.attempt == 0 and callback.wanted_at is None:
        return callback.place_at or begun
    return max(begun, callback.next_at or begun)

