"""Visits of the confirmed patient: booked as read back, moved, cancelled; another's visit is never touched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from mis.client import plain
from tests.web.house import Page
from tests.web.live.patients.desk import about, identify
from tests.web.live.patients.small import CHILD, MOTHER, NEW, OLD, Small, slot
from tests.web.scripted import ScriptedEngine

TIMES = {"since": slot(0).start.isoformat(), "until": slot(40).end.isoformat()}


def key() -> str:
    """A key minted where somebody clicked."""
    return str(uuid4())


async def test_free_times_are_told_to_who_is_not_identified_and_nothing_is_booked(page: Page, mis: Small) -> None:
    found = await page.ask("slots", about(query=TIMES))
    assert [one["slot"]["id"] for one in found["slots"]] == ["s0", "s1", "s2", "s3", "s7"] and found["as_of"]
    for event, body in {"hold": {}, "book": {}, "move": {"visit": plain(mis.of_mother)}}.items():
        answer = await page.ask(event, about(key=key(), slot=found["slots"][0]["slot"], **body))
        assert answer == {"ok": False, "why": "not_identified"}, event
    for event in ("visit_cancel", "visit_confirm"):
        assert (await page.ask(event, about(key=key(), visit=plain(mis.of_mother))))["why"] == "not_identified"
    assert len(mis.live()) == 3


async def test_bad_windows_and_times_are_refused_here(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    await identify(page, engine, MOTHER)
    naive = TIMES | {"since": slot(0).start.replace(tzinfo=None).isoformat()}
    for query in (naive, TIMES | {"until": TIMES["since"]}, TIMES | {"until": "2099-01-01T00:00:00Z"},
                  TIMES | {"limit": 1000}, TIMES | {"part": "night"}, {}):  # fmt: skip
        assert await page.ask("slots", about(query=query)) == {"ok": False, "why": "bad_request"}
    time = plain(slot(0))
    for bad in (time | {"start": time["end"]}, time | {"start": "2031-01-01T00:00:00"}, {}, "s0"):
        assert await page.ask("book", about(key=key(), slot=bad)) == {"ok": False, "why": "bad_request"}
    assert len(mis.live()) == 3


async def test_a_booking_is_the_confirmed_patient_s_whatever_the_browser_says(
    page: Page, engine: ScriptedEngine, mis: Small
) -> None:
    await identify(page, engine, CHILD)
    one, time = key(), plain(slot(0))
    sly = about(key=one, slot=time, patient=MOTHER)
    assert await page.ask("book", sly) == {"ok": False, "why": "bad_request"}
    answer = await page.ask("book", about(key=one, slot=time, comment="first time"))
    booking = answer["booking"]
    assert answer["ok"] and (booking["status"], booking["appointment"]["patient"]) == ("booked", CHILD)
    assert [visit.patient for visit in mis.visits.values() if visit.key == one] == [CHILD]
    again = await page.ask("book", about(key=one, slot=time))  # a second click
    assert again["booking"]["appointment"]["id"] == booking["appointment"]["id"] and len(mis.live()) == 4
    assert (await page.ask("booking", about(key=one)))["booking"]["status"] == "booked"
    assert [item["key"] for item in (await page.ask("bookings", about()))["bookings"]] == [one]
    assert await page.ask("booking", about(key=key())) == {"ok": False, "why": "not_found"}


async def test_a_time_is_held_and_given_back(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    await identify(page, engine, MOTHER)
    one = key()
    held = (await page.ask("hold", about(key=one, slot=plain(slot(1)))))["booking"]
    assert held["status"] == "held" and held["expires_at"]
    offered = (await page.ask("slots", about(query=TIMES)))["slots"]
    mine = [item for item in offered if item["slot"]["id"] == "s1"]
    assert not mine or mine[0]["mine"]
    assert (await page.ask("slot_release", about(key=one)))["booking"]["status"] in ("released", "sending")
    assert await page.ask("slot_release", about(key=key())) == {"ok": False, "why": "not_found"}


async def test_a_visit_is_moved_confirmed_and_cancelled(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    await identify(page, engine, MOTHER)
    visit: dict[str, Any] = (await page.ask("patient", about()))["card"]["upcoming"][0]
    confirmed = (await page.ask("visit_confirm", about(key=key(), visit=visit)))["booking"]
    assert confirmed["status"] == "booked" and mis.visit(visit["id"]).confirmed
    visit = (await page.ask("patient", about()))["card"]["upcoming"][0]
    moved = (await page.ask("move", about(key=key(), visit=visit, slot=plain(slot(2)))))["booking"]
    assert moved["status"] == "booked" and moved["appointment"]["slot"] == "s2"
    assert mis.visit(visit["id"]).status == "cancelled"
    gone = (await page.ask("visit_cancel", about(key=key(), visit=moved["appointment"])))["booking"]
    assert gone["status"] == "cancelled" and mis.live() == [mis.of_new, mis.of_stranger]


async def test_another_s_visit_is_not_touched_though_it_is_called_his(
    page: Page, engine: ScriptedEngine, mis: Small
) -> None:
    await identify(page, engine, MOTHER)
    theirs = mis.of_stranger
    for event, body in {"move": {"slot": plain(slot(3))}, "visit_cancel": {}, "visit_confirm": {}}.items():
        answer = await page.ask(event, about(key=key(), visit=plain(theirs), **body))
        assert answer == {"ok": False, "why": "other_patient"}, event
        forged = plain(replace(theirs, patient=MOTHER))
        answer = await page.ask(event, about(key=key(), visit=forged, **body))
        assert (answer["booking"]["status"], answer["booking"]["error"]) == ("refused", "not_found"), event
    assert mis.visit(theirs.id) == theirs


async def test_a_merged_patient_s_visit_is_his(page: Page, engine: ScriptedEngine, mis: Small) -> None:
    await identify(page, engine, OLD)
    gone = await page.ask("visit_cancel", about(key=key(), visit=plain(mis.of_new)))
    assert gone["booking"]["status"] == "cancelled" and mis.visit(mis.of_new.id).patient == NEW


async def test_a_lost_answer_is_unknown_and_the_same_key_finds_it(
    page: Page, engine: ScriptedEngine, mis: Small
) -> None:
    await identify(page, engine, MOTHER)
    one = key()
    mis.fault = lambda name: "lost" if name == "book" else None
    answer = await page.ask("book", about(key=one, slot=plain(slot(0))))
    assert answer["ok"] and answer["booking"]["status"] in ("unknown", "booked")
    for _ in range(50):
        found = (await page.ask("booking", about(key=one)))["booking"]
        if found["status"] == "booked":
            break
    assert [visit.key for visit in mis.live()].count(one) == 1


async def test_a_wish_is_the_confirmed_patient_s_and_only_he_gives_it_up(
    page: Page, engine: ScriptedEngine, mis: Small
) -> None:
    one = key()
    assert (await page.ask("wish", about(wish={"key": one, **TIMES})))["why"] == "not_identified"
    await identify(page, engine, MOTHER)
    assert (await page.ask("wish", about(wish={"key": one, **TIMES, "patient": CHILD})))["why"] == "bad_request"
    made = (await page.ask("wish", about(wish={"key": one, **TIMES, "doctor": "d1"})))["wish"]
    assert (made["patient"], made["status"], made["made_by"]) == (MOTHER, "waiting", "orlova")
    await identify(page, engine, CHILD)
    assert (await page.ask("wishes", about()))["wishes"] == []
    for event, body in {"give_up": {"key": one}, "wish": {"wish": {"key": one, **TIMES}}}.items():
        assert await page.ask(event, about(**body)) == {"ok": False, "why": "not_found"}, event
    await identify(page, engine, MOTHER)
    assert [item["key"] for item in (await page.ask("wishes", about()))["wishes"]] == [one]
    assert (await page.ask("give_up", about(key=one)))["wish"]["status"] == "given_up"


async def test_with_mis_dead_a_write_is_unknown_and_a_read_says_so(page: Page, engine: ScriptedEngine) -> None:
    row = engine.tables["requests"][about()["request"]]
    await engine.patch(["set", "requests", row["id"], row | {"patient": MOTHER, "version": 2}])
    time, visit = plain(slot(0)), plain(Small().of_mother)
    wish = {"key": key(), **TIMES}
    while (await page.ask("bookings", about()))["why"] == "not_identified":
        pass
    for event, body in {"hold": {"slot": time}, "book": {"slot": time}, "slot_release": {}, "visit_confirm": {"visit": visit},
                        "move": {"visit": visit, "slot": time}, "visit_cancel": {"visit": visit}}.items():  # fmt: skip
        assert await page.ask(event, about(key=key(), **body)) == {"ok": False, "why": "unknown"}, event
    assert await page.ask("wish", about(wish=wish)) == {"ok": False, "why": "unknown"}
    for event, body in {"booking": {"key": key()}, "bookings": {}, "wishes": {}, "slots": {"query": TIMES},
                        "patient": {}, "give_up": {"key": key()}}.items():  # fmt: skip
        assert await page.ask(event, about(**body)) == {"ok": False, "why": "mis_down"}, event
