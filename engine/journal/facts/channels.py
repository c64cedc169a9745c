"""The channels that live, as far as the journal was told: what later rows about them need to know of earlier ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# `[system-]epoch.serial`; an id that Originate was given is something else, or looks like one of these.
UNIQUEID = re.compile(r"(.*-)?(\d{9,11})\.(\d+)")


def interface_of(name: str) -> str:
    """The interface a channel's name tells: `PJSIP/1001` of `PJSIP/1001-0000002a`."""
    return name.rsplit("-", 1)[0]


@dataclass(slots=True)
class Application:
    """A Dial or Queue that a channel runs."""

    name: str
    data: str
    at: float
    joined: bool = False
    connected: bool = False

    @property
    def queue(self) -> str:
        """The queue's name."""
        return self.data.partition(",")[0]

    def string_for(self, interface: str) -> str | None:
        """The dial string, without its technology, by which this Dial reaches an interface; None when it does not."""
        for target in self.data.partition(",")[0].split("&"):
            technology, _, address = target.partition("/")
            resource, _, endpoint = address.partition("@")
            reached = (address.partition("/")[0], resource, endpoint.partition("/")[0])
            if interface in [f"{technology}/{one}" for one in reached if one]:
                return address
        return None


@dataclass(slots=True)
class Seen:
    """One living channel."""

    uniqueid: str
    linkedid: str
    name: str
    number: str
    at: float
    dialled: bool = False
    dialler: str = ""
    answered: bool = False
    dial_ended: bool = False
    asked: bool = False
    met: bool = False
    unannounced: bool = False
    touched: float = 0.0
    bridge: str = ""
    running: list[Application] = field(default_factory=list)

    def waits_in(self) -> Application | None:
        """The queue in which this channel waits for somebody."""
        for application in reversed(self.running):
            if application.name == "Queue" and application.joined and not application.connected:
                return application
        return None


@dataclass(slots=True)
class Family:
    """Channels with one Linkedid."""

    members: dict[str, Seen] = field(default_factory=dict)


class Channels:
    """All that live, by Uniqueid and by family. `phones` are the interfaces of operators."""

    def __init__(self) -> None:
        self.phones: frozenset[str] = frozenset()
        self.by_id: dict[str, Seen] = {}
        self.families: dict[str, Family] = {}
        self._names: dict[str, str] = {}
        self._phones: dict[str, set[str]] = {}
        self._dialled: dict[str, dict[str, Seen]] = {}
        self._system = ""
        self._highest: tuple[int, int] = (0, -1)

    def born(self, seen: Seen) -> None:
        """A channel began."""
        self.by_id[seen.uniqueid] = seen
        self._name(seen)
        self._join(seen)

    def relinked(self, seen: Seen, linkedid: str) -> None:
        """A channel's family has merged into another."""
        self._leave(seen)
        seen.linkedid = linkedid
        self._join(seen)

    def gone(self, seen: Seen) -> None:
        """A channel is no more."""
        del self.by_id[seen.uniqueid]
        self._unname(seen)
        self._leave(seen)
        self._dialled.pop(seen.uniqueid, None)
        self._dialled.get(seen.dialler, {}).pop(seen.uniqueid, None)

    def clear(self) -> None:
        """Asterisk began anew."""
        self.by_id.clear()
        self.families.clear()
        self._names.clear()
        self._phones.clear()
        self._dialled.clear()
        self._highest = (0, -1)

    def restarted(self, uniqueid: str) -> bool:
        """Whether the serial of a new channel says that Asterisk began anew: a later second, a lower number.

        Not for an id that an Originate may have given: who gives it has serials of his own, or none that count.
        """
        found = UNIQUEID.fullmatch(uniqueid)
        if found is None:
            return False
        mark = (int(found[2]), int(found[3]))
        if (found[1] or "") != self._system:
            # Serials of different systems say nothing of each other.
            self._system, self._highest = found[1] or "", mark
            return False
        if mark[0] > self._highest[0] + 1 and mark[1] <= self._highest[1]:
            return True
        self._highest = max(self._highest, mark)
        return False

    def company(self, name: str) -> list[str]:
        """The channels that live at an operator's phone, of which a channel's name tells."""
        return list(self._phones.get(interface_of(name), ()))

    def calling(self, name: str) -> list[str]:
        """Those of them by which the operator himself calls somebody."""
        return [uniqueid for uniqueid in self.company(name) if not self.by_id[uniqueid].dialled]

    def named(self, name: str) -> Seen | None:
        """The living channel of this name."""
        return self.by_id.get(self._names.get(name, ""))

    def renamed(self, seen: Seen, name: str) -> None:
        """A channel has another name now."""
        self._unname(seen)
        seen.name = name
        self._name(seen)

    def dialled_by(self, caller: Seen) -> list[Seen]:
        """The channels that were made for a caller's Dial or Queue and live."""
        return list(self._dialled.get(caller.uniqueid, {}).values())

    def dialled_for(self, seen: Seen, dialler: str) -> None:
        """A channel is dialled for this one, be it no more for the one of before."""
        self._dialled.get(seen.dialler, {}).pop(seen.uniqueid, None)
        seen.dialler = dialler
        if dialler:
            self._dialled.setdefault(dialler, {})[seen.uniqueid] = seen

    def dialler(self, linkedid: str, interface: str) -> tuple[Seen, Application, str] | None:
        """Who of a family is now dialling this interface, by what, and with which dial string.

        A phone may have sent the call elsewhere (302), and a queue's members are not in CEL: then whoever dials last.
        """
        family = self.families.get(linkedid)
        if family is None:
            return None
        latest = None
        for seen in family.members.values():
            if seen.bridge or not seen.running:
                continue
            application = seen.running[-1]
            if application.name == "Dial":
                string = application.string_for(interface)
                if string is not None:
                    return seen, application, string
            if not application.connected and (latest is None or application.at > latest[1].at):
                latest = (seen, application, interface)
        return latest

    def _name(self, seen: Seen) -> None:
        self._names[seen.name] = seen.uniqueid
        interface = interface_of(seen.name)
        if interface in self.phones:
            self._phones.setdefault(interface, set()).add(seen.uniqueid)

    def _unname(self, seen: Seen) -> None:
        if self._names.get(seen.name) == seen.uniqueid:
            del self._names[seen.name]
        self._phones.get(interface_of(seen.name), set()).discard(seen.uniqueid)

    def _join(self, seen: Seen) -> None:
        self.families.setdefault(seen.linkedid, Family()).members[seen.uniqueid] = seen

    def _leave(self, seen: Seen) -> None:
        family = self.families[seen.linkedid]
        del family.members[seen.uniqueid]
        if not family.members:
            del self.families[seen.linkedid]
