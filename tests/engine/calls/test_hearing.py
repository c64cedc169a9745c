"""Who hears whom, through bridges and Local pairs."""

from engine.calls.hearing import hearing, hearing_through, other_half
from engine.world import Channel, Put, World
from tests.engine.clinic import PBX, at


def heard(world: World, serial: str) -> set[str]:
    """The Uniqueids of those who hear this one."""
    one = world.get(Channel, f"{PBX}/{serial}")
    assert one is not None
    return {other.uniqueid for other in hearing(world, one)}


def standing(*rows: tuple[str, str, str]) -> World:
    """Channels by uniqueid, name and bridge."""
    world = World()
    world.apply([Put(Channel(
        key=f"{PBX}/{uniqueid}", pbx=PBX, uniqueid=uniqueid, linkedid="1", name=name, state=6, bridge=bridge,
        created_at=at(0),
    )) for uniqueid, name, bridge in rows])  # fmt: skip
    return world


def test_those_in_one_bridge_hear_each_other():
    world = standing(("1", "PJSIP/trunk-1", "a"), ("2", "PJSIP/1001-2", "a"), ("3", "PJSIP/1002-3", "b"))
    assert heard(world, "1") == {"1", "2"}
    assert heard(world, "3") == {"3"}


def test_who_is_in_no_bridge_hears_nobody():
    assert heard(standing(("1", "PJSIP/trunk-1", "")), "1") == set()


def test_a_local_pair_carries_the_sound_and_is_nobody():
    world = standing(
        ("1", "PJSIP/trunk-1", "a"),
        ("2", "Local/1001@x-00000000;1", "a"),
        ("3", "Local/1001@x-00000000;2", "b"),
        ("4", "PJSIP/1001-4", "b"),
    )
    assert heard(world, "1") == {"1", "4"} == heard(world, "4") == heard(world, "2")


def test_two_pairs_in_a_row_and_a_ring_of_them():
    pairs = [("a", "b"), ("b", "c"), ("c", "a")]
    rows = [
        (f"{n}{half}", f"Local/x@x-0000000{n};{half}", bridge)
        for n, ends in enumerate(pairs)
        for half, bridge in zip((1, 2), ends, strict=True)
    ]
    world = standing(*rows, ("p", "PJSIP/trunk-1", "a"), ("q", "PJSIP/1001-4", "c"))
    assert heard(world, "p") == {"p", "q"}


def test_half_a_pair_leads_nowhere():
    world = standing(("1", "PJSIP/trunk-1", "a"), ("2", "Local/1001@x-00000000;1", "a"))
    half = world.get(Channel, f"{PBX}/2")
    assert half is not None
    assert heard(world, "1") == {"1"}
    assert other_half(world, half) is None
    assert [one.uniqueid for one in hearing_through(world, half)] == ["1"]


def test_the_far_half_leads_to_the_near_ones_company():
    world = standing(
        ("1", "PJSIP/trunk-1", "a"), ("2", "Local/1001@x-00000000;1", "a"), ("3", "Local/1001@x-00000000;2", "")
    )
    far = world.get(Channel, f"{PBX}/3")
    assert far is not None
    assert [one.uniqueid for one in hearing_through(world, far)] == ["1"]


def test_a_stand_in_of_a_redirect_is_nobody():
    world = standing(("1", "PJSIP/trunk-1", "a"), ("2", "AsyncGoto/PJSIP/trunk-1", "a"))
    assert heard(world, "1") == {"1"}
