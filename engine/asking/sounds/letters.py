"""What is sent about sounds, checked once, here."""

from __future__ import annotations

import base64
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
# What an upload may weigh (docs/prompts.md), and a message of ten minutes in A-law.
PROMPT_BYTES = 2 * 1024 * 1024
MESSAGE_BYTES = 5 * 1024 * 1024


def _decoded(told: object) -> bytes:
    if not isinstance(told, str):
        raise ValueError("base64 is wanted")
    return base64.b64decode(told, validate=True)


Sound = Annotated[bytes, BeforeValidator(_decoded)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UploadAsked(_Strict):
    """A sound somebody brings: a WAV or an MP3 file."""

    actor: Word
    role: Word
    sound: Annotated[Sound, Field(max_length=PROMPT_BYTES)]


class SpeakAsked(_Strict):
    """A text to be spoken for listening; nothing is kept."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=1500)]
    language: Literal["ru", "en"]


class FileAsked(_Strict):
    """An uploaded sound, by its name."""

    file: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class MessageTold(_Strict):
    """A message a caller left, told by the helper beside a PBX: A-law, and the name of its file."""

    pbx: Word
    name: Annotated[str, StringConstraints(min_length=3, max_length=120)]
    at: AwareDatetime
    sound: Annotated[Sound, Field(max_length=MESSAGE_BYTES)]


class ListenAsked(_Strict):
    """Somebody wants to hear the messages of a request: which of them, counted from the newest."""

    request: UUID
    number: Annotated[int, Field(ge=0, le=100)] = 0
    actor: Word
    role: Word
    operator: Word | None = None
    purpose: Word
