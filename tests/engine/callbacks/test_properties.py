"""Whatever comes in whatever order: nobody is dialled twice at a time, in a quiet hour, or once more by a machine blindly."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import events as ev
from engine.effects import OrderCall
from engine.world import Call, Callback, CallbackRule, Channel, Drop, Offer, PhoneOrder, Request, Timer, World
from tests.engine.clinic import PBX, at, dialled, gone, joins, patient, uid, wants
from tests.engine.floor import PEOPLE, change, floor, queue
from tests.engine.playbook import perform

PHONES = tuple(f"+7999000{number:04d}" for number in range(1, 4))
STEPS = (
    "wanted", "missed", "accept", "quiet", "dial", "dial", "refused", "lifted", "silent", "out", "fails", "answered", "rings",
    "tried", "sweep", "timers", "restart",
)  # fmt: skip


class Day:
    """A clinic at work, and every dialling that was ordered or went out: whom, and whether it still goes on."""

    def __init__(self) -> None:
        self.world: World = floor()
        for name in ("front", "back"):
            queue(self.world, name, callbacks=CallbackRule(dial="auto", quiet=(0, 0), attempts_min=(0, 1, 1)))
        self.s = 0.0
        self.serial = 10
        self.live: dict[str, tuple[str, str]] = {}

    def play(self, *events: Any) -> None:
        """Events, with all that comes of them; each dialling ordered is one more under way."""
        for event in events:
            for outcome in perform(self.world, event):
                for effect in outcome.effects:
                    if isinstance(effect, OrderCall):
                        self.ordered(effect)

    def ordered(self, order: OrderCall) -> None:
        """An order went to the PBX: never to whom is being dialled already."""
        if order.action == "originate":
            number = f"+{order.exten}"
            assert number not in {other for other, _ in self.live.values()}, "two dials to one person"
            assert not self.world.by(Call, "phone", number), "he is on the line"
            self.live[order.channel_id] = (number, order.channel)
        elif order.action == "hang_up":
            first = next(one for one in self.live if self.name(one) == order.channel)
            self.ends(first)

    def name(self, first: str) -> str:
        """The operator's channel of a dialling."""
        return f"{self.live[first][1]}-{first[-8:]}"

    def ends(self, first: str) -> None:
        """The operator's part of a dialling is over."""
        self.live.pop(first, None)
        self.play(ev.ChannelHungUp(at=at(self.s), pbx=PBX, uniqueid=first, linkedid=first, cause=16))


def step(day: Day, what: str, which: int) -> None:
    """One thing that happens to somebody; nothing, when it cannot."""
    day.s += 1.5
    for name in PEOPLE:
        change(day.world, name, presence="available", page="here", voice="idle", device="NOT_INUSE")
    s, world = day.s, day.world
    first = sorted(day.live)[which % len(day.live)] if day.live else ""
    phone = PHONES[which % len(PHONES)]
    if what in ("wanted", "missed", "rings"):
        outside(day, what, phone)
    elif what in ("accept", "quiet", "dial"):
        operator(day, what, which)
    elif what == "tried":
        for one in [one for one in sorted(world.all(Request), key=lambda one: one.key) if one.owner][which % 4 :][:1]:
            day.play(ev.TriedAsked(
                at=at(s), command=f"t{s}", actor="a", role="operator", operator=one.owner, request=one.key, outcome="machine",
            ))  # fmt: skip
    elif what == "sweep":
        day.play(ev.Swept(at=at(s)))
    elif what == "timers":
        aside = [one for one in world.all(Timer) if not one.key.startswith("offer:")]
        due = sorted((one for one in aside if one.due <= at(s + 90)), key=lambda one: (one.due, one.key))
        day.s = s + 90
        day.play(*[ev.TimerFired(at=at(day.s), key=one.key) for one in due])
    elif what == "restart":
        for order in list(world.all(PhoneOrder)):  # an engine that begins anew knows none of its orders
            world.apply([Drop(PhoneOrder, order.key)])
    elif first:
        line(day, what, first)


def outside(day: Day, what: str, phone: str) -> None:
    """Somebody outside asks for a call, or rings; in vain, or he waits on."""
    s = day.s
    if what == "wanted":
        key = f"01a1fc83-0000-7000-8000-{int(s * 10):012d}"
        day.play(ev.CallbackWanted(at=at(s), key=key, origin="form", phone=phone, queue="front"))
        return
    day.serial += 1
    day.play(patient(s, day.serial, phone), joins(s, day.serial))
    if what == "missed":
        day.play(wants(s, day.serial), gone(s, day.serial))


def operator(day: Day, what: str, which: int) -> None:
    """Somebody accepts, his phone is quiet, he dials (also what is not his, and twice)."""
    s, offers = day.s, sorted(day.world.all(Offer), key=lambda one: one.key)
    if not offers:
        return
    offer = offers[which % len(offers)]
    if what == "accept":
        day.play(ev.AcceptAsked(at=at(s), command=f"a{s}", actor="a", role="operator", operator=offer.operator, offer=offer.key))
    elif what == "quiet":
        day.play(ev.PhoneQuiet(at=at(s), offer=offer.key, operator=offer.operator, quiet=True))
    else:
        who = PEOPLE[which % len(PEOPLE)] if which % 2 else offer.operator
        day.play(ev.DialAsked(at=at(s), command=f"d{s}", actor="a", role="operator", operator=who, to="", request=offer.request))


def line(day: Day, what: str, first: str) -> None:
    """What a PBX tells of a dialling under way."""
    s, number = day.s, day.live[first][0]
    known = [call for call in day.world.by(Call, "phone", number) if call.direction == "outbound"]
    if what == "refused":
        order = next((one for one in day.world.all(PhoneOrder) if one.phone == f"{PBX}/{first}"), None)
        if order is not None and not known and day.world.get(Channel, order.phone) is None:
            day.live.pop(first)
            day.play(ev.OrderEnded(at=at(s), command=order.key, pbx=PBX, ok=False, why="pbx_refused"))
    elif what == "lifted":
        day.play(
            ev.ChannelCreated(at=at(s), pbx=PBX, uniqueid=first, linkedid=first, name=day.name(first), state=0, context="x"),
            ev.OriginateEnded(at=at(s), pbx=PBX, uniqueid=first, done=True),
        )
    elif what == "silent" and not known:
        day.live.pop(first)
        day.play(ev.OriginateEnded(at=at(s), pbx=PBX, uniqueid=first, done=False))
        day.play(ev.ChannelHungUp(at=at(s), pbx=PBX, uniqueid=first, linkedid=first, cause=19))
    elif what == "out" and not known and day.world.get(Channel, f"{PBX}/{first}") is not None:
        day.serial += 1
        name = f"PJSIP/trunk-{day.serial:08x}"
        day.play(ev.DialBegan(
            at=at(s), pbx=PBX, uniqueid=first, dest=uid(day.serial), dest_name=name, dest_linkedid=first,
            dial_string=f"{number[1:]}@trunk",
        ))  # fmt: skip
    elif what in ("fails", "answered") and known:
        serial = int(known[0].channel.split(".")[1])
        if what == "answered":
            day.play(ev.DialEnded(at=at(s), pbx=PBX, uniqueid=first, dest=uid(serial), status="ANSWER"))
        else:
            day.play(dialled(s, None, uid(serial), "NOANSWER"), gone(s, serial, 19))
            day.ends(first)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11)), max_size=120))
def test_under_any_interleaving_nobody_is_dialled_twice_at_a_time(steps: list[tuple[str, int]]) -> None:
    day = Day()
    for what, which in steps:
        step(day, what, which)
        sound(day.world)


def sound(world: World) -> None:
    """What holds at every moment."""
    dialling = [one for one in world.all(Callback) if one.state == "dialling"]
    numbers = [request.phone for one in dialling if (request := world.get(Request, one.key)) is not None]
    assert len(numbers) == len(set(numbers)), "two promises of one person are being dialled"
    for one in world.all(Callback):
        assert sum(tried.outcome == "dialling" for tried in one.tries) == (one.state == "dialling")
        assert world.get(Request, one.key) is not None
        assert len({tried.command for tried in one.tries if tried.command}) == sum(bool(tried.command) for tried in one.tries)
    promises = [one for one in world.all(Request) if one.kind in ("missed_call", "callback") and not one.calls]
    assert len({one.phone for one in promises}) == len(promises), "two promises to one person"

