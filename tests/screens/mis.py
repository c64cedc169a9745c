"""The gateway with a scripted MIS: its answers have the forms of `mis.client`, as `plain` gives them. All invented."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from mis.client import (
    Booking,
    CardAnswer,
    DirectoryAnswer,
    Lookup,
    NewPatient,
    OfferedSlot,
    Person,
    SlotsAnswer,
    Status,
    Wish,
    plain,
)
from mis.terms import Appointment, Capability, Card, Entry, Flag, Insurance, Named, Relative, Slot
from tests.screens import scenes
from tests.screens.dev_server import DevServer
from tests.screens.synthetic import Row, stamp

ZONE = "Asia/Yekaterinburg"
EVENTS = (
    "mis_status", "mis_directory", "patients", "patient_search", "identify", "disown", "patient", "patient_new", "slots", "hold",
    "slot_release", "book", "move", "visit_cancel", "visit_confirm", "booking", "bookings", "wish", "wishes", "give_up",
)  # fmt: skip
WORDS = ("боль в груди", "инсульт", "не дышит")
GUSHCHINA, KIM, REMIZOV = Named(id="d1", name="Гущина Мария Викторовна"), Named(id="d2", name="Ким Артур Русланович"), Named(id="d3", name="Ремизов Олег Львович")
THERAPIST, CARDIOLOGIST = Named(id="s1", name="Терапевт"), Named(id="s2", name="Кардиолог")
LENINA, MIRA = Named(id="b1", name="Ленина, 5"), Named(id="b2", name="Мира, 12")

MOTHER = Person(id="p1", name="Смирнова Елена Андреевна", birth_year=1986, relation="self")
CHILD = Person(id="p2", name="Смирнов Пётр Олегович", birth_year=2017, relation="ward", minor=True)
GRANDFATHER = Person(id="p3", name="Смирнов Андрей Ильич", birth_year=1941, relation="family", deceased=True)
SECRET = Person(id="p4", name="", restricted=True, hint="882")
TWINS = tuple(Person(id=f"t{at}", name="Волкова Анна Игоревна", birth_year=2001, hint=hint) for at, hint in enumerate(("114", "115")))
FAMILY = (MOTHER, CHILD, GRANDFATHER)

DIRECTORIES: dict[str, tuple[Entry, ...]] = {
    "specialties": (Entry(id="s1", name="Терапевт"), Entry(id="s2", name="Кардиолог"), Entry(id="s3", name="Невролог")),
    "doctors": (
        Entry(id="d1", name=GUSHCHINA.name, specialties=("s1",), branches=("b1",)), Entry(id="d2", name=KIM.name, specialties=("s1",), branches=("b1", "b2")),
        Entry(id="d3", name=REMIZOV.name, specialties=("s2",), branches=("b2",), note="принимает детей с 7 лет"),
    ),
    "branches": (Entry(id="b1", name=LENINA.name), Entry(id="b2", name=MIRA.name)),
    "services": (
        Entry(id="v1", name="Приём терапевта", specialties=("s1",), price=Decimal("2100"), minutes=30),
        Entry(id="v2", name="Приём кардиолога", specialties=("s2",), price=Decimal("2600"), minutes=40), Entry(id="v3", name="УЗИ щитовидной железы", minutes=20),
    ),
    "cancel_reasons": (Entry(id="sick", name="Заболел"), Entry(id="plans", name="Изменились планы")),
}  # fmt: skip


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """A clinic-local hour so many days from today."""
    local = datetime.now(UTC) + timedelta(hours=5)
    return datetime(local.year, local.month, local.day, hour, minute, tzinfo=UTC) - timedelta(hours=5) + timedelta(days=days)


def slot(doctor: Named, days: int, hour: int, minute: int = 0, **more: Any) -> Slot:
    """A free half hour of a doctor's."""
    start = at(days, hour, minute)
    given = {"branch": LENINA, "specialty": THERAPIST, "zone": ZONE, "version": "1"} | more
    return Slot(id=f"{doctor.id}-{days}-{hour}-{minute}", start=start, end=start + timedelta(minutes=30), doctor=doctor, **given)


def visit(key: str, doctor: Named, days: int, hour: int, status: str = "booked", **more: Any) -> Appointment:
    """A visit of the patient in hand."""
    start = at(days, hour)
    given = {"branch": LENINA, "specialty": THERAPIST, "zone": ZONE, "version": "1", "patient": "p1"} | more
    return Appointment(id=key, status=status, start=start, end=start + timedelta(minutes=30), doctor=doctor, **given)  # type: ignore[arg-type]


def mother() -> Card:
    """A whole card."""
    return Card(
        id="p1", name=MOTHER.name, version="3", born=date(1986, 3, 14), sex="female", card_number="104 882", doctor=GUSHCHINA, balance=Decimal("-1200"),
        flags=(Flag(kind="note", text="плохо слышит"), Flag(kind="allergy", text="пенициллин"), Flag(kind="debt")),
        insurance=(Insurance(payer="ДМС «Полёт»", number="77-1204", programme="Амбулаторная", valid_until=date(2027, 5, 1), needs_letter=True),),
        relatives=(Relative(id="p2", name=CHILD.name, relation="ward", born=date(2017, 6, 2)),),
        upcoming=(visit("a1", KIM, 3, 10), visit("a2", GUSHCHINA, 9, 12, confirmed=True)),
        past=tuple(visit(f"o{days}", GUSHCHINA, -days, 9, status) for days, status in ((19, "fulfilled"), (60, "noshow"), (90, "cancelled"), (200, "fulfilled"))),
        fetched_at=datetime.now(UTC),
    )  # fmt: skip


def child() -> Card:
    """A minor's card: his mother may speak for him, his father may not."""
    return Card(
        id="p2", name=CHILD.name, born=date(2017, 6, 2), sex="male", card_number="104 990", balance=None, fetched_at=datetime.now(UTC),
        relatives=(
            Relative(id="p1", name=MOTHER.name, relation="guardian", born=date(1986, 3, 14), authority=True, until=date(2032, 6, 2)),
            Relative(id="p9", name="Смирнов Олег Петрович", relation="guardian", born=date(1984, 1, 5), authority=False),
        ),
    )  # fmt: skip


def times() -> tuple[OfferedSlot, ...]:
    """A week of two doctors; one time is held by another operator."""
    free = [slot(GUSHCHINA, days, hour, minute) for days in (1, 2, 4, 5) for hour, minute in ((9, 0), (9, 30), (11, 0))]
    free += [slot(KIM, days, hour) for days in (1, 2, 3, 5, 6) for hour in (10, 12, 13, 14, 15, 16)]
    return tuple(OfferedSlot(slot=one, held=one.id == "d1-2-9-30") for one in sorted(free, key=lambda one: one.start))


class Mis:
    """What the MIS says; a test changes it. `fails`: refused events, `silent`: unanswered ones, `asked`: what came."""

    def __init__(self) -> None:
        self.status = Status(connector="fhir_r4", state="ready", capabilities=get_args(Capability), since=datetime.now(UTC))
        self.lookup = Lookup(state="ready", people=FAMILY, at=datetime.now(UTC))
        self.found = Lookup(state="ready", people=TWINS)
        self.cards = {"p1": mother(), "p2": child()}
        self.card_answer: CardAnswer | None = None
        self.slots = times()
        self.answer = SlotsAnswer(as_of=datetime.now(UTC))
        self.new = NewPatient(made=Person(id="n1", name="Новикова Вера", birth_year=1990))
        self.wishes: list[Wish] = []
        self.ends: dict[str, Callable[[Row, Row], Row]] = {}
        self.deals: dict[str, Row] = {}
        self.fails: dict[str, str] = {}
        self.directories_fail = False
        self.delay: dict[str, float] = {}
        self.asked: list[tuple[str, Row]] = []
        self.patient = ""
        self.words = list(WORDS)
        self.meant: str | None = None

    def bodies(self, event: str) -> list[Row]:
        """What was asked by an event."""
        return [body for name, body in self.asked if name == event]

    async def tell(self, event: str, body: Row) -> Row:
        """Answer one of its events."""
        self.asked.append((event, copy.deepcopy(body)))
        await asyncio.sleep(self.delay.get(event, 0))
        if event in self.fails:
            return {"ok": False, "why": self.fails[event]}
        return {"ok": True, **getattr(self, f"_{event}")(body)}

    def _mis_status(self, body: Row) -> Row:
        return {"status": plain(self.status), "soft_s": 0.8, "emergency_words": self.words}

    def _mis_directory(self, body: Row) -> Row:
        items = () if self.directories_fail else DIRECTORIES[body["kind"]]
        return dict(plain(DirectoryAnswer(items=items, at=datetime.now(UTC), stale=self.directories_fail, error="unavailable" if self.directories_fail else "")))

    def _patients(self, body: Row) -> Row:
        return {"lookup": plain(self.lookup), "meant": self.meant}

    def _patient_search(self, body: Row) -> Row:
        return {"lookup": plain(self.found)}

    def _identify(self, body: Row) -> Row:
        self.patient = body["patient"]
        return {"why": "", "request": None}

    def _disown(self, body: Row) -> Row:
        self.patient = ""
        return {"why": "", "request": None}

    def _patient(self, body: Row) -> Row:
        if self.card_answer is not None:
            return dict(plain(self.card_answer))
        if self.patient == "p4":
            named = Card(id="p4", name="Тайная Вера Ивановна", restricted=True, born=date(1990, 1, 1), fetched_at=datetime.now(UTC))
            shut = Card(id="p4", name="", restricted=True, missing=("flags", "past"), fetched_at=datetime.now(UTC))
            return dict(plain(CardAnswer(card=named if body.get("reason") else shut)))
        return dict(plain(CardAnswer(card=self.cards[self.patient])))

    def _patient_new(self, body: Row) -> Row:
        return dict(plain(self.new))

    def _slots(self, body: Row) -> Row:
        query = body["query"]
        since, until = (datetime.fromisoformat(query[name]) for name in ("since", "until"))
        fits = tuple(one for one in self.slots if since <= one.slot.start < until and query["doctor"] in ("", one.slot.doctor.id))
        return dict(plain(SlotsAnswer(slots=fits, as_of=self.answer.as_of, complete=self.answer.complete, next_free=None if fits else self.answer.next_free, error=self.answer.error)))

    def _deal(self, body: Row, action: str, status: str, **more: Any) -> Row:
        key = body["key"]
        kept = self.deals.get(key) or plain(Booking(key=UUID(key), action=action, status="sending"))  # type: ignore[arg-type]
        row = {**kept, "status": status, "slot": body.get("slot") or kept["slot"], "appointment": body.get("visit") or kept["appointment"], "error": "", "expires_at": None, **more}
        if action in self.ends:
            row = self.ends[action](row, body)
        self.deals[key] = row
        return {"booking": row}

    def _hold(self, body: Row) -> Row:
        return self._deal(body, "book", "held", expires_at=stamp(datetime.now(UTC) + timedelta(minutes=5))) if "hold" not in self.ends else {"booking": self._ended("hold", body)}

    def _ended(self, name: str, body: Row) -> Row:
        row = self.ends[name](plain(Booking(key=UUID(body["key"]), action="book", status="held")) | {"slot": body.get("slot")}, body)
        self.deals[body["key"]] = row
        return row

    def _slot_release(self, body: Row) -> Row:
        row = self.deals[body["key"]] | {"status": "released", "expires_at": None}
        self.deals[body["key"]] = row
        return {"booking": row}

    def _book(self, body: Row) -> Row:
        if "book" in self.ends:
            return {"booking": self._ended("book", body)}
        made = visit("a9", KIM, 1, 10)
        return {"booking": self._kept(body, "book", "booked", plain(made))}

    def _kept(self, body: Row, action: str, status: str, appointment: Row | None) -> Row:
        row = plain(Booking(key=UUID(body["key"]), action=action, status=status)) | {"slot": body.get("slot"), "appointment": appointment}  # type: ignore[arg-type]
        self.deals[body["key"]] = row
        return row

    def _move(self, body: Row) -> Row:
        if "move" in self.ends:
            return {"booking": self._ended("move", body) | {"action": "move"}}
        return {"booking": self._kept(body, "move", "booked", body["visit"])}

    def _visit_cancel(self, body: Row) -> Row:
        return {"booking": self._kept(body, "cancel", "cancelled", body["visit"] | {"status": "cancelled"})}

    def _visit_confirm(self, body: Row) -> Row:
        return {"booking": self._kept(body, "confirm", "booked", body["visit"] | {"confirmed": True})}

    def _booking(self, body: Row) -> Row:
        return {"booking": self.deals[body["key"]]}

    def _bookings(self, body: Row) -> Row:
        return {"bookings": list(self.deals.values())}

    def _wish(self, body: Row) -> Row:
        made = Wish(**{**body["wish"], "patient": self.patient, "key": UUID(body["wish"]["key"]), "since": datetime.fromisoformat(body["wish"]["since"]), "until": datetime.fromisoformat(body["wish"]["until"])})
        self.wishes.append(made)
        return {"wish": plain(made)}

    def _wishes(self, body: Row) -> Row:
        return {"wishes": [plain(one) for one in self.wishes]}

    def _give_up(self, body: Row) -> Row:
        self.wishes = [one for one in self.wishes if str(one.key) != body["key"]]
        return {"wish": None}


class MisServer(DevServer):
    """The gateway whose MIS a test may change."""

    def __init__(self) -> None:
        super().__init__()
        self.mis = Mis()

    async def up(self) -> None:
        """Listen, and answer of the MIS too."""
        await super().up()
        for event in EVENTS:
            self.sio.on(event, self._handler(event))

    def _handler(self, event: str) -> Any:
        async def handler(sid: str, body: Any = None) -> Row:
            answer = await self.mis.tell(event, body or {})
            if event in ("identify", "disown") and answer["ok"]:
                row = self.clinic.tables["requests"][body["request"]]
                self.change([self.clinic.put("requests", body["request"], identified=event == "identify", version=row["version"] + 1)])
            return answer

        return handler


def own(server: MisServer, **more: Any) -> str:
    """A missed call that is mine now."""
    key = next(key for key, row in server.clinic.tables["requests"].items() if row["kind"] == "missed_call" and row["phone"])
    server.clinic.tables["requests"][key] |= {"owner": scenes.ME, "status": "in_progress", "identified": False, **more}
    return key


def known(server: MisServer, patient: str = "p1") -> str:
    """A missed call of mine whose patient is confirmed."""
    server.mis.patient = patient
    return own(server, identified=True)
