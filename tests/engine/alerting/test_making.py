"""The ways out are those the settings name."""

from __future__ import annotations

from typing import Any

from engine.alerting.making import outside
from okno.service import Service
from okno.settings import Runtime
from okno.settings.model import Alerting, Mail, Webhook


def made(runtime: Runtime, alerting: Alerting) -> list[Any]:
    settings = runtime.settings.model_copy(update={"alerting": alerting})
    changed = Runtime(settings=settings, state=runtime.state)
    return [way["way"] for way in outside(changed, lambda: True, Service("engine", changed)).status()]


async def test_mail_to_nobody_is_no_way(runtime: Runtime) -> None:
    assert made(runtime, Alerting()) == []


async def test_mail_and_webhooks_by_number(runtime: Runtime) -> None:
    hooks = [Webhook(url="http://127.0.0.1:1/a"), Webhook(url="http://127.0.0.1:1/b")]
    assert made(runtime, Alerting(mail=Mail(to=["a@clinic.example"]), webhooks=hooks)) == ["webhook_1", "webhook_2", "mail"]
