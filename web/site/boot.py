"""What a page is given to start with: who is looking, at which clinic, in which words."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from aiohttp import web

from okno import __version__
from okno.settings.model import Settings
from web.accounts.roles import Identity
from web.site.cookies import Cookies
from web.view import Tables

LANGUAGES = ("ru", "en")
THEMES = ("light", "dark", "system")


def language(request: web.Request, who: Identity | None, cookies: Cookies, settings: Settings) -> str:
    """Return the language: the account's choice, the browser's cookie, the clinic's."""
    for choice in (who.lang if who else None, cookies.preferred(request, "lang")):
        if choice in LANGUAGES:
            return choice
    return settings.clinic.language


def theme(request: web.Request, who: Identity | None, cookies: Cookies) -> str:
    """Return the theme: the account's choice, the browser's cookie, the system's."""
    for choice in (who.theme if who else None, cookies.preferred(request, "theme")):
        if choice in THEMES:
            return choice
    return "system"


def boot(
    who: Identity, settings: Settings, *, lang: str, theme: str, words: dict[str, Any], tables: Tables | None = None
) -> dict[str, Any]:
    """Return the page's first facts; nothing of a patient is among them.

    Args:
        who: is looking.
        settings: of the clinic.
        lang: "ru" or "en".
        theme: "light", "dark" or "system".
        words: every screen text of the language, by key.
        tables: the live world, for the directory as it is now; before the engine was heard, the settings' own.
    """
    return {
        "me": {"login": who.name, "role": who.role, "operator": who.operator, "title": who.title},
        "clinic": {"name": settings.clinic.name, "timezone": settings.clinic.timezone},
        "lang": lang,
        "theme": theme,
        **(_live(tables) if tables and tables.get("rules") else _written(settings)),
        "i18n": words,
        "version": __version__,
        # A person's session ends so long after the log-in, whatever he does: the page says so in time.
        "session_ends": who.expires_at.isoformat(),
        # Drafts are kept in the browser sealed with it: what is left on a disk is of no use without this session.
        "draft_key": blake2b(who.key, digest_size=32, person=b"okno-drafts").hexdigest(),
        "permissions": who.permissions,
    }


def _live(tables: Tables) -> dict[str, Any]:
    """What the directory calls things now, in its order."""
    rules, queues = next(iter(tables["rules"].values())), tables.get("queues", {})
    return {
        "queues": [
            {**one, "wrap_up_s": queues.get(one["id"], {}).get("wrap_up_s", 0)} for one in rules.get("queues", ())
        ],
        "outcomes": list(rules["outcomes"]),
        "pause_reasons": list(rules["pause_reasons"]),
        "lines": {line["id"]: line["source"] for line in tables.get("lines", {}).values()},
    }


def _written(settings: Settings) -> dict[str, Any]:
    return {
        "queues": [
            {"id": queue.name, "title": dict(queue.title), "wrap_up_s": queue.wrap_up_s} for queue in settings.queues
        ],
        "outcomes": [{"id": name, "title": dict(title)} for name, title in settings.outcomes.items()],
        "pause_reasons": [{"id": name, "title": dict(title)} for name, title in settings.pause_reasons.items()],
        "lines": {line.number: dict(line.source) for line in settings.lines},
    }
