"""Every state of the desk that can be shown, each from a fresh page: tests judge them, `shots` photographs them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from tests.screens import scenes
from tests.screens.conftest import Screen
from tests.screens.synthetic import Row, stamp

State = Callable[[Screen], Awaitable[None]]


def missed(screen: Screen, at: int = 0) -> str:
    """The id of a missed call that waits in one of my queues."""
    rows, mine = screen.server.clinic.tables["requests"].values(), screen.server.clinic.tables["operators"][scenes.ME]["queues"]
    return [row["id"] for row in rows if row["kind"] == "missed_call" and not row["owner"] and row["queue"] in mine][at]


async def tell(screen: Screen, *patches: list[list[object]]) -> None:
    """Change the clinic step by step and wait until the page has it."""
    for ops in patches:
        screen.server.change(ops)
    await screen.settled()


async def in_hand(screen: Screen, **change: object) -> str:
    """A missed call that is mine, open in the centre."""
    key = missed(screen)
    since = stamp(datetime.now(UTC) - timedelta(seconds=40))
    await tell(screen, [screen.server.clinic.put("requests", key, owner=scenes.ME, status="in_progress", since=since, **change)])
    await screen.page.locator("#tab-mine").click()
    await screen.page.locator(f"#row-{key}").click()
    await screen.page.locator(".outcome").wait_for()
    return key


async def presence(screen: Screen, value: str, reason: str = "", minutes: float = 3) -> None:
    """My own word."""
    since = stamp(datetime.now(UTC) - timedelta(minutes=minutes))
    await tell(screen, [screen.server.clinic.put("operators", scenes.ME, presence=value, presence_reason=reason, presence_since=since)])


async def ready(screen: Screen) -> None:
    """Free and waiting."""


async def off_shift(screen: Screen) -> None:
    """The shift has not begun."""
    await presence(screen, "offline")
    await screen.page.locator(".idle-go").wait_for()


async def on_a_break(screen: Screen) -> None:
    """A break with its reason."""
    await presence(screen, "break", "lunch", 41)


async def not_responding(screen: Screen) -> None:
    """Two offers went by."""
    await presence(screen, "not_responding")
    await screen.page.locator(".missed").wait_for()


async def unreachable(screen: Screen) -> None:
    """His phone is not there."""
    await tell(screen, [screen.server.clinic.put("operators", scenes.ME, reachable=False)])


async def offered(screen: Screen) -> None:
    """An offer waits for an answer."""
    await tell(screen, scenes.offer(screen.server.clinic, missed(screen), sticky=True, lasts=60))
    await screen.page.locator(".offer").wait_for()


async def offer_while_working(screen: Screen) -> None:
    """An offer comes while another request is in hand."""
    await in_hand(screen)
    await offered(screen)


async def preparing(screen: Screen) -> None:
    """Accepted: the phone is being quieted."""
    key = missed(screen)
    await tell(screen, scenes.offer(screen.server.clinic, key, lasts=60))
    await asyncio.sleep(0.45)  # what came this instant cannot be answered yet
    await screen.page.locator(".offer .btn-primary").click()
    await screen.page.locator(".callback").wait_for()
    await screen.settled()


async def callback(screen: Screen) -> None:
    """The phone is quiet: he may dial."""
    await preparing(screen)
    key = next(iter(screen.server.clinic.tables["offers"]))
    await tell(screen, [screen.server.clinic.put("offers", key, confirmed=True)])
    await screen.page.locator(".callback .btn-primary:enabled").wait_for()


async def dialling(screen: Screen) -> None:
    """He called back."""
    await callback(screen)
    await screen.page.keyboard.press("KeyD")
    await screen.page.locator(".call-bar").wait_for()


async def ringing(screen: Screen) -> None:
    """His phone rings."""
    await tell(screen, scenes.arrive(screen.server.clinic))
    await tell(screen, scenes.ring(screen.server.clinic))
    await screen.page.locator(".moment").first.wait_for()


async def talking(screen: Screen) -> None:
    """He talks."""
    await ringing(screen)
    await tell(screen, scenes.answer(screen.server.clinic))


async def held(screen: Screen) -> None:
    """The caller hears music."""
    await talking(screen)
    await tell(screen, [screen.server.clinic.put("calls", scenes.CALL, phase="held")])


async def after_call(screen: Screen) -> None:
    """The talk is over; nothing is chosen yet."""
    await talking(screen)
    await tell(screen, scenes.hang_up(screen.server.clinic))
    await screen.page.locator(".outcome-clock").wait_for()


async def chosen(screen: Screen) -> None:
    """An outcome is chosen, a note is half written."""
    await after_call(screen)
    await screen.page.locator("textarea").fill("Wants a morning")
    await screen.page.keyboard.press("Escape")
    await screen.page.keyboard.press("Digit1")
    await screen.page.locator(".outcome [aria-pressed=true]").wait_for()


async def closing(screen: Screen) -> None:
    """Closed, and may be undone for five seconds."""
    await chosen(screen)
    await screen.page.keyboard.press("KeyN")
    await screen.page.locator(".undo").wait_for()


async def restored(screen: Screen) -> None:
    """A draft came back after a reload."""
    key = await in_hand(screen)
    await screen.page.locator("textarea").fill("half a note")
    await screen.until(f"localStorage.getItem('okno.draft.{key}') !== null")
    await screen.page.reload()
    await screen.live()
    await screen.page.locator("#tab-mine").click()
    await screen.page.locator(f"#row-{key}").click()
    await screen.until("document.querySelector('textarea')?.value === 'half a note'")


async def transferring(screen: Screen) -> None:
    """To whom?"""
    await in_hand(screen)
    await screen.page.keyboard.press("KeyT")
    await screen.page.locator("dialog .search-item").first.wait_for()


async def postponing(screen: Screen) -> None:
    """Until when, exactly?"""
    await in_hand(screen)
    await screen.page.keyboard.press("KeyS")
    await screen.page.get_by_role("menuitem").last.click()
    await screen.page.locator("dialog input[type=time]").wait_for()


async def rows_of_all_kinds(screen: Screen) -> None:
    """New, due soon, overdue, offered, being taken, of others, postponed."""
    clinic, now = screen.server.clinic, datetime.now(UTC)
    keys = [missed(screen, at) for at in range(6)]

    def put(key: str, **change: object) -> list[object]:
        made: Row = {"due_at": stamp(now + timedelta(hours=1))}
        return clinic.put("requests", key, **(made | change))

    await tell(screen, [
        put(keys[0], status="new"), put(keys[1], due_at=stamp(now + timedelta(seconds=70))), put(keys[2], status="offered"),
        put(keys[3], status="postponed", postponed_until=stamp(now + timedelta(hours=2))),
        put(keys[4], kind="callback", owner="klimov", status="in_progress"), put(keys[5], kind="chat"),
    ])
    await screen.page.locator("#tab-all").click()


async def farewells(screen: Screen) -> None:
    """One was taken by another, one was closed elsewhere: said for three seconds."""
    await screen.page.locator("#tab-missed").click()
    clinic = screen.server.clinic
    taken, closed = missed(screen, 1), missed(screen, 2)
    await tell(screen, [clinic.put("requests", taken, owner="klimov", status="in_progress"), *clinic.drop(closed)])
    await screen.page.locator(f"#row-{closed}[data-farewell=closed]").wait_for()


async def fresh_under_the_hand(screen: Screen) -> None:
    """Three came while the pointer is in the list."""
    await screen.page.locator(".row").nth(2).hover()
    await tell(screen, *(screen.server.clinic.new_request("call") for _ in range(3)))
    await screen.page.locator(".list-fresh").wait_for()


async def nothing_passes(screen: Screen) -> None:
    """The filter leaves nothing."""
    await screen.page.locator("#filter-text").fill("nobody")
    await screen.page.locator(".list-empty .btn").wait_for()


async def nothing_of_mine(screen: Screen) -> None:
    """I have nothing."""
    await screen.page.locator("#tab-mine").click()
    await screen.page.locator(".list-empty").wait_for()


async def empty_queue(screen: Screen) -> None:
    """Everybody is served; the last one is remembered."""
    await tell(screen, *(screen.server.clinic.drop(key) for key in list(screen.server.clinic.tables["requests"])))
    await screen.page.mouse.move(900, 500)
    await screen.until("document.querySelector('.list-empty') && !document.querySelector('.row')")


async def palette(screen: Screen) -> None:
    """Ctrl+K."""
    await screen.page.keyboard.press("Control+KeyK")
    await screen.page.keyboard.type("2026-00000")
    await screen.page.locator(".search-item").first.wait_for()


async def settings(screen: Screen) -> None:
    """What one sets for himself."""
    await screen.page.locator(".head-user").click()
    await screen.page.locator("[role=menuitem]").first.click()
    await screen.page.locator("dialog .range").wait_for()


async def keys(screen: Screen) -> None:
    """The list of keys."""
    await screen.page.keyboard.press("Shift+Slash")
    await screen.page.locator("dialog .keys").first.wait_for()


async def presence_menu(screen: Screen) -> None:
    """The menu of my state."""
    await screen.page.keyboard.press("KeyP")
    await screen.page.locator("[role=menu]").wait_for()


async def engine_away(screen: Screen) -> None:
    """The engine begins anew."""
    await screen.server.link(engine=False)
    await screen.page.locator(".strip").wait_for()


async def pbx_dark(screen: Screen) -> None:
    """The exchange is not seen."""
    since = stamp(datetime.now(UTC) - timedelta(minutes=2))
    await tell(screen, [screen.server.clinic.put("pbxes", "main", link="down", since=since)])
    await screen.page.locator(".strip").wait_for()


async def session_over(screen: Screen) -> None:
    """The log-in has expired."""
    await screen.server.sio.emit("bye", {"reason": "expired"})
    await screen.page.locator(".strip a").wait_for()


async def offline(screen: Screen) -> None:
    """The server is away, a talk goes on."""
    await talking(screen)
    await screen.server.down()
    await screen.page.locator(".strip").wait_for()
    await screen.page.evaluate("document.body.dataset.stale = ''")
    await asyncio.sleep(0.1)


# Those that break the server or the world come last: the others may share one page after another.
STATES: dict[str, State] = {
    "ready": ready, "off-shift": off_shift, "break": on_a_break, "not-responding": not_responding, "unreachable": unreachable,
    "offered": offered, "offer-while-working": offer_while_working, "preparing": preparing, "callback": callback, "dialling": dialling,
    "ringing": ringing, "talking": talking, "held": held, "after-call": after_call, "chosen": chosen, "closing": closing,
    "draft-restored": restored, "transferring": transferring, "postponing": postponing, "rows": rows_of_all_kinds,
    "farewells": farewells, "frozen": fresh_under_the_hand, "nothing-passes": nothing_passes, "nothing-of-mine": nothing_of_mine,
    "empty-queue": empty_queue, "palette": palette, "settings": settings, "keys": keys, "presence-menu": presence_menu,
    "engine-away": engine_away, "pbx-dark": pbx_dark, "session-over": session_over, "offline": offline,
}
