"""How the MIS is, by REST: about no patient, for whoever may see queues."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mis import service
from okno.settings import Runtime
from tests.fixtures import MakeUrl, serving
from tests.web.house import House
from web.accounts.tokens import Tokens


async def test_how_the_mis_is(
    house: House, clinic: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = await Tokens(house.database).create("eye", role="administrator", operator=None, lifetime=timedelta(days=1))
    bearer, path = {"Authorization": f"Bearer {token}"}, "/api/v1/mis/status"
    async with house.visitor() as browser:
        assert (await browser.get(path)).status == 401
        away = await (await browser.get(path, headers=bearer)).json()
        assert (away["state"], away["error"], away["capabilities"]) == ("down", "service_away", [])
        url = await new_database_url("mis")
        monkeypatch.setattr(service, "url_for", lambda *_: url)
        monkeypatch.setenv("OKNO_REDIS_URL", redis_url)
        async with serving(service.main(clinic), clinic.settings.mis.url):
            answer = await browser.get(path, headers=bearer)
            told = await answer.json()
    assert answer.status == 200 and (told["connector"], told["state"]) == ("none", "not_configured")
    assert told["capabilities"] == [] and told["error"] == ""
