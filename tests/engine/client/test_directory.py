"""What is asked about the directory goes out as the engine's routes take it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from engine.client.directory import DirectoryAsks
from engine.client.wire import Answer
from okno.settings import Runtime

BOSS = {"actor": "admin", "role": "administrator"}
Ask = Callable[[DirectoryAsks], Awaitable[Answer]]


class Told(DirectoryAsks):
    """Says what would be sent."""

    async def _get(self, path: str, who: Mapping[str, str], params: Mapping[str, str] | None = None) -> Answer:
        return {"get": path, "who": dict(who), "params": dict(params or {})}

    async def _post(self, path: str, body: Mapping[str, Any], who: Mapping[str, str] | None = None) -> Answer:
        return {"post": path, "body": dict(body)}


@pytest.mark.parametrize(("ask", "path", "params"), [
    (lambda it: it.directory(3, epoch="7", wait_s=8), "/v1/directory", {"after": "3", "epoch": "7", "wait_s": "8"}),
    (lambda it: it.directory_versions(), "/v1/directory/versions", {"limit": "50"}),
    (lambda it: it.directory_versions(before=9, limit=2), "/v1/directory/versions", {"limit": "2", "before": "9"}),
    (lambda it: it.directory_version(4), "/v1/directory/4", {}),
    (lambda it: it.directory_version(4, against=0), "/v1/directory/4", {"against": "0"}),
])  # fmt: skip
async def test_questions(runtime: Runtime, ask: Ask, path: str, params: dict[str, str]) -> None:
    async with Told(runtime) as it:
        assert await ask(it) == {"get": path, "who": {}, "params": params}


@pytest.mark.parametrize(("ask", "path", "body"), [
    (lambda it: it.directory_check({"queues": []}), "check", {"document": {"queues": []}}),
    (
        lambda it: it.directory_change(**BOSS, base=2, document={}, note="n", force=True), "",
        {**BOSS, "base": 2, "document": {}, "note": "n", "force": True},
    ),
    (
        lambda it: it.directory_undo(**BOSS, base=2, version=1), "undo",
        {**BOSS, "base": 2, "version": 1, "note": "", "force": False},
    ),
    (
        lambda it: it.directory_applied("pbx1", 2, "no room"), "applied",
        {"pbx": "pbx1", "version": 2, "reason": "no room"},
    ),
])  # fmt: skip
async def test_wishes(runtime: Runtime, ask: Ask, path: str, body: dict[str, Any]) -> None:
    async with Told(runtime) as it:
        assert await ask(it) == {"post": f"/v1/directory/{path}".rstrip("/"), "body": body}
