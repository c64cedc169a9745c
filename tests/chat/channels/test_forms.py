"""The form on a real socket: who may post, robots, repetitions, limits, plain forms, servers."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from chat.api import public
from chat.channels import Setup
from chat.channels.forms import PATH, SiteForms, forms
from chat.feed import CALLBACKS, FORM_PLACE, CallbackOver
from chat.forms import keeping
from okno import clock
from okno.command.processes import ports
from okno.database import Database
from okno.seal import Keyring
from okno.settings import ChatSettings, Runtime, SiteSettings
from tests.fixtures import OpenDatabase

PHONE, OTHER = "8 (999) 000-18-73", "+7 999 000-18-74"
SITE = "https://clinic.example"
TOKEN = "t" * 40
RU = SiteSettings(key="clinic", origins=[SITE], queue="registry", secret="file:site.secret", page=SITE + "/")
EN = SiteSettings(key="spa", origins=["https://spa.example"], language="en", keep_days=1)


@dataclass
class Place:
    """A public listener, and what came of what was posted there."""

    url: str
    database: Database
    keyring: Keyring
    http: aiohttp.ClientSession
    registry: CollectorRegistry
    forms: SiteForms
    number: int = 0

    async def post(self, phone: str = PHONE, *, headers: dict[str, str] | None = None, **more: Any) -> tuple[int, Any]:
        """Post as a script does."""
        self.number += 1
        body = {
            "site_key": "clinic", "phone": phone, "name": "Anna P", "topic": "a tooth", "consent": True, "hp": "",
            "form_ts": int((clock.now() - timedelta(seconds=20)).timestamp() * 1000), "nonce": f"n{self.number}",
        } | more  # fmt: skip
        async with self.http.post(self.url, json=body, headers=headers or {"Origin": SITE}) as answer:
            return answer.status, await answer.json(content_type=None)

    async def told(self) -> list[dict[str, Any]]:
        """What the engine is told, opened."""
        rows = await self.database.fetch("SELECT * FROM outbox WHERE stream = $1 ORDER BY id", CALLBACKS)
        payloads = [dict(row["payload"]) for row in rows]
        for one in payloads:
            blob = base64.b64decode(one["who"])
            one["who"] = json.loads(self.keyring.sealer("bus").open(blob, row=one["key"], **FORM_PLACE))
        return payloads

    async def states(self) -> list[str]:
        """The states of all that is kept."""
        return [row["state"] for row in await self.database.fetch("SELECT state FROM forms ORDER BY at, key")]

    def ends(self, end: str) -> float:
        """How many postings ended so."""
        return self.registry.get_sample_value("okno_forms_total", {"end": end}) or 0.0


@pytest_asyncio.fixture
async def place(
    runtime: Runtime, database: OpenDatabase, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    secret = runtime.path(runtime.settings.paths.secrets) / "site.secret"
    secret.write_text(TOKEN)
    secret.chmod(0o600)
    settings = runtime.settings.model_copy(update={"chat": ChatSettings(sites=[RU, EN])})
    db, registry = await database("chat"), CollectorRegistry()
    setup = Setup(Runtime(settings, runtime.state), db, keyring.sealer("chat"), keyring.sealer("bus"), registry)
    made = forms(setup)
    assert isinstance(made, SiteForms)
    runner = web.AppRunner(public({"forms": made}))
    await runner.setup()
    port = ports.free()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with aiohttp.ClientSession() as http:
        yield Place(f"http://127.0.0.1:{port}{PATH}", db, keyring, http, registry, made)
    await runner.cleanup()


async def test_who_asks_is_thanked_and_the_engine_is_told_under_seal(place: Place) -> None:
    when = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    status, body = await place.post(when=when.isoformat())
    assert (status, set(body)) == (202, {"reference", "eta_text"})
    assert len(body["reference"]) == 9 and "около" in body["eta_text"]
    [told] = await place.told()
    assert told["who"] == {"phone": "+79990001873", "name": "Anna P", "topic": "a tooth"}
    assert (told["queue"], told["site"], told["first"]) == ("registry", "clinic", told["key"])
    assert datetime.fromisoformat(told["wanted_at"]) == when


async def test_nothing_of_a_person_is_readable_in_the_database(place: Place) -> None:
    await place.post(page_url="https://clinic.example/?phone=79990001873")
    await place.post(OTHER, hp="a robot's")
    for query in ("SELECT * FROM forms", "SELECT * FROM outbox"):
        for row in await place.database.fetch(query):
            text = str(dict(row))
            assert not any(word in text for word in ("9990001873", "Anna", "tooth", "127.0.0.1", "9990001874"))


@pytest.mark.parametrize("robot", [{"hp": "x"}, {"form_ts": "now"}])
async def test_a_robot_is_thanked_and_nobody_is_told(place: Place, robot: dict[str, Any]) -> None:
    if robot.get("form_ts"):
        robot = {"form_ts": int(clock.now().timestamp() * 1000)}
    person = await place.post(OTHER)
    status, body = await place.post(**robot)
    assert (status, set(body), body["eta_text"]) == (person[0], set(person[1]), person[1]["eta_text"])
    assert await place.states() == ["asked", "spam"] and len(await place.told()) == 1
    assert place.ends("spam") == 1


async def test_a_robot_does_not_use_up_what_the_number_s_owner_may_ask(place: Place) -> None:
    for _ in range(4):
        await place.post(hp="x")
    assert (await place.post())[0] == 202
    assert len(await place.told()) == 1


async def test_the_same_filling_in_sent_eight_times_at_once_is_one(place: Place) -> None:
    answers = await asyncio.gather(*(place.post(nonce="the same") for _ in range(8)))
    assert {status for status, _ in answers} == {202}
    assert len({json.dumps(body) for _, body in answers}) == 1
    assert len(await place.told()) == 1 and place.ends("repeated") == 7


async def test_the_same_number_again_is_the_same_wish_with_the_same_answer(place: Place) -> None:
    first, second = await place.post(), await place.post("+79990001873", topic="a tooth, please")
    assert first == second
    one, again = await place.told()
    assert again["first"] == one["key"] != again["key"]
    assert await place.states() == ["asked", "again"]


async def test_a_wish_of_half_an_hour_ago_is_another(place: Place) -> None:
    first = await place.post()
    await place.database.execute("UPDATE forms SET at = at - interval '31 minutes'")
    second = await place.post()
    assert first[1]["reference"] != second[1]["reference"]
    assert await place.states() == ["asked", "asked"]


async def test_of_a_number_asked_for_three_times_an_hour_nobody_learns_that(place: Place) -> None:
    answers = [await place.post() for _ in range(5)]
    assert [status for status, _ in answers] == [202] * 5 and len({json.dumps(body) for _, body in answers}) == 1
    assert len(await place.told()) == 3 and place.ends("enough") == 2
    assert (await place.post(OTHER))[0] == 202
    await place.database.execute("UPDATE forms SET at = at - interval '61 minutes'")
    assert (await place.post())[0] == 202 and len(await place.told()) == 5
    # What came of the call is told of all of them.
    await place.forms.over(CallbackOver(key=(await place.told())[0]["key"], state="reached"))
    assert await place.states() == ["reached"] * 5 + ["asked"] * 2


async def test_when_its_call_is_over_too_much_for_a_number_is_said(place: Place) -> None:
    for _ in range(3):
        await place.post()
    await place.forms.over(CallbackOver(key=(await place.told())[0]["key"], state="not_reached"))
    assert (await place.post())[0] == 429 and len(await place.told()) == 3


async def test_a_site_s_server_is_told_that_it_was_too_much_for_a_number(place: Place) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert [(await place.post(headers=headers))[0] for _ in range(4)] == [202, 202, 202, 429]


async def test_of_a_robot_that_posts_on_and_on_some_postings_are_kept(place: Place) -> None:
    assert {(await place.post(hp="x"))[0] for _ in range(13)} == {202}
    assert await place.states() == ["spam"] * 10


async def test_one_visitor_has_all_addresses_of_his_ipv6_net(place: Place) -> None:
    async def post(n: int, address: str) -> int:
        headers = {"Origin": SITE, "X-Forwarded-For": address}
        return (await place.post(f"+7 999 000-00-{n:02}", headers=headers))[0]

    answers = [await post(n, f"2001:db8:1:2::{n + 1:x}") for n in range(11)]
    assert answers == [202] * 10 + [429] and await post(20, "2001:db8:1:3::1") == 202


async def test_ten_an_hour_from_an_address_also_at_once(place: Place) -> None:
    answers = await asyncio.gather(*(place.post(f"+7 999 000-00-{n:02}") for n in range(15)))
    assert sorted(status for status, _ in answers) == [202] * 10 + [429] * 5
    assert len(await place.told()) == 10
    other = {"Origin": SITE, "X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    assert (await place.post("+7 999 000-00-50", headers=other))[0] == 202


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"consent": False}, ["consent"]),
        ({"phone": "8 800 555 35 35"}, ["phone"]),
        ({"phone": "103"}, ["phone"]),
        ({"when": "2020-01-01T00:00:00Z"}, ["when"]),
        ({"site_key": "nobody"}, ["site_key"]),
        ({"utm": 5}, ["form"]),
    ],
)
async def test_what_is_wrong_is_said_in_the_site_s_language(
    place: Place, more: dict[str, Any], fields: list[str]
) -> None:
    status, body = await place.post(**more)
    assert (status, [one["field"] for one in body["errors"]]) == (422, fields)
    assert all(any("а" <= sign <= "я" for sign in one["message"]) for one in body["errors"])
    assert "103" not in json.dumps(body) and await place.states() == []


async def test_who_is_not_heard_for_now_reads_so_without_javascript(place: Place) -> None:
    for n in range(11):
        fields = {"site_key": "clinic", "phone": f"+7 999 000-00-{n:02}", "consent": "on", "when": "", "hp": ""}
        async with place.http.post(place.url, data=fields, headers={"Origin": SITE}) as answer:
            text = await answer.text()
    assert answer.status == 429 and "не принята" in text and "через час" in text and "Спасибо" not in text


async def test_only_pages_of_the_site_may_post(place: Place) -> None:
    for origin in ("https://evil.example", "https://spa.example", "null"):
        assert (await place.post(headers={"Origin": origin}))[0] == 403
    assert (await place.post(headers={"Origin": "https://spa.example"}, site_key="spa"))[0] == 202
    assert (await place.post(OTHER, headers={"User-Agent": "no origin"}))[0] == 202


async def test_a_browser_that_asks_first_is_told_who_may(place: Place) -> None:
    ask = {"Origin": SITE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    async with place.http.options(place.url, headers=ask) as answer:
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, SITE)
        assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
        assert answer.headers["Vary"] == "Origin"
    async with place.http.options(place.url, headers={**ask, "Origin": "https://evil.example"}) as answer:
        assert answer.status == 403 and "Access-Control-Allow-Origin" not in answer.headers
    async with place.http.post(place.url, json={}, headers={"Origin": SITE}) as answer:
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (422, SITE)


async def test_a_form_asks_for_our_clock(place: Place) -> None:
    async with place.http.get(place.url, headers={"Origin": SITE}) as answer:
        body = await answer.json()
        assert answer.headers["Access-Control-Allow-Origin"] == SITE
        assert answer.headers["Cache-Control"] == "no-store"
    assert abs((datetime.fromisoformat(body["form_ts"]) - clock.now()).total_seconds()) < 60
    status, _ = await place.post(**body)
    assert status == 202 and await place.states() == ["spam"]


async def test_without_javascript_he_sees_a_page(place: Place) -> None:
    fields = {"site_key": "clinic", "phone": "<b>103", "consent": "on", "when": "", "hp": ""}
    async with place.http.post(place.url, data=fields, headers={"Origin": "null"}) as answer:
        text = await answer.text()
        assert answer.status == 422 and "Проверьте" in text and "<b>" not in text
    async with place.http.post(place.url, data={**fields, "phone": PHONE}, headers={"Origin": SITE}) as answer:
        text = await answer.text()
        assert (answer.status, answer.content_type) == (202, "text/html")
        assert "Спасибо" in text and f'href="{SITE}/"' in text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    [told] = await place.told()
    assert told["who"]["phone"] == "+79990001873"
    for _ in range(3):
        async with place.http.post(place.url, data={**fields, "phone": PHONE}) as answer:
            text = await answer.text()
    assert answer.status == 202 and "Спасибо" in text
    async with place.http.post(place.url, data={**fields, "site_key": "spa", "phone": OTHER}) as answer:
        assert "Thank you" in await answer.text()


async def test_a_site_s_own_server_posts_with_its_token(place: Place) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "order-1"}
    first, second = await place.post(headers=headers), await place.post(headers=headers)
    assert first == second and first[0] == 202
    assert (await place.post(headers=headers, topic="something else"))[0] == 409
    assert len(await place.told()) == 1
    await place.database.execute("UPDATE forms SET at = at - interval '25 hours'")
    assert (await place.post(headers=headers, topic="something else"))[0] == 202
    numbers = [f"+7 999 000-00-{n:02}" for n in range(15)]
    answers = [await place.post(one, headers={"Authorization": f"Bearer {TOKEN}"}, form_ts=None) for one in numbers]
    assert {status for status, _ in answers} == {202}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "x" * 101}, 400),
    ],
)
async def test_a_wrong_token_is_refused(place: Place, headers: dict[str, str], status: int) -> None:
    assert (await place.post(headers=headers))[0] == status
    assert (await place.post(headers=headers, site_key="spa"))[0] == 401
    assert await place.states() == []


async def test_what_is_no_form_is_refused(place: Place) -> None:
    async with place.http.post(place.url, data=b"x", headers={"Content-Type": "text/plain"}) as answer:
        assert answer.status == 415
    assert (await place.post(topic="x" * 20_000))[0] == 413
    async with place.http.put(place.url) as answer:
        assert answer.status == 405


async def test_with_the_database_away_the_site_is_told_to_try_again(place: Place) -> None:
    await place.database.close()
    assert (await place.post())[0] == 503


async def test_what_was_kept_long_enough_is_forgotten_a_robot_s_after_a_week(place: Place) -> None:
    kept = keeping.Forms(place.database, place.keyring.sealer("chat"), place.keyring.sealer("bus"))
    await place.post()
    await place.post(OTHER, hp="x")
    await place.post("+7 999 000-00-01", site_key="spa", headers={"Origin": EN.origins[0]})
    assert await kept.tidy() == 0
    await place.database.execute("UPDATE forms SET keep_until = keep_until - interval '2 days'")
    assert await kept.tidy() == 1
    await place.database.execute("UPDATE forms SET keep_until = keep_until - interval '8 days'")
    assert await kept.tidy() == 1 and await place.states() == ["asked"]


async def test_what_came_of_a_promise_is_noted_of_all_that_asked_for_it(place: Place) -> None:
    kept = keeping.Forms(place.database, place.keyring.sealer("chat"), place.keyring.sealer("bus"))
    for phone in (PHONE, PHONE, OTHER):
        await place.post(phone)
    rows = await place.database.fetch("SELECT key FROM forms ORDER BY at")
    await kept.ended(rows[1]["key"], "reached")
    assert await place.states() == ["reached", "reached", "asked"]


async def test_a_site_s_server_asks_what_came_of_a_wish(place: Place) -> None:
    _, body = await place.post()
    _, spam = await place.post(OTHER, hp="x")
    url, bearer = f"{place.url}/{body['reference']}", {"Authorization": f"Bearer {TOKEN}"}

    async def ask(url: str, headers: dict[str, str]) -> tuple[int, Any]:
        async with place.http.get(url, headers=headers) as answer:
            return answer.status, (await answer.json()).get("state")

    assert await ask(url, bearer) == (200, "asked")
    [told] = await place.told()
    await place.forms.over(CallbackOver(key=told["key"], state="not_reached"))
    await place.forms.over(CallbackOver(key=uuid4(), state="reached"))
    assert await ask(url, bearer) == (200, "not_reached")
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        assert (await ask(url, headers))[0] == 401
    for reference in ("ABCD-EFGH", spam["reference"]):
        assert (await ask(f"{place.url}/{reference}", bearer))[0] == 404


async def test_nothing_of_a_person_reaches_a_log_or_a_metric(
    place: Place, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("DEBUG")
    await place.post()
    await place.post("103", name="Anna")
    await place.post(headers={"Origin": SITE, "Authorization": "Bearer 9990001873"})

    async def broken(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(keeping.Forms, "take", broken)
    status, body = await place.post(OTHER)
    assert (status, body["key"]) == (500, "error.okno")
    told = caplog.text + generate_latest(place.registry).decode() + json.dumps(body)
    for word in ("0001873", "000-18-73", "0001874", "000-18-74", "Anna", "tooth", "127.0.0.1:"):
        assert word not in told.replace(place.url, ""), word


async def test_strangers_who_speak_no_http_do_no_harm(place: Place) -> None:
    port = int(place.url.split(":")[2].partition("/")[0])
    open_ones = []
    for raw in (b"\x00" * 4096, b"GET / HTTP/9.9\r\n\r\n", b"POST /public/v1/callback HTTP/1.1\r\nContent-Length: 99999\r\n\r\n{", b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        await writer.drain()
        open_ones.append((reader, writer))
    assert (await place.post())[0] == 202
    for _, writer in open_ones:
        writer.close()


def test_without_sites_there_is_no_form(runtime: Runtime, keyring: Keyring) -> None:
    setup = Setup(runtime, None, keyring.sealer("chat"), keyring.sealer("bus"), CollectorRegistry())  # type: ignore[arg-type]
    assert forms(setup) is None
