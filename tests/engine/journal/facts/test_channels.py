"""What later rows need to know of the channels that live."""

from __future__ import annotations

import pytest

from engine.journal.facts.channels import Application, Channels, Seen, interface_of
from tests.engine.clinic import EPOCH, uid


def seen(serial: int, name: str = "PJSIP/trunk-00000001", linked: int | None = None) -> Seen:
    """A channel."""
    return Seen(uid(serial), uid(serial if linked is None else linked), name, "", float(EPOCH))


@pytest.mark.parametrize(
    ("data", "interface", "string"),
    [
        ("PJSIP/1001,45", "PJSIP/1001", "1001"),
        ("PJSIP/1001&PJSIP/1002,45,tT", "PJSIP/1002", "1002"),
        ("PJSIP/79990001122@trunk,90", "PJSIP/trunk", "79990001122@trunk"),
        ("PJSIP/trunk/sip:79990001122@192.0.2.1", "PJSIP/trunk", "trunk/sip:79990001122@192.0.2.1"),
        ("Local/1001@okno-phones/n,20", "Local/1001@okno-phones", "1001@okno-phones/n"),
        ("PJSIP/1001,45", "PJSIP/1002", None),
        ("", "PJSIP/1002", None),
    ],
)
def test_a_dial_knows_whom_it_reaches_by_which_string(data: str, interface: str, string: str | None) -> None:
    assert Application("Dial", data, 0).string_for(interface) == string


def test_the_dialler_is_who_dials_that_interface_else_who_dials_last() -> None:
    channels = Channels()
    first, second = seen(1), seen(2, "Local/5@x-1;2", linked=1)
    for one in (first, second):
        channels.born(one)
    first.running.append(Application("Queue", "front,,,,60", 1, joined=True))
    second.running.append(Application("Dial", "PJSIP/1001", 2))
    found = channels.dialler(uid(1), "PJSIP/1001")
    assert found is not None and (found[0], found[2]) == (second, "1001")
    found = channels.dialler(uid(1), "PJSIP/1002")
    assert found is not None and found[0] is second, "a phone may send on what it is called for"
    second.bridge = "b"
    found = channels.dialler(uid(1), "PJSIP/1002")
    assert found is not None and found[1].queue == "front"
    first.running[0].connected = True
    assert channels.dialler(uid(1), "PJSIP/1002") is None
    assert channels.dialler(uid(9), "PJSIP/1002") is None


def test_channels_are_known_by_id_name_family_and_phone() -> None:
    channels = Channels()
    channels.phones = frozenset({"PJSIP/1001"})
    trunk, phone, own = seen(1), seen(2, "PJSIP/1001-00000002", linked=1), seen(3, "PJSIP/1001-00000003")
    phone.dialled = True
    for one in (trunk, phone, own):
        channels.born(one)
    channels.dialled_for(phone, trunk.uniqueid)
    assert channels.named("PJSIP/1001-00000002") is phone and channels.named("") is None
    assert channels.dialled_by(trunk) == [phone]
    assert sorted(channels.company("PJSIP/1001-000000ff")) == [uid(2), uid(3)]
    assert channels.calling("PJSIP/1001-000000ff") == [uid(3)]
    assert channels.company(trunk.name) == [], "a trunk is nobody's phone"
    channels.renamed(phone, "PJSIP/1001-00000009")
    assert channels.named("PJSIP/1001-00000002") is None and channels.named("PJSIP/1001-00000009") is phone
    channels.renamed(own, "PJSIP/1002-00000003")
    assert channels.company("PJSIP/1001-x") == [uid(2)], "a channel that took another's place is at another phone"
    channels.renamed(own, "PJSIP/1001-00000003")
    channels.relinked(phone, uid(3))
    assert channels.dialled_by(trunk) == [phone] and uid(1) in channels.families
    channels.dialled_for(phone, uid(3))
    assert channels.dialled_by(trunk) == [] and channels.dialled_by(own) == [phone]
    channels.gone(trunk)
    assert channels.named(trunk.name) is None and uid(1) not in channels.families
    channels.gone(phone)
    assert channels.company("PJSIP/1001-x") == [uid(3)]
    channels.clear()
    assert not channels.by_id and not channels.families and channels.named(own.name) is None
    assert interface_of("Local/1@a-b-0001;2") == "Local/1@a-b"


def test_serials_that_fall_in_a_later_second_tell_a_start() -> None:
    channels = Channels()
    assert [channels.restarted(f"okno-{EPOCH + s}.{serial}") for s, serial in ((0, 5), (0, 4), (9, 7), (8, 6))] == [False] * 4
    assert not channels.restarted("an-id-of-our-own")
    assert not channels.restarted(f"okno-{EPOCH - 3600}.8"), "a clock that was put back is none"
    assert channels.restarted(f"okno-{EPOCH + 60}.0")


def test_serials_of_another_system_tell_nothing() -> None:
    channels = Channels()
    assert not channels.restarted(f"{EPOCH}.70")
    assert not channels.restarted(f"crm-{EPOCH + 60}.7"), "whoever named this one counts for himself"
    assert not channels.restarted(f"{EPOCH + 61}.71")
    assert channels.restarted(f"{EPOCH + 90}.0")
