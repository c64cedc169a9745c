"""What the administrator sees of the loop."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# From a turn that only reads to one that waits for a disk; the promise to people is a tenth of a second.
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)


class Figures:
    """The `okno_loop_*` metrics and their kin. Labels are words of ours, never of a caller.

    Args:
        registry: where they are published.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.turn_seconds = Histogram(
            "okno_turn_seconds", "From the first event of a turn to its commit.", buckets=_BUCKETS, registry=registry
        )
        self.lag_seconds = Histogram(
            "okno_loop_lag_seconds", "How long an event waited in the queue.", buckets=_BUCKETS, registry=registry
        )
        self.events = Counter("okno_loop_events", "Events reduced.", registry=registry)
        self.turns = Counter("okno_turns", "Turns written.", registry=registry)
        self.queue = Gauge("okno_loop_queue", "Events waiting to be reduced.", registry=registry)
        self.dropped = Counter("okno_loop_dropped", "Events refused because the queue was full.", registry=registry)
        self.buffered = Gauge("okno_buffered_changes", "Rows that wait for the database.", registry=registry)
        self.poisoned = Counter("okno_poisoned", "Events that could not be reduced or written.", registry=registry)
        self.lost = Counter("okno_poison_lost", "Poisoned events that could not be stored either.", registry=registry)
        self.offers_caught = Counter(
            "okno_offers_caught", "Turns about offers that the database or the lease refused; should stay 0.",
            registry=registry,
        )  # fmt: skip
        self.seq = Gauge("okno_live_seq", "Number of the last patch.", registry=registry)
        self.readers = Gauge("okno_live_readers", "WebSockets that read the live world.", registry=registry)
        self.unsaved = Gauge("okno_unsaved", "1 while what is shown is not saved.", registry=registry)
        self.alarms = Counter("okno_alarms", "What a supervisor must see.", ["what"], registry=registry)
        self.commands = Counter("okno_commands", "Commands answered.", ["name", "ok"], registry=registry)
        self.actions = Counter(
            "okno_pbx_actions", "Orders to a PBX, by how they ended.", ["pbx", "end"], registry=registry
        )
        self.look_ups_failed = Counter("okno_contact_look_ups_failed", "Contacts not looked up.", registry=registry)
        self._journal(registry)

    def _journal(self, registry: CollectorRegistry) -> None:
        """What the journals of PBXs tell."""
        self.journal_repairs = Counter(
            "okno_journal_repairs", "Calls mended by the PBX's journal.", ["kind"], registry=registry
        )
        self.journal_disagreements = Counter(
            "okno_journal_disagreements", "Calls in which AMI and the journal differ; should stay 0.", registry=registry
        )
        self.journal_problems = Counter(
            "okno_journal_problems", "Places of a journal's file that could not be read.", ["file", "reason"],
            registry=registry,
        )  # fmt: skip
        self.journal_rows = Counter("okno_journal_rows", "Records of journals understood.", registry=registry)
        self.journal_lag = Gauge(
            "okno_journal_lag_seconds", "How long ago all that a PBX had written was read.", ["pbx"], registry=registry
        )
