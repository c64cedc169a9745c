"""What changed in the MIS, asked for or pushed; and what we tell it of our contacts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from mis.connectors.fhir_r4.fhir import Fhir
from mis.connectors.fhir_r4.forms import resources as fhir
from mis.connectors.fhir_r4.forms.parts import Json
from mis.connectors.fhir_r4.reading import moment, read
from mis.terms import Appointment, Change, Changes, ContactReport, Context, Malformed
from mis.wire import mark, read_cursor, sample, write_cursor
from okno import clock

KINDS: dict[str, Literal["appointment", "patient", "slot"]] = {
    "Appointment": "appointment", "Patient": "patient", "Slot": "slot",
}  # fmt: skip
WATCHED = ("Appointment", "Patient")
ALONG = {"Appointment": (("_include", "Appointment:practitioner"), ("_include", "Appointment:location")), "Patient": ()}
# New ones taken at once: a few pages, which come within a read's deadline however long nobody asked.
MOST = 1000
# A write that began earlier may be seen later: what lies so near to the cursor is looked at again.
OVERLAP = timedelta(seconds=5)


class Changed(Fhir):
    """Changes of a FHIR server."""

    async def changes(self, ctx: Context, cursor: str) -> Changes:
        """Return what changed since the cursor; the server's own clock counts, never ours."""
        if not cursor:
            return Changes(items=(), cursor=write_cursor(await self._latest(ctx), ()))
        at, seen = read_cursor(cursor)
        items: list[Change] = []
        most, ends = MOST + len(seen), list[datetime]()
        for kind in WATCHED:
            since = ("_lastUpdated", f"ge{(at - OVERLAP).isoformat(timespec='milliseconds')}")
            wanted = [since, ("_sort", "_lastUpdated"), *ALONG[kind]]
            found = await self._wire.search(ctx, kind, wanted, limit=most)
            around = self._around(found.along)
            came = [self._change(raw, around.appointment) for raw in found.matches]
            if len(came) >= most:
                ends.append(max(one.at for one in came))
            items += came
        # Where one kind was cut the other waits for it: the cursor goes no further than all of them have been read.
        end = min(ends, default=None)
        items = sorted((one for one in items if end is None or one.at <= end), key=lambda one: one.at)
        fresh = [one for one in items if mark(one) not in seen]
        last = max((one.at for one in items), default=at)
        near = {mark(one) for one in items if one.at >= last - OVERLAP}
        return Changes(items=tuple(fresh), cursor=write_cursor(max(last, at), near))

    async def subscribe(self, ctx: Context, url: str, secret: str) -> None:
        """See that there is a Subscription for what we watch, alive and with our secret."""
        found = await self._wire.search(ctx, "Subscription", [("url", url)], limit=MOST)
        for kind in WATCHED:
            wanted: Json = {
                "resourceType": "Subscription", "status": "requested", "reason": "Okno", "criteria": f"{kind}?",
                "channel": {
                    "type": "rest-hook", "endpoint": url, "payload": "application/fhir+json",
                    "header": [f"Authorization: Bearer {secret}"],
                },
            }  # fmt: skip
            same = [
                raw for raw in found.matches
                if raw.get("criteria") == wanted["criteria"] and raw.get("channel", {}).get("endpoint") == url
            ]  # fmt: skip
            if not same:
                await self._wire.write(ctx, "POST", "Subscription", wanted)
            elif not any(one.get("status") in ("active", "requested") and _says(one, wanted) for one in same):
                path = f"Subscription/{same[0]['id']}"
                await self._wire.write(ctx, "PUT", path, {**wanted, "id": same[0]["id"]})

    def pushed(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[Change, ...]:
        """Read a notification: a resource, PUT or POSTed, or a bundle of them; an empty one says only «look»."""
        if not body.strip():
            return ()
        try:
            raw = json.loads(body)
        except ValueError:
            raise Malformed(sample(body)) from None
        if not isinstance(raw, dict) or not isinstance(raw.get("resourceType"), str):
            raise Malformed(sample(body))
        if raw["resourceType"] != "Bundle":
            return (self._change(raw, None),) if raw["resourceType"] in KINDS else ()
        entries = raw.get("entry", [])
        inner = [one.get("resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
        known = [one for one in inner if isinstance(one, dict) and one.get("resourceType") in KINDS]
        return tuple(self._change(one, None) for one in known)

    async def report_contact(self, ctx: Context, report: ContactReport) -> None:
        """Write a Communication with our key on it, once."""
        said = " · ".join(part for part in (report.kind, report.outcome, report.operator) if part)
        made: Json = {
            "resourceType": "Communication", "status": "completed", "sent": report.at.isoformat(),
            "identifier": [{"system": self._options.report_system, "value": report.key}],
            "subject": {"reference": f"Patient/{report.patient}"}, "payload": [{"contentString": said}],
        }  # fmt: skip
        if report.appointment:
            made["about"] = [{"reference": f"Appointment/{report.appointment}"}]
        if report.recording:
            made["payload"].append({"contentString": report.recording})
        once = urlencode({"identifier": f"{self._options.report_system}|{report.key}"})
        await self._wire.write(replace(ctx, key=report.key), "POST", "Communication", made, if_none_exist=once)

    async def _latest(self, ctx: Context) -> datetime:
        """The last moment anything we watch was changed, by the server's clock."""
        moments = []
        for kind in WATCHED:
            newest = [("_sort", "-_lastUpdated"), ("_elements", "meta")]
            found = await self._wire.search(ctx, kind, newest, limit=1)
            moments += [moment(read(fhir.Resource, raw).meta.last_updated, self._zone) for raw in found.matches]
        return max(moments, default=clock.now() - timedelta(days=1))

    def _change(self, raw: Json, appointment: Any) -> Change:
        form = read(fhir.Resource, raw)
        told = appointment or self._around({}).appointment
        visit: Appointment | None = None
        if form.resource_type == "Appointment" and raw.get("start"):
            visit = told(read(fhir.Appointment, raw))
        return Change(
            resource=KINDS[form.resource_type],
            id=form.id,
            version=form.meta.version_id,
            at=moment(form.meta.last_updated, self._zone),
            appointment=visit,
        )


def _says(raw: Json, wanted: Json) -> bool:
    return bool(raw.get("channel", {}).get("header") == wanted["channel"]["header"])
