"""Cards: whole, restricted, merged, stale."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from mis.feed import VISITS, VisitChanged
from mis.finding.cards import PARTS, _birthday
from mis.terms import AppointmentQuery, Capability, Card, NotOffered, Relative, Unavailable
from okno import clock
from okno.database import DatabaseDown
from okno.seal import Keyring
from tests.fixtures import OpenDatabase
from tests.mis.finding.family import CHILD, MOTHER, VIP, Desk, desk, moment, visit


@pytest.fixture
async def one(database: OpenDatabase, keyring: Keyring) -> Desk:
    return desk(await database("mis"), keyring)


async def test_a_card_has_its_visits_and_people(one: Desk) -> None:
    one.mis.visits = [
        visit(1, moment(-20), status="fulfilled"), visit(2, moment(-10), status="noshow"), visit(3, moment(3)),
        visit(4, moment(5), status="cancelled"), visit(5, moment(-3), status="entered-in-error"),
    ]  # fmt: skip
    one.mis.kin["mother"] = (Relative(id="child", name="X", relation="ward"),)
    answer = await one.cards.show("mother", one.asker, "")
    assert answer.card is not None and (answer.stale, answer.error) == (False, "")
    assert [item.id for item in answer.card.upcoming] == ["v3"]
    assert [item.id for item in answer.card.past] == ["v2", "v1"]
    assert [item.id for item in answer.card.relatives] == ["child"] and answer.card.missing == ()
    assert answer.card.fetched_at is not None
    assert [(action, subject) for action, subject, _ in await one.audited()] == [("card.show", "mother")]


async def test_a_server_that_gives_everybodys_visits_gives_his_only(one: Desk) -> None:
    one.mis.everybody = True
    one.mis.visits = [visit(1, moment(3)), visit(2, moment(3), patient="stranger")]
    answer = await one.cards.show("mother", one.asker, "")
    assert answer.card is not None and [item.id for item in answer.card.upcoming] == ["v1"]


async def test_a_card_is_kept_half_a_minute_and_audited_each_time(one: Desk) -> None:
    for _ in range(3):
        await one.cards.show("mother", one.asker, "")
    assert one.mis.count("card") == 1 and len(await one.audited()) == 3
    one.ago(31)
    one.mis.error = lambda name: Unavailable()
    stale = await one.cards.show("mother", one.asker, "")
    assert stale.card is not None and (stale.stale, stale.error) == (True, "unavailable")
    one.ago(31)
    gone = await one.cards.show("mother", one.asker, "")
    assert gone.card is None and gone.error == "unavailable"
    assert (await one.audited())[-1][:2] == ("card.missing", "mother")


async def test_a_changed_patient_is_asked_for_anew(one: Desk) -> None:
    await one.cards.show("mother", one.asker, "")
    one.mis.visits = [visit(1, moment(3))]
    one.cards.forget("mother")
    answer = await one.cards.show("mother", one.asker, "")
    assert answer.card is not None and len(answer.card.upcoming) == 1


async def test_a_card_asked_for_before_the_change_is_not_kept(one: Desk) -> None:
    one.mis.pause_s = 0.05
    asked = asyncio.create_task(one.cards.show("mother", one.asker, ""))
    while not one.mis.count("card"):
        await asyncio.sleep(0)
    one.cards.forget("mother")
    await asked
    one.mis.visits = [visit(1, moment(3))]
    answer = await one.cards.show("mother", one.asker, "")
    assert answer.card is not None and [item.id for item in answer.card.upcoming] == ["v1"]


async def test_without_the_audit_no_card(one: Desk) -> None:
    await one.database.close()
    with pytest.raises(DatabaseDown):
        await one.cards.show("mother", one.asker, "")


async def test_trap_16_a_restricted_card_needs_a_reason_and_each_opening_alerts(
    one: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    closed = await one.cards.show("vip", one.asker, " ")
    assert closed.card == Card(
        id="vip", name="", restricted=True, missing=PARTS, fetched_at=closed.card.fetched_at if closed.card else None
    )
    assert "restricted_card_opened" not in caplog.text and one.counted("restricted_opened_total") == 0
    opened = await one.cards.show("vip", one.asker, "called herself")
    assert opened.card is not None and opened.card.name == VIP.name
    assert "restricted_card_opened" in caplog.text and one.counted("restricted_opened_total") == 1
    entries = await one.audited()
    assert [action for action, _, _ in entries] == ["card.closed", "card.show"]
    assert entries[1][2]["reason"] == "called herself"
    assert VIP.name not in caplog.text


async def test_each_opening_of_a_restricted_card_is_told_to_the_request_s_history_without_the_reason(one: Desk) -> None:
    await one.cards.show("vip", one.asker, "")
    await one.cards.show("mother", one.asker, "called herself")
    for _ in range(2):
        await one.cards.show("vip", one.asker, "called herself")
    rows = await one.database.fetch("SELECT event_id, stream, kind, payload FROM outbox ORDER BY id")
    told = [VisitChanged.model_validate(row["payload"]) for row in rows]
    assert {(row["stream"], row["kind"]) for row in rows} == {(VISITS, "VisitChanged")}
    assert [(each.request, each.what, each.actor) for each in told] == [
        (one.asker.request, "restricted_opened", "orlova")
    ] * 2
    assert len({each.key for each in told}) == 2 and [row["event_id"] for row in rows] == [each.key for each in told]
    assert "called" not in str([row["payload"] for row in rows])


async def test_trap_15_a_merged_patient_is_followed(one: Desk) -> None:
    one.mis.cards["old"] = one.mis.cards["mother"]
    one.mis.visits = [visit(1, moment(3), patient="mother")]
    answer = await one.cards.show("old", one.asker, "")
    assert answer.card is not None
    assert (answer.card.id, answer.card.replaced, len(answer.card.upcoming)) == ("mother", "old", 1)
    assert (await one.audited())[0][1:] == (
        "mother", {"role": "operator", "restricted": False, "stale": False, "replaced": "old"}
    )  # fmt: skip
    one.cards.forget("mother")
    await one.cards.show("old", one.asker, "")
    assert one.mis.count("card") == 2


async def test_trap_17_a_guardians_right_ends_at_fifteen(one: Desk) -> None:
    today = clock.now().date()
    mother = Relative(id="mother", name=MOTHER.name, relation="guardian", authority=True)
    father = replace(mother, id="father", authority=False)
    aunt = Relative(id="aunt", name="X", relation="family", authority=False)
    one.mis.kin["child"] = (mother, father, aunt)
    answer = await one.cards.show("child", one.asker, "")
    assert answer.card is not None
    assert [(kin.authority, kin.until) for kin in answer.card.relatives] == [
        (True, date(2035, 3, 1)), (False, date(2035, 3, 1)), (False, None),
    ]  # fmt: skip
    grown = replace(CHILD, id="grown", born=date(today.year - 16, 1, 1))
    one.mis.add(grown)
    one.mis.kin["grown"] = (mother,)
    answer = await one.cards.show("grown", one.asker, "")
    assert answer.card is not None and [kin.authority for kin in answer.card.relatives] == [False]
    earlier = replace(mother, until=date(2030, 1, 1))
    assert one.cards._allowed(earlier, CHILD.born).until == date(2030, 1, 1)
    assert one.cards._allowed(mother, None) == mother


async def test_parts_that_do_not_come_are_named(one: Desk) -> None:
    one.mis.error = lambda name: Unavailable() if name in ("appointments", "relatives") else None
    answer = await one.cards.show("mother", one.asker, "")
    assert answer.card is not None and answer.card.missing == ("past", "relatives", "upcoming")
    one.mis.capabilities = frozenset[Capability](("card",))
    one.cards.forget("mother")
    answer = await one.cards.show("mother", one.asker, "")
    assert answer.card is not None and answer.card.missing == ("past", "relatives", "upcoming")


async def test_no_such_patient_and_no_such_thing(one: Desk) -> None:
    assert (await one.cards.show("nobody", one.asker, "")).error == "not_found"
    one.mis.capabilities = frozenset()
    with pytest.raises(NotOffered):
        await one.cards.show("mother", one.asker, "")
    one.cards.standing.saw("not_configured")
    assert (await one.cards.show("mother", one.asker, "")).error == "not_configured"


async def test_the_past_and_what_is_to_come_are_asked_apart(one: Desk) -> None:
    """A MIS that cuts a long list by its beginning must not lose the next visit."""
    await asyncio.gather(one.cards.show("mother", one.asker, ""))
    asked = [what for name, what in one.mis.asked if name == "appointments"]
    assert len(asked) == 2 and all(isinstance(what, AppointmentQuery) and what.since and what.until for what in asked)


def test_a_leap_days_birthday() -> None:
    assert (_birthday(date(2020, 2, 29), 15), _birthday(date(2020, 5, 1), 15)) == (date(2035, 3, 1), date(2035, 5, 1))


async def test_what_was_read_while_something_changed_is_not_kept(one: Desk) -> None:
    one.mis.pause_s = 0.02
    reading = asyncio.create_task(one.cards.show("mother", one.asker, ""))
    while not one.mis.count("appointments"):
        await asyncio.sleep(0)
    one.mis.visits = [visit(1, moment(3))]
    one.cards.forget("mother")
    await reading
    answer = await one.cards.show("mother", one.asker, "")
    assert answer.card is not None and [item.id for item in answer.card.upcoming] == ["v1"]
    assert one.mis.count("card") == 2, "asked anew"
