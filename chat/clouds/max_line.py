"""How a MAX bot hears: a watched webhook or a long poll, and what was missed looked for in the dialogs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chat.channels import Account, Lamp, RawEvent
from chat.clouds.calling import pause
from chat.clouds.max_api import MaxApi, since_ms
from chat.clouds.reading import dig, objects, print_of, whole, words
from chat.clouds.trouble import wait_s, why
from chat.hearing import max as hearing
from chat.wire import Undelivered, Unknown
from okno import clock, logs
from okno.database import DatabaseDown

_WATCH_S, _AGAIN_S, _SUBSCRIBE_S = 300.0, 5.0, 60.0
_POLL_S, _POLL_LIMIT, _PAUSE_S, _PAGES = 30, 100, 0.5, 20
# MAX repeats at growing intervals; what it may still bring later is looked for at once after so long.
_AWAY, _MARGIN, _LONGEST = timedelta(minutes=15), timedelta(minutes=10), timedelta(days=7)

log = logs.get(__name__)

Heard = Callable[[dict[str, Any], bytes], Sequence[RawEvent]]


class MaxLine:
    """The hearing side of a bot.

    Args:
        account: whose.
        api: its calls.
        secret: what MAX says with each update it posts.
        polled: whether updates are asked for rather than posted.
        heard: makes events of an update.
    """

    def __init__(self, account: Account, api: MaxApi, secret: str, polled: bool, heard: Heard) -> None:
        self._account, self._api, self._secret, self._heard = account, api, secret, heard
        self.polled = polled
        self._sooner = asyncio.Event()
        self._trouble = ""

    async def run(self) -> None:
        """Hear, until cancelled."""
        while True:
            try:
                if self.polled:
                    await self._poll()
                else:
                    await self._subscribed()
                    self._trouble = ""
                    await pause(_WATCH_S, self._sooner)
            except (Undelivered, Unknown, DatabaseDown) as fault:
                if why(fault) != self._trouble:
                    log.warning("max_waits", extra={"account": self._account.key, "why": why(fault)})
                self._trouble = why(fault)
                await pause(wait_s(fault, _AGAIN_S if self.polled else _SUBSCRIBE_S), self._sooner)

    async def lamp(self) -> Lamp:
        """Ask MAX where it posts."""
        try:
            urls = await self._urls()
        except (Undelivered, Unknown) as fault:
            return Lamp(colour="red", why=why(fault))
        if not self.polled and self._account.public_url not in urls:
            self._sooner.set()
            return Lamp(colour="amber", why="unsubscribed")
        return Lamp(colour="amber", why=self._trouble) if self._trouble else Lamp(colour="green")

    async def _urls(self) -> list[str]:
        told = await self._api.ask("GET", "/subscriptions")
        return [words(one.get("url"), 2000) for one in objects(told.get("subscriptions"))]

    async def _subscribed(self) -> None:
        """See that we are subscribed; if not, or if we were away, look for what was missed."""
        cursor, url, now = await self._account.cursor(), self._account.public_url, clock.now()
        wanted = print_of([url, self._secret, hearing.TYPES])
        seen = _moment(cursor.get("seen"))
        lost = url not in await self._urls() or cursor.get("subscription") != wanted
        if lost:
            self._trouble = "unsubscribed"
            told = {"url": url, "update_types": hearing.TYPES, "secret": self._secret}
            if (await self._api.ask("POST", "/subscriptions", None, told)).get("success") is False:
                raise Undelivered("refused")
            log.info("max_subscribed", extra={"account": self._account.key})
        if lost or seen is None or now - seen > _AWAY:
            await self._missed(seen)
        await self._account.set_cursor({**cursor, "subscription": wanted, "seen": now.isoformat()})

    async def _missed(self, seen: datetime | None) -> None:
        """Keep what was said, since we last heard, in the dialogs that go on."""
        last = seen or self._account.heard_at()
        if last is None or self._account.dialogs is None:
            return
        since = since_ms(max(last, clock.now() - _LONGEST) - _MARGIN)
        for chat in await self._account.dialogs():
            try:
                events = await self._said(chat, since)
            except Undelivered as refused:
                if refused.account or refused.retry_after_s is not None:
                    raise
                continue  # he has stopped the bot: there is nothing to be seen of him
            await self._account.keep(events)

    async def _said(self, chat: str, since: int) -> list[RawEvent]:
        found: dict[str, RawEvent] = {}
        before: int | None = None
        for _ in range(_PAGES):
            page = await self._api.newest(chat, before)
            times = [at for one in page if (at := whole(one.get("timestamp"))) is not None]
            known = len(found)
            found.update(_events(page, since))
            if not times or min(times) < since or (before is not None and len(found) == known):
                break
            before = min(times)
        return list(found.values())[::-1]

    async def _poll(self) -> None:
        """Ask for updates until something fails; what was not kept is asked for again."""
        await self._unsubscribe()
        cursor = await self._account.cursor()
        if whole(cursor.get("marker")) is None:
            await self._missed(None)
        while True:
            query = {
                "limit": _POLL_LIMIT, "timeout": _POLL_S, "marker": whole(cursor.get("marker")),
                "types": ",".join(hearing.TYPES),
            }  # fmt: skip
            told = await self._api.ask("GET", "/updates", query, answer_s=_POLL_S + 15.0)
            updates = objects(told.get("updates"), _POLL_LIMIT)
            events = [event for one in updates for event in self._heard(one, json.dumps(one).encode())]
            if events:
                await self._account.keep(events)
            self._trouble = ""
            marker = whole(told.get("marker"))
            if marker is not None and marker != cursor.get("marker"):
                cursor = {**cursor, "marker": marker}
                await self._account.set_cursor(cursor)
            await asyncio.sleep(_PAUSE_S)  # two questions a second are allowed

    async def _unsubscribe(self) -> None:
        """Take back a webhook of ours, for MAX posts or is asked, never both; another's is left alone."""
        channel, _, name = self._account.key.partition(":")
        for url in await self._urls():
            if not url.endswith(f"/hook/{channel}/{name}"):
                raise Undelivered("other_webhook", retry_after_s=_SUBSCRIBE_S)
            await self._api.ask("DELETE", "/subscriptions", {"url": url})


def _events(page: list[dict[str, Any]], since: int) -> dict[str, RawEvent]:
    """Return what persons said, of a page of a dialog, as the updates it would have been."""
    found = {}
    for one in page:
        tree = {"update_type": "message_created", "timestamp": one.get("timestamp"), "message": one}
        ours = dig(one, "sender", "is_bot") is True
        if not ours and not hearing.group(tree) and (whole(one.get("timestamp")) or 0) >= since:
            event = hearing.event(tree, json.dumps(tree).encode())
            found[event.ext_id] = event
    return found


def _moment(written: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(words(written)).astimezone(UTC)
    except ValueError:
        return None
