"""What is of the same person."""

from dataclasses import replace

from engine.requests.persons.same import contact_of, in_talk, numbers_of, requests_of
from engine.world import Call, Contact, Put, Request, World
from engine.world.reading import on_the_line
from tests.engine.clinic import at

HIM, HER = "01a1fc83-0000-7000-8000-00000000000a", "01a1fc83-0000-7000-8000-00000000000b"
ONE, TWO = "+79990000001", "+79990000002"


def call(key: str, **fields: object) -> Call:
    return replace(Call(key=key, pbx="main", direction="inbound", channel=key, started_at=at(0)), **fields)  # type: ignore[arg-type]


def request(key: str, **fields: object) -> Request:
    made = Request(key=key, year=2026, number=1, kind="callback", status="queued", created_at=at(0), since=at(0))
    return replace(made, **fields)  # type: ignore[arg-type]


def test_by_number_by_contact_and_by_the_contact_s_other_numbers() -> None:
    world = World([Contact(key=HIM, phone=ONE, phones=(TWO,))])
    world.apply([
        Put(request("b", phone=TWO, created_at=at(1))), Put(request("a", contact=HIM, created_at=at(2))),
        Put(request("c", phone="+79990000003", contact=HER)), Put(call("1", phone=TWO)), Put(call("2", contact=HIM)),
    ])
    assert numbers_of(world, ONE, HIM) == [ONE, TWO] and numbers_of(world, "", None) == []
    assert [one.key for one in requests_of(world, ONE, HIM)] == ["b", "a"]
    assert [one.key for one in requests_of(world, TWO, None)] == ["b"]
    assert requests_of(world, "", None) == []
    assert on_the_line(world, request("x", phone=ONE, contact=HIM))
    assert on_the_line(world, request("x", phone=ONE))  # whose number it is, is known from elsewhere
    assert on_the_line(world, request("x", phone="+79990000004", contact=HIM))
    assert not on_the_line(world, request("x", phone="+79990000004"))


def test_whose_number_it_is_as_far_as_anything_open_tells() -> None:
    world = World([Contact(key=HIM, phone=ONE), request("a", phone=TWO, contact=HER)])
    assert (contact_of(world, ONE), contact_of(world, TWO), contact_of(world, "+79990000003"), contact_of(world, "")) == (
        HIM, HER, None, None,
    )


def test_a_talk_is_an_answered_call_of_the_request_that_goes_on() -> None:
    talked = request("a", calls=("1", "2"))
    assert not in_talk(World([call("1")]), talked)
    assert in_talk(World([call("1"), call("2", answered_at=at(5))]), talked)
    assert not in_talk(World([call("2", answered_at=at(5), ended_at=at(9))]), talked)
