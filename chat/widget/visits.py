"""What a visitor does in his conversation: he writes, reads, rates, ends it, goes on elsewhere, asks for a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from chat.channels import RawEvent
from chat.conversations.live import announce
from chat.forms import Forms, Posting
from chat.forms import rules as form_rules
from chat.forms.answers import Answers
from chat.forms.keeping import TooMany as TooManyCalls
from chat.forms.keeping import Visitor as Caller
from chat.widget import asks, links
from chat.widget.rooms import Rooms, Seat
from chat.widget.sight import Sight
from chat.widget.uploads import Uploads
from chat.widget.visitors import Visitor, Visitors
from okno import clock
from okno.database import Database
from okno.seal import Sealer
from okno.settings import Settings

Keep = Callable[[str, Sequence[RawEvent]], Awaitable[int]]
Answer = dict[str, Any]
_SAME_CONVERSATION_S = 60.0


class Visits:
    """Does it. `rooms` is set by whoever puts the widget together. All methods raise DatabaseDown.

    Args:
        settings: the sites and the clinic.
        database: of `chat`.
        own: signs.
        keep: keeps events of an account, each once.
        sight: reads what they see.
        visitors: who they are.
        uploads: their files.
        forms: takes wishes to be called.
    """

    rooms: Rooms

    def __init__(
        self, settings: Settings, database: Database, own: Sealer, *, keep: Keep, sight: Sight, visitors: Visitors,
        uploads: Uploads, forms: Forms,
    ) -> None:
        self._sites = {site.key: site for site in settings.chat.sites if site.widget is not None}
        self._clinic = settings.clinic
        self._database, self._own, self._keep = database, own, keep
        self._sight, self.visitors, self._uploads, self._forms = sight, visitors, uploads, forms
        self._answers = Answers(ZoneInfo(settings.clinic.timezone))
        self._began: dict[str, float] = {}

    def knows(self, site: str) -> bool:
        """Say whether a site has a widget (still)."""
        return site in self._sites

    def language(self, visitor: Visitor) -> Literal["ru", "en"]:
        """Return the language a visitor reads: his page's, else his site's."""
        said = visitor.person.entry.get("lang")
        return "ru" if said == "ru" else "en" if said == "en" else self._sites[visitor.site].language

    async def write(self, seat: Seat, said: asks.Message) -> Answer:
        """Take a message: kept once, whatever comes twice; {ok, seq, ts}."""
        uploads = await self._uploads.of(seat.visitor.id, said.upload_ids)
        if len(uploads) != len(said.upload_ids):
            return _refused("upload")
        if not said.text and not uploads:
            return _refused("empty")
        wait = await self.visitors.spend(seat.visitor.id)
        if wait:
            return _refused("rate", retry_after=round(wait, 1))
        await self._begins(seat)
        id = str(said.client_msg_id)
        expected = self.rooms.expect(seat, id)
        now = clock.now()
        new = await self._keep(seat.visitor.account, [asks.message(seat.visitor, said, uploads)])
        seq = await (self.rooms.number(seat, id, expected) if new else self._sight.number(seat.visitor, id))
        return {"ok": True, "seq": seq, "ts": now.isoformat()}

    async def read(self, seat: Seat, said: asks.Read) -> Answer:
        """Note up to where he has read."""
        standing = self.rooms.standing(seat)
        if standing is None or said.up_to_seq <= standing.heard_seq:
            return {"ok": True}
        heard = await self._sight.last_heard(standing.conversation, said.up_to_seq)
        if heard:
            await self._keep(seat.visitor.account, [asks.read_up_to(seat.visitor, heard)])
        return {"ok": True}

    async def rate(self, seat: Seat, said: asks.Rate) -> Answer:
        """Take his score, once for each conversation."""
        standing = self.rooms.standing(seat)
        if standing is None:
            return _refused("closed")
        await self._keep(seat.visitor.account, [asks.rated(seat.visitor, standing.conversation, said)])
        return {"ok": True}

    async def end(self, seat: Seat) -> Answer:
        """End his conversation."""
        standing = self.rooms.standing(seat)
        if standing is not None and standing.open:
            await self._keep(seat.visitor.account, [asks.ended(seat.visitor, standing.conversation)])
        return {"ok": True}

    async def typing(self, seat: Seat, said: asks.Typing) -> Answer:
        """Show that he types; it is kept nowhere."""
        standing = self.rooms.standing(seat)
        if standing is not None and standing.open:
            async with self._database.acquire() as connection:
                await announce(connection, "typing", conversation=standing.conversation, on=said.on)
        return {"ok": True}

    async def links(self, seat: Seat) -> Answer:
        """Return where his conversation can go on: {links: [{channel, url}]}."""
        standing, site = self.rooms.standing(seat), self._sites[seat.visitor.site]
        if standing is None or site.widget is None:
            return {"ok": True, "links": []}
        names: Mapping[str, str] = site.widget.deep_links  # type: ignore[assignment]  # keys are narrower
        return {"ok": True, "links": links.addresses(self._own, names, standing.conversation, clock.now())}

    async def callback(self, seat: Seat, said: asks.Callback) -> Answer:
        """Promise him a call, by the rules of the callback form; {ok, reference, eta_text}."""
        site, now = self._sites[seat.visitor.site], clock.now()
        phone = form_rules.number(said.phone, self._clinic.country, self._clinic.area_code)
        if phone is None:
            return _refused("malformed", fields=["phone"])
        try:
            wanted_at = form_rules.wished(said.when if isinstance(said.when, datetime) else None, now)
        except ValueError:
            return _refused("malformed", fields=["when"])
        person = seat.visitor.person
        posting = Posting(
            site_key=site.key, name=person.name, phone=said.phone, topic=said.topic, consent=True,
            page_url=person.entry.get("page", ""),
        )  # fmt: skip
        try:
            caller = Caller(address=seat.address)
            taken = await self._forms.take(site, posting, phone, wanted_at, caller, origin="messenger")
        except TooManyCalls:
            return _refused("rate", retry_after=form_rules.WINDOW_S)
        spoken = site.model_copy(update={"language": self.language(seat.visitor)})
        return {"ok": True, "reference": taken.reference, "eta_text": self._answers.eta(spoken, taken.wanted_at)}

    async def _begins(self, seat: Seat) -> None:
        """Count it when a conversation begins with this message. Raises TooMany."""
        standing, now = self.rooms.standing(seat), clock.monotonic()
        if standing is not None and standing.open:
            return
        if now - self._began.get(seat.visitor.peer, -_SAME_CONVERSATION_S) < _SAME_CONVERSATION_S:
            return  # its first message is on its way
        await self.visitors.began(seat.address)
        self._began = {peer: at for peer, at in self._began.items() if now - at < _SAME_CONVERSATION_S}
        self._began[seat.visitor.peer] = now


def _refused(code: str, **more: Any) -> Answer:
    return {"error": {"code": code, **more}}
