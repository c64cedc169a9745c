"""What a form for feedback posts, read once at the edge: JSON, a plain form, or a form with files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import pydantic
from aiohttp import BodyPartReader, web
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from chat.forms.posting import FIELDS, Line, Malformed, moment_of, plain_form
from chat.mail import people
from chat.mail.parsing.charsets import visible

JSON, FORM, FILES = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FILES = 5
_BODY_BYTES, _FIELD_BYTES = 64 * 1024, 32 * 1024
_YES = frozenset({"1", "on", "true", "yes"})
_CHUNK = 64 * 1024


def _lines(text: object) -> object:
    """What a person wrote, with its lines, without the characters nobody sees."""
    if not isinstance(text, str):
        return text
    return "\n".join(visible(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def _address(text: object) -> object:
    if not isinstance(text, str) or not text.strip():
        return ""
    if not people.is_address(text.strip()):
        raise ValueError("not an address")
    return text.strip().lower()


class Letter(BaseModel):
    """What somebody writes. `hp` is a field no person sees; `form_ts` is when the form was shown to him."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    site_key: Annotated[str, Field(max_length=40)]
    name: Annotated[Line, Field(max_length=100)] = ""
    phone: Annotated[Line, Field(max_length=64)] = ""
    mail: Annotated[str, BeforeValidator(_address), Field(max_length=200)] = ""
    topic: Annotated[Line, Field(max_length=200)] = ""
    text: Annotated[str, BeforeValidator(_lines), Field(min_length=1, max_length=10_000)]
    page_url: Annotated[Line, Field(max_length=1000)] = ""
    consent: bool
    hp: Annotated[str, Field(max_length=1000)] = ""
    form_ts: Annotated[AwareDatetime | None, BeforeValidator(moment_of)] = None
    nonce: Annotated[str, Field(max_length=100)] = ""

    @pydantic.field_validator("consent", mode="before")
    @classmethod
    def _yes(cls, value: object) -> bool:
        if value is True or str(value).lower() in _YES:
            return True
        raise ValueError("no consent")


@dataclass(frozen=True, slots=True)
class SentIn:
    """A file that was posted."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter and its files."""

    letter: Letter
    files: Sequence[SentIn] = field(default=())


async def read(request: web.Request, most_file: int) -> Posted:
    """Return what was posted.

    Args:
        request: whose body is read, at most as much as may be.
        most_file: bytes of all files together.

    Raises:
        Malformed: with the fields that are wrong; none when it cannot be read at all.
        HTTPRequestEntityTooLarge: it is longer than any letter.
    """
    if request.content_type == FILES:
        fields, files = await _parts(request, most_file)
        return Posted(_letter(fields), files)
    raw = await _bounded(request)
    return Posted(_letter(plain_form(raw) if request.content_type == FORM else _tree(raw)))


def _letter(body: Mapping[str, Any]) -> Letter:
    try:
        return Letter.model_validate({"consent": False, **body})
    except pydantic.ValidationError as error:
        wrong = (str(flaw["loc"][0]) for flaw in error.errors(include_input=False, include_url=False) if flaw["loc"])
        raise Malformed(*dict.fromkeys(wrong)) from None


def _tree(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(body, dict):
        raise Malformed
    return body


async def _bounded(request: web.Request) -> bytes:
    raw = bytearray()
    async for piece in request.content.iter_chunked(_CHUNK):
        raw += piece
        if len(raw) > _BODY_BYTES:
            raise web.HTTPRequestEntityTooLarge(_BODY_BYTES, len(raw))
    return bytes(raw)


async def _parts(request: web.Request, most_file: int) -> tuple[dict[str, str], list[SentIn]]:
    """The fields and files of a form with files; nothing is unpacked, and no more is read than may come."""
    fields: dict[str, str] = {}
    files: list[SentIn] = []
    left = most_file
    try:
        reader = await request.multipart()
        async for part in reader:
            if not isinstance(part, BodyPartReader) or len(fields) >= FIELDS:
                raise Malformed
            if part.filename is None:
                fields[str(part.name)] = (await _content(part, _FIELD_BYTES)).decode("utf-8")
                continue
            content = await _content(part, left)
            left -= len(content)
            if content:
                files.append(SentIn(visible(part.filename).replace("/", "_").replace("\\", "_")[-200:], content))
            if len(files) > MOST_FILES:
                raise Malformed("files")
    except (ValueError, AssertionError, RuntimeError):  # what aiohttp says of a body that is not what it claims
        raise Malformed from None
    return fields, files


async def _content(part: BodyPartReader, most: int) -> bytes:
    found = bytearray()
    while piece := await part.read_chunk(_CHUNK):
        found += piece
        if len(found) > most:
            raise web.HTTPRequestEntityTooLarge(most, len(found))
    return bytes(found)
