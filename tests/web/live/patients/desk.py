"""What an operator does at the desk, in a test."""

from __future__ import annotations

from typing import Any

from tests.web.house import Page
from tests.web.scripted import REQUEST, ScriptedEngine

TWO = ["name", "birth_date"]


def about(**more: Any) -> dict[str, Any]:
    """A question about the request."""
    return {"request": REQUEST, **more}


async def identify(page: Page, engine: ScriptedEngine, patient: str) -> dict[str, Any]:
    """Confirm a patient by two identifiers; the live feed tells of it, too."""
    answer: dict[str, Any] = await page.ask("identify", about(patient=patient, verified=TWO))
    assert answer["ok"], answer
    await engine.patch(["set", "requests", REQUEST, engine.tables["requests"][REQUEST]])
    return answer
