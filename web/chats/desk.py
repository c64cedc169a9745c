"""The events of conversations. A refusal is told in one word; who reached for what was never shown to him is audited.

A message on its way is no order of the engine: its id makes asking again safe (P2), so the silence of `chat` is told as
`chat_down`, and the page sends the same message again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from functools import wraps
from typing import Any, Final, Protocol

from chat.client import ChatClient
from okno.audit import AuditTrail
from okno.service import ServiceDown, ServiceRefused
from okno.settings.services import AccountSettings
from web.accounts.roles import permission
from web.chats import shown
from web.chats.answers import Answers
from web.chats.asks import (
    AnswersAsk,
    ChangeAsk,
    MessagesAsk,
    NoteAsk,
    OfConversation,
    OpenAsk,
    SendAsk,
    StartAsk,
    TellAsk,
)
from web.chats.whose import No, Whose, asking
from web.live.asks import Ask
from web.live.desk import Caller, Handler
from web.live.engine import Answer

_WHY: Final = {403: "forbidden", 404: "not_found", 409: "stale", 413: "too_big", 422: "bad_request", 429: "too_fast"}
_NEEDS: Final = {
    "typing": "chats.write", "seen": "chats.write", "block": "numbers.block", "unblock": "numbers.unblock",
}  # fmt: skip


class Live(Protocol):
    """What of `ChatsLive` is needed here."""

    async def enter(self, caller: Caller, conversation: str) -> None:
        """Tell a socket from now on what happens in a conversation."""

    async def leave(self, caller: Caller, conversation: str) -> None:
        """Tell it no more."""

    async def watch_accounts(self, caller: Caller) -> None:
        """Tell a socket from now on how accounts are."""


class ChatsDesk:
    """Answers.

    Args:
        chat: its client; closed by whoever made it.
        whose: judges who may.
        live: tells what happens.
        answers: the canned ones.
        accounts: of okno.yaml, for their templates.
        audit: of the web service.
    """

    def __init__(
        self, chat: ChatClient, whose: Whose, live: Live, *, answers: Answers, accounts: Sequence[AccountSettings],
        audit: AuditTrail,
    ) -> None:  # fmt: skip
        self._chat, self._whose, self._live, self._answers, self._audit = chat, whose, live, answers, audit
        self._templates = {one.key: list(one.options.get("templates") or ()) for one in accounts}

    def events(self) -> dict[str, Handler]:
        """Return the handlers by event."""
        return {
            f"chat_{name}": self._refusing(name, getattr(self, f"on_{name}"))
            for name in ("open", "close", "messages", "send", "note", "change", "tell", "start", "accounts", "answers")
        }

    @permission("chats.read")
    async def on_open(self, caller: Caller, body: Any) -> Answer:
        """Show a conversation; `chat` has audited its display before it answered."""
        ask = OpenAsk.model_validate(body)
        row = self._whose.read(caller.who, ask)
        conversation = str(ask.conversation)
        # In the room first: what happens while the answer is on its way is told, and asked for again.
        await self._live.enter(caller, conversation)
        try:
            view = await self._chat.open(conversation, asking(caller.who, "chat", row["id"] if row else None))
        except ServiceRefused:  # with `chat` away he stays: what he has open already he goes on hearing
            await self._live.leave(caller, conversation)
            raise
        seen = shown.conversation(caller.who, view, row)
        return {"ok": True, "conversation": seen, "templates": self._templates.get(view.account, [])}

    @permission("chats.read")
    async def on_close(self, caller: Caller, body: Any) -> Answer:
        """Tell nothing more of a conversation."""
        await self._live.leave(caller, str(OfConversation.model_validate(body).conversation))
        return {"ok": True}

    @permission("chats.read")
    async def on_messages(self, caller: Caller, body: Any) -> Answer:
        """Return messages after a number, or before one; `chat` audits that too."""
        ask = MessagesAsk.model_validate(body)
        row = self._whose.read(caller.who, ask)
        who = asking(caller.who, "chat", row["id"] if row else None)
        rows = await self._chat.messages(str(ask.conversation), who, since=ask.since, before=ask.before)
        return {"ok": True, "items": shown.messages(caller.who, rows)}

    @permission("chats.write")
    async def on_send(self, caller: Caller, body: Any) -> Answer:
        """Send a message; the same id again is the same message."""
        ask = SendAsk.model_validate(body)
        row = self._whose.write(caller.who, ask)
        message = ask.model_dump(mode="json", exclude={"conversation", "request", "key"}) | {"version": row["version"]}
        sent = await self._chat.send(str(ask.conversation), asking(caller.who, "chat", row["id"]), message)
        return {"ok": True, "message": shown.message(caller.who, sent)}

    @permission("chats.note")
    async def on_note(self, caller: Caller, body: Any) -> Answer:
        """Write a note among us."""
        ask = NoteAsk.model_validate(body)
        row = self._whose.read(caller.who, ask)
        who = asking(caller.who, "chat", row["id"] if row else None)
        kept = await self._chat.note(str(ask.conversation), who, {"id": str(ask.id), "text": ask.text})
        return {"ok": True, "message": shown.message(caller.who, kept)}

    @permission("chats.write")
    async def on_change(self, caller: Caller, body: Any) -> Answer:
        """Edit a message of ours, take it back, or send it once more."""
        ask = ChangeAsk.model_validate(body)
        row = self._whose.write(caller.who, ask)
        change = {"version": row["version"], **({"text": ask.text} if ask.what == "edit" else {})}
        who = asking(caller.who, "chat", row["id"])
        changed = await self._chat.change(str(ask.message), ask.what, who, change)
        return {"ok": True, "message": shown.message(caller.who, changed)}

    @permission("chats.read")
    async def on_tell(self, caller: Caller, body: Any) -> Answer:
        """Tell that he types or has read, block the person or take that back."""
        ask = TellAsk.model_validate(body)
        if not caller.who.may(_NEEDS[ask.what]):
            raise No("forbidden")
        # Whom somebody else answers only a supervisor shuts out.
        owns = caller.who.role != "supervisor"
        row = self._whose.write(caller.who, ask) if owns else self._whose.read(caller.who, ask)
        who = asking(caller.who, "chat", row["id"] if row else None)
        await self._chat.tell(str(ask.conversation), ask.what, who, ask.body())
        return {"ok": True}

    @permission("chats.write")
    async def on_start(self, caller: Caller, body: Any) -> Answer:
        """Write first to the person of a request; his number is known here and not in the page."""
        ask = StartAsk.model_validate(body)
        row = self._whose.own(caller.who, str(ask.request))
        who = asking(caller.who, "chat", row["id"])
        phone, talk = str(row.get("phone") or ""), row.get("conversation")
        if not phone and talk:  # nobody has joined him with a number yet: the one he says is his
            phone = (await self._chat.open(talk["id"], who)).phone
        if not phone:
            raise No("no_number")
        wanted = {"id": str(ask.id), "account": ask.account, "phone": phone, "text": ask.text, "request": row["id"]}
        made = await self._chat.start(who, wanted)
        return {"ok": True, "conversation": made["conversation"]}

    @permission("chats.accounts")
    async def on_accounts(self, caller: Caller, body: Any) -> Answer:
        """Return the accounts with their lamps, and tell from now on when one changes."""
        Ask.model_validate(body or {})
        await self._live.watch_accounts(caller)
        status = await self._chat.status()
        return {"ok": True, "items": [one.model_dump(mode="json") for one in status.accounts]}

    @permission("chats.read")
    async def on_answers(self, caller: Caller, body: Any) -> Answer:
        """Return the canned answers; they are about no patient."""
        ask = AnswersAsk.model_validate(body or {})
        version, items = await self._answers.get()
        return {"ok": True, "version": version, "items": None if ask.after == version else items}

    def _refusing(self, name: str, handler: Handler) -> Handler:
        @wraps(handler)  # the permission it declares goes along
        async def answer(caller: Caller, body: Any) -> Answer:
            try:
                return await told(handler(caller, body))
            except No as no:
                if no.why == "not_shown":
                    await self._reached(caller, name, body)
                return {"ok": False, "why": no.why}

        return answer

    async def _reached(self, caller: Caller, name: str, body: Mapping[str, Any]) -> None:
        """Audit what was refused; the body was understood, so its conversation is one."""
        details = {"event": f"chat_{name}", "role": caller.who.role, "conversation": str(body["conversation"])}
        await self._audit.append(caller.who.name, "chat.refused", None, "conversation", None, details)


async def told(asked: Awaitable[Answer]) -> Answer:
    """Return what was answered; raise `No` with the word `chat` gave for its refusal, or for its silence."""
    try:
        return await asked
    except ServiceRefused as refusal:
        why = str(refusal.problem.get("why") or _WHY.get(refusal.status, "refused"))
        raise No(why if why.isidentifier() else "refused") from None
    except ServiceDown:
        raise No("chat_down") from None
