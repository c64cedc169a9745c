"""The connector everybody in `mis` uses: the real one, guarded."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Literal, TypeVar

from mis.guard.breaker import Breaker
from mis.guard.figures import Figures
from mis.guard.flights import Flights
from mis.guard.room import Room
from mis.terms import (
    Appointment,
    AppointmentQuery,
    Appointments,
    AppointmentStatus,
    Booked,
    BookingOrder,
    Candidates,
    Capability,
    Card,
    Change,
    Changes,
    Connector,
    ContactReport,
    Context,
    Created,
    DeadlineExceeded,
    DirectoryKind,
    Duplicate,
    Entry,
    Malformed,
    MisError,
    NotConnected,
    NotOffered,
    OutcomeUnknown,
    PatientDraft,
    PatientQuery,
    RateLimited,
    Relative,
    Requested,
    Slot,
    SlotPage,
    SlotQuery,
    Unavailable,
)
from okno import clock, logs
from okno.settings import MisSettings

# Who is it, when can he come, what is there besides, whatever changes something, and what nobody waits for: a MIS that
# takes no reports of contacts must still be booked in.
Kind = Literal["people", "visits", "directory", "write", "aside"]
KINDS: tuple[Kind, ...] = ("people", "visits", "directory", "write", "aside")
# A read is asked at most three times; what does not come by then does not come within the three seconds there are.
TRIES = 3
FIRST_WAIT_S = 0.1

log = logs.get(__name__)
T = TypeVar("T")


class Guarded(Connector):
    """A connector behind deadlines, bulkheads, breakers, single flight and the retry of reads.

    Every method raises MisError and NotConnected; of a write that was sent and whose end was not seen, OutcomeUnknown.

    Args:
        inner: the real one; closed with this.
        settings: `mis` of okno.yaml: `read_s`, `write_s`, `at_once`.
        figures: counts.
    """

    def __init__(self, inner: Connector, settings: MisSettings, figures: Figures) -> None:
        self._inner, self._settings, self._figures = inner, settings, figures
        self._rooms = {kind: Room(settings.at_once, figures.in_flight.labels(kind)) for kind in KINDS}
        self._breakers = {kind: Breaker() for kind in KINDS}
        self._flights = Flights()

    @property
    def capabilities(self) -> frozenset[Capability]:  # type: ignore[override]  # a connector may learn them late
        """What the real one can do now."""
        return self._inner.capabilities

    async def state(self, ctx: Context) -> None:
        """Ask past the breakers: who watches must see the MIS come back. Raises MisError, NotConnected."""
        await self._within("state", ctx, self._settings.read_s, self._inner.state)

    async def find_patients(self, ctx: Context, query: PatientQuery) -> Candidates:
        """Return who fits; the same question asked by several at once is one."""
        return await self._flights.join(
            ("find", query),
            lambda: self._read("find_patients", ctx, lambda c: self._inner.find_patients(c, query), kind="people"),
        )

    async def card(self, ctx: Context, patient: str) -> Card:
        """Return a card; the same one asked for by several at once is one question."""
        return await self._flights.join(
            ("card", patient), lambda: self._read("card", ctx, lambda c: self._inner.card(c, patient), kind="people")
        )

    async def relatives(self, ctx: Context, patient: str) -> tuple[Relative, ...]:
        """Return who belongs to a patient."""
        return await self._read("relatives", ctx, lambda c: self._inner.relatives(c, patient), kind="people")

    async def directory(self, ctx: Context, kind: DirectoryKind) -> tuple[Entry, ...]:
        """Return a directory whole."""
        return await self._read("directory", ctx, lambda c: self._inner.directory(c, kind), kind="directory")

    async def find_slots(self, ctx: Context, query: SlotQuery) -> SlotPage:
        """Return free times; the same question asked by several at once is one."""
        return await self._flights.join(
            ("slots", query), lambda: self._read("find_slots", ctx, lambda c: self._inner.find_slots(c, query))
        )

    async def slot(self, ctx: Context, slot: Slot) -> Slot:
        """Return a piece of time as it stands now."""
        return await self._read("slot", ctx, lambda c: self._inner.slot(c, slot))

    async def claim(self, ctx: Context, slot: Slot) -> Slot:
        """Take a free slot for a while."""
        return await self._write("claim", ctx, lambda c: self._inner.claim(c, slot))

    async def release(self, ctx: Context, slot: Slot) -> None:
        """Give a claimed slot back."""
        await self._write("release", ctx, lambda c: self._inner.release(c, slot))

    async def book(self, ctx: Context, order: BookingOrder) -> Booked | Requested:
        """Make the appointment."""
        return await self._write("book", ctx, lambda c: self._inner.book(c, order))

    async def on_slot(self, ctx: Context, slot: Slot) -> tuple[Appointment, ...]:
        """Return what stands on a piece of time: never shared, it is the read-back."""
        return await self._read("on_slot", ctx, lambda c: self._inner.on_slot(c, slot))

    async def by_key(self, ctx: Context, order: BookingOrder) -> Appointment | None:
        """Return the appointment that bears our key."""
        return await self._read("by_key", ctx, lambda c: self._inner.by_key(c, order))

    async def reschedule(self, ctx: Context, visit: Appointment, order: BookingOrder) -> Booked:
        """Move a visit in one step."""
        return await self._write("reschedule", ctx, lambda c: self._inner.reschedule(c, visit, order))

    async def cancel(self, ctx: Context, visit: Appointment, reason: str) -> Appointment:
        """Cancel a visit."""
        return await self._write("cancel", ctx, lambda c: self._inner.cancel(c, visit, reason))

    async def confirm(self, ctx: Context, visit: Appointment) -> Appointment:
        """Note that the patient will come."""
        return await self._write("confirm", ctx, lambda c: self._inner.confirm(c, visit))

    async def mark(self, ctx: Context, visit: Appointment, status: AppointmentStatus) -> Appointment:
        """Note that he came or did not."""
        return await self._write("mark", ctx, lambda c: self._inner.mark(c, visit, status))

    async def appointment(self, ctx: Context, visit: str) -> Appointment:
        """Return one visit."""
        return await self._read("appointment", ctx, lambda c: self._inner.appointment(c, visit))

    async def appointments(self, ctx: Context, query: AppointmentQuery) -> Appointments:
        """Return visits."""
        return await self._read("appointments", ctx, lambda c: self._inner.appointments(c, query))

    async def create_patient(self, ctx: Context, draft: PatientDraft) -> Created | Duplicate:
        """Make a patient."""
        return await self._write("create_patient", ctx, lambda c: self._inner.create_patient(c, draft))

    async def changes(self, ctx: Context, cursor: str) -> Changes:
        """Return what changed since the cursor; beside people's questions, with a room of its own."""
        return await self._read("changes", ctx, lambda c: self._inner.changes(c, cursor), kind="directory")

    async def subscribe(self, ctx: Context, url: str, secret: str) -> None:
        """See that the MIS pushes changes."""
        await self._write("subscribe", ctx, lambda c: self._inner.subscribe(c, url, secret), kind="aside")

    def pushed(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[Change, ...]:
        """Read what the MIS pushed."""
        return self._inner.pushed(path, body, headers)

    async def report_contact(self, ctx: Context, report: ContactReport) -> None:
        """Write back what came of a contact."""
        await self._write("report_contact", ctx, lambda c: self._inner.report_contact(c, report), kind="aside")

    async def close(self) -> None:
        """End what is under way and close the connections."""
        await self._flights.close()
        await self._inner.close()

    async def _read(
        self, name: str, ctx: Context, ask: Callable[[Context], Awaitable[T]], *, kind: Kind = "visits"
    ) -> T:
        """Ask, again while that may help and there is time."""
        end = min(ctx.deadline, clock.monotonic() + self._settings.read_s)
        wait = FIRST_WAIT_S
        for left in reversed(range(TRIES)):
            try:
                return await self._once(kind, name, replace(ctx, deadline=end), ask)
            except (Unavailable, RateLimited) as error:
                pause = max(wait * (0.5 + random.random()), getattr(error, "retry_after_s", 0.0))  # noqa: S311
                if not left or self._breakers[kind].open or clock.monotonic() + pause >= end:
                    raise
                self._figures.retries.labels(name).inc()
            await asyncio.sleep(pause)
            wait *= 2
        raise AssertionError("unreachable: the last try returns or raises")

    async def _write(
        self, name: str, ctx: Context, ask: Callable[[Context], Awaitable[T]], *, kind: Kind = "write"
    ) -> T:
        """Send once. What says neither yes nor no may have been done."""
        end = min(ctx.deadline, clock.monotonic() + self._settings.write_s)
        try:
            return await self._once(kind, name, replace(ctx, deadline=end), ask)
        except (DeadlineExceeded, Malformed):
            raise OutcomeUnknown(ctx.key) from None

    async def _once(self, kind: Kind, name: str, ctx: Context, ask: Callable[[Context], Awaitable[T]]) -> T:
        breaker = self._breakers[kind]
        async with self._rooms[kind].place(ctx.deadline):
            if ctx.deadline <= clock.monotonic() or not breaker.enter():  # nothing is sent
                self._figures.calls.labels(name, "left_in_peace").inc()
                raise Unavailable
            try:
                answer = await self._within(name, ctx, ctx.deadline - clock.monotonic(), ask)
            except (Unavailable, DeadlineExceeded, Malformed, OutcomeUnknown):
                breaker.failed()
                raise
            except (MisError, NotConnected, NotOffered):
                breaker.succeeded()
                raise
            except BaseException:
                breaker.left()
                raise
            else:
                breaker.succeeded()
                return answer
            finally:
                self._figures.open.labels(kind).set(breaker.open)

    async def _within(self, name: str, ctx: Context, seconds: float, ask: Callable[[Context], Awaitable[T]]) -> T:
        """Ask with a hard end; what a connector lets slip is nonsense of the MIS or our mistake, never a crash."""
        begun, end = clock.monotonic(), "ok"
        try:
            async with asyncio.timeout(seconds):
                return await ask(ctx)
        except TimeoutError:
            end = DeadlineExceeded.code
            raise DeadlineExceeded from None
        except MisError as error:
            end = error.code
            raise
        except (NotConnected, NotOffered):
            end = "not_offered"
            raise
        except Exception as error:
            end = Malformed.code
            # Its words may hold a piece of the answer, so only where it happened is told.
            log.error(
                "connector_failed", extra={"operation": name, "reason": type(error).__name__, "at": _place(error)}
            )
            raise Malformed from None
        finally:
            self._figures.calls.labels(name, end).inc()
            self._figures.seconds.labels(name).observe(clock.monotonic() - begun)


def _place(error: BaseException) -> str:
    """Return where an error was raised: file and line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
