"""A callback on its way: short ways to promise, accept and dial, for tests of promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine import events as ev
from engine.calls.orders.giving import originated
from engine.effects import OrderCall
from engine.world import Callback, CallbackRule, Put, Try, World
from engine.world.entities import KINDS
from tests.engine.clinic import PBX, at, dialled, enters, gone, leaves, new, state, uid, wants
from tests.engine.floor import accept, change, do, floor, play, queue, quiet, request
from tests.engine.playbook import perform

PHONE = "+79990000001"
KEY = "01a1fc83-0000-7000-8000-000000000001"


def promised(world: World, s: float = 10, key: str = KEY, phone: str = PHONE, **more: Any) -> str:
    """He asks for a call; returns the key of the request that promises it."""
    perform(world, ev.CallbackWanted(at=at(s), key=key, origin="form", phone=phone, queue="front", **more))
    return key


def promise(world: World, key: str = KEY) -> Callback:
    """The promise of a request."""
    found = world.get(Callback, key)
    assert found is not None
    return found


def last(world: World, key: str = KEY) -> Try:
    """How he was tried last."""
    return promise(world, key).tries[-1]


def auto(world: World, **more: Any) -> None:
    """The queue dials by itself as soon as somebody has accepted."""
    queue(world, "front", callbacks=CallbackRule(dial="auto", quiet=(0, 0), **more))


def ready(s: float = 20, *, by_itself: bool = False, **more: Any) -> World:
    """Orlova alone on duty has accepted the promise, and her phone is quiet for it."""
    world = floor("orlova")
    if by_itself:
        auto(world, **more)
    promised(world)
    accept(world, KEY, s)
    return world


def dial(world: World, s: float = 22, command: str = "dial", key: str = KEY) -> tuple[str, list[Any]]:
    """Orlova presses; returns the id of the channel the order makes and what was said."""
    event = ev.DialAsked(
        at=at(s), command=command, actor="orlova.a", role="operator", operator="orlova", to=PHONE, request=key,
    )  # fmt: skip
    return originated(event), play(world, event)


def lifts(world: World, first: str, s: float = 23) -> None:
    """Her own phone rings and lifts."""
    play(
        world,
        ev.ChannelCreated(at=at(s), pbx=PBX, uniqueid=first, linkedid=first, name="PJSIP/1001-00000009", state=0, context="x"),
        ev.DeviceChanged(at=at(s), pbx=PBX, device="PJSIP/1001", state="INUSE"),
        ev.OriginateEnded(at=at(s + 1), pbx=PBX, uniqueid=first, done=True),
    )  # fmt: skip


def goes_out(world: World, first: str, s: float = 25, serial: int = 20) -> None:
    """The call to the patient begins."""
    name = f"PJSIP/trunk-{serial:08x}"
    play(
        world, new(s, serial, name, root=serial, state=0, context="okno-inbound", number=PHONE[1:]),
        ev.DialBegan(
            at=at(s), pbx=PBX, uniqueid=first, dest=uid(serial), dest_name=name, dest_linkedid=first,
            dial_string=f"{PHONE[1:]}@trunk",
        ),
    )  # fmt: skip


def fails(world: World, first: str, cause: int, status: str = "CHANUNAVAIL", *, s: float = 30, serial: int = 20) -> None:
    """The line says why not, and all hang up."""
    play(world, dialled(s, None, uid(serial), status), gone(s, serial, cause), gone(s, first))
    play(world, ev.DeviceChanged(at=at(s), pbx=PBX, device="PJSIP/1001", state="NOT_INUSE"))


def talks(
    world: World, first: str, s: float = 28, seconds: float = 60, serial: int = 20, *, hers: bool = False
) -> None:
    """He lifts and they talk; he hangs up, or she does (`hers`)."""
    over = s + seconds
    ending = [wants(over, serial), leaves(over, serial, "b9")]
    if hers:
        ending = [ev.HangupRequested(at=at(over), pbx=PBX, uniqueid=first, soft=False, cause=None), leaves(over, serial, "b9")]
    play(
        world, state(s, serial, 6, f"PJSIP/trunk-{serial:08x}"),
        ev.DialEnded(at=at(s), pbx=PBX, uniqueid=first, dest=uid(serial), status="ANSWER"), enters(s, serial, "b9"),
        ev.BridgeEntered(at=at(s), pbx=PBX, bridge="b9", bridge_type="basic", uniqueid=first, linkedid=first),
        *ending, ev.BridgeLeft(at=at(over), pbx=PBX, bridge="b9", uniqueid=first), gone(over, serial),
        gone(over, first),
    )  # fmt: skip


def orders(said: list[Any]) -> list[OrderCall]:
    """The orders about calls that went out."""
    return [one for one in said if isinstance(one, OrderCall)]


def restarted(world: World, s: float) -> World:
    """The engine begun anew on what its database has of this world: no channels, no orders, no links."""
    kept = [entity for kind in KINDS if kind.DURABLE for entity in world.all(kind)]
    again = floor("orlova")
    again.apply([Put(one) for one in kept])
    play(again, ev.PbxLinkChanged(at=at(s), pbx=PBX, state="down"), ev.PbxLinkChanged(at=at(s + 1), pbx=PBX, state="live"))
    change(again, "orlova", voice="idle")
    return again


__all__ = [
    "KEY", "PHONE", "auto", "dial", "do", "fails", "goes_out", "last", "lifts", "orders", "promise", "promised", "quiet",
    "ready", "replace", "request", "restarted", "talks",
]
