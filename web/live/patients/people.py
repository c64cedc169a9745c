"""Who it may be, who it is, his card; a patient made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from mis.client import Card, Lookup, MisClient, Person, plain
from okno.ids import uuid7
from okno.settings import MisSettings
from web.accounts.roles import Role, permission
from web.live.asks import Ask
from web.live.desk import Caller, Handler
from web.live.engine import Answer, Asking, Engine
from web.live.patients.asks import CardAsk, DirectoryAsk, DisownAsk, FindAsk, IdentifyAsk, NewAsk, OfRequest
from web.live.patients.whose import No, Whose, told
from web.live.people import Patience
from web.view import Row, View


class People:
    """Answers about people.

    Args:
        mis: its client.
        engine: its client; it keeps who was confirmed.
        views: one for each role.
        whose: judges.
        settings: `mis` of okno.yaml.
    """

    def __init__(
        self, mis: MisClient, engine: Engine, views: Mapping[Role, View], whose: Whose, settings: MisSettings
    ) -> None:
        self._mis, self._engine, self._views, self._whose = mis, engine, views, whose
        self._still = {"emergency_words": list(settings.emergency_words), "soft_s": settings.soft_s}
        self._patience = Patience()

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event."""
        return {
            "patients": self.on_patients, "patient_search": self.on_search, "identify": self.on_identify,
            "disown": self.on_disown, "patient": self.on_card, "patient_new": self.on_new,
            "mis_status": self.on_status, "mis_directory": self.on_directory,
        }  # fmt: skip

    @permission("card.read")
    async def on_patients(self, caller: Caller, body: Any) -> Answer:
        """Return whom the request's number may belong to: name, year and relation, no more (P6).

        `meant` is which of them the MIS itself wants something done about, when the request came of that.
        """
        row = self._whose.reached(caller, OfRequest.model_validate(body).request)
        lookup = await self._candidates(caller, row)
        meant = row.get("meant") if row.get("meant") in _ids(lookup.people) else None
        return {"ok": True, "lookup": plain(lookup), "meant": meant}

    @permission("card.read")
    async def on_search(self, caller: Caller, body: Any) -> Answer:
        """Return patients by what the caller says of himself."""
        ask = FindAsk.model_validate(body)
        row = self._whose.row(caller, ask.request)
        if not self._patience.spend(caller.who.account):
            raise No("too_fast")
        found = await told(self._mis.search(
            self._whose.asker(caller, row), name=ask.name, born=ask.born, card_number=ask.card_number
        ))  # fmt: skip
        return {"ok": True, "lookup": plain(self._shown(row, found))}

    @permission("requests.work")
    async def on_identify(self, caller: Caller, body: Any) -> Answer:
        """Confirm who it is about: audited by `mis` first, then kept by the engine."""
        ask = IdentifyAsk.model_validate(body)
        row = self._whose.row(caller, ask.request)
        _check_seen(row, ask.version)
        if not self._whose.showed(row, ask.patient):
            await self._candidates(caller, row)  # they may have been shown by another process, or before a restart
        if not self._whose.showed(row, ask.patient):
            raise No("not_shown")
        asker = self._whose.asker(caller, row)
        await told(self._mis.identified(ask.patient, ask.verified, asker, e164=str(row.get("phone") or "")))
        return await self._order(caller, "identify", ask)

    @permission("requests.work")
    async def on_disown(self, caller: Caller, body: Any) -> Answer:
        """Say that it is not about the patient who was confirmed, and that the number is not his."""
        ask = DisownAsk.model_validate(body)
        patient, row = self._whose.patient(caller, ask.request), self._whose.row(caller, ask.request)
        _check_seen(row, ask.version)
        await told(self._mis.disowned(patient, str(row.get("phone") or ""), self._whose.asker(caller, row)))
        return await self._order(caller, "disown", ask)

    @permission("card.read")
    async def on_card(self, caller: Caller, body: Any) -> Answer:
        """Return the card of the patient confirmed for the request; a restricted one opens for a reason only."""
        ask = CardAsk.model_validate(body)
        patient, row = self._whose.patient(caller, ask.request), self._whose.row(caller, ask.request)
        answer = await told(self._mis.card(patient, self._whose.asker(caller, row), reason=ask.reason))
        if self._whose.patient(caller, ask.request) != patient:
            raise No("not_identified")  # disowned, or handed over to a colleague, while the MIS was asked
        card = answer.card
        closed = card is not None and card.restricted and not ask.reason
        if card is not None and closed:  # `mis` gives no more either: the second lock on the same door
            card = Card(id=card.id, name="", restricted=True, missing=card.missing, fetched_at=card.fetched_at)
        if card is not None:
            self._whose.show(row, [card.id, *(one.id for one in card.relatives)])
        shown = plain(card) if card is not None else None
        return {"ok": True, "card": shown, "stale": answer.stale, "error": answer.error, "closed": closed}

    @permission("requests.work")
    async def on_new(self, caller: Caller, body: Any) -> Answer:
        """Make a patient, or return those like him; who speaks for a minor must be who was confirmed."""
        ask = NewAsk.model_validate(body)
        row = self._whose.row(caller, ask.request)
        if ask.draft.guardian and ask.draft.guardian != row.get("patient"):
            raise No("not_identified")
        asker = self._whose.asker(caller, row)
        made = await told(self._mis.create_patient(ask.draft.draft(row), asker), write=True)
        self._whose.show(row, _ids([*made.like, *([made.made] if made.made else [])]))
        return {"ok": True, **plain(made)}

    @permission("card.read")
    async def on_status(self, caller: Caller, body: Any) -> Answer:
        """Return how the MIS is and what it can do; the words of an emergency are told with `mis` dead, too."""
        Ask.model_validate(body or {})
        try:
            status = await told(self._mis.status())
        except No as no:
            return {"ok": False, "why": no.why, **self._still}
        return {"ok": True, "status": plain(status), **self._still}

    @permission("card.read")
    async def on_directory(self, caller: Caller, body: Any) -> Answer:
        """Return a directory of the MIS; it is about nobody."""
        return {"ok": True, **plain(await told(self._mis.directory(DirectoryAsk.model_validate(body).kind)))}

    async def _candidates(self, caller: Caller, row: Row) -> Lookup:
        found = await told(self._mis.candidates(
            str(row.get("phone") or ""), self._whose.asker(caller, row), call=UUID(self._whose.waits(row))
        ))  # fmt: skip
        return self._shown(row, found)

    def _shown(self, row: Row, found: Lookup) -> Lookup:
        self._whose.show(row, _ids(found.people))
        return found

    async def _order(self, caller: Caller, name: str, ask: IdentifyAsk | DisownAsk) -> Answer:
        args = ask.model_dump(mode="json", exclude_none=True)
        answer = await Asking(self._engine, caller.who, "work").command(str(uuid7()), name, args)
        row = answer.get("request")
        seen = None
        if isinstance(row, dict):
            self._whose.ahead(row)
            seen = self._views[caller.who.role].row("requests", row)
        return {"ok": bool(answer.get("ok")), "why": answer.get("why") or "", "by": answer.get("by"), "request": seen}


def _check_seen(row: Row, version: int | None) -> None:
    """Raise No when the person saw an older state: `mis` must not be told what the engine will refuse."""
    if version is not None and version < int(row.get("version") or 0):
        raise No("stale")


def _ids(people: tuple[Person, ...] | list[Person]) -> list[str]:
    return [one.id for one in people]
