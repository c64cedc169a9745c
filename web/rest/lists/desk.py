"""The routes of outbound lists, for supervisors' pages and for scripts of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from okno import phones
from okno.service import ServiceDown
from web.rest.endpoint import Visit, endpoint
from web.rest.lists import models
from web.rest.lists.reading import Columns, NoTable, Person, Table, people_of, phone_column, table_of
from web.rest.problems import Problem, not_done
from web.rest.works import order_id

_FAULTS_SHOWN = 100
_SAMPLE_LETTERS = 40


class Lists:
    """Outbound lists.

    Args:
        phone_rules: country and area code that complete a number.
    """

    def __init__(self, phone_rules: dict[str, str]) -> None:
        self._rules = phone_rules

    @endpoint("GET", "/lists", "lists.read", answers=models.Lists, people=True)
    async def lists(self, visit: Visit) -> models.Lists:
        """List outbound lists, the newest first."""
        return models.Lists.model_validate(await visit.engine.lists("all", {}))

    @endpoint(
        "POST", "/lists/read", "lists.steer", answers=models.Reading, body=models.ReadBody, people=True,
        longest=models.LONGEST,
    )
    async def list_read(self, visit: Visit) -> models.Reading:
        """Read a file without keeping it: its columns, whom it names, which rows are no good and why."""
        body: models.ReadBody = visit.body
        table = await self._table(body.file)
        columns = [
            models.Column(title=title[:_SAMPLE_LETTERS], samples=[one[:_SAMPLE_LETTERS] for one in table.sample(place)])
            for place, title in enumerate(table.head)
        ]
        guess = phone_column(table, self._rules)
        reading = models.Reading(columns=columns, rows=len(table.rows), titled=table.titled, phone=guess)
        if body.columns is None:
            return reading
        people = await asyncio.to_thread(people_of, table, _columns(body.columns, table), self._rules)
        told = await visit.engine.lists("check", {"phones": [one.phone for one in people.good]})
        return reading.model_copy(update={
            "good": len(people.good), "counts": people.counts, "unwanted": len(told["refused"]),
            "blocked": len(told["blocked"]), "elsewhere": len(told["elsewhere"]),
            "faults": [models.RowFault(**asdict(one)) for one in people.faults[:_FAULTS_SHOWN]],
        })

    @endpoint(
        "POST", "/lists", "lists.steer", answers=models.List, body=models.NewList, status=201, people=True,
        longest=models.LONGEST,
    )
    async def list_make(self, visit: Visit) -> models.List:
        """Make a list; the same Idempotency-Key is the same list."""
        body: models.NewList = visit.body
        people = await self._people(body)
        key = str(order_id(visit))
        wanted = {
            "id": key, "source": "mis" if body.mis else "csv" if body.file is not None else "rest",
            "opens": _minute(body.opens), "closes": _minute(body.closes),
            "people": [asdict(one) for one in people],
            **body.model_dump(mode="json", include=_AS_IT_IS),
        }
        await self._ordered(visit, "make", wanted)
        return await self._one(visit, key)

    @endpoint("GET", "/lists/{id}", "lists.read", answers=models.List, people=True)
    async def list_one(self, visit: Visit) -> models.List:
        """Show one list."""
        return await self._one(visit, visit.path["id"])

    @endpoint("POST", "/lists/{id}/steer", "lists.steer", answers=models.List, body=models.SteerBody, people=True)
    async def list_steer(self, visit: Visit) -> models.List:
        """Pause a list, let it go on (also a stopped one, within an hour), stop it, change its pace."""
        order = {"command": str(order_id(visit)), "list": visit.path["id"], **visit.body.model_dump()}
        await self._ordered(visit, "steer", order)
        return await self._one(visit, visit.path["id"])

    @endpoint(
        "GET", "/lists/{id}/people", "lists.read", answers=models.ListPeople, query=models.PeopleQuery, people=True
    )
    async def list_people(self, visit: Visit) -> models.ListPeople:
        """Show people of a list and what became of each, a page at a time."""
        asked: models.PeopleQuery = visit.query
        wanted = {"list": visit.path["id"], **asked.model_dump()}
        return models.ListPeople.model_validate(await visit.engine.lists("people", wanted))

    @endpoint(
        "POST", "/list-people/{id}/steer", "lists.steer", answers=models.Told, body=models.PersonSteerBody, people=True
    )
    async def list_person(self, visit: Visit) -> models.Told:
        """Take a person out of his list, put him back, or note that he wants no lists."""
        order = {"command": str(order_id(visit)), "target": visit.path["id"], "what": visit.body.what}
        await self._ordered(visit, "person", order)
        return models.Told()

    @endpoint("GET", "/no-lists", "lists.read", answers=models.Refusals, people=True)
    async def no_lists(self, visit: Visit) -> models.Refusals:
        """Show who wants to be in no list."""
        return models.Refusals.model_validate(await visit.engine.lists("refusals", {}))

    @endpoint("POST", "/no-lists", "lists.steer", answers=models.Told, body=models.RefusalBody, people=True)
    async def no_lists_add(self, visit: Visit) -> models.Told:
        """Note that a person wants to be in no list; every list lets him out at once."""
        phone = phones.parse(visit.body.phone, **self._rules)
        if phone is None:
            raise _fault("phone", "is not a phone number")
        order = {"command": str(order_id(visit)), "phone": phone.e164, "undo": visit.body.undo}
        await self._ordered(visit, "refuse", order)
        return models.Told()

    @endpoint("POST", "/no-lists/{id}/lift", "lists.steer", answers=models.Told, body=models.NothingBody, people=True)
    async def no_lists_lift(self, visit: Visit) -> models.Told:
        """Take a refusal back."""
        await self._ordered(visit, "lift", {"command": str(order_id(visit)), "refusal": visit.path["id"]})
        return models.Told()

    async def _one(self, visit: Visit, key: str) -> models.List:
        found = (await visit.engine.lists("one", {"list": key}))["list"]
        if found is None:
            raise Problem(404, "there is no such list", "error.http_404")
        return models.List.model_validate(found)

    async def _ordered(self, visit: Visit, what: str, order: dict[str, Any]) -> None:
        try:
            answer = await visit.engine.lists(what, order)
        except ServiceDown:
            raise Problem(
                503, "the outcome is unknown; ask again with the same Idempotency-Key", "error.outcome_unknown",
                idempotency_key=visit.key,
            ) from None
        if not answer["ok"]:
            raise not_done(str(answer["why"] or "refused"), None)

    async def _table(self, raw: bytes) -> Table:
        try:
            return await asyncio.to_thread(table_of, raw, self._rules)
        except NoTable as why:
            raise Problem(422, "the file cannot be read", "error.malformed", word=str(why)) from None

    async def _people(self, body: models.NewList) -> Sequence[Person]:
        """Whom the list is of. Rows that are no good are left out: they were shown before."""
        if body.file is not None and body.columns is not None:
            table = await self._table(body.file)
            found = await asyncio.to_thread(people_of, table, _columns(body.columns, table), self._rules)
            if not found.good:
                raise _fault("file", "names nobody who can be called")
            return found.good
        people: dict[str, Person] = {}
        for place, one in enumerate(body.people or (), 1):
            phone = phones.parse(one.phone, **self._rules)
            if phone is None or not phone.callable_back:
                raise _fault(f"people.{place - 1}.phone", "is not a number one can call")
            person = Person(place=place, phone=phone.e164, name=one.name, note=one.note, ref=one.ref)
            people.setdefault(phone.e164, person)
        return list(people.values())


_AS_IT_IS = {
    "title", "mode", "queue", "flow", "days", "starts_at", "ends_at", "at_once", "per_minute", "attempts", "again_min",
    "running",
}  # fmt: skip


def _columns(wanted: models.ColumnsBody, table: Table) -> Columns:
    """The columns, if the file has them. Raises Problem 422."""
    for name in ("phone", "name", "note", "ref", "consent"):
        place = getattr(wanted, name)
        if place is not None and place >= len(table.head):
            raise _fault(f"columns.{name}", "the file has no such column")
    return Columns(**(wanted.model_dump() | {"words": tuple(wanted.words)}))


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _fault(where: str, message: str) -> Problem:
    errors = [{"field": where, "message": message}]
    return Problem(422, "the body is not as the contract says", "error.malformed", errors=errors)
