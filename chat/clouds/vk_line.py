"""How a VK community hears: a watched callback server, a long poll or both, and what was missed looked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from chat.channels import Account, Lamp, RawEvent
from chat.clouds.calling import pause
from chat.clouds.reading import dig, objects, whole, words
from chat.clouds.trouble import wait_s, why
from chat.clouds.vk_api import VERSION, VkApi
from chat.clouds.vk_chores import missed, refused_for_good
from chat.hearing import vk as hearing
from chat.wire import Undelivered, Unknown
from okno import clock, logs
from okno.database import DatabaseDown

_WATCH_S, _AGAIN_S, _WAIT_S = 300.0, 5.0, 25
_AWAY, _MARGIN, _LONGEST = timedelta(minutes=15), timedelta(minutes=10), timedelta(days=7)
_PAGE, _PAGES, _TITLE = 200, 20, "Okno"

log = logs.get(__name__)

Mode = Literal["webhook", "poll", "both"]
Heard = Callable[[dict[str, Any], bytes], Sequence[RawEvent]]


class VkLine:
    """The hearing side of a community.

    Args:
        account: whose.
        api: its calls.
        group: its id.
        secret: what VK says with each event it posts.
        mode: how it hears.
        heard: makes events of what a long poll tells.
    """

    def __init__(self, account: Account, api: VkApi, group: str, secret: str, mode: Mode, heard: Heard) -> None:  # noqa: PLR0917
        self._account, self._api, self._group, self._secret = account, api, group, secret
        self.mode, self._heard = mode, heard
        self.confirmation = account.secrets.get("confirmation", "")
        self._sooner = asyncio.Event()
        self._troubles: dict[str, str] = {}
        self._said: dict[str, str] = {}  # what the log says already
        self._turns = asyncio.Lock()  # both ways write the one cursor

    async def run(self) -> None:
        """Hear, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self.mode != "poll":
                tasks.create_task(self._again("webhook", self._watch))
            if self.mode != "webhook":
                tasks.create_task(self._again("poll", self._poll))

    async def _again(self, way: str, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except (Undelivered, Unknown, DatabaseDown) as fault:
                self._troubles[way] = why(fault)
                if self._said.get(way) != why(fault):
                    log.warning("vk_line_waits", extra={"account": self._account.key, "way": way, "why": why(fault)})
                self._said[way] = why(fault)
                await pause(wait_s(fault, _AGAIN_S), self._sooner)

    async def lamp(self) -> Lamp:
        """Ask VK how our callback server is, or whether it answers at all."""
        try:
            if self.mode == "poll":
                await self._api.ask("groups.getLongPollSettings", group_id=self._group)
            else:
                server = _ours(await self._servers(), self._account.public_url)
                if server is None or server.get("status") != "ok":
                    self._sooner.set()
                    return _failing(server)
        except (Undelivered, Unknown) as fault:
            return Lamp(colour="amber" if why(fault) == "rights" else "red", why=why(fault))
        trouble = next(iter(self._troubles.values()), "")
        return Lamp(colour="amber", why=trouble) if trouble else Lamp(colour="green")

    async def _watch(self) -> None:
        """Every five minutes see that VK posts to us; if it did not, or if we were away, look for what was missed."""
        cursor = await self._account.cursor()
        self.confirmation = self.confirmation or words(cursor.get("confirmation"), 100)
        while True:
            lost = await self._allowed("webhook", self._connected)
            seen, now = _moment((await self._account.cursor()).get("seen")), clock.now()
            if lost or seen is None or now - seen > _AWAY:
                await self._missed(seen)
            await self._remember(seen=now.isoformat(), confirmation=self.confirmation)
            await pause(_WATCH_S, self._sooner)

    async def _allowed(self, way: str, ask: Callable[[], Awaitable[bool]]) -> bool:
        """Arrange something in the community; without the right to, people do it by hand, and the lamp says so."""
        self._troubles.pop(way, None)
        try:
            return await ask()
        except Undelivered as refused:
            if refused.code != "rights":
                raise
            self._troubles[way] = refused.code
            return False

    async def _connected(self) -> bool:
        """See that our callback server is there, with our secret and what we want told; say whether it was not."""
        await self.learn()
        url, mine = self._account.public_url, {"group_id": self._group, "title": _TITLE, "secret_key": self._secret}
        server = _ours(await self._servers(), url)
        if server is None:
            made = await self._api.ask("groups.addCallbackServer", url=url, **mine)
            id = whole(dig(made, "server_id"))
        elif server.get("secret_key") != self._secret or server.get("status") != "ok":
            id = whole(server.get("id"))
            await self._api.ask("groups.editCallbackServer", server_id=id, url=url, **mine)
        else:
            return False
        wanted = dict.fromkeys(hearing.TYPES, 1)
        await self._api.ask(
            "groups.setCallbackSettings", group_id=self._group, server_id=id, api_version=VERSION, **wanted
        )
        log.info("vk_connected", extra={"account": self._account.key})
        return True

    async def learn(self) -> None:
        """Learn by what VK will know our callback server. Raises Undelivered, Unknown."""
        told = await self._api.ask("groups.getCallbackConfirmationCode", group_id=self._group)
        self.confirmation = words(dig(told, "code"), 100) or self.confirmation

    async def _servers(self) -> list[dict[str, Any]]:
        told = await self._api.ask("groups.getCallbackServers", group_id=self._group)
        return objects(dig(told, "items"))

    async def _poll(self) -> None:
        """Ask for events until something fails; what was not kept is asked for again."""
        await self._allowed("poll", self._enabled)
        server, ts = await self._server()
        if known := words((await self._account.cursor()).get("ts"), 40):
            ts = known
        else:
            await self._missed(None)
        while True:
            query = {"act": "a_check", "key": server["key"], "ts": ts, "wait": _WAIT_S}
            answer = await self._api.http.call("GET", server["server"], query=query, answer_s=_WAIT_S + 15.0)
            told = answer.tree()
            match whole(told.get("failed")):
                case None:
                    updates = objects(told.get("updates"), 1000)
                    events = [event for one in updates for event in self._heard(one, json.dumps(one).encode())]
                    if events:
                        await self._account.keep(events)
                case 1:  # the oldest events are lost
                    await self._missed(None)
                case 2:
                    server, _ = await self._server()
                    continue
                case 3:  # events are lost, and we know not which
                    server, told["ts"] = await self._server()
                    await self._missed(None)
                case _:
                    raise Undelivered("refused")
            ts = _ts(told.get("ts")) or ts
            await self._remember(ts=ts)

    async def _enabled(self) -> bool:
        wanted = dict.fromkeys(hearing.TYPES, 1)
        told = await self._api.ask(
            "groups.setLongPollSettings", group_id=self._group, enabled=1, api_version=VERSION, **wanted
        )
        return bool(told == 1)

    async def _server(self) -> tuple[dict[str, str], str]:
        told = await self._api.ask("groups.getLongPollServer", group_id=self._group)
        server = words(dig(told, "server"), 2000)
        if "://" not in server:
            raise Unknown("answer")
        return {"server": server, "key": words(dig(told, "key"), 500)}, _ts(dig(told, "ts"))

    async def _remember(self, **more: str) -> None:
        self._said.clear()
        async with self._turns:
            await self._account.set_cursor({**await self._account.cursor(), **more})

    async def _missed(self, seen: datetime | None) -> None:
        """Keep what was said since we last heard."""
        last = seen or self._account.heard_at()
        if last is None:
            return
        since = int((max(last, clock.now() - _LONGEST) - _MARGIN).timestamp())
        for page in range(_PAGES):
            told = await self._api.ask(
                "messages.getConversations", group_id=self._group, count=_PAGE, offset=page * _PAGE
            )
            items = objects(dig(told, "items"), _PAGE)
            lately = [one for one in items if (whole(dig(one, "last_message", "date")) or 0) >= since]
            for one in lately:
                peer = whole(dig(one, "conversation", "peer", "id")) or 0
                if 0 < peer < hearing.CHATS:
                    with refused_for_good():
                        await self._history(peer, since)
            if len(lately) < _PAGE:
                return

    async def _history(self, peer: int, since: int) -> None:
        found: list[dict[str, Any]] = []
        for page in range(_PAGES):
            told = await self._api.ask(
                "messages.getHistory", group_id=self._group, peer_id=peer, count=_PAGE, offset=page * _PAGE
            )
            items = objects(dig(told, "items"), _PAGE)
            found += items
            if len(items) < _PAGE or (whole(items[-1].get("date")) or 0) < since:
                break
        await self._account.keep(missed(found[::-1], since))


def _ours(servers: list[dict[str, Any]], url: str) -> dict[str, Any] | None:
    return next((one for one in servers if one.get("url") == url), None)


def _failing(server: dict[str, Any] | None) -> Lamp:
    if server is None:
        return Lamp(colour="amber", why="unsubscribed")
    failed = server.get("status") == "failed"
    return Lamp(colour="red", why="webhook_errors") if failed else Lamp(colour="amber", why="unconfirmed")


def _ts(value: Any) -> str:
    return str(value) if isinstance(value, int) else words(value, 40)


def _moment(written: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(words(written)).astimezone(UTC)
    except ValueError:
        return None
