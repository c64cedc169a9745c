"""What a screen asks about conversations, as the browser sends it: for which request, and never of whom."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from web.live.asks import Ask, Name, Value

# Messengers take some four thousand signs; a mail is as long as a message of the socket may be.
Text = Annotated[str, StringConstraints(max_length=20_000)]
Pass = Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9a-f]*$")]
Seq = Annotated[int, Field(ge=0)]
FILES = 10


class OfConversation(Ask):
    """Which conversation: that of an open request, or one that was shown before (`key` says so)."""

    conversation: UUID
    request: UUID | None = None
    key: Pass = ""


class OpenAsk(OfConversation):
    """Show a conversation and tell what happens in it from now on."""


class MessagesAsk(OfConversation):
    """Messages after a number, or a page of those before one; exactly one of the two."""

    since: Seq | None = None
    before: Seq | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.since is None) == (self.before is None):
            raise ValueError("exactly one of since and before")
        return self


class SendAsk(OfConversation):
    """A message to the person; `id` was minted where it was written: the same id again is the same message."""

    request: UUID
    id: UUID
    text: Text = ""
    reply_to: UUID | None = None
    attachments: Annotated[list[UUID], Field(max_length=FILES)] = Field(default_factory=list)
    template: dict[Name, Any] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.text.strip() or self.attachments or self.template):
            raise ValueError("a text, a file or a template")
        return self


class NoteAsk(OfConversation):
    """A note among us."""

    id: UUID
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class ChangeAsk(OfConversation):
    """Something with a message of ours."""

    request: UUID
    message: UUID
    what: Literal["edit", "delete", "retry"]
    text: Text = ""

    @model_validator(mode="after")
    def _text(self) -> Self:
        if self.what == "edit" and not self.text.strip():
            raise ValueError("an edited message has a text")
        return self


class TellAsk(OfConversation):
    """Something of the conversation itself."""

    what: Literal["typing", "seen", "block", "unblock"]
    on: bool = False
    seq: Seq = 0
    reason: Value = ""

    def body(self) -> dict[str, Any]:
        """Return what `chat` is told beside it."""
        bodies: dict[str, dict[str, Any]] = {
            "typing": {"on": self.on}, "seen": {"seq": self.seq}, "block": {"reason": self.reason},
        }  # fmt: skip
        return bodies.get(self.what, {})


class StartAsk(Ask):
    """Write first, to the number of an open request: by SMS, where a messenger does not reach its person any more."""

    request: UUID
    id: UUID
    account: Name
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class AnswersAsk(Ask):
    """The canned answers, unless the screen has those of this version of the directory."""

    after: Seq | None = None
