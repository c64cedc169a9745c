"""The composition root of the web service: the one place that names concrete classes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from uuid import UUID

from aiohttp import web as http
from prometheus_client import Gauge

import okno.logs
from chat.client import ChatClient
from engine.client import EngineClient
from mis.client import MisClient
from okno import __version__
from okno.audit import AuditTrail
from okno.bus import connect, redis_url_for
from okno.database import Database, migrate, url_for
from okno.i18n import Catalogue
from okno.seal import Keyring, Sealer
from okno.service import Service, ServiceClient
from okno.settings import Runtime
from web.accounts import revocation
from web.accounts.attempts import Attempts
from web.accounts.logins import Logins
from web.accounts.passwords import Passwords
from web.accounts.people import Account, People
from web.accounts.roles import VIEWERS, Role
from web.accounts.sessions import Sessions
from web.accounts.tokens import Tokens
from web.api import Api
from web.chats.answers import Answers
from web.chats.desk import ChatsDesk
from web.chats.files import Files
from web.chats.live import ChatsLive
from web.chats.rest import Conversations
from web.chats.whose import Whose
from web.feed import WebStatus
from web.live.callbacks import Promises
from web.live.desk import Desk, Handler
from web.live.engine import Engine
from web.live.fanout import Fanout
from web.live.links import Links
from web.live.meters import Meters
from web.live.pages import Pages as OpenPages
from web.live.patients import PatientsDesk
from web.live.people import PeopleDesk
from web.live.shift import Shift
from web.pages import Pages
from web.phone.door import Door
from web.phone.secrets import Secrets
from web.replica import Replica
from web.rest.admin.accounts import AccountDesk
from web.rest.admin.directory import Directory
from web.rest.admin.ivr import Ivr
from web.rest.admin.prompts import Prompts
from web.rest.lists.desk import Lists
from web.rest.mis import Mis
from web.rest.persons import Persons
from web.rest.reads import Reads
from web.rest.routes import Rest
from web.rest.statistics import Statistics
from web.rest.works import Works
from web.site.address import Address
from web.site.assets import Assets
from web.site.cookies import Cookies
from web.site.guard import Guard, check_declarations
from web.site.headers import Headers
from web.site.templates import Templates
from web.sockets import Sockets
from web.sounds.playing import Playing
from web.view import Pseudonym, View
from web.wallboard.asks import Boards
from web.wallboard.boards import Wallboards
from web.wallboard.pages import WallboardPages

log = okno.logs.get(__name__)


class Web:
    """A web process, put together but not yet running.

    `permissions` holds what every route and socket event declared, by (method, path) and ("SOCKET", event).

    Args:
        runtime: settings and state.
        database: the web service's own, migrated.
        engine: its client; closed by whoever made it.
        redis_url: of the server that carries revocations.
        port: this process listens on, if not the settings'.
        folder: where static, templates and i18n are, if not in the package.

    Raises:
        UndeclaredPermission: a route or an event declares none.
    """

    def __init__(
        self, runtime: Runtime, database: Database, engine: Engine, *, redis_url: str, port: int | None = None,
        folder: Path | None = None,
    ) -> None:
        settings = runtime.settings
        self._runtime, self._database, self._engine = runtime, database, engine
        self._folder = folder or Path(str(files("web")))
        self._redis_url, self._redis = redis_url, connect(redis_url)
        keyring = Keyring.load(runtime.keyring_path)
        self._sealer = keyring.sealer("web")
        self._passwords = Passwords()
        self.service = Service("web", runtime, internal=False)
        self.meters = Meters(self.service.metrics)
        self.address = Address.of(settings.web.public_url, port or settings.web.port)
        self.cookies = Cookies(self.address)
        self.sessions = Sessions(database, timedelta(hours=settings.web.session_hours))
        self.boards = Wallboards(database)
        self.guard = Guard(self.sessions, self.boards, self.cookies, self.meters)
        self.views: Mapping[Role, View] = {role: View(role, pseudonyms(self._sealer)) for role in VIEWERS}
        self.open_pages = OpenPages(engine)
        self.sockets = Sockets(self.address, self.guard, self.sessions, self.meters, self.open_pages)
        self.door = Door(engine, self.address, self.meters)
        self.phones = Secrets(engine)
        self.fanout = Fanout(self.sockets.server, self.views, self.meters)
        self.replica = Replica(
            engine, reset=self.fanout.reset, patched=self.fanout.patched, rang=self.fanout.rang,
            noticed=self.fanout.noticed, hinted=self.fanout.hinted,
        )  # fmt: skip
        self.fanout.replica = self.replica
        self._others = {
            name: ServiceClient(f"http://{where.host}:{where.port}", self.service.secret, timeout_s=2.0)
            for name, where in (("chat", settings.chat), ("mis", settings.mis))
        }
        self._mis = MisClient(settings.mis.url, self.service.secret, keyring.sealer("bus"))
        self._chat = ChatClient(settings.chat.url, self.service.secret)
        self.chats = ChatsLive(self._chat, self.sockets.server, self.meters)
        self.links = Links(lambda: self.replica.linked, self._others, self._link_changed)
        self.permissions = self._attach(self.service.app)
        self._run_beside()

    def status(self) -> WebStatus:
        """Return how this process is."""
        return WebStatus(
            version=__version__, sockets=self.sockets.count, links=self.links.state, epoch=self.replica.epoch,
            seq=self.replica.seq, unsaved=self.replica.unsaved, insecure=not self.address.secure,
        )

    def _link_changed(self, state: dict[str, bool]) -> None:
        self.fanout.tell("link", dict(state))

    def _attach(self, app: http.Application) -> dict[tuple[str, str], str]:
        clinic = self._runtime.settings.clinic
        rules = {"country": clinic.country, "area_code": clinic.area_code}
        desk = Desk(
            self._engine, self.fanout, self.views, greet=self.sockets.greet, enter=self.sockets.enter
        )
        tokens = Tokens(self._database)
        assets = Assets(self._folder / "static")
        self._pages(assets).attach(app)
        app.middlewares.append(self.guard.middleware())
        app.on_response_prepare.append(Headers(self.address.https))
        app.router.add_get("/static/{version}/{path:.+}", assets.serve)
        self.door.attach(app)
        Playing(self._engine).attach(app)
        events = self.sockets.attach(app, desk, self.links, self.fanout, {
            **PeopleDesk(self._engine, self.views).events(), "phone": self.phones.on_phone,
            **Shift(self._engine).events(), **Promises(self._engine).events(),
            **self._walls(app, assets), **self._patients(), **self._chats(app),
        })  # fmt: skip
        things = (
            Reads(self.replica), Works(rules), Persons(), Lists(rules), Statistics(), Directory(), Ivr(), Prompts(),
            Mis(self._mis), Conversations(self._chat), self._accounts(),
        )
        Rest(self._engine, self.views, tokens, self.guard, self.meters, *things).attach(app)
        Api(self.service.secret, self.status).attach(app)
        return {**check_declarations(app), **{("SOCKET", name): needed for name, needed in events.items()}}

    def _accounts(self) -> AccountDesk:
        audit = AuditTrail(self._database, self._sealer)
        return AccountDesk(People(self._database), self._passwords, audit, self._account_ended)

    async def _account_ended(self, account: Account, actor: str) -> None:
        """Its sessions are over: here at once, in the other processes by Redis, or by their watch over the database.

        So is the password of its phone in the page, which it may have kept.
        """
        await self._end_account(account.id, "revoked")
        await revocation.announce(self._redis, account.id, "revoked")
        if account.operator is not None:
            self.phones.renew(account.operator, actor=actor, role="administrator")

    def _pages(self, assets: Assets) -> Pages:
        people = People(self._database)
        words = Catalogue.load(self._folder / "i18n")
        return Pages(
            self._runtime.settings,
            templates=Templates(self._folder / "templates", assets, words, insecure=not self.address.secure),
            guard=self.guard, cookies=self.cookies, sessions=self.sessions, people=people, meters=self.meters,
            logins=Logins(people, self.sessions, Attempts(self._database), self._passwords),
            audit=AuditTrail(self._database, self._sealer), ended=lambda key: self._end_keys({key}, "logout"),
            left=self.phones.left, tables=lambda: self.replica.tables,
        )

    def _walls(self, app: http.Application, assets: Assets) -> dict[str, Handler]:
        """The wallboard's page; returns what sockets may ask about it."""
        audit, words = AuditTrail(self._database, self._sealer), Catalogue.load(self._folder / "i18n")
        templates = Templates(self._folder / "templates", assets, words, insecure=not self.address.secure)
        WallboardPages(
            self._runtime.settings, self.boards, templates=templates, guard=self.guard, cookies=self.cookies,
            audit=audit,
        ).attach(app)  # fmt: skip
        return Boards(self.boards, audit, self._end_account).events()

    def _patients(self) -> dict[str, Handler]:
        mis = self._runtime.settings.mis
        audit = AuditTrail(self._database, self._sealer)
        return PatientsDesk(self._mis, self._engine, self.replica, self.views, settings=mis, audit=audit).events()

    def _chats(self, app: http.Application) -> dict[str, Handler]:
        """The routes of conversations' files; returns what sockets may ask about conversations."""
        chat, audit = self._runtime.settings.chat, AuditTrail(self._database, self._sealer)
        Files(self._chat, chat.most_file_mb * 1024 * 1024).attach(app)
        answers = Answers(self._engine, self.replica)
        whose = Whose(self.replica)
        return ChatsDesk(
            self._chat, whose, self.chats, answers=answers, accounts=chat.accounts, audit=audit
        ).events()

    def _run_beside(self) -> None:
        service, sockets = self.service, self.sockets
        service.background(self.replica.run, "replica")
        service.background(self.fanout.run, "fanout")
        service.background(self.links.run, "links")
        service.background(self.chats.run, "chats")
        service.background(self.open_pages.run, "open pages")
        service.background(sockets.keep, "sessions")
        service.background(lambda: revocation.listen(self._redis_url, self._end_account), "revocations")
        service.background(
            lambda: revocation.watch(
                lambda: sockets.keys() | self.door.keys(), self._alive, self._end_keys
            ), "session watch"
        )
        service.ready(lambda: None if self._database.available else "the database is away")
        service.ready(lambda: None if self.replica.epoch else "the engine was not heard yet")
        service.on_stop(self._close)
        insecure = Gauge("okno_web_insecure", "1 when cookies go unprotected over http", registry=service.metrics)
        insecure.set(0 if self.address.secure else 1)
        if not self.address.secure:
            advice = "put a TLS proxy in front; set web.public_url to https"
            log.warning("public_url_is_insecure", extra={"advice": advice})

    async def _alive(self, keys: Iterable[bytes]) -> set[bytes]:
        return await self.sessions.alive(keys) | await self.boards.alive(keys)

    async def _end_keys(self, keys: Collection[bytes], why: str = "expired") -> None:
        await asyncio.gather(self.sockets.end_keys(keys, why), self.door.end_keys(keys))

    async def _end_account(self, account: UUID, why: str) -> None:
        await asyncio.gather(self.sockets.end_account(account, why), self.door.end_account(account))

    async def _close(self) -> None:
        await self._redis.aclose()
        self._passwords.close()
        await self.phones.close()
        await self._mis.close()
        await self._chat.close()
        for client in self._others.values():
            await client.close()


def pseudonyms(sealer: Sealer) -> Pseudonym:
    """Return what turns a number into a word for auditors: the same each time, keyed, not to be turned back."""

    def pseudonym(phone: str) -> str:
        return "#" + sealer.blind(phone, purpose="pseudonym").hex()[:10]

    return pseudonym


async def main(runtime: Runtime) -> None:
    """Run the web service until it is told to stop.

    Args:
        runtime: settings and state.

    Raises:
        OknoError: what is in the way, in one line.
    """
    settings = runtime.settings
    database = await Database.open(url_for(settings, "web"), name="web")
    engine = EngineClient(runtime)
    try:
        await migrate(database, "okno", "migrations")
        await migrate(database, "web", "migrations")
        web = Web(runtime, database, engine, redis_url=redis_url_for(settings))
        await web.service.run(settings.web.host, settings.web.port)
    finally:
        await engine.close()
        await database.close()
