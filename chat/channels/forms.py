"""Forms of sites: `POST /public/v1/callback` for browsers with and without JavaScript and for a site's own server.

A robot and a repetition get the answer everybody gets. With the database away the answer is 503: the site tries again.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web
from prometheus_client import Counter

from chat.channels import Channel, Setup, State, channel
from chat.feed import CallbackOver
from chat.forms import Forms, Malformed, Posting, read, rules
from chat.forms.answers import Answers
from chat.forms.doors import Doors
from chat.forms.keeping import OtherBody, Taken, TooMany, Visitor
from okno import clock
from okno.database import DatabaseDown
from okno.ids import uuid7
from okno.settings import SiteSettings

PATH = "/public/v1/callback"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_BODY_BYTES = 16 * 1024
_TIDY_EVERY_S = 3600.0


@channel("forms")
def forms(setup: Setup) -> Channel | None:
    """Make the channel, when the settings name sites. Raises SecretMissing."""
    return SiteForms(setup) if setup.runtime.settings.chat.sites else None


class SiteForms:
    """The channel.

    Args:
        setup: what it is made with.
    """

    def __init__(self, setup: Setup) -> None:
        settings = setup.runtime.settings
        self._doors = Doors(setup.runtime, PATH, (_FORM,))
        self._clinic, self._zone = settings.clinic, ZoneInfo(settings.clinic.timezone)
        self._database = setup.database
        self._kept = Forms(setup.database, setup.own, setup.bus)
        self._answers = Answers(self._zone)
        self._ends = Counter(
            "okno_forms", "Forms posted, by what became of them.", ["end"], registry=setup.metrics
        )

    async def state(self) -> State:
        """Say whether what is posted can be kept."""
        return "ready" if self._database.available else "down"

    def attach(self, app: web.Application) -> None:
        """Put the routes onto the public listener."""
        app.router.add_post(PATH, self.post)
        app.router.add_get(PATH, self.shown)
        app.router.add_route("OPTIONS", PATH, self._doors.preflight)
        app.router.add_get(PATH + "/{reference}", self.came)
        app.on_response_prepare.append(self._doors.allow)

    async def run(self) -> None:
        """Forget what was kept long enough, until cancelled."""
        while True:
            with contextlib.suppress(DatabaseDown):  # /ready says so; the next round forgets it
                await self._kept.tidy()
            await asyncio.sleep(_TIDY_EVERY_S)

    async def over(self, told: CallbackOver) -> None:
        """Note what came of a wish. Raises DatabaseDown."""
        await self._kept.ended(told.key, told.state)

    async def shown(self, request: web.Request) -> web.Response:
        """Answer what a form carries from now on: our clock's moment, a nonce for one filling in."""
        return web.json_response(
            {"form_ts": clock.now().isoformat(), "nonce": str(uuid7())}, headers={"Cache-Control": "no-store"}
        )

    async def came(self, request: web.Request) -> web.Response:
        """Answer a site's own server what came of a wish: `asked`, `reached`, `not_reached`, `withdrawn`."""
        site = self._doors.server_of(request)
        if site is None:
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        reference = request.match_info["reference"]
        state = await self._kept.state(site, reference)
        if state is None:
            raise web.HTTPNotFound
        return web.json_response({"reference": reference, "state": state}, headers={"Cache-Control": "no-store"})

    async def post(self, request: web.Request) -> web.Response:
        """Take what somebody asks for."""
        kind = request.content_type
        if kind not in (_JSON, _FORM):
            raise web.HTTPUnsupportedMediaType
        answer = self._answers.of(html=kind == _FORM)
        site: SiteSettings | None = None
        try:
            if (request.content_length or 0) > _BODY_BYTES or len(raw := await request.read()) > _BODY_BYTES:
                raise web.HTTPRequestEntityTooLarge(_BODY_BYTES, request.content_length or 0)
            posting = read(raw, kind, self._zone)
            site = self._doors.sites.get(posting.site_key)
            if site is None:
                raise Malformed("site_key")
            visitor = self._doors.visitor(request, site)
            taken = await self._take(site, posting, visitor)
        except Malformed as error:
            self._ends.labels("malformed").inc()
            return answer.malformed(site or self._doors.guess(request), error.fields)
        except TooMany:
            self._ends.labels("too_many").inc()
            return answer.too_many(site or self._doors.guess(request), rules.WINDOW_S)
        except OtherBody:
            self._ends.labels("other_body").inc()
            return answer.other_body()
        self._ends.labels(taken.end).inc()
        return answer.taken(site, taken.reference, taken.wanted_at)

    async def _take(self, site: SiteSettings, posting: Posting, visitor: Visitor) -> Taken:
        now = clock.now()
        why = "" if visitor.server else rules.spam(posting.hp, posting.form_ts, now)
        phone = rules.number(posting.phone, self._clinic.country, self._clinic.area_code)
        if phone is None:
            raise Malformed("phone")
        try:
            wanted_at = rules.wished(posting.when if isinstance(posting.when, datetime) else None, now)
        except ValueError:
            raise Malformed("when") from None
        if why:
            return await self._kept.take_spam(site, posting, why, visitor)
        return await self._kept.take(site, posting, phone, wanted_at, visitor)
