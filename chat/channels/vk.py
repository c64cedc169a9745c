"""VK: a community's messages, by callback server, by long poll or both (reference/channels.md 3.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from chat.channels import Account, Hook, Lamp, Messenger, Posted, RawEvent, Stranger, messenger
from chat.clouds.beside import Beside
from chat.clouds.reading import dig, digits, same, words
from chat.clouds.vk_api import BASE, VkApi
from chat.clouds.vk_chores import VkChores
from chat.clouds.vk_line import Mode, VkLine
from chat.hearing import vk as hearing
from chat.wire import Abilities, Accepted, Envelope, Outgoing, Undelivered, Unknown, mark_of
from okno.settings.directory import Strict

_MOST_FILE, _MOST_SECRET = 200 << 20, 50


class Options(Strict):
    """What the settings say besides.

    `group`: the community's number. `mode`: how events come (default: webhook when there is a public address).
    """

    group: int
    mode: Literal["webhook", "poll", "both"] | None = None


class Vk:
    """A community's account.

    Args:
        account: what it is made with; secrets: `token` of the community, `secret` of its callback server, and
            `confirmation` when the token may not ask for it.

    Raises:
        ValueError: a setting cannot be; it names the setting.
    """

    abilities = Abilities(
        most_text=4096, most_file=_MOST_FILE, files_at_once=10, reply=True, edit=True, delete=True, typing=True,
        read=True, receipts="read", per_second=20.0, per_peer_s=0.5, resend="safe",
    )  # fmt: skip

    def __init__(self, account: Account) -> None:
        self.key, options = account.key, Options.model_validate(account.settings.options)
        self._group, self._secret = str(options.group), account.secrets["secret"]
        if not 0 < len(self._secret) <= _MOST_SECRET:
            raise ValueError(f"{self.key}: secrets.secret has at most {_MOST_SECRET} signs")
        mode: Mode = options.mode or ("webhook" if account.public_url else "poll")
        if mode != "poll" and not account.public_url:
            raise ValueError(f"{self.key}: options.mode is {mode}, and chat.public_url says nothing")
        self._api = VkApi(account.settings.address or BASE, account.secrets["token"], proxy=account.settings.proxy)
        self._chores = VkChores(account, self._api, self._group)
        self._line = VkLine(account, self._api, self._group, self._secret, mode, self._heard)
        self._learning = Beside(self.key, self._line.learn)

    def posted(self, hook: Hook) -> Posted:
        """Take an event of the callback server, and answer the two letters it waits for. Raises Stranger."""
        if hook.method != "POST":
            raise Stranger(405)
        tree = hearing.update(hook.raw)
        given, confirms = tree.get("secret"), tree.get("type") == "confirmation"
        known = same(given if isinstance(given, str) else None, self._secret) or (confirms and given is None)
        if not known or digits(tree.get("group_id")) != self._group:
            raise Stranger(403)
        if confirms:
            code = self._line.confirmation
            self._learning.wake()  # VK has new codes now and then
            return Posted(answer=code) if code else Posted(status=503)
        return Posted(events=self._heard(tree, hook.raw), answer="ok")

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read an event. Raises ValueError."""
        return hearing.envelopes(self.key, body)

    def _heard(self, tree: dict[str, Any], raw: bytes) -> tuple[RawEvent, ...]:
        """Return what is kept of an event: of conversations of many and of other communities nothing."""
        if (chat := hearing.group(tree)) is not None:
            self._chores.leave(chat)
            return ()
        if hearing.of_a_community(tree):
            return ()
        self._chores.note(tree)
        return (hearing.event(tree, raw),)

    async def send(self, message: Outgoing) -> Accepted:
        """Send a message; sent again it is the same one. Raises Undelivered, Unknown."""
        peer = _peer(message)
        if len(message.text) > self.abilities.most_text:
            raise Undelivered("too_long")
        if any(len(file.content) > _MOST_FILE for file in message.files):
            raise Undelivered("too_big")
        files = [await self._api.bring(file, peer) for file in message.files]
        told = await self._api.ask(
            "messages.send", peer_id=peer, random_id=mark_of(message.id), message=message.text,
            attachment=",".join(files) or None, dont_parse_links=1, disable_mentions=1, **_answers(message, peer),
        )  # fmt: skip
        id = digits(told) or digits(dig(told, 0, "message_id"))
        if not id:
            raise Unknown("answer")
        return Accepted(provider_id=id)

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield a file's content. Raises Undelivered."""
        async for chunk in self._api.http.file(words(ref.get("url"), 4000)):
            yield chunk

    async def edit(self, message: Outgoing, provider_id: str) -> None:
        """Change a message of ours. Raises Undelivered, Unknown."""
        await self._api.ask(
            "messages.edit", peer_id=_peer(message), message_id=provider_id, message=message.text,
            keep_forward_messages=1, dont_parse_links=1, disable_mentions=1,
        )  # fmt: skip

    async def delete(self, message: Outgoing, provider_id: str) -> None:
        """Take a message of ours back, on his side too. Raises Undelivered, Unknown."""
        await self._api.ask(
            "messages.delete", peer_id=_peer(message), message_ids=provider_id, delete_for_all=1, group_id=self._group
        )

    async def typing(self, message: Outgoing) -> None:
        """Show him that we type. Raises Undelivered, Unknown."""
        await self._api.ask("messages.setActivity", peer_id=_peer(message), type="typing", group_id=self._group)

    async def read_up_to(self, message: Outgoing) -> None:
        """Show him that we have read. Raises Undelivered, Unknown."""
        await self._api.ask(
            "messages.markAsRead", peer_id=_peer(message), mark_conversation_as_read=1, group_id=self._group
        )

    async def run(self) -> None:
        """Hear and do what goes on beside, until cancelled."""
        await self._line.run()

    async def close(self) -> None:
        """Leave what goes on beside, and let the connections go."""
        await self._chores.beside.stop()
        await self._learning.stop()
        await self._api.http.close()

    async def lamp(self) -> Lamp:
        """Ask VK how our callback server is, or whether it answers at all."""
        return await self._line.lamp()


def _peer(message: Outgoing) -> str:
    peer = digits(message.peer.ext_chat) or digits(message.peer.ext_user)
    if not peer:
        raise Undelivered("unreachable", unreachable=True)
    return peer


def _answers(message: Outgoing, peer: str) -> dict[str, Any]:
    """Return what makes it an answer: by VK's id of the message, or by its number in the conversation."""
    if number := digits(message.reply_to[1:]) if message.reply_to.startswith("c") else "":
        return {"forward": {"peer_id": int(peer), "conversation_message_ids": [int(number)], "is_reply": 1}}
    return {"reply_to": digits(message.reply_to) or None}


@messenger("vk", secrets=("token", "secret"), may=("confirmation",))
def open_vk(account: Account) -> Messenger:
    """Make a community's account. Raises ValueError: a setting cannot be."""
    return Vk(account)
