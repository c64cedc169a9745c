"""What happens at one operator's phone, step by step: ring, talk, end, wrap-up. Each step is the ops of one patch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.screens.synthetic import SOURCES, Clinic, Op, Row, masked, stamp

ME = "orlova"
CALL = "c90001"
REQUEST = "r90001"


HINTS: list[Row] = [
    {"id": "h1", "version": 1, "title": "Подготовка к УЗИ", "text": "Натощак, шесть часов без еды.\n\n- взять полотенце\n- взять направление", "topic": "УЗИ",
     "queues": ["registry"], "lines": [], "author": "zimina", "at": "2026-11-20T08:00:00.000Z"},
    {"id": "h2", "version": 1, "title": "Как вызвать врача", "text": "Спросите адрес, этаж, домофон.", "topic": "Вызов",
     "queues": [], "lines": [], "author": "zimina", "at": "2026-11-20T08:00:00.000Z"},
]


def _leg(rang: datetime, **more: Any) -> Row:
    leg = {"operator": ME, "queue": "registry", "rang_at": stamp(rang), "answered_at": None, "left_at": None, "result": "ringing",
           "left_by": None, "talk_s": 0.0}
    return leg | more


def arrive(clinic: Clinic, *, ago: float = 42) -> list[Op]:
    """A patient calls and waits in the queue."""
    at = datetime.now(UTC) - timedelta(seconds=ago)
    call = clinic.call_row(CALL, 1873, "registry", "queued", at, request=REQUEST) | {"source": SOURCES[0]}
    request = {
        "id": REQUEST, "number": "2026-004711", "kind": "call", "status": "queued", "queue": "registry", "priority": 0, "due_at": None,
        "owner": None, "phone": masked(1873), "source": SOURCES[0], "calls": [CALL], "outcome": "", "created_at": call["started_at"],
        "since": call["started_at"], "queued_at": stamp(at), "first_response_at": None, "closed_at": None, "postponed_until": None, "version": 1,
    }
    return [["set", "calls", CALL, call], ["set", "requests", REQUEST, request]]


def ring(clinic: Clinic, *, ago: float = 4) -> list[Op]:
    """His phone rings."""
    rang = datetime.now(UTC) - timedelta(seconds=ago)
    return [clinic.put("calls", CALL, phase="ringing", ringing=[ME], legs=[_leg(rang)]),
            clinic.put("operators", ME, voice="ringing", voice_since=stamp(rang), call=CALL)]


def answer(clinic: Clinic, *, ago: float = 200) -> list[Op]:
    """He lifts the receiver."""
    at = datetime.now(UTC) - timedelta(seconds=ago)
    joined = stamp(at - timedelta(seconds=42))
    leg = _leg(at - timedelta(seconds=5), answered_at=stamp(at), result="answered")
    return [clinic.put("calls", CALL, phase="talking", ringing=[], operator=ME, queued_at=joined, answered_at=stamp(at), legs=[leg], wait_s=42.0),
            clinic.put("requests", REQUEST, status="in_progress", owner=ME, created_at=joined, queued_at=joined, since=stamp(at), first_response_at=stamp(at), version=2),
            clinic.put("operators", ME, voice="incall", voice_since=stamp(at), call=CALL)]


def hang_up(clinic: Clinic, *, ago: float = 8) -> list[Op]:
    """The talk is over; the after-call work begins."""
    at = stamp(datetime.now(UTC) - timedelta(seconds=ago))
    leg = {**clinic.tables["calls"][CALL]["legs"][0], "left_at": at, "left_by": "caller", "talk_s": 192.0}
    return [clinic.put("calls", CALL, phase="ended", operator=None, ended_at=at, result="answered", legs=[leg], talk_s=192.0),
            clinic.put("requests", REQUEST, status="wrap_up", since=at, version=3),
            clinic.put("operators", ME, voice="wrap_up", voice_since=at, call=None, wrap_up=REQUEST)]


def offer(clinic: Clinic, request: str, *, ago: float = 6, lasts: float = 20, **more: Any) -> list[Op]:
    """A request is offered to him."""
    at = datetime.now(UTC) - timedelta(seconds=ago)
    row = {"id": f"o-{request}", "request": request, "operator": ME, "state": "pending", "weight": 50, "at": stamp(at),
           "expires_at": stamp(at + timedelta(seconds=lasts)), "accepted_at": None, "sticky": False, "by_hand": False, "confirmed": False}
    return [["set", "offers", row["id"], row | more], clinic.put("requests", request, status="offered")]


def accept(clinic: Clinic, key: str, *, confirmed: bool = False) -> list[Op]:
    """He accepts; his phone is being quieted."""
    request, now = clinic.tables["offers"][key]["request"], stamp(datetime.now(UTC))
    version = clinic.tables["requests"][request]["version"] + 1
    return [clinic.put("offers", key, state="accepted", accepted_at=now, confirmed=confirmed),
            clinic.put("requests", request, status="in_progress", owner=ME, since=now, version=version)]


def end_offer(clinic: Clinic, key: str, state: str) -> list[Op]:
    """An offer ends; its request waits again."""
    request = clinic.tables["offers"][key]["request"]
    return [clinic.put("offers", key, state=state), ["del", "offers", key], clinic.put("requests", request, status="queued", owner=None)]


def dial(clinic: Clinic, request: str) -> list[Op]:
    """His phone rings, then the patient's: an outbound call of that request."""
    now = datetime.now(UTC)
    row = clinic.tables["requests"][request]
    call = clinic.call_row(CALL, 1873, row["queue"], "ringing", now, request=request)
    call |= {"direction": "outbound", "phone": row["phone"], "dialled": row["phone"], "queued_at": None, "legs": [_leg(now, result="answered")]}
    return [["set", "calls", CALL, call], clinic.put("requests", request, calls=[CALL]),
            clinic.put("operators", ME, voice="incall", voice_since=stamp(now), call=CALL)]


def reach(clinic: Clinic) -> list[Op]:
    """Who was called back lifts the receiver."""
    now = datetime.now(UTC)
    leg = {**clinic.tables["calls"][CALL]["legs"][0], "answered_at": stamp(now)}
    return [clinic.put("calls", CALL, phase="talking", operator=ME, answered_at=stamp(now), legs=[leg])]


def end_callback(clinic: Clinic) -> list[Op]:
    """The talk with who was called back is over; his request waits for its outcome."""
    now = stamp(datetime.now(UTC))
    leg = {**clinic.tables["calls"][CALL]["legs"][0], "left_at": now, "left_by": "operator"}
    return [clinic.put("calls", CALL, phase="ended", operator=None, ended_at=now, result="answered", legs=[leg]),
            clinic.put("operators", ME, voice="idle", voice_since=now, call=None)]


def timeline(clinic: Clinic, request: str | None, call: str | None) -> list[Row]:
    """What was before with whose card it is, the newest first."""
    known = card(clinic, request, call)
    entries = [{"kind": "call", "id": one["id"], "at": one["started_at"], "made": True, "call": one, "notes": [],
                "request": next((row for row in known["requests"] if row["id"] == one["request"]), None)} for one in known["calls"]]
    if known["request"]["kind"] != "call":
        entries.append({"kind": "request", "id": known["request"]["id"], "at": known["request"]["created_at"], "made": False, "call": None,
                        "request": known["request"], "notes": []})
    return sorted(entries, key=lambda one: str(one["at"]), reverse=True)


def card(clinic: Clinic, request: str | None, call: str | None) -> Row:
    """The card of a request or a call: the contact with the full number, earlier calls and requests, history."""
    row = clinic.tables["requests"].get(request or "")
    if row is None and call:
        row = clinic.tables["requests"].get(clinic.tables["calls"].get(call, {}).get("request") or "")
    if row is None:
        raise KeyError("not_found")
    now = datetime.now(UTC)
    mine = row["owner"] == ME or any(ME in clinic.tables["calls"].get(one, {}).get("ringing", ()) for one in row["calls"])
    digits = row["phone"][-5:]
    calls = [clinic.tables["calls"][one] for one in row["calls"] if one in clinic.tables["calls"]]
    for index, (days, result) in enumerate(((1, "abandoned"), (9, "answered"), (40, "answered"), (41, "out_of_hours"))):
        at = now - timedelta(days=days, minutes=17 * index)
        left = at + timedelta(seconds=38)
        stays = [{"queue": "registry", "joined_at": stamp(at), "left_at": stamp(left), "exit": "timeout", "operator": ""}]
        if result == "answered":
            met = stamp(left + timedelta(seconds=7))
            stays.append({"queue": "lab", "joined_at": stamp(left), "left_at": met, "exit": "answered", "operator": "klimov"})
        calls.append({**clinic.call_row(f"old{index}", 1873, "registry", "ended", at, request=f"rold{index}"), "phone": row["phone"], "result": result,
                      "ended_at": stamp(at + timedelta(minutes=4)), "wait_s": 38.0, "talk_s": 141.0 if result == "answered" else 0.0,
                      "visits": stays if result != "out_of_hours" else [], "others": ["old0"] if index == 2 else [],
                      "legs": [_leg(left) | {"operator": "klimov", "result": "answered"}] if result == "answered" else []})
    history = [{"request": row["id"], "at": row["created_at"], "actor": "engine", "what": "opened", "call": None, "operator": None,
                "queue": None, "note": ""},
               {"request": row["id"], "at": row["queued_at"], "actor": "engine", "what": "queued", "call": None, "operator": None,
                "queue": row["queue"], "note": ""}]
    if row["owner"]:
        history.append({"request": row["id"], "at": row["since"], "actor": row["owner"], "what": "answered", "call": None,
                        "operator": row["owner"], "queue": None, "note": ""})
    return {
        "request": row, "call": calls[0] if row["calls"] and calls else None, "calls": calls, "history": history,
        "requests": [row, *[{**row, "id": f"rold{index}", "kind": "call", "status": "done", "outcome": "informed", "calls": [f"old{index}"],
                             "created_at": calls[-1]["started_at"], "number": f"2026-00{index}001"} for index in range(2)]],
        "contact": {"id": "k1", "phone": f"+7999000{digits.replace('-', '')}" if mine else row["phone"],
                    "pretty": f"+7 999 000-{digits}" if mine else row["phone"], "earlier_calls": 4, "first_seen": stamp(now - timedelta(days=41))},
    }
