"""Pages out of Jinja2 templates, always escaped, always with a nonce of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from okno.i18n import Catalogue
from web.site.assets import Assets
from web.site.headers import nonce_of


class Templates:
    """Renders the pages.

    Args:
        folder: of the templates.
        assets: for the addresses of static files.
        words: the catalogue of screen texts.
        insecure: whether each page must say that the connection is not protected.
    """

    def __init__(self, folder: Path, assets: Assets, words: Catalogue, *, insecure: bool) -> None:
        self._assets, self._words, self._insecure = assets, words, insecure
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )

    def page(
        self, request: web.Request, name: str, *, lang: str, theme: str, status: int = 200, **context: Any
    ) -> web.Response:
        """Return a page.

        Args:
            request: what is answered; gives the nonce.
            name: of the template, "login.html".
            lang: "ru" or "en".
            theme: "light", "dark" or "system".
            status: of the answer.
            context: what else the template uses.
        """
        self._assets.refresh()

        def words(key: str, **variables: object) -> str:
            return self._words.t(key, lang, **variables)

        text = self._environment.get_template(name).render({
            "t": words, "lang": lang, "theme": theme, "nonce": nonce_of(request), "static": self._assets.url,
            "integrity": self._assets.integrity,
            "importmap": self._assets.import_map(), "modulepreload": self._assets.preloads(),
            "insecure": self._insecure,
            **context,
        })
        return web.Response(text=text, content_type="text/html", charset="utf-8", status=status)

    def words(self, lang: str) -> dict[str, Any]:
        """Return every screen text of a language by key, for the page's own `t`."""
        return dict(self._words.entries(lang))
