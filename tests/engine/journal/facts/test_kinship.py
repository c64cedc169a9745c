"""Who had to do with whom."""

from __future__ import annotations

from engine.journal import cel
from engine.journal.facts.kinship import Kinship
from tests.engine.clinic import EPOCH, uid
from tests.engine.journal.paper import TRUNK, row


def began(kin: Kinship, serial: int, place: int, linked: int | None = None, company: tuple[str, ...] = ()) -> None:
    """A channel begins."""
    kin.born(cel.parse(row("CHAN_START", 1, serial, TRUNK, linked=linked)), place, company)


def told(kin: Kinship, kind: str, serial: int, s: float = 2, **more: object) -> None:
    """Something becomes of it."""
    kin.read(cel.parse(row(kind, s, serial, TRUNK, **more)), ())  # type: ignore[arg-type]


def need(kin: Kinship, serial: int) -> int | None:
    """What it needs."""
    group = kin.group(uid(serial))
    return group.need if group is not None else None


def test_those_who_meet_need_what_the_first_of_them_needs() -> None:
    kin = Kinship()
    began(kin, 1, 4)
    began(kin, 2, 5, linked=1)
    began(kin, 3, 9)
    assert [need(kin, serial) for serial in (1, 2, 3, 8)] == [4, 4, 9, None]
    told(kin, "BRIDGE_ENTER", 2, extra={"bridge_id": "b"})
    told(kin, "BRIDGE_ENTER", 3, extra={"bridge_id": "b"})
    assert need(kin, 3) == 4
    assert all(kin.whole(uid(serial)) for serial in (1, 2, 3))


def test_who_left_a_bridge_meets_nobody_there() -> None:
    kin = Kinship()
    for serial in (1, 2, 3):
        began(kin, serial, serial)
    told(kin, "BRIDGE_ENTER", 1, extra={"bridge_id": "b"})
    told(kin, "BRIDGE_EXIT", 1, extra={"bridge_id": "b"})
    told(kin, "BRIDGE_ENTER", 2, extra={"bridge_id": "b"})
    kin.clear()
    told(kin, "BRIDGE_ENTER", 3, extra={"bridge_id": "b"})
    assert [need(kin, serial) for serial in (1, 2, 3)] == [1, 2, 3]


def test_a_transfer_names_who_has_to_do_with_whom() -> None:
    kin = Kinship()
    began(kin, 1, 1)
    began(kin, 2, 2)
    told(kin, "ATTENDEDTRANSFER", 1, extra={"channel2_uniqueid": uid(2), "transferee_channel_uniqueid": "N/A"})
    assert need(kin, 2) == 1


def test_half_of_what_began_before_we_looked_is_told_as_such() -> None:
    for how in ("linked", "bridge", "transfer", "transferred"):
        kin = Kinship()
        began(kin, 5, 0, linked=1 if how == "linked" else None)
        began(kin, 6, 0)
        if how == "bridge":
            told(kin, "BRIDGE_ENTER", 5, extra={"bridge_id": "b"})
            told(kin, "BRIDGE_EXIT", 1, extra={"bridge_id": "b"})
        elif how == "transfer":
            told(kin, "ATTENDEDTRANSFER", 1, extra={"channel2_uniqueid": uid(5)})
        elif how == "transferred":
            told(kin, "BLINDTRANSFER", 5, extra={"transferee_channel_uniqueid": uid(1)})
        assert not kin.whole(uid(5)), how
        assert kin.whole(uid(6))
    assert not kin.whole(uid(1))


def test_who_calls_from_a_busy_phone_may_call_for_the_one_he_talks_to() -> None:
    kin = Kinship()
    began(kin, 1, 1)
    began(kin, 2, 2, company=(uid(1),))
    began(kin, 3, 3)
    began(kin, 4, 4, linked=3, company=(uid(1),))
    assert [need(kin, serial) for serial in (2, 3, 4)] == [1, 3, 3], "one that rings there says nothing of another"


def test_rows_out_of_order_at_midnight_and_a_clock_that_jumps_over_it_end_no_kin() -> None:
    midnight = 86400 - EPOCH % 86400
    for jumps in ((-1, 1, -1, 1), (1, -3 * 86400), (3 * 86400, -1)):
        kin = Kinship()
        began(kin, 1, 1)
        for number, s in enumerate(jumps):
            kin.born(cel.parse(row("CHAN_START", midnight + s, 10 + number, TRUNK)), 9, ())
        assert kin.whole(uid(1)), jumps
    kin.born(cel.parse(row("CHAN_START", midnight + 86400, 20, TRUNK)), 9, ())
    assert not kin.whole(uid(1)), "after a clock that was put back days go on"


def test_groups_are_forgotten_after_two_days() -> None:
    kin = Kinship()
    began(kin, 1, 1)
    for day in (1, 2):
        kin.born(cel.parse(row("CHAN_START", day * 86400, 10 + day, TRUNK)), 9, ())
    assert kin.group(uid(1)) is None
    assert kin.whole(uid(12)) and kin.whole(uid(11))
