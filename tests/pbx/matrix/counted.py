"""The figures of queues of one run, made of its calls and counted anew from its queue_log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from engine.ami.replay import facts
from engine.journal.recount import Recount, recount
from engine.queues.statistics import By, Figures, Ring, Stay, figures, ring_sums, rings_of, stay_sums, stays_of
from engine.world import Call
from okno.settings.model import Settings
from tests.engine.clinic import Ended
from tests.pbx.matrix.feeds import world_of

ZONE = ZoneInfo("Asia/Yekaterinburg")
LEVEL_S = 20
# What queue_log can know; it has no line for a refusal and calls it an abandonment when somebody is taken out.
COUNTS = ("answered", "unanswered", "by_key", "lost", "waiting", "in_level", "rang", "missed")


@dataclass
class Counted:
    """One run, told twice."""

    calls: list[Call]
    log: Recount

    def ours(self, by: By) -> dict[str, Figures]:
        """By the calls."""
        stays = [stay for call in self.calls for stay in stays_of(call)]
        return summed(by, stays, [ring for call in self.calls for ring in rings_of(call)])

    def theirs(self, by: By) -> dict[str, Figures]:
        """By queue_log."""
        return summed(by, self.log.stays, self.log.rings)

    def unequal(self, by: By) -> dict[str, tuple[dict[str, int | None], dict[str, int | None]]]:
        """The keys whose counts differ: by the calls, by queue_log."""
        ours, theirs = self.ours(by), self.theirs(by)
        nothing = Figures(key="")
        both = {key: (comparable(ours.get(key, nothing)), comparable(theirs.get(key, nothing))) for key in ours | theirs}
        return {key: pair for key, pair in both.items() if pair[0] != pair[1]}


def counted(settings: Settings, ami: bytes, log: Iterable[str]) -> Counted:
    """A run by its AMI bytes and by the lines of its queue_log."""
    told = Ended(world_of(settings)).play(facts(ami, pbx=settings.pbxes[0].name))
    return Counted(list(told.calls.values()), recount(log))


def summed(by: By, stays: Iterable[Stay], rings: Iterable[Ring]) -> dict[str, Figures]:
    """Figures by their key, without those of whom queue_log knows nothing."""
    sums = stay_sums(stays, by, lambda queue: LEVEL_S, ZONE)
    found = figures(sums, ring_sums(rings) if by == "operator" else ())
    return {one.key: one for one in found if one.offered > one.refused or one.rang}


def comparable(one: Figures) -> dict[str, int | None]:
    """The counts that must be equal."""
    counts = {name: getattr(one, name) for name in COUNTS}
    return counts | {"entered": one.offered - one.refused, "gone": one.abandoned + one.moved}
