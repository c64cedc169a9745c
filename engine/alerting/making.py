"""The ways alerts leave the house, as the settings name them."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.alerting.outside import Outside
from engine.alerting.ways import ByMail, ByWebhook, Way
from engine.alerting.words import Words
from okno.i18n import Catalogue
from okno.service import Service
from okno.settings import Runtime


def outside(runtime: Runtime, sure: Callable[[], bool], service: Service) -> Outside:
    """Return what sends alerts, set in motion with the service. Args: sure: whether we lead."""
    clinic, alerting = runtime.settings.clinic, runtime.settings.alerting
    catalogue = Catalogue.load(Path(str(files("engine"))) / "i18n")
    words = Words(catalogue, clinic.language, clinic.name, ZoneInfo(clinic.timezone))
    ways: list[Way] = [
        ByWebhook(number, webhook, runtime.secret) for number, webhook in enumerate(alerting.webhooks, start=1)
    ]
    if alerting.mail.to:
        ways.append(ByMail(alerting.mail, runtime.secret, words))
    made = Outside(ways, sure, service.metrics)
    service.background(made.run, "alerts")
    service.on_stop(made.close)
    return made
