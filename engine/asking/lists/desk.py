"""Answers about lists: what there is is read, who looks is audited, what is to become of them is told to the rooms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from engine import events as ev
from engine.asking.lists import letters
from engine.asking.reading import read
from engine.asking.who import Asked, Who
from engine.callbacks.lists.asking import TO_CONFIRM, unwanted
from engine.callbacks.lists.states import OPEN
from engine.callbacks.lists.window import zones_of
from engine.loop import Loop
from engine.store.people.lists import ListStore
from engine.world import Blocked, CallList, NoLists, Request, Target
from okno import clock, phones
from okno.ids import uuid7_of
from okno.settings.model import Settings

Answer = dict[str, Any]
# So many lists are shown: a year's, in a clinic that makes one a day.
SHOWN = 200


class Lists:
    """What a leading engine answers about lists.

    Args:
        store: reads what was written.
        loop: takes what is asked for; its world says who refused.
        asked: audits.
        settings: the clinic's, with the directory in force.
        who: whoever asks.
    """

    def __init__(self, store: ListStore, loop: Loop, asked: Asked, settings: Settings, who: Who) -> None:
        self._store, self._loop, self._asked, self._settings, self._who = store, loop, asked, settings, who

    async def all(self, _: Any) -> Answer:
        """Return every list, the newest first, and how many calls to confirm wait to be taken over."""
        waiting = sum(
            1 for one in self._loop.world.all(Request)
            if one.source == TO_CONFIRM and one.status == "queued" and one.phone
        )
        return {"items": [one.row() for one in await self._store.newest(SHOWN)], "to_confirm": waiting}

    async def one(self, body: Any) -> Answer:
        """Return one list: {list}, None when there is none."""
        found = await self._store.of(str(read(letters.One, body).list))
        return {"list": None if found is None else found.row()}

    async def people(self, body: Any) -> Answer:
        """Return a page of a list's people, audited: {items}. Numbers stand masked, and names as they were given."""
        asked = read(letters.People, body)
        found = await self._store.people(
            str(asked.list), after=asked.after, limit=asked.limit, state=asked.state
        )
        action = "lists.export" if asked.export else "lists.people"
        details = {"people": len(found), "after": asked.after}
        await self._asked.about(self._who, action, str(asked.list), details=details)
        return {"items": [_shown(one) for one in found]}

    async def check(self, body: Any) -> Answer:
        """Return who of these would not be called: {refused, blocked, elsewhere}, each by its place among them."""
        asked, world, at = read(letters.Check, body), self._loop.world, clock.now()
        told: dict[str, list[int]] = {"refused": [], "blocked": [], "elsewhere": []}
        for place, phone in enumerate(asked.phones):
            if unwanted(world, phone):
                told["refused"].append(place)
            elif any(one.until is None or one.until > at for one in world.by(Blocked, "phone", phone)):
                told["blocked"].append(place)
            elif any(one.state in OPEN for one in world.by(Target, "phone", phone)):
                told["elsewhere"].append(place)
        return told

    async def make(self, body: Any) -> Answer:
        """Make a list: {ok, why}."""
        wanted = read(letters.Make, body)
        if wanted.mode == "ivr" and wanted.flow not in self._settings.flows:
            return {"ok": False, "why": "no_flow"}
        pbx = wanted.pbx or next((one.name for one in self._settings.pbxes), "")
        at, key = clock.now(), str(wanted.id)
        made = CallList(
            key=key, pbx=pbx if wanted.mode == "ivr" else "", shown=wanted.shown or self._number(),
            state="running" if wanted.running else "paused", author=self._who.actor, at=at,
            days="".join(sorted(set(wanted.days))), **wanted.model_dump(include=_AS_IT_IS),
        )  # fmt: skip
        await self._asked.about(self._who, "lists.make", key, details={"people": len(wanted.people)})
        return await self._told(ev.ListAsked(
            at=at, command=key, actor=self._who.actor, role=self._who.role, made=made,
            targets=tuple(self._targets(key, wanted.people)),
        ))  # fmt: skip

    async def steer(self, body: Any) -> Answer:
        """Pause, go on, stop, change the pace: {ok, why}."""
        wanted = read(letters.Steer, body)
        await self._asked.about(self._who, "lists.steer", str(wanted.list), details={"what": wanted.what})
        return await self._told(ev.ListSteered(
            at=clock.now(), command=wanted.command, actor=self._who.actor, role=self._who.role, list=str(wanted.list),
            what=wanted.what, at_once=wanted.at_once, per_minute=wanted.per_minute,
        ))  # fmt: skip

    async def person(self, body: Any) -> Answer:
        """Take one out, put him back, note his refusal: {ok, why}."""
        wanted = read(letters.SteerPerson, body)
        await self._asked.about(self._who, "lists.person", str(wanted.target), details={"what": wanted.what})
        return await self._told(ev.TargetSteered(
            at=clock.now(), command=wanted.command, actor=self._who.actor, role=self._who.role,
            target=str(wanted.target), what=wanted.what,
        ))  # fmt: skip

    async def refuse(self, body: Any) -> Answer:
        """Note that a number wants no lists, or wants them again: {ok, why}."""
        wanted = read(letters.Refuse, body)
        await self._asked.about(self._who, "lists.refuse", None, details={"undo": wanted.undo})
        return await self._refused(wanted.command, wanted.phone, undo=wanted.undo)

    async def lift(self, body: Any) -> Answer:
        """Take a refusal back by its id: {ok, why}."""
        wanted = read(letters.Lift, body)
        known = self._loop.world.get(NoLists, str(wanted.refusal))
        if known is None:
            return {"ok": False, "why": "not_found"}
        await self._asked.about(self._who, "lists.lift", known.key)
        return await self._refused(wanted.command, known.phone, undo=True)

    async def refusals(self, _: Any) -> Answer:
        """Return who wants no lists, audited, masked: {items}."""
        found = await self._store.refusals(letters.MOST)
        await self._asked.about(self._who, "lists.refusals", details={"people": len(found)})
        return {"items": [
            {"id": one.key, "number": phones.mask(one.phone), "actor": one.actor, "at": one.at.isoformat()}
            for one in found
        ]}  # fmt: skip

    async def _refused(self, command: str, phone: str, *, undo: bool) -> Answer:
        return await self._told(ev.NoListsAsked(
            at=clock.now(), command=command, actor=self._who.actor, role=self._who.role, phone=phone, undo=undo
        ))

    async def _told(self, asked: ev.Asked) -> Answer:
        answer = await self._loop.command(asked)
        return {"ok": answer.ok, "why": answer.why}

    def _targets(self, key: str, people: Iterable[letters.Person]) -> Iterable[Target]:
        """The people of a list; ids come of the list's and the row's, so that the same list is the same people."""
        home, at = self._settings.clinic.timezone, clock.now()
        for one in people:
            yield Target(
                key=str(uuid7_of(at, "target", key, str(one.place))), list=key, place=one.place, phone=one.phone,
                name=one.name, note=one.note, ref=one.ref, zone=zones_of(one.phone, home),
            )

    def _number(self) -> str:
        """What people see who is calling when the list does not say: the clinic's first number."""
        return next((one.number for one in self._settings.lines), "")


_AS_IT_IS = {
    "title", "source", "mode", "queue", "flow", "opens", "closes", "starts_at", "ends_at", "at_once", "per_minute",
    "attempts", "again_min",
}  # fmt: skip


def _shown(one: Target) -> Answer:
    """A person as supervisors see him."""
    moments = {"next_at": one.next_at, "tried_at": one.tried_at, "ended_at": one.ended_at}
    return {
        "id": str(UUID(one.key)), "place": one.place, "number": phones.mask(one.phone), "name": one.name,
        "note": one.note, "ref": one.ref, "state": one.state, "outcome": one.outcome, "answer": one.answer,
        "attempt": one.attempt, "request": one.request, "call": one.call,
        **{name: at.isoformat() if at else None for name, at in moments.items()},
    }  # fmt: skip
