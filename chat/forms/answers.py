"""What a form's visitor is answered: JSON to a script, a page to who has none."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web

from okno.i18n import Catalogue
from okno.service.doors import problem
from okno.settings import Clinic, SiteSettings

_HERE = Path(__file__).parent
_KNOWN = frozenset({"site_key", "name", "phone", "when", "topic", "consent", "mail", "text", "files"})


class Answers:
    """Makes answers.

    Args:
        zone: the clinic's, in which times are told.
    """

    def __init__(self, zone: tzinfo) -> None:
        words = Catalogue.load(_HERE.parent / "i18n")
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        page = environment.get_template("answer.html.j2")
        self._html = Answer(words, zone, page)
        self._json = Answer(words, zone, None)

    @classmethod
    def of_clinic(cls, clinic: Clinic) -> Answers:
        """Return what answers in a clinic's time."""
        return cls(ZoneInfo(clinic.timezone))

    def of(self, *, html: bool) -> Answer:
        """Return what answers a plain form, or a script."""
        return self._html if html else self._json

    def eta(self, site: SiteSettings, wanted_at: datetime | None) -> str:
        """Return in words when he is called."""
        return self._json.eta(site, wanted_at)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers one kind of visitor; `page` None: JSON."""

    words: Catalogue
    zone: tzinfo
    page: jinja2.Template | None

    def taken(self, site: SiteSettings, reference: str, wanted_at: datetime | None) -> web.Response:
        """Thank him; the same for everybody."""
        eta = self.eta(site, wanted_at)
        if self.page is None:
            text = json.dumps({"reference": reference, "eta_text": eta}, ensure_ascii=False)
            return web.Response(status=202, text=text, content_type="application/json")
        return self._page(202, site, self._t(site, "form.thanks"), [eta], reference)

    def thanked(self, site: SiteSettings, reference: str, title: str, line: str) -> web.Response:
        """Thank him for a letter; `title` and `line` are keys of words."""
        if self.page is None:
            text = json.dumps({"reference": reference, "text": self._t(site, line)}, ensure_ascii=False)
            return web.Response(status=202, text=text, content_type="application/json")
        return self._page(202, site, self._t(site, title), [self._t(site, line)], reference)

    def malformed(self, site: SiteSettings, fields: Sequence[str]) -> web.Response:
        """Say which fields are wrong; what stood in them is not repeated."""
        named = [name for name in fields if name in _KNOWN] or ["form"]
        said = [self._t(site, f"form.wrong.{name}") for name in named]
        if self.page is None:
            faults = [{"field": name, "message": words} for name, words in zip(named, said, strict=True)]
            return problem(422, "the form is not filled in as it must be", key="error.malformed", errors=faults)
        return self._page(422, site, self._t(site, "form.again"), said)

    def too_many(self, site: SiteSettings, after_s: int) -> web.Response:
        """Say that it was asked for too often, and is not taken."""
        words = self._t(site, "form.too_many")
        if self.page is None:
            answer = problem(429, "too many requests", key="error.too_many", detail=words)
        else:
            answer = self._page(429, site, self._t(site, "form.not_taken"), [words])
        answer.headers["Retry-After"] = str(after_s)
        return answer

    @staticmethod
    def other_body() -> web.Response:
        """Say that an idempotency key was used for something else; only servers hear that."""
        return problem(409, "this Idempotency-Key came before, with another body", key="error.other_body")

    def eta(self, site: SiteSettings, wanted_at: datetime | None) -> str:
        """Return in words when he is called."""
        if wanted_at is None:
            return self._t(site, "form.soon")
        local = wanted_at.astimezone(self.zone)
        return self._t(site, "form.at", day=local.strftime("%d.%m.%Y"), time=local.strftime("%H:%M"))

    def _t(self, site: SiteSettings, key: str, **variables: object) -> str:
        return self.words.t(key, site.language, **variables)

    def _page(
        self, status: int, site: SiteSettings, title: str, lines: Sequence[str], reference: str = ""
    ) -> web.Response:
        if self.page is None:
            raise RuntimeError("this answers scripts")
        nonce = secrets.token_urlsafe(16)
        text = self.page.render(
            lang=site.language, title=title, lines=lines, reference=reference, back=site.page, nonce=nonce,
            number=self._t(site, "form.reference"), to=self._t(site, "form.back"),
        )  # fmt: skip
        headers = {
            "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'",
            "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
        }  # fmt: skip
        return web.Response(status=status, text=text, content_type="text/html", charset="utf-8", headers=headers)
