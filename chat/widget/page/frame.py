"""The script of a site's pages, and the frame it opens: our page within theirs, where nothing of theirs reaches."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, cast

import jinja2
from aiohttp import web

from chat.widget import rules
from okno.i18n import LANGUAGES, Catalogue
from okno.settings import Clinic, SiteSettings, WidgetSettings

_HERE = Path(__file__).parent
_FOREVER = "public, max-age=31536000, immutable"
_SCRIPT_S = 300
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
# `same-origin`, not `no-referrer`: some browsers then post with the origin `null`, which could not be checked.
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
Language = Literal["ru", "en"]


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes
    kind: str


class Frame:
    """Makes them.

    Args:
        clinic: whose site it is.
        words: of the widget.
        public_url: where the internet reaches us; empty: wherever the frame came from.
    """

    def __init__(self, clinic: Clinic, words: Catalogue, public_url: str) -> None:
        self._clinic, self._words = clinic, words
        folder = Path(str(files("chat.widget"))) / "static"
        self._files = {
            path.relative_to(folder).as_posix(): _file(path.read_bytes(), _TYPES[path.suffix])
            for path in sorted(folder.rglob("*"))
            if path.suffix in _TYPES
        }
        digest = hashlib.sha256()
        for name, one in self._files.items():
            digest.update(name.encode() + one.body)
        self.version = digest.hexdigest()[:16]
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._page = environment.get_template("frame.html.j2")
        socket = public_url.rstrip("/").replace("http", "ws", 1)
        self._connect = f"'self' {socket}".strip()

    def script(self, site: SiteSettings) -> web.Response:
        """Return the script: with the site's look in it, it asks nothing before a visitor does."""
        source = self._files["loader.js"].body.decode()
        body = source.replace('"__LOOK__"', _json(self._look(site)))
        headers = {
            "Cache-Control": f"public, max-age={_SCRIPT_S}", "Cross-Origin-Resource-Policy": "cross-origin",
            "Content-Encoding": "gzip", "Vary": "Accept-Encoding",
        }  # fmt: skip
        packed = gzip.compress(body.encode(), 9, mtime=0)
        return web.Response(body=packed, content_type="text/javascript", charset="utf-8", headers=_SAFE | headers)

    def page(self, site: SiteSettings, lang: str, theme: str) -> web.Response:
        """Return the frame's page; browsers show it on the site's pages only."""
        language = _language(lang, site)
        config = self._config(site, language)
        text = self._page.render(
            lang=language, theme=theme if theme in ("light", "dark", "auto") else _widget(site).theme,
            title=config["title"], version=self.version, config=_json(config),
        )  # fmt: skip
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
            f"connect-src {self._connect}; base-uri 'none'; form-action 'none'; object-src 'none'; "
            f"frame-ancestors {' '.join(site.origins) or chr(39) + 'none' + chr(39)}"
        )
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=_SAFE | headers)

    async def asset(self, request: web.Request) -> web.Response:
        """Answer a file of the frame."""
        one = self._files.get(request.match_info["path"])
        if one is None:
            raise web.HTTPNotFound
        current = request.match_info["version"] == self.version
        headers = {"Cache-Control": _FOREVER if current else "no-cache", "Vary": "Accept-Encoding"}
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        if packed:
            headers["Content-Encoding"] = "gzip"
        body = one.packed if packed else one.body
        return web.Response(body=body, content_type=one.kind, charset="utf-8", headers=_SAFE | headers)

    def consent(self, site: SiteSettings, lang: str) -> str:
        """Return the words one consents to."""
        return self._words.t("widget.consent", _language(lang, site), clinic=self._clinic.name)

    def _look(self, site: SiteSettings) -> dict[str, Any]:
        widget = _widget(site)
        named = {"open": "widget.open", "close": "widget.close", "unread": "widget.unread"}
        return {
            "site": site.key, "lang": site.language, "theme": widget.theme, "side": widget.side,
            "accent": widget.accent, "ink": rules.ink(widget.accent),
            "title": {language: self._title(site, cast(Language, language)) for language in LANGUAGES},
            "words": {
                language: {name: self._words.t(key, language) for name, key in named.items()} for language in LANGUAGES
            },
        }  # fmt: skip

    def _config(self, site: SiteSettings, language: Language) -> dict[str, Any]:
        widget = _widget(site)
        words = {key: one for key, one in self._words.entries(language).items() if key.startswith("widget.")}
        return {
            "site": site.key, "lang": language, "origins": site.origins, "title": self._title(site, language),
            "greeting": widget.greeting.get(language) or self._words.t("widget.greeting", language),
            "ask": widget.ask, "required": widget.required, "accept": rules.ACCEPT, "most": rules.UPLOAD_BYTES,
            "accent": widget.accent, "ink": rules.ink(widget.accent),
            "consent": {"text": self.consent(site, language), "url": widget.consent_url},
            "words": {key: one for key, one in words.items() if not key.startswith("widget.said.")},
        }  # fmt: skip

    def _title(self, site: SiteSettings, language: Language) -> str:
        return _widget(site).title.get(language) or self._clinic.name


def _widget(site: SiteSettings) -> WidgetSettings:
    if site.widget is None:
        raise ValueError("this site has no widget")
    return site.widget


def _language(lang: str, site: SiteSettings) -> Language:
    return "ru" if lang == "ru" else "en" if lang == "en" else site.language


def _file(body: bytes, kind: str) -> _File:
    return _File(body, gzip.compress(body, 9, mtime=0), kind)


def _json(value: object) -> str:
    """JSON that may stand in a page or a script: nothing in it ends either."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
