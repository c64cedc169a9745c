"""What the registry of MIS connectors promises."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from mis import connectors
from okno.settings import MisSettings


def _setup(name: str) -> connectors.Setup:
    return connectors.Setup(settings=MisSettings(connector=name), secret=lambda _: "a secret", zone=ZoneInfo("UTC"))


def test_the_settings_name_the_connector() -> None:
    assert type(connectors.make(_setup("none"))).__name__ == "NoMis"


def test_an_unknown_connector_is_named_with_the_known_ones() -> None:
    with pytest.raises(connectors.NoSuchConnector, match=r"mis.connector.*'acme'.*none"):
        connectors.make(_setup("acme"))
