"""A mistake in the settings is told by its key, before anything is asked of the MIS."""

from __future__ import annotations

from typing import Any

import pytest

from mis.connectors import BadOptions, Setup, make
from mis.connectors.fhir_r4.options import read
from okno.settings import MisSettings
from tests.mis.fhir_server import ZONE


def _settings(**more: Any) -> MisSettings:
    return MisSettings.model_validate({"connector": "fhir_r4", "address": "https://mis.example/fhir", "secret": "s", **more})


@pytest.mark.parametrize(("more", "key"), [
    ({"address": ""}, r"mis\.address"), ({"address": "mis.example"}, r"mis\.address"),
    ({"options": {"auth": "magic"}}, r"mis\.options\.auth"), ({"options": {"nonsense": 1}}, r"mis\.options\.nonsense"),
    ({"options": {"auth": "basic"}}, r"mis\.user"), ({"options": {"auth": "smart"}}, r"mis\.options\.client_id"),
    ({"options": {"flags": {"x": "bananas"}}}, r"mis\.options\.flags\.x"),
])  # fmt: skip
def test_a_mistake_is_named(more: dict[str, Any], key: str) -> None:
    with pytest.raises(BadOptions, match=key):
        read(_settings(**more))


@pytest.mark.parametrize("auth", ["none", "basic", "bearer"])
async def test_each_way_to_prove_who_we_are_makes_a_connector(auth: str) -> None:
    settings = _settings(user="okno", options={"auth": auth})
    mis = make(Setup(settings=settings, secret=lambda _: "word", zone=ZONE))
    assert {"search_phone", "book", "push"} <= mis.capabilities
    await mis.close()


async def test_without_transactions_a_move_is_not_promised_as_one_step() -> None:
    made = [make(Setup(settings=_settings(options={"auth": "none", **more}), secret=str, zone=ZONE)) for more in ({}, {"transactions": False})]
    assert ["reschedule_atomic" in mis.capabilities for mis in made] == [True, False]
    for mis in made:
        await mis.close()
