"""Mistakes in the settings of a GNU Health are told by their key."""

from __future__ import annotations

from typing import Any

import pytest

from mis.connectors import BadOptions
from mis.connectors.gnu_health.options import read
from okno.settings import MisSettings

GOOD = {"connector": "gnu_health", "address": "https://mis.example/health", "user": "okno"}


def test_nothing_need_be_told() -> None:
    made = read(MisSettings.model_validate(GOOD))
    assert (made.minutes, made.country, made.guardian_until) == (30, "XXX", 15)


@pytest.mark.parametrize(("change", "key"), [
    ({"address": ""}, "mis.address"), ({"address": "https://mis.example"}, "mis.address"), ({"user": ""}, "mis.user"),
    ({"options": {"zones": {"1": "Mars/Olympus"}}}, "mis.options.zones"),
    ({"options": {"country": "Russia"}}, "mis.options.country"), ({"options": {"bogus": 1}}, "mis.options.bogus"),
    ({"options": {"cancel_reasons": {"why": "x"}}}, "mis.options.cancel_reasons"),
    ({"options": {"guardian_roles": []}}, "mis.options.guardian_roles"),
])  # fmt: skip
def test_a_mistake_is_told_by_its_key(change: dict[str, Any], key: str) -> None:
    with pytest.raises(BadOptions, match=key):
        read(MisSettings.model_validate({**GOOD, **change}))
