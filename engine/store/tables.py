"""Which table keeps which entity, column by column; what is sealed and what is found by a blind index."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.world import (
    Alert,
    Blocked,
    Call,
    Callback,
    CallList,
    ContactName,
    ContactPoint,
    Conversation,
    Counter,
    Entity,
    NoLists,
    Notice,
    Offer,
    Operator,
    Queue,
    Request,
    Score,
    Target,
    Timer,
)


@dataclass(frozen=True, slots=True)
class Table:
    """How one durable kind is kept.

    Args:
        kind: the entity.
        name: of the table; its key is the column `id`.
        plain: attributes kept as they are, in columns of the same name.
        sealed: attributes kept sealed; an empty text is NULL.
        phones: sealed attributes that also get `<name>_blind` and `<name>_last4`.
        words: sealed attributes that also get `<name>_words`, a blind index of each word.
        uuids: columns of type uuid.
        uuid_key: whether `id` is a uuid.
    """

    kind: type[Entity]
    name: str
    plain: tuple[str, ...]
    sealed: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    uuids: frozenset[str] = field(default_factory=frozenset)
    uuid_key: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, in the order of `codec.encode`."""
        blind = tuple(f"{name}{suffix}" for name in self.phones for suffix in ("_blind", "_last4"))
        return ("id", "open", *self.plain, *self.sealed, *blind, *(f"{name}_words" for name in self.words))

    @property
    def upsert(self) -> str:
        """The statement that writes one row, whatever was there."""
        columns = self.columns
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        renewed = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name != "id")
        return (
            f"INSERT INTO {self.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  # names are ours
            f" ON CONFLICT (id) DO UPDATE SET {renewed}"
        )


CALLS = Table(
    Call, "calls",
    plain=(
        "pbx", "direction", "channel", "aliases", "anonymous", "source", "queue", "phase", "started_at", "queued_at",
        "answered_at", "ended_at", "result", "ended_by", "request", "contact", "exit_status", "out_of_hours",
        "voicemail", "self_served", "others",
    ),
    sealed=("phone", "caller_name", "dialled"), phones=("phone",),
    uuids=frozenset({"request", "contact", "others"}), uuid_key=True,
)  # fmt: skip
REQUESTS = Table(
    Request, "requests",
    plain=(
        "year", "number", "kind", "status", "queue", "priority", "due_at", "owner", "contact", "source",
        "calls", "conversation", "outcome", "created_at", "queued_at", "since", "first_response_at", "closed_at",
        "postponed_until", "version", "attempts", "excluded", "excluded_until", "preferred", "works", "missed",
        "joined", "recording",
    ),
    sealed=("phone", "patient", "meant"), phones=("phone",), uuids=frozenset({"contact", "calls", "works", "joined"}),
    uuid_key=True,
)  # fmt: skip
OPERATORS = Table(
    Operator, "operators",
    plain=(
        "title_ru", "title_en", "extension", "pbx", "interface", "queues", "presence", "presence_reason",
        "presence_since", "voice", "voice_since", "device", "call", "wrap_up", "pauses", "handled_today",
        "talk_today_s", "phone", "page", "page_since", "missed", "rang_out", "last_accepted_at", "skills", "moved",
        "active",
    ),
    uuids=frozenset({"call", "wrap_up"}),
)  # fmt: skip
QUEUES = Table(
    Queue, "queues",
    plain=(
        "title_ru", "title_en", "service_level_s", "service_level_target", "wrap_up_s", "missed_due_s", "priority",
        "today", "active",
    ),
)  # fmt: skip
TIMERS = Table(Timer, "timers", plain=("due",))
COUNTERS = Table(Counter, "counters", plain=("value",))
OFFERS = Table(
    Offer, "offers",
    plain=(
        "request", "operator", "state", "weight", "at", "expires_at", "accepted_at", "ended_at", "sticky", "by_hand",
        "confirmed",
    ),
    uuids=frozenset({"request"}), uuid_key=True,
)  # fmt: skip
NOTICES = Table(
    Notice, "notices", plain=("operator", "author", "at", "seen_at"), sealed=("text",), uuid_key=True,
)  # fmt: skip
CONTACT_NAMES = Table(
    ContactName, "contact_names", plain=("actor", "at"), sealed=("name",), words=("name",), uuid_key=True,
)  # fmt: skip
CONTACT_POINTS = Table(
    ContactPoint, "contact_points", plain=("contact", "actor", "at"), sealed=("phone",), phones=("phone",),
    uuids=frozenset({"contact"}), uuid_key=True,
)  # fmt: skip
CALLBACKS = Table(
    Callback, "callbacks",
    plain=("origin", "asked_at", "state", "wanted_at", "place_at", "next_at", "attempt", "tries"), uuid_key=True,
)  # fmt: skip
BLOCKED = Table(
    Blocked, "blocked", plain=("actor", "at", "until"), sealed=("phone", "reason"), phones=("phone",), uuid_key=True,
)  # fmt: skip
LISTS = Table(
    CallList, "call_lists",
    plain=(
        "title", "source", "mode", "queue", "flow", "pbx", "shown", "opens", "closes", "days", "starts_at", "ends_at",
        "at_once", "per_minute", "attempts", "again_min", "state", "author", "at", "said_by", "said_at", "paced_at",
        "ended_at",
    ), uuid_key=True,
)  # fmt: skip
TARGETS = Table(
    Target, "list_targets",
    plain=(
        "list", "place", "zone", "state", "outcome", "answer", "attempt", "next_at", "tried_at", "ended_at", "request",
        "command", "channel", "call",
    ),
    sealed=("phone", "name", "note", "ref"), phones=("phone",), uuids=frozenset({"list", "request", "call"}),
    uuid_key=True,
)  # fmt: skip
NO_LISTS = Table(NoLists, "no_lists", plain=("actor", "at"), sealed=("phone",), phones=("phone",), uuid_key=True)
SCORES = Table(
    Score, "survey_scores", plain=("call", "request", "question", "score", "operator", "queue", "at"),
    uuids=frozenset({"call", "request"}), uuid_key=True,
)  # fmt: skip
CONVERSATIONS = Table(
    Conversation, "conversations",
    plain=(
        "identity", "kind", "channel", "account", "request", "seq", "replied_seq", "said_at", "replied_at",
        "waits_since", "unheard", "emergency", "window_until", "verified", "joined", "over",
    ),
    sealed=("name", "phone"), phones=("phone",), uuids=frozenset({"identity", "request"}), uuid_key=True,
)  # fmt: skip
ALERTS = Table(Alert, "alerts", plain=("rule", "queue", "value", "since", "raised_at", "back_since"))

# What the directory tells anew at every start is not kept beside what he does or what was counted.
CONFIGURED: dict[type[Entity], frozenset[str]] = {
    Call: frozenset({"consult"}),
    Operator: frozenset({"capacity", "penalty", "web_phone", "home_queues", "home_skills", "steered_by", "said_at"}),
    Queue: frozenset({"skills", "skill_relax_s", "sticky_s", "week", "holidays", "callbacks"}),
}

# Calls before what refers to them.
TABLES: tuple[Table, ...] = (
    CALLS, REQUESTS, OPERATORS, QUEUES, TIMERS, COUNTERS, OFFERS, NOTICES, ALERTS,
    CONTACT_NAMES, CONTACT_POINTS, CALLBACKS, BLOCKED, LISTS, TARGETS, NO_LISTS, SCORES,
    CONVERSATIONS,
)
BY_KIND: dict[type[Entity], Table] = {table.kind: table for table in TABLES}

LEG_COLUMNS = (
    "operator", "channel", "queue", "rang_at", "lifted_at", "answered_at", "left_at", "result", "left_by", "talk_s",
)  # fmt: skip
VISIT_COLUMNS = ("queue", "joined_at", "left_at", "exit", "operator")
