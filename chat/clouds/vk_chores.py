"""What a VK community does beside hearing: asks who writes, fills holes, answers buttons, leaves groups."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from chat.channels import Account, RawEvent
from chat.clouds.beside import Beside
from chat.clouds.reading import dig, objects, whole
from chat.clouds.vk_api import VkApi
from chat.hearing import vk as hearing
from chat.wire import Undelivered, Unknown

_SETTLE_S, _AGAIN_S = 3.0, 30.0  # events of one moment come in any order: a hole is one when it stays
_PERSONS, _HOLES, _AT_ONCE, _QUEUED = 50_000, 200, 100, 1000


class VkChores:
    """The chores of a community.

    Args:
        account: whose.
        api: its calls.
        group: its id.
    """

    def __init__(self, account: Account, api: VkApi, group: str) -> None:
        self._account, self._api, self._group = account, api, group
        self._tops: OrderedDict[str, int] = OrderedDict()
        self._holes: dict[str, set[int]] = {}
        self._named: OrderedDict[str, None] = OrderedDict()
        self._nameless: set[str] = set()
        self._calls: deque[tuple[str, dict[str, Any]]] = deque(maxlen=_QUEUED)
        self._cropped: dict[tuple[str, int], list[str]] = {}
        self.beside = Beside(account.key, self._work, _AGAIN_S)

    def note(self, tree: dict[str, Any]) -> None:
        """Note what an event asks to be done."""
        who, message = hearing.person(tree), hearing.message_of(tree)
        if asked := hearing.pressed(tree):
            self._call("messages.sendMessageEventAnswer", **asked)
        number = whole(dig(message, "conversation_message_id"))
        if message is None or number is None or not who or hearing.OURS in tree:
            return
        if tree.get("type") != "message_edit":
            self._count(who, number)
        if who not in self._named and len(self._nameless) < _QUEUED:
            self._nameless.add(who)
            self.beside.wake()
        if message.get("is_cropped") is True and len(self._cropped) < _QUEUED:
            self._cropped[who, number] = hearing.files_of(message)
            self.beside.wake()

    def leave(self, chat: int) -> None:
        """Leave a conversation of many: nobody there has written to us."""
        self._call("messages.removeChatUser", chat_id=chat - hearing.CHATS, member_id=f"-{self._group}")

    def _call(self, method: str, **fields: Any) -> None:
        self._calls.append((method, fields))
        self.beside.wake()

    def _count(self, who: str, number: int) -> None:
        top = self._tops.get(who)
        if top is None or number > top:
            missed = range(max(top + 1, number - _HOLES), number) if top is not None else ()
            self._tops[who] = number
            self._tops.move_to_end(who)
            if missed:
                self._holes.setdefault(who, set()).update(missed)
                self.beside.wake()
        elif who in self._holes:
            self._holes[who].discard(number)
        while len(self._tops) > _PERSONS:
            self._tops.popitem(last=False)

    async def _work(self) -> None:
        """Do what there is; what fails keeps nobody else waiting. Raises Undelivered, Unknown: some of it is left."""
        fault: Undelivered | Unknown | None = None
        for part in (self._ask, self._names, self._whole, self._fill):
            try:
                await part()
            except (Undelivered, Unknown) as error:
                fault = error
        if fault is not None:
            raise fault

    async def _ask(self) -> None:
        while self._calls:
            method, fields = self._calls.popleft()
            with suppress(Undelivered, Unknown):  # a button's wheel ends by itself; the group's next message asks again
                await self._api.ask(method, **fields)

    async def _names(self) -> None:
        while self._nameless:
            asked = list(self._nameless)[:_AT_ONCE]
            with refused_for_good():
                users = await self._api.ask("users.get", user_ids=",".join(asked), fields="domain")
                await self._account.keep([hearing.profile(user) for user in objects(users, _AT_ONCE)])
            self._nameless.difference_update(asked)
            self._named.update(dict.fromkeys(asked))
            while len(self._named) > _PERSONS:
                self._named.popitem(last=False)

    async def _whole(self) -> None:
        for (who, number), shown in list(self._cropped.items()):
            with refused_for_good():
                found = await self._numbered(who, [number])
                await self._account.keep([hearing.whole_message(one, shown) for one in found])
            del self._cropped[who, number]

    async def _fill(self) -> None:
        """Ask for the messages whose numbers were never heard; those that are not there were taken back."""
        if self._holes:
            await asyncio.sleep(_SETTLE_S)
        for who in list(self._holes):
            missing = sorted(self._holes[who])
            for start in range(0, len(missing), _AT_ONCE):
                asked = missing[start : start + _AT_ONCE]
                with refused_for_good():
                    await self._account.keep(missed(await self._numbered(who, asked), 0))
                self._holes[who].difference_update(asked)
            if not self._holes[who]:
                del self._holes[who]

    async def _numbered(self, who: str, numbers: Sequence[int]) -> list[dict[str, Any]]:
        told = await self._api.ask(
            "messages.getByConversationMessageId", peer_id=who, group_id=self._group,
            conversation_message_ids=",".join(map(str, numbers)),
        )  # fmt: skip
        return objects(dig(told, "items"))


@contextmanager
def refused_for_good() -> Iterator[None]:
    """Pass over what VK will never tell (he deleted his page, he shut us out): asked again it would say the same."""
    try:
        yield
    except Undelivered as refused:
        if refused.retry_after_s is not None:
            raise


def missed(messages: Sequence[dict[str, Any]], since: int) -> list[RawEvent]:
    """Return what persons wrote, and our staff in VK itself, as the events it would have been; `since`: in seconds."""
    trees = [
        hearing.as_event(one) for one in messages
        if (whole(one.get("date")) or 0) >= since and (one.get("out") != 1 or whole(one.get("admin_author_id")))
    ]  # fmt: skip
    return [hearing.event(tree, json.dumps(tree).encode()) for tree in trees if not hearing.of_a_community(tree)]
