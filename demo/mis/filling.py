"""The clinic is put into the server over FHIR, as anybody would; what is there already is left as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import aiohttp
import yaml

from demo.mis import people, times
from okno.errors import TheirFault

Json = dict[str, Any]
# Written last: who finds it finds the clinic.
WHOLE = {"resourceType": "Organization", "id": "okno-demo", "name": "Okno demo", "active": True}
PAST = 7
AT_ONCE = 400


class NotFilled(TheirFault):
    """The demo's MIS did not take its clinic."""


def words() -> Json:
    """Return the clinic's names and prices."""
    read: Json = yaml.safe_load(files("demo.mis").joinpath("clinic.yaml").read_text("utf-8"))
    return read


async def fill(base: str, token: str, today: date) -> int:
    """Put the clinic there, and the days from a week ago to two weeks ahead that are not; return how many resources.

    Raises NotFilled.
    """
    told, count = words(), 0
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        patients = [one for number in range(people.CALLERS) for one in people.family(number, told, today)]
        fresh = not await whole(session, base)
        if fresh:
            everything = [*times.clinic(told), *patients, *people.strangers(told, today)]
            count += await _put(session, base, everything)
        visitors = [one["id"] for one in patients if _may_come(one)]
        for ahead in range(-PAST if fresh else 0, times.DAYS + 1):
            on = today + timedelta(days=ahead)
            if await _empty(session, base, on):
                count += await _put(session, base, [_past(one, ahead) for one in times.day(on, told, visitors)])
        if fresh:
            count += await _put(session, base, [WHOLE])
    return count


async def whole(session: aiohttp.ClientSession, base: str) -> bool:
    """Say whether the clinic is there. Raises NotFilled when the server does not let us look."""
    async with session.get(f"{base}/Organization/{WHOLE['id']}") as answer:
        if answer.status not in (200, 404):
            raise NotFilled(f"the demo's MIS answers {answer.status}")
        return answer.status == 200


def _may_come(one: Json) -> bool:
    dead = "deceasedDateTime" in one
    return one["resourceType"] == "Patient" and one["active"] and not dead


def _past(one: Json, ahead: int) -> Json:
    """Visits of days gone by have taken place."""
    return {**one, "status": "fulfilled"} if ahead < 0 and one["resourceType"] == "Appointment" else one


async def _empty(session: aiohttp.ClientSession, base: str, on: date) -> bool:
    asked = {"start": [f"ge{on}T00:00:00Z", f"lt{on + timedelta(days=1)}T00:00:00Z"], "_count": "1"}
    async with session.post(f"{base}/Slot/_search", data=_form(asked)) as answer:
        if answer.status != 200:
            raise NotFilled(f"the demo's MIS answers {answer.status}")
        body = await answer.json(content_type=None)
        return not body.get("total")


async def _put(session: aiohttp.ClientSession, base: str, resources: Sequence[Json]) -> int:
    for first in range(0, len(resources), AT_ONCE):
        entries = [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in resources[first : first + AT_ONCE]
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        async with session.post(base, json=bundle, headers={"Prefer": "return=minimal"}) as answer:
            if answer.status != 200:
                raise NotFilled(f"the demo's MIS answers {answer.status}")
            await answer.read()
    return len(resources)


def _form(asked: dict[str, Any]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in asked.items():
        for one in value if isinstance(value, list) else [value]:
            form.add_field(name, one)
    return form
