"""Static files, kept in memory under an address that changes with any of them, so that browsers keep them for ever.

The address is `/static/<digest of all files>/<path>`: modules and fonts find each other by relative paths, and a new
version is a new address for all of them at once.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from web.accounts.roles import public

# What mimetypes may not know on a bare machine.
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_TEXTS = ("text/javascript", "text/css", "text/plain", "image/svg+xml", "application/json")
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, the same compressed if that is worth it, its type and hash."""

    body: bytes
    packed: bytes | None
    kind: str
    integrity: str


class Assets:
    """The files below web/static.

    Args:
        folder: where they are; `vendor/vendor.lock` in it names the vendored modules and their import specifiers.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: tuple[int, int] = (0, 0)
        self._files: dict[str, Asset] = {}
        self.version = ""
        self.refresh()

    def refresh(self) -> None:
        """Read the files again if any changed: an installed version never does, a developer's checkout does."""
        paths = sorted(path for path in self._folder.rglob("*") if path.is_file())
        stamp = (len(paths), max((path.stat().st_mtime_ns for path in paths), default=0))
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._files = {path.relative_to(self._folder).as_posix(): _read(path) for path in paths}
        digest = hashlib.sha256()
        for name, asset in self._files.items():
            digest.update(f"{name} {asset.integrity}\n".encode())
        self.version = digest.hexdigest()[:16]

    def url(self, path: str) -> str:
        """Return the address of a file; one that is not there gets an address that answers 404."""
        return f"/static/{self.version}/{path}"

    def integrity(self, url: str) -> str:
        """Return the hash of the file at an address `url` gave: a preload without it would be fetched twice."""
        return self._files[url.removeprefix(f"/static/{self.version}/")].integrity

    def import_map(self) -> str:
        """Return the import map as JSON: vendored modules by their names, with hashes for every module."""
        modules = [path for path in self._files if path.endswith((".js", ".mjs"))]
        return json.dumps({
            "imports": {entry["specifier"]: self.url(f"vendor/{entry['file']}") for entry in self._vendored()},
            "integrity": {self.url(path): self._files[path].integrity for path in modules},
        }).replace("<", "\\u003c")

    def preloads(self) -> list[str]:
        """Return the addresses of the modules a screen needs at once; those fetched later are `lazy` in the lock."""
        vendored = [f"vendor/{entry['file']}" for entry in self._vendored() if not entry.get("lazy")]
        ours = [path for path in self._files if path.startswith("app/") and path.endswith(".js")]
        return [self.url(path) for path in vendored + ours]

    def _vendored(self) -> list[dict[str, Any]]:
        lock = self._files.get("vendor/vendor.lock")
        entries = json.loads(lock.body)["files"] if lock else []
        return [entry for entry in entries if entry.get("specifier")]

    @public("the log-in page needs its style before anybody is signed in; static files hold no data")
    async def serve(self, request: web.Request) -> web.Response:
        """Answer GET /static/{version}/{path}."""
        asset = self._files.get(request.match_info["path"])
        if asset is None:
            raise web.HTTPNotFound
        current = request.match_info["version"] == self.version
        headers = {
            "Cache-Control": _FOREVER if current else "no-cache", "ETag": f'"{asset.integrity}"',
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        body = asset.body
        if asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = asset.packed, "gzip"
        charset = "utf-8" if asset.kind in _TEXTS else None
        return web.Response(body=body, headers=headers, content_type=asset.kind, charset=charset)


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(body, 9, mtime=0) if kind in _TEXTS and len(body) > 1024 else None
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()
    return Asset(body, packed, kind, integrity)
