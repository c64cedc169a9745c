"""What may be written in an SMS: it is read on locked screens and by operators' filters, so it says little."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, StringConstraints

from chat.sms.segments import segments
from okno.settings.directory import Name, Strict, Title

_PLACE = re.compile(r"\{[a-z_]{1,40}\}")
_MANY, _ONE = 67, 70


class SmsTemplate(Strict):
    """A text that the operators have approved; `{…}` stand for what differs."""

    name: Name
    title: Title = Field(default_factory=dict)
    text: Annotated[str, StringConstraints(min_length=1, max_length=1000)]

    def fits(self, text: str) -> bool:
        """Say whether a text is this one with its places filled."""
        parts = [re.escape(part) for part in _PLACE.split(self.text)]
        return re.fullmatch(".{1,200}?".join(parts), text, re.DOTALL) is not None


class Rules(Strict):
    """What may be written.

    A text takes at most `most_parts` messages. It has none of the `forbidden` beginnings of words (diagnoses, doctors'
    specialities: medical secrecy). With `only_templates` it is one of the `templates`.
    """

    most_parts: int = Field(3, ge=1, le=10)
    forbidden: tuple[Annotated[str, StringConstraints(min_length=3, max_length=40)], ...] = ()
    templates: tuple[SmsTemplate, ...] = ()
    only_templates: bool = False

    @property
    def most_signs(self) -> int:
        """How many signs of any alphabet a text may have."""
        return _ONE if self.most_parts == 1 else _MANY * self.most_parts

    def refusal(self, text: str) -> str:
        """Return why a text may not go, a word below `chat.error.`; nothing when it may."""
        if segments(text).count > self.most_parts or len(text) > self.most_signs:
            return "too_long"
        words = re.findall(r"\w+", text.casefold())
        if any(word.startswith(one.casefold()) for one in self.forbidden for word in words):
            return "words"
        if self.only_templates and not any(one.fits(text) for one in self.templates):
            return "template"
        return ""
