"""The site of the demo clinic: one page with the widget on it, under a policy as strict as a site's may be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import jinja2
from aiohttp import web

from okno.i18n import Catalogue
from okno.settings import Settings

PATH = "/demo/site"
_SAID = ("title", "menu", "slogan", "lead", "services", "contacts", "hours", "write", "policy", "other")
_SERVICES = ("doctors", "tests", "children")
_POLICY = (
    "default-src 'none'; script-src 'self'; frame-src 'self'; style-src 'self'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Answer = Callable[[web.Request], Awaitable[web.Response]]


def site(settings: Settings, words: Catalogue) -> dict[str, Answer]:
    """Return what answers at which path; nothing when the settings name no demo site with a widget."""
    found = next((one for one in settings.chat.sites if one.key == settings.demo.site and one.widget), None)
    if found is None:
        return {}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page, look = environment.get_template("demo.html.j2"), environment.get_template("demo.css.j2").render()

    async def answer(request: web.Request) -> web.Response:
        lang, other = ("en", "ru") if request.query.get("lang") == "en" else ("ru", "en")
        services = [
            {part: words.t(f"demo.site.{name}.{part}", lang) for part in ("title", "text")} for name in _SERVICES
        ]
        text = page.render(
            lang=lang, other=other, path=PATH, site=found.key, clinic=settings.clinic.name, services=services,
            said={name: words.t(f"demo.site.{name}", lang) for name in _SAID},
        )  # fmt: skip
        headers = _SAFE | {"Content-Security-Policy": _POLICY}
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)

    async def style(_: web.Request) -> web.Response:
        return web.Response(text=look, content_type="text/css", charset="utf-8", headers=_SAFE)

    return {PATH: answer, f"{PATH}.css": style}
