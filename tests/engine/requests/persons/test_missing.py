"""Nobody talked with him: blocked, joined, or a missed call of its own."""

from __future__ import annotations

from engine.effects import KnowPatients
from engine.requests.persons.missing import missed, stands
from engine.world import Blocked, Call, Line, Put, Request, World
from tests.engine.clinic import PATIENT, at, clinic
from tests.engine.requests.persons.test_same import HER, HIM

KEY = "01a1fc83-0000-7000-8000-0000000000c1"
CALL = Call(key=KEY, pbx="main", direction="inbound", channel="1.1", phone=PATIENT, started_at=at(0), request=HIM)
OWN = Request(
    key=HIM, year=2026, number=1, kind="call", status="queued", queue="front", phone=PATIENT, calls=(KEY,),
    created_at=at(0), since=at(0),
)  # fmt: skip


def put(world: World, kind: type = Request) -> list[Request]:
    """What a missed call puts, as requests."""
    said = [one for one in missed(world, CALL, OWN, at(10)) if isinstance(one, Put)]
    return [one.entity for one in said if isinstance(one.entity, Request)]


def test_a_blocked_number_makes_no_missed_call() -> None:
    world = clinic()
    world.apply([Put(OWN), Put(Blocked(key=HER, phone=PATIENT, reason="", actor="boss", at=at(0)))])
    (closed,) = put(world)
    assert (closed.kind, closed.status, closed.outcome) == ("call", "done", "blocked")


def test_a_block_that_is_over_stands_in_nobody_s_way() -> None:
    world = clinic()
    world.apply([Put(OWN), Put(Blocked(key=HER, phone=PATIENT, reason="", actor="boss", at=at(0), until=at(10)))])
    (waiting,) = put(world)
    assert (waiting.kind, waiting.status, waiting.missed, waiting.due_at) == ("missed_call", "queued", 1, at(610))


def test_a_call_of_ours_that_came_back_is_nobody_s_to_return() -> None:
    for key in (PATIENT, PATIENT[1:]):
        world = clinic()
        world.apply([Put(OWN), Put(Line(key=key, queue="front", source_ru="", source_en=""))])
        (closed,) = put(world)
        assert (closed.status, closed.outcome) == ("done", "own_number")


def test_it_stands_for_itself_when_told_so() -> None:
    world = clinic()
    other = Request(
        key=HER, year=2026, number=2, kind="missed_call", status="queued", phone=PATIENT, created_at=at(0), since=at(0),
    )  # fmt: skip
    world.apply([Put(OWN), Put(other)])
    assert [(one.key, one.status) for one in put(world)] == [(HER, "queued"), (HIM, "cancelled")]
    said = list(stands(world, CALL, OWN, at(10)))
    assert [one.entity.key for one in said if isinstance(one, Put)] == [HIM]
    assert not [one for one in said if isinstance(one, KnowPatients)]  # no MIS is connected
