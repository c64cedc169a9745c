"""Outbound lists on the whole of Okno: people outside are rung and talked to; kill -9 of the engine rings nobody twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.system import clinic as clinics
from tests.system.clinic import ANY_HOUR, LINES, MAIN_QUEUE, Clinic, operator
from tests.system.test_callbacks import EXTENSION, Floor, floor

__all__ = ["floor"]

WHO = {"Okno-Actor": "boss", "Okno-Role": "supervisor", "Okno-Purpose": "test"}
FLOW = {
    "title": {"ru": "Придёте?", "en": "Coming?"}, "language": "ru", "start": "ask", "steps": {
        "ask": {
            "kind": "survey", "questions": [{"name": "coming", "prompt": "ask", "least": 1, "most": 2}], "wait_s": 20, "tries": 1,
            "next": "bye",
        },
        "bye": {"kind": "leave", "to": "done", "prompts": ["ask"]},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """Okno with one operator and a flow that asks people whether they come."""
    plain = clinics.settings

    def with_flow(ports: list[int], phones_port: int) -> dict[str, Any]:
        return plain(ports, phones_port) | {
            "queues": [{
                "name": MAIN_QUEUE, "title": {"ru": "main", "en": "main"}, "wrap_up_s": 0,
                "callbacks": {"dial": "auto", **ANY_HOUR},
            }],
            "operators": [operator(int(EXTENSION), [MAIN_QUEUE], phones_port)],
            "lines": [{"number": LINES[MAIN_QUEUE], "source": {"ru": "main", "en": "main"}, "queue": MAIN_QUEUE}],
            "flows": {"coming": FLOW}, "prompts": {"ask": {"label": {"ru": "Вопрос"}, "text": {"ru": "Вы придёте?"}}},
        }  # fmt: skip

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clinics, "settings", with_flow)
        with clinics.start(tmp_path_factory.mktemp("lists")) as clinic:
            yield clinic


async def lists(floor: Floor, what: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask about lists as a gateway does."""
    floor.session.headers.update(WHO)
    return await floor.post(f"/v1/lists/{what}", body)


async def made(floor: Floor, numbers: range, **more: Any) -> str:
    """A list of these people, at any hour."""
    wish = {
        "id": str(uuid4()), "title": "Recall", "source": "rest", "mode": "operator", "queue": MAIN_QUEUE, "opens": 0,
        "closes": 1440, "at_once": 1, "per_minute": 60,
        "people": [{"place": n, "phone": f"+7999000{2700 + n:04d}", "name": f"Test {n}"} for n in numbers], **more,
    }  # fmt: skip
    answer = await lists(floor, "make", wish)
    assert answer["ok"], answer
    return str(wish["id"])


async def people(floor: Floor, key: str) -> list[dict[str, Any]]:
    """The people of a list as they stand."""
    return list((await lists(floor, "people", {"list": key}))["items"])


async def stands(floor: Floor, key: str, place: int, *states: str) -> dict[str, Any]:
    """Wait until a person stands so."""
    async def so() -> dict[str, Any] | None:
        (one,) = [who for who in await people(floor, key) if who["place"] == place]
        return one if one["state"] in states else None

    return dict(await floor.until(so, f"{place} is not {states}", 60))


async def test_operators_call_them_one_by_one(floor: Floor) -> None:
    key = await made(floor, range(1, 3))

    async def offered() -> dict[str, Any] | None:
        offers = [one for one in (await floor.world())["offers"].values() if one["state"] == "pending"]
        return offers[0] if offers else None

    for place in (1, 2):
        offer = await floor.until(offered, "nobody is asked")
        assert [one["state"] for one in await people(floor, key)].count("asked") == 1, "one operator, one at a time"
        row = (await floor.world())["requests"][offer["request"]]
        assert (row["kind"], row["source"]["en"]) == ("callback", "list:Recall")
        assert (await floor.command("accept", offer=offer["id"]))["ok"]
        mine = await floor.phone.lifts()
        theirs = await floor.trunk.lifts()
        await asyncio.sleep(1)
        await theirs.hang_up()
        await mine.over(5)
        done = await floor.command("complete", request=offer["request"], outcome="informed")
        assert done["ok"] or done["why"] == "not_found", done
        reached = await stands(floor, key, place, "reached", "replied")
        assert reached["request"] == offer["request"]
    row = (await lists(floor, "one", {"list": key}))["list"]
    assert sum(row["counts"].values()) == 2
    assert len(floor.trunk.calls) == 2


async def test_the_engine_dies_while_a_flow_rings_him_and_he_is_rung_once(floor: Floor) -> None:
    key = await made(floor, range(11, 12), mode="ivr", flow="coming", attempts=3, again_min=1)
    ringing = await floor.trunk.rings()
    old = floor.kill_engine()
    await floor.back(old)
    assert (await people(floor, key))[0]["state"] == "dialling"
    await ringing.answer()
    await asyncio.sleep(2)
    await ringing.press("1")
    await ringing.over(30)
    reached = await stands(floor, key, 11, "reached")
    assert (reached["answer"], reached["attempt"]) == ("coming=1", 1)
    assert len(floor.trunk.calls) == 1


async def test_what_ended_while_it_was_dead_is_told_by_the_journal_or_shown_as_unknown(floor: Floor) -> None:
    key = await made(floor, range(21, 22), mode="ivr", flow="coming", attempts=1)
    ringing = await floor.trunk.rings()
    old = floor.kill_engine()
    ringing.refuse("486 Busy Here")
    await floor.back(old)
    settled = await stands(floor, key, 21, "not_reached", "unknown")
    assert settled["outcome"] in ("busy", "unknown")
    await asyncio.sleep(6)
    assert len(floor.trunk.calls) == 1, "he was rung twice"
