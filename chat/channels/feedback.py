"""The form for feedback on a site: `POST /public/v1/feedback`. Each letter is a conversation; it is answered by mail
where its writer gave an address, else by SMS. What the clinic sets up: docs/channels/feedback.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp import web
from prometheus_client import Counter

from chat.channels import (
    Account,
    Channel,
    Hook,
    Lamp,
    Messenger,
    Posted,
    RawEvent,
    Setup,
    State,
    Stranger,
    channel,
    messenger,
)  # fmt: skip
from chat.channels.mail import MailAccount
from chat.feed import CallbackOver
from chat.feedback import Feedback, Letter, Repeated, read
from chat.feedback.keeping import Taking
from chat.feedback.posting import FILES, FORM, JSON, SentIn
from chat.forms import Malformed, rules
from chat.forms.answers import Answer, Answers
from chat.forms.doors import Doors
from chat.forms.keeping import OtherBody, TooMany, Visitor
from chat.media.checking import Check
from chat.media.keeping import Media, NoFile, TooBig
from chat.wire import Abilities, Accepted, Envelope, File, Outgoing, Peer, Undelivered
from okno import clock
from okno.database import DatabaseDown
from okno.ids import uuid7
from okno.settings import SiteSettings

PATH = "/public/v1/feedback"
ABILITIES = Abilities(
    kind="form", most_text=10_000, most_file=15 << 20, files_at_once=5, receipts="sent", resend="ask", per_second=2.0,
    per_peer_s=1.0, alive=False,
)  # fmt: skip
_TIDY_EVERY_S = 3600.0


@messenger("feedback")
def account(made: Account) -> FeedbackAccount:
    """Open the account of a site's form."""
    return FeedbackAccount(made)


@channel("feedback")
def feedback(setup: Setup) -> Channel | None:
    """Make the form of all sites, when the settings name any. Raises SecretMissing."""
    accounts = [one for one in setup.messengers.values() if isinstance(one, FeedbackAccount)]
    for one in accounts:
        one.others = setup.messengers
    return FeedbackForms(setup, {one.key for one in accounts}) if accounts else None


class FeedbackAccount:
    """What is written in a site's form, and by what it is answered.

    Args:
        made: what it is made with; `options` may name the accounts that answer: {mail: "mail:main", sms: "sms:main"}.
    """

    abilities = ABILITIES

    def __init__(self, made: Account) -> None:
        self.key, self._options = made.key, made.settings.options
        self._media = _media(made.setup)
        self.others: Mapping[str, Messenger] = {}

    def posted(self, hook: Hook) -> Posted:
        """Refuse: forms have an address of their own. Raises Stranger."""
        raise Stranger(404)

    def read(self, body: bytes, received_at: datetime) -> Sequence[Envelope]:
        """Read a letter."""
        told = json.loads(body)
        letter, phone = Letter.model_validate(told["letter"]), str(told["phone"])
        known = letter.mail or phone or str(told["key"])
        files = tuple(
            File(kind="file", name=str(one["name"]), size=int(one["size"]), ref={"upload": str(one["id"])})
            for one in told["files"]
        )
        entry = {"source": "form", "site": letter.site_key, "page": letter.page_url, "consent": str(told["consent"])}
        return (Envelope(
            account=self.key, kind="message.in", ext_id=str(told["key"]), message=str(told["key"]),
            peer=Peer(ext_user=known, ext_chat=known, name=letter.name, phone=phone), text=letter.text,
            subject=letter.topic, files=files, entry={name: value for name, value in entry.items() if value},
            extra={"subject": letter.topic},
        ),)  # fmt: skip

    async def send(self, message: Outgoing) -> Accepted:
        """Answer by mail, else by SMS. Raises Undelivered, Unknown."""
        to = message.peer.ext_chat or message.peer.ext_user
        if "@" in to:
            mail = self._by("mail")
            if isinstance(mail, MailAccount):
                return await mail.send(replace(message, last_in=_mail_id(message.last_in)), self.key)
            raise Undelivered("no_mailbox")
        if not message.peer.phone:
            raise Undelivered("no_address", unreachable=True)
        sms = self._by("sms")
        if sms is None:
            raise Undelivered("no_sms")
        if message.files or len(message.text) > sms.abilities.most_text:
            raise Undelivered("cannot" if message.files else "too_long")
        return await sms.send(replace(message, peer=replace(message.peer, ext_user=to, ext_chat=to)))

    async def fetch(self, ref: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """Yield a file that came with a letter. Raises Undelivered."""
        empty = True
        async for piece in self._media.content(UUID(str(ref["upload"]))):
            empty = False
            yield piece
        if empty:
            raise Undelivered("expired")

    async def run(self) -> None:
        """Wait: letters are posted."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held."""

    async def lamp(self) -> Lamp:
        """Say whether letters can be answered."""
        if isinstance(self._by("mail"), MailAccount) or self._by("sms") is not None:
            return Lamp(colour="green")
        return Lamp(colour="amber", why="no_answering")

    def _by(self, name: str) -> Messenger | None:
        named = str(self._options.get(name, ""))
        found = [one for key, one in self.others.items() if key == named or (not named and key.startswith(f"{name}:"))]
        return found[0] if found else None


class FeedbackForms:
    """The form's public side.

    Args:
        setup: what it is made with.
        accounts: the accounts that are on, by which a site's letters are kept.
    """

    def __init__(self, setup: Setup, accounts: set[str]) -> None:
        if setup.keep is None:
            raise RuntimeError("the form keeps letters like any channel")
        self._setup, self._keep, self._accounts = setup, setup.keep, accounts
        self._doors = Doors(setup.runtime, PATH, (FORM, FILES))
        self._clinic, self._database = setup.runtime.settings.clinic, setup.database
        self._counted, self._media = Feedback(setup.database, setup.own), _media(setup)
        self._answers = Answers.of_clinic(self._clinic)
        self._ends = Counter(
            "okno_feedback", "Letters posted in forms, by what became of them.", ["end"], registry=setup.metrics
        )

    async def state(self) -> State:
        """Say whether what is posted can be kept."""
        return "ready" if self._database.available else "down"

    def attach(self, app: web.Application) -> None:
        """Put the routes onto the public listener."""
        app.router.add_post(PATH, self.post)
        app.router.add_get(PATH, self.shown)
        app.router.add_route("OPTIONS", PATH, self._doors.preflight)
        app.on_response_prepare.append(self._doors.allow)

    async def run(self) -> None:
        """Forget what was kept long enough, until cancelled."""
        while True:
            with contextlib.suppress(DatabaseDown):  # /ready says so; the next round forgets it
                await self._counted.tidy()
            await asyncio.sleep(_TIDY_EVERY_S)

    async def over(self, told: CallbackOver) -> None:
        """Nobody is promised a call here."""

    async def shown(self, request: web.Request) -> web.Response:
        """Answer what a form carries from now on: our clock's moment, a nonce for one filling in."""
        return web.json_response(
            {"form_ts": clock.now().isoformat(), "nonce": str(uuid7())}, headers={"Cache-Control": "no-store"}
        )

    async def post(self, request: web.Request) -> web.Response:
        """Take a letter."""
        if request.content_type not in (JSON, FORM, FILES):
            raise web.HTTPUnsupportedMediaType
        script = request.content_type == JSON or "application/json" in request.headers.get("Accept", "")
        answer, site = self._answers.of(html=not script), None
        try:
            posted = await read(request, self._setup.runtime.settings.chat.most_file_mb << 20)
            site = self._doors.sites.get(posted.letter.site_key)
            if site is None or f"feedback:{site.key}" not in self._accounts:
                raise Malformed("site_key")
            return await self._take(answer, site, posted.letter, posted.files, self._doors.visitor(request, site))
        except Malformed as error:
            self._ends.labels("malformed").inc()
            return answer.malformed(site or self._doors.guess(request), error.fields)
        except TooMany:
            self._ends.labels("too_many").inc()
            return answer.too_many(site or self._doors.guess(request), rules.WINDOW_S)
        except OtherBody:
            self._ends.labels("other_body").inc()
            return answer.other_body()

    async def _take(
        self, answer: Answer, site: SiteSettings, letter: Letter, files: Sequence[SentIn], visitor: Visitor
    ) -> web.Response:
        phone = rules.number(letter.phone, self._clinic.country, self._clinic.area_code) if letter.phone else ""
        if phone is None:
            raise Malformed("phone")
        line = "feedback.soon" if letter.mail or phone else "feedback.nowhere"
        if not visitor.server and rules.spam(letter.hp, letter.form_ts, clock.now()):
            self._ends.labels("spam").inc()
            return answer.thanked(site, await self._counted.spam(letter, visitor), "feedback.thanks", line)
        taken = await self._counted.begin(letter, phone, visitor)
        if isinstance(taken, Repeated):
            self._ends.labels("repeated").inc()
            return answer.thanked(site, taken.reference, "feedback.thanks", line)
        await self._write(site, letter, phone, files, taken)
        self._ends.labels("taken").inc()
        return answer.thanked(site, await self._counted.done(letter, taken), "feedback.thanks", line)

    async def _write(
        self, site: SiteSettings, letter: Letter, phone: str, files: Sequence[SentIn], taken: Taking
    ) -> None:
        """Keep a letter and its files. Raises Malformed: a file is not taken; DatabaseDown."""
        account, kept = f"feedback:{site.key}", []
        for file in files:
            try:
                row = await self._media.upload(file.name, f"form {taken.key}", _once(file.content), account)
            except (TooBig, NoFile):
                raise Malformed("files") from None
            kept.append({"id": row.id, "name": file.name, "size": len(file.content)})
        body = {
            "key": str(taken.key), "letter": letter.model_dump(mode="json", exclude={"hp", "nonce", "form_ts"}),
            "phone": phone, "files": kept, "consent": site.consent,
        }  # fmt: skip
        event = RawEvent(
            ext_id=str(taken.key), peer=letter.mail or phone or str(taken.key),
            body=json.dumps(body, ensure_ascii=False).encode(),
        )  # fmt: skip
        await self._keep(account, [event])


def _media(setup: Setup) -> Media:
    settings = setup.runtime.settings.chat
    return Media(setup.database, setup.own, settings.most_file_mb << 20, Check())


async def _once(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


def _mail_id(last_in: str) -> str:
    """His last message's id when it was a mail's: a letter of the form has none to refer to."""
    return last_in if "@" in last_in else ""
