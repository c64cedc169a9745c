"""VK as a community meets it: people who write, callback servers, a long poll, uploads (reference/channels.md 3.3)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

from demo.clouds.server import CloudServer, Letter, Upload, spelled

GROUP = 123
_KNOWN = tuple(f"message_{what}" for what in ("new", "reply", "edit", "allow", "deny", "event", "read"))


@dataclass
class Person:
    """Somebody with a page. `error`: what VK says when he is written to or asked about."""

    id: int
    first_name: str = "Anna"
    last_name: str = "P."
    domain: str = "anna"
    error: int = 0


@dataclass
class Server:
    """A callback server of the community."""

    id: int
    url: str
    title: str
    secret_key: str
    status: str = "unconfigured"
    told: dict[str, int] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """As the API tells it."""
        return {name: value for name, value in asdict(self).items() if name != "told"}


class VkCloud(CloudServer):
    """The cloud of one community.

    Args:
        token: the community's.
        code: what its callback servers must answer when they are confirmed.
        retry_s: see CloudServer; VK itself repeats after some twenty seconds.
    """

    def __init__(self, token: str, code: str = "c0de42", retry_s: Sequence[float] = (0.05, 0.1, 0.2, 0.4, 1.0)) -> None:
        super().__init__(retry_s)
        self.token, self.code = token, code
        self.people: dict[int, Person] = {}
        self.servers: list[Server] = []
        self.acts: list[tuple[str, dict[str, str]]] = []
        self.uploads: dict[str, Upload] = {}
        self.updates: list[dict[str, Any]] = []
        self.failed: list[dict[str, Any]] = []
        self.whole: dict[tuple[int, int], dict[str, Any]] = {}
        self.managed = True
        self._chats: dict[int, list[dict[str, Any]]] = {}
        self._numbers: dict[int, int] = {}
        self._sent: dict[tuple[int, int], int] = {}
        self._ids, self._events, self._keys = count(881), count(1), count(1)
        self._came = asyncio.Condition()

    def routes(self, app: web.Application) -> None:
        """Put VK's methods there."""
        app.add_routes([
            web.post("/method/{name}", self._method), web.post("/up/{kind}", self._brought), web.get("/lp", self._poll),
            web.get("/files/{id}", self._file),
        ])  # fmt: skip

    def person(self, id: int = 5501, **more: Any) -> Person:
        """Return a person, new or known, with what is said of him."""
        known = self.people.setdefault(id, Person(id))
        for name, value in more.items():
            setattr(known, name, value)
        return known

    def says(self, who: Person, text: str, files: Sequence[Upload] = (), **more: Any) -> dict[str, Any]:
        """Let a person write; returns the event, which `tell` brings to the community."""
        given = [self._attachment(one) for one in files]
        message = self._put(who.id, who.id, {"text": text, "attachments": given, **more})
        return self.event("message_new", {"message": message, "client_info": {"keyboard": True, "lang_id": 0}})

    def event(self, kind: str, about: dict[str, Any]) -> dict[str, Any]:
        """Return something that happened, as VK tells it."""
        id = f"e{next(self._events):06x}"
        return {"type": kind, "event_id": id, "v": "5.199", "group_id": GROUP, "object": about}

    def letter(self, event: dict[str, Any], secret: str) -> Letter:
        """Return an event as it is posted."""
        return Letter(body=spelled({**event, "secret": secret}))

    def sent(self, who: Person) -> list[dict[str, Any]]:
        """Return what the community said to him, in order."""
        return [one for one in self._chats.get(who.id, []) if one["out"]]

    async def tell(self, event: dict[str, Any], copies: int = 1) -> list[asyncio.Task[bool]]:
        """Post an event to the callback servers, and keep it for the long poll."""
        async with self._came:
            self.updates.append(event)
            self._came.notify_all()
        return [
            self.post(one.url, self.letter(event, one.secret_key), lambda status, said: (status, said) == (200, "ok"))
            for one in self.servers if one.status == "ok" and one.told.get(event["type"]) for _ in range(copies)
        ]  # fmt: skip

    def _put(self, peer: int, author: int, said: dict[str, Any]) -> dict[str, Any]:
        number = self._numbers[peer] = self._numbers.get(peer, 0) + 1
        message = {
            "id": next(self._ids), "date": int(time.time()), "peer_id": peer, "from_id": author, "out": int(author < 0),
            "conversation_message_id": number, "version": 10000, "random_id": 0, "important": False, "is_hidden": False,
            "fwd_messages": [], "attachments": [], **said,
        }  # fmt: skip
        self._chats.setdefault(peer, []).append(message)
        return message

    def _attachment(self, file: Upload) -> dict[str, Any]:
        name = f"f{len(self.uploads)}"
        self.uploads[name] = file
        url = f"{self.url}/files/{name}"
        if file.mime.startswith("image/"):
            small = {"type": "s", "url": f"{self.url}/files/none", "width": 75, "height": 75}
            large = {"type": "z", "url": url, "width": 1280, "height": 1024}
            return {"type": "photo", "photo": {"id": 1, "sizes": [small, large]}}
        if file.mime.startswith("audio/"):
            return {"type": "audio_message", "audio_message": {"duration": 3, "link_ogg": url}}
        about = {"owner_id": 1, "id": 2, "title": file.name, "size": len(file.content), "url": url}
        return {"type": "doc", "doc": about}

    async def _method(self, request: web.Request) -> web.Response:
        name, form = request.match_info["name"], {key: str(value) for key, value in (await request.post()).items()}
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _error(5)
        if "access_token" in form or form.get("v") != "5.199":
            return _error(100)
        if not self.managed and ("Callback" in name or name == "groups.setLongPollSettings"):
            return _error(15)
        self.acts.append((name, form))
        answers = {**self._reading(), **self._writing(), **self._serving()}
        if name not in answers:
            return _error(3)
        answer = answers[name](form)
        if asyncio.iscoroutine(answer):
            answer = await answer
        return answer if isinstance(answer, web.Response) else web.json_response({"response": answer})

    def _reading(self) -> dict[str, Any]:
        def history(form: dict[str, str]) -> Any:
            if refused := self._silent(int(form["peer_id"])):
                return refused
            newest = self._chats.get(int(form["peer_id"]), [])[::-1]
            start = int(form.get("offset", 0))
            return {"count": len(newest), "items": newest[start : start + int(form["count"])]}

        def conversations(form: dict[str, str]) -> dict[str, Any]:
            found = [
                {"conversation": {"peer": {"id": peer, "type": "user"}}, "last_message": chat[-1]}
                for peer, chat in self._chats.items() if chat
            ]  # fmt: skip
            found.sort(key=lambda one: -one["last_message"]["id"])
            start = int(form.get("offset", 0))
            return {"count": len(found), "items": found[start : start + int(form["count"])]}

        def numbered(form: dict[str, str]) -> Any:
            peer, wanted = int(form["peer_id"]), [int(one) for one in form["conversation_message_ids"].split(",")]
            if refused := self._silent(peer):
                return refused
            chat = {one["conversation_message_id"]: one for one in self._chats.get(peer, [])}
            found = [self.whole.get((peer, one), chat.get(one)) for one in wanted]
            return {"count": len(found), "items": [one for one in found if one]}

        def users(form: dict[str, str]) -> list[dict[str, Any]]:
            asked = form["user_ids"].split(",")
            return [asdict(self.people[int(id)]) for id in asked if int(id) in self.people]

        return {
            "messages.getHistory": history, "messages.getConversations": conversations, "users.get": users,
            "messages.getByConversationMessageId": numbered,
        }  # fmt: skip

    def _silent(self, peer: int) -> web.Response | None:
        who = self.people.get(peer)
        return _error(who.error) if who is not None and who.error else None

    def _writing(self) -> dict[str, Any]:
        def edit(form: dict[str, str]) -> Any:
            found = self._found(form["message_id"])
            if found is None:
                return _error(910)
            found["text"] = form["message"]
            return 1

        def delete(form: dict[str, str]) -> Any:
            found = self._found(form["message_ids"])
            if found is None:
                return _error(924)
            self._chats[found["peer_id"]].remove(found)
            return {form["message_ids"]: 1}

        def upload(kind: str) -> Any:
            return lambda form: {"upload_url": f"{self.url}/up/{kind}"}

        return {
            "messages.send": self._send, "messages.edit": edit, "messages.delete": delete,
            "messages.setActivity": lambda form: 1, "messages.markAsRead": lambda form: 1,
            "messages.sendMessageEventAnswer": lambda form: 1, "messages.removeChatUser": lambda form: 1,
            "photos.getMessagesUploadServer": upload("photo"), "docs.getMessagesUploadServer": upload("file"),
            "photos.saveMessagesPhoto": lambda form: [{"id": form["photo"], "owner_id": -GROUP, "access_key": "k"}],
            "docs.save": lambda form: {"type": "doc", "doc": {"id": form["file"], "owner_id": 1}},
        }  # fmt: skip

    def _send(self, form: dict[str, str]) -> Any:
        who, random = self.people.get(int(form["peer_id"])), int(form["random_id"])
        if who is None or who.error:
            return _error(who.error if who else 901)
        if len(form["message"]) > 9000:
            return _error(914)
        if (who.id, random) not in self._sent:
            said = {"text": form["message"], "random_id": random, "attachment": form.get("attachment", "")}
            if reply := form.get("reply_to"):
                said |= {"reply_message": {"id": int(reply), "text": "…"}}
            self._sent[who.id, random] = self._put(who.id, -GROUP, said)["id"]
        return self._sent[who.id, random]

    def _found(self, id: str) -> dict[str, Any] | None:
        return next((one for chat in self._chats.values() for one in chat if str(one["id"]) == id), None)

    def _serving(self) -> dict[str, Any]:
        def settings(form: dict[str, str]) -> int:
            server = next(one for one in self.servers if one.id == int(form["server_id"]))
            server.told = {name: int(form.get(name, 0)) for name in _KNOWN}
            return 1

        def long_poll(form: dict[str, str]) -> dict[str, Any]:
            return {"key": f"key{next(self._keys)}", "server": f"{self.url}/lp", "ts": str(len(self.updates))}

        return {
            "groups.getCallbackConfirmationCode": lambda form: {"code": self.code},
            "groups.getCallbackServers": lambda form: {"items": [one.shown() for one in self.servers]},
            "groups.addCallbackServer": self._connect, "groups.editCallbackServer": self._connect,
            "groups.setCallbackSettings": settings, "groups.setLongPollSettings": lambda form: 1,
            "groups.getLongPollSettings": lambda form: {"is_enabled": True}, "groups.getLongPollServer": long_poll,
        }  # fmt: skip

    async def _connect(self, form: dict[str, str]) -> Any:
        id = int(form.get("server_id", len(self.servers) + 1))
        server = Server(id, form["url"], form["title"], form["secret_key"], "wait")
        self.servers = [one for one in self.servers if one.id != id] + [server]
        letter = Letter(body=spelled({"type": "confirmation", "group_id": GROUP}))
        confirmed = self.post(server.url, letter, lambda status, said: (status, said) == (200, self.code))

        def ended(done: asyncio.Task[bool]) -> None:
            server.status = "ok" if not done.cancelled() and done.result() else "failed"

        confirmed.add_done_callback(ended)
        return {"server_id": id} if "server_id" not in form else 1

    async def _poll(self, request: web.Request) -> web.Response:
        if self.failed:
            return web.json_response(self.failed.pop(0))
        start = int(request.query["ts"])
        async with self._came:
            try:
                async with asyncio.timeout(min(float(request.query["wait"]), 5.0)):
                    await self._came.wait_for(lambda: len(self.updates) > start)
            except TimeoutError:
                return web.json_response({"ts": str(start), "updates": []})
            return web.json_response({"ts": str(len(self.updates)), "updates": self.updates[start:]})

    async def _brought(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        part = (await request.post()).get(kind)
        if not isinstance(part, web.FileField) or "Authorization" in request.headers:
            return web.json_response({"error": "no_file"})
        id = str(7000 + len(self.uploads))
        self.uploads[id] = Upload(name=part.filename, mime=part.content_type, content=part.file.read(), kind=kind)
        return web.json_response({"server": 1, "photo": id, "hash": "h"} if kind == "photo" else {"file": id})

    async def _file(self, request: web.Request) -> web.Response:
        file = self.uploads.get(request.match_info["id"])
        return web.Response(body=file.content) if file else web.Response(status=404)


def _error(code: int) -> web.Response:
    return web.json_response({"error": {"error_code": code, "error_msg": "no", "request_params": []}})
