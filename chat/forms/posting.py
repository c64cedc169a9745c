"""What a form posts, read once at the edge: JSON of a script or a server, or a plain form without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

import pydantic
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from okno.errors import Refused

FIELDS = 40
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_YES = frozenset({"1", "on", "true", "yes"})


class Malformed(Refused):
    """What was posted cannot be taken. `fields` are those with a mistake; what stood in them is not repeated."""

    def __init__(self, *fields: str) -> None:
        super().__init__("the form is not filled in as it must be")
        self.fields = fields


def _plain(text: object) -> object:
    """Whatever a person typed, on one line, without the characters nobody sees."""
    if not isinstance(text, str):
        return text
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


Line = Annotated[str, BeforeValidator(_plain)]


def moment_of(value: object) -> object:
    """Return a moment as scripts write it: milliseconds since 1970 or RFC 3339; an empty one is none."""
    if isinstance(value, str) and value.strip().isdigit():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000, UTC)
        except (OverflowError, OSError, ValueError):
            raise ValueError("not a moment") from None
    return value or None


class Posting(BaseModel):
    """What somebody asks for. `hp` is a field no person sees; `form_ts` is when the form was shown to him.

    `nonce` is minted once for each filling in: the same again is a repetition.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    site_key: Annotated[str, Field(max_length=40)]
    name: Annotated[Line, Field(max_length=100)] = ""
    phone: Annotated[Line, Field(min_length=3, max_length=64)]
    when: Literal["asap"] | AwareDatetime = "asap"
    topic: Annotated[Line, Field(max_length=1000)] = ""
    page_url: Annotated[Line, Field(max_length=1000)] = ""
    utm: Annotated[
        dict[Annotated[Line, Field(max_length=40)], Annotated[Line, Field(max_length=200)]], Field(max_length=10)
    ] = Field(default_factory=dict)
    consent: Literal[True]
    hp: Annotated[str, Field(max_length=1000)] = ""
    form_ts: Annotated[AwareDatetime | None, BeforeValidator(moment_of)] = None
    nonce: Annotated[str, Field(max_length=100)] = ""


def read(raw: bytes, kind: str, zone: tzinfo) -> Posting:
    """Return what was posted.

    Args:
        raw: the body.
        kind: "application/json" or "application/x-www-form-urlencoded".
        zone: the clinic's; a time in a plain form has none of its own.

    Raises:
        Malformed: with the fields that are wrong; none when it cannot be read at all.
    """
    body = _form(raw, zone) if kind == "application/x-www-form-urlencoded" else _json(raw)
    try:
        return Posting.model_validate(body)
    except pydantic.ValidationError as error:
        wrong = (str(flaw["loc"][0]) for flaw in error.errors(include_input=False, include_url=False) if flaw["loc"])
        raise Malformed(*dict.fromkeys(wrong)) from None


def _json(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(body, dict):
        raise Malformed
    return body


def plain_form(raw: bytes) -> dict[str, Any]:
    """Return the fields of a plain form. Raises Malformed."""
    try:
        return dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"))
    except ValueError:  # UnicodeError is one
        raise Malformed from None


def _form(raw: bytes, zone: tzinfo) -> dict[str, Any]:
    body = plain_form(raw)
    body["utm"] = {name.removeprefix("utm_"): body[name] for name in _UTM if body.get(name)}
    body["consent"] = str(body.get("consent", "")).lower() in _YES
    body["when"] = _when(body, zone)
    return body


def _when(body: Mapping[str, Any], zone: tzinfo) -> object:
    """An `<input type="datetime-local">` has no zone: whoever fills it in means the clinic's clock."""
    text = str(body.get("when", "")) or "asap"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
