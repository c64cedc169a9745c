"""A small clinic for tests: its world, and short ways to say what its PBX reports. Times are seconds since `T`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import events as ev
from engine.world import Call, CallbackRule, Counter, Line, Operator, Pbx, Queue, Request, Rules, WorkRule, World
from okno.settings.directory import WORK
from tests.engine.playbook import perform

EPOCH = 1_760_000_000
T = datetime.fromtimestamp(EPOCH, UTC)
PBX = "main"
PATIENT = "+79990000001"
TRUNK, ORLOVA, IVANOV = "PJSIP/trunk-00000001", "PJSIP/1001-00000002", "PJSIP/1002-00000003"
PETROVA = "PJSIP/1003-00000004"


RULES = Rules(
    pause_reasons=("lunch", "training"), outcomes=("booked", "asked"),
    work=tuple(WorkRule(kind=kind, **rule.model_dump()) for kind, rule in WORK.items()),
)  # fmt: skip
# These plays are about other things than quiet hours.
AT_ANY_HOUR = CallbackRule(quiet=(0, 0))


def at(seconds: float) -> datetime:
    """That many seconds after `T`."""
    return T + timedelta(seconds=seconds)


def uid(serial: int | str) -> str:
    """A Uniqueid; a string is one already."""
    return serial if isinstance(serial, str) else f"{EPOCH}.{serial}"


def settings() -> ev.ConfigurationLoaded:
    """Two queues, three operators, two lines, one PBX."""
    return ev.ConfigurationLoaded(
        at=T,
        operators=tuple(
            Operator(
                key=key, title_ru=key, title_en=key, extension=extension, pbx=PBX, interface=f"PJSIP/{extension}",
                queues=queues, home_queues=queues,
            )
            for key, extension, queues in (
                ("orlova", "1001", ("front", "back")), ("ivanov", "1002", ("front",)), ("petrova", "1003", ("back",)),
            )
        ),
        queues=(
            Queue(key="front", title_ru="Регистратура", title_en="Front desk", priority=5, callbacks=AT_ANY_HOUR),
            Queue(key="back", title_ru="Анализы", title_en="Results", wrap_up_s=0, callbacks=AT_ANY_HOUR),
        ),
        lines=(
            Line(key="73430000001", queue="front", source_ru="Сайт", source_en="Site"),
            Line(key="73430000002", queue="back", source_ru="Карты", source_en="Maps", area_code="3439"),
        ),
        pbxes=(
            Pbx(key=PBX, trunks=("trunk",), inbound_contexts=("okno-inbound",), phone_contexts=("okno-phones",)),
        ),
        rules=RULES,
    )


def clinic(live: bool = True) -> World:
    """The world after start-up."""
    world = World()
    perform(world, settings())
    if live:
        perform(world, ev.PbxLinkChanged(at=T, pbx=PBX, state="live"))
    return world


def play(world: World, events: Iterator[Any] | list[Any] | tuple[Any, ...]) -> list[Any]:
    """Reduce and apply; returns all events and effects in order."""
    said: list[Any] = []
    for event in events:
        for outcome in perform(world, event):
            said += [*outcome.events, *outcome.effects]
    return said


class Ended:
    """Watches a play for ended calls, as the database would: the last state of each call and request."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls: dict[str, Call] = {}
        self.requests: dict[str, Request] = {}
        self.said: list[Any] = []

    def play(self, events: Any) -> Ended:
        """Reduce and apply, keeping every call and request ever put."""
        for event in events:
            for outcome in perform(self.world, event):
                for change in outcome.changes:
                    entity = getattr(change, "entity", None)
                    if isinstance(entity, Call):
                        self.calls[entity.key] = entity
                    elif isinstance(entity, Request):
                        self.requests[entity.key] = entity
                self.said += [*outcome.events, *outcome.effects]
        return self

    def call(self) -> Call:
        """The only call there was."""
        (call,) = self.calls.values()
        return call

    def request(self) -> Request:
        """The only request there was."""
        (request,) = self.requests.values()
        return request


def new(s: float, serial: int, name: str, *, root: int | None = None, state: int | None = None, **more: Any) -> Any:
    """Newchannel; with a `root` it is one Asterisk dials."""
    more.setdefault("context", "okno-phones" if name[6:].startswith("100") else "okno-inbound")
    return ev.ChannelCreated(
        at=at(s), pbx=PBX, uniqueid=uid(serial), linkedid=uid(serial if root is None else root), name=name,
        state=state if state is not None else 4 if root is None else 0, **more,
    )


def patient(s: float, serial: int = 1, number: str = PATIENT, exten: str = "73430000001") -> Any:
    """A patient's INVITE."""
    return new(s, serial, f"PJSIP/trunk-{serial:08x}", number=number, exten=exten)


def state(s: float, serial: int, value: int, name: str = "", root: int | None = None) -> Any:
    """Newstate."""
    linked = uid(serial if root is None else root)
    return ev.ChannelStateChanged(at=at(s), pbx=PBX, uniqueid=uid(serial), linkedid=linked, name=name, state=value)


def wants(s: float, serial: int, soft: bool = False, cause: int | None = None) -> Any:
    """HangupRequest."""
    return ev.HangupRequested(at=at(s), pbx=PBX, uniqueid=uid(serial), soft=soft, cause=cause)


def gone(s: float, serial: int, cause: int = 16) -> Any:
    """Hangup."""
    return ev.ChannelHungUp(at=at(s), pbx=PBX, uniqueid=uid(serial), linkedid=uid(serial), cause=cause)


def dials(s: float, caller: int | None, dest: int, name: str = "", dial_string: str = "") -> Any:
    """DialBegin."""
    return ev.DialBegan(
        at=at(s), pbx=PBX, uniqueid=uid(caller) if caller is not None else "", dest=uid(dest), dest_name=name,
        dest_linkedid=uid(caller if caller is not None else dest), dial_string=dial_string,
    )


def dialled(s: float, caller: int | None, dest: int, status: str) -> Any:
    """DialEnd."""
    return ev.DialEnded(
        at=at(s), pbx=PBX, uniqueid=uid(caller) if caller is not None else "", dest=uid(dest), status=status
    )


def enters(s: float, serial: int, bridge: str = "b1", swap: int | None = None, kind: str = "basic") -> Any:
    """BridgeEnter."""
    return ev.BridgeEntered(
        at=at(s), pbx=PBX, bridge=bridge, bridge_type=kind, uniqueid=uid(serial), linkedid=uid(1),
        swap=uid(swap) if swap is not None else "",
    )


def leaves(s: float, serial: int, bridge: str = "b1") -> Any:
    """BridgeLeave."""
    return ev.BridgeLeft(at=at(s), pbx=PBX, bridge=bridge, uniqueid=uid(serial))


def joins(s: float, serial: int = 1, queue: str = "front") -> Any:
    """QueueCallerJoin."""
    return ev.QueueJoined(at=at(s), pbx=PBX, queue=queue, uniqueid=uid(serial), position=1)


def left(s: float, serial: int = 1, queue: str = "front") -> Any:
    """QueueCallerLeave."""
    return ev.QueueLeft(at=at(s), pbx=PBX, queue=queue, uniqueid=uid(serial))


def abandons(s: float, serial: int = 1, queue: str = "front") -> Any:
    """QueueCallerAbandon."""
    return ev.QueueAbandoned(at=at(s), pbx=PBX, queue=queue, uniqueid=uid(serial))


def exits(s: float, status: str, serial: int = 1, queue: str = "front") -> Any:
    """OknoQueueExit."""
    return ev.QueueExited(at=at(s), pbx=PBX, queue=queue, uniqueid=uid(serial), status=status)


def agent(
    kind: type, s: float, dest: int, name: str = ORLOVA, *, caller: int = 1, queue: str = "front", **more: Any
) -> Any:
    """An Agent… event about a member's channel."""
    return kind(
        at=at(s), pbx=PBX, queue=queue, uniqueid=uid(caller), dest=uid(dest), interface=name.rsplit("-", 1)[0], **more
    )


def rings(s: float, dest: int = 2, name: str = ORLOVA, caller: int = 1, queue: str = "front") -> Iterator[Any]:
    """app_queue rings a member: Newchannel, AgentCalled, DialBegin, Ringing."""
    yield new(s, dest, name, root=caller)
    yield agent(ev.AgentCalled, s, dest, name, caller=caller, queue=queue, dest_name=name)
    yield dials(s, caller, dest, name)
    yield state(s, dest, 5, name, caller)


def rings_out(s: float, dest: int = 2, caller: int = 1, cause: int = 19, name: str = ORLOVA) -> Iterator[Any]:
    """…and in vain (ami.md 4.7): the cause tells whether busy (17), refused (21) or not lifted (19)."""
    yield agent(ev.AgentRangNoAnswer, s, dest, name, caller=caller, ring_ms=10_000)
    yield dialled(s, caller, dest, "NOANSWER")
    yield dialled(s, caller, dest, "CANCEL")
    yield gone(s, dest, cause)


def answers(s: float, dest: int = 2, caller: int = 1, name: str = ORLOVA, bridge: str = "b1") -> Iterator[Any]:
    """The member lifts and meets the caller."""
    yield state(s, dest, 6, name, caller)
    yield dialled(s, caller, dest, "ANSWER")
    yield left(s, caller)
    yield agent(ev.AgentConnected, s, dest, name, caller=caller)
    yield enters(s, dest, bridge)
    yield enters(s, caller, bridge)


def ends(s: float, first: int, second: int, bridge: str = "b1") -> Iterator[Any]:
    """`first` hangs up on `second`."""
    yield wants(s, first)
    yield leaves(s, first, bridge)
    yield leaves(s, second, bridge)
    yield gone(s, second)
    yield gone(s, first)


def simplest() -> Iterator[Any]:
    """A patient waits 1 s before the queue, 5 s in it, talks 60 s and hangs up."""
    yield patient(0)
    yield ev.CallTagged(at=at(0), pbx=PBX, uniqueid=uid(1), dialled="+73430000001", source="")
    yield joins(1)
    yield from rings(2)
    yield from answers(6)
    yield from ends(66, 1, 2)


def counter(world: World) -> int:
    """How many requests were ever numbered this year."""
    found = world.get(Counter, f"requests:{T.year}")
    return found.value if found else 0
