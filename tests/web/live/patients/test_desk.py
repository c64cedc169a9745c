"""Every display is audited by who asked, why and for which request; so is who reached for another's patient."""

from __future__ import annotations

from uuid import UUID, uuid4

from mis.client import plain
from okno.audit import AuditTrail
from okno.database import Database
from okno.seal import Keyring
from okno.settings import Runtime
from tests.web.house import House, Page
from tests.web.live.patients.desk import TWO, about, identify
from tests.web.live.patients.small import MOTHER, STRANGER, Small
from tests.web.scripted import REQUEST, ScriptedEngine


async def test_every_display_is_audited_by_who_asked_why_and_for_which_request(
    page: Page, engine: ScriptedEngine, mis: Small
) -> None:
    await page.ask("patients", about())
    await page.ask("patient_search", about(name="Соседова"))
    await identify(page, engine, MOTHER)
    await page.ask("patient", about())
    await page.ask("wishes", about())
    database = await Database.open(mis.database_url, name="mis-look")
    try:
        rows = await database.fetch("SELECT actor, action, purpose, request FROM audit ORDER BY id")
    finally:
        await database.close()
    assert {(row["actor"], row["request"]) for row in rows} == {("orlova", UUID(REQUEST))}
    told = [(row["action"], row["purpose"]) for row in rows]
    assert told.count(("patient.candidate", "call")) == 4
    assert told[4:] == [("patient.search", "call"), ("patient.identified", "call"), ("card.show", "call"),
                        ("wish.list", "booking")]  # fmt: skip


async def test_who_reaches_for_another_s_patient_is_audited(
    house: House, page: Page, engine: ScriptedEngine, mis: Small, clinic: Runtime
) -> None:
    assert (await page.ask("identify", about(patient=STRANGER, verified=TWO)))["why"] == "not_shown"
    await identify(page, engine, MOTHER)
    theirs = about(key=str(uuid4()), visit=plain(mis.of_stranger))
    assert (await page.ask("visit_cancel", theirs))["why"] == "other_patient"
    async with house.browser("klimov") as browser, house.page(browser) as his:
        assert (await his.ask("patients", about()))["why"] == "not_yours"
        assert (await his.ask("patient", about(request=str(uuid4()))))["why"] == "no_request"  # a slip, not a reach
        assert (await his.ask("patient", {"request": "x"}))["why"] == "bad_request"
    trail = AuditTrail(house.database, Keyring.load(clinic.keyring_path).sealer("web"))
    told = [one for one in await trail.page(request=UUID(REQUEST)) if one.action == "patient.refused"]
    assert [(one.actor, one.subject, one.details["event"], one.details["why"]) for one in reversed(told)] == [
        ("orlova", STRANGER, "identify", "not_shown"), ("orlova", STRANGER, "visit_cancel", "other_patient"),
        ("klimov", None, "patients", "not_yours"),
    ]  # fmt: skip
