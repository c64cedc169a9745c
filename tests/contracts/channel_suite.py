"""What every messenger promises, asked of each over a cloud that speaks its wire format on a real socket.

A channel's test makes a `Ground` and keeps each of `PROMISES` on it. A promise about something that a messenger's
abilities do not name demands nothing.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from chat.channels import Account, Expressive, Hook, Messenger, RawEvent, Seeking, Setup, Stranger, messengers
from chat.wire import Envelope, Outgoing, Peer, SentFile, Undelivered, Unknown
from demo.clouds.server import CloudServer, Fault
from okno import clock
from okno.database import Database
from okno.seal import Sealer
from okno.settings import Runtime, Settings
from okno.settings.services import AccountSettings

Trouble = Literal["busy", "reset", "blocked", "revoked"]
SCRIPT = "<script>alert(1)</script>\"'&lt; ' OR 1=1; -- {{7*7}} ${x} %s \u202e\u0000"
EMOJI = "\U0001f469\u200d\U0001f469\u200d\U0001f467\U0001f1f7\U0001f1fa"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000") + b"\0" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person does in his messenger: writes, with files, perhaps as an answer to a message."""

    text: str = ""
    name: str = "Anna"
    files: tuple[SentFile, ...] = ()
    reply_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What the cloud holds of us: to whom, what."""

    to: str
    text: str
    files: tuple[str, ...] = ()
    reply_to: str = ""


class Kept:
    """Where an account keeps what it hears, in memory: each event once; a cursor; what goes wrong when told."""

    def __init__(self) -> None:
        self.events: dict[str, RawEvent] = {}
        self.cursor: dict[str, Any] = {}
        self.heard_at: datetime | None = None
        self.dialogs: list[str] = []
        self.fails: Exception | None = None
        self.came = asyncio.Event()

    async def keep(self, events: Sequence[RawEvent]) -> int:
        """Keep them; say how many are new."""
        if self.fails is not None:
            raise self.fails
        new = [event for event in events if event.ext_id not in self.events]
        self.events.update({event.ext_id: event for event in events if event.ext_id not in self.events})
        self.heard_at = clock.now() if events else self.heard_at
        if new:
            self.came.set()
        return len({event.ext_id for event in new})

    async def read_cursor(self) -> dict[str, Any]:
        """How far it was read."""
        return dict(self.cursor)

    async def write_cursor(self, cursor: dict[str, Any]) -> None:
        """Remember how far it was read."""
        if self.fails is not None:
            raise self.fails
        self.cursor = dict(cursor)

    async def known(self) -> Sequence[str]:
        """The dialogs that go on."""
        return list(self.dialogs)

    async def until(self, count: int, within_s: float = 10.0) -> None:
        """Wait until so many events are kept."""
        async with asyncio.timeout(within_s):
            while len(self.events) < count:
                self.came.clear()
                await self.came.wait()


def account(
    channel: str, secrets: Mapping[str, str], kept: Kept, *, state: Path, name: str = "main", address: str = "",
    options: Mapping[str, Any] | None = None, public_url: str = "", proxy: str = "",
) -> Account:  # fmt: skip
    """Make what a messenger's account is made with: no database, no keyring; `state` holds the clinic's files."""
    told = AccountSettings(channel=channel, name=name, address=address, proxy=proxy, options=dict(options or {}))
    setup = Setup(
        runtime=Runtime(Settings(), state), database=cast(Database, None), own=cast(Sealer, None),
        bus=cast(Sealer, None), metrics=CollectorRegistry(),
    )  # fmt: skip
    return Account(
        key=told.key, settings=told, secrets=dict(secrets), setup=setup, keep=kept.keep, cursor=kept.read_cursor,
        set_cursor=kept.write_cursor, heard_at=lambda: kept.heard_at, public_url=public_url, dialogs=kept.known,
    )  # fmt: skip


def opened(made: Account) -> Messenger:
    """Open the account with the channel's own opener."""
    return messengers()[made.settings.channel].open(made)


@dataclass
class Ground(ABC):
    """A messenger, and a person in its cloud who wrote to us before.

    `address` is where its cloud is, empty for a channel without one.
    `files`: he can send some; `hooked`: its cloud posts to a webhook; `signed`: every byte of what it posts is proved; `person` is the person's
    id there and `chat` where he is answered; `secrets` are what no exception may name.
    """

    messenger: Messenger
    person: str
    chat: str = ""
    address: str = ""
    files: bool = True
    hooked: bool = True
    signed: bool = False
    secrets: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @abstractmethod
    async def says(self, said: Said) -> list[Hook]:
        """Let the person write, and return what the cloud posts of it."""

    @abstractmethod
    def unknown(self) -> Hook:
        """Return what the cloud posts of a type that nobody has heard of."""

    @abstractmethod
    def strange(self, hook: Hook) -> list[Hook]:
        """Return the same as strangers would post it: no secret, another one, another account's."""

    @abstractmethod
    def trouble(self, trouble: Trouble) -> None:
        """Let the next message of ours meet this."""

    @abstractmethod
    def arrived(self) -> list[Arrived]:
        """Return what the cloud holds of us for the person, in order."""

    @abstractmethod
    def asked(self) -> int:
        """Count the messages of ours that reached the cloud's socket, whatever became of them."""

    @abstractmethod
    async def gone(self) -> None:
        """Stop the cloud: nobody listens there any more."""

    async def heard(self, said: Said) -> list[RawEvent]:
        """Let the person write, and return the events that are kept of it."""
        return [event for hook in await self.says(said) for event in self.messenger.posted(hook).events]

    async def read(self, said: Said) -> list[Envelope]:
        """Let the person write, and return what is read of it."""
        return [one for event in await self.heard(said) for one in self.messenger.read(event.body, clock.now())]

    def message(self, text: str = "Good morning", **more: Any) -> Outgoing:
        """Return a message of ours to him."""
        peer = Peer(ext_user=self.person, ext_chat=self.chat)
        told = {"id": str(uuid4()), "conversation": str(uuid4()), "peer": peer, "text": text, "extra": self.extra}
        return Outgoing(**{**told, **more})


Promise = Callable[[Ground], Awaitable[None]]
PROMISES: list[Promise] = []


def promise(check: Promise) -> Promise:
    """Note a promise."""
    PROMISES.append(check)
    return check


def name_of(check: Promise) -> str:
    """What a promise says, for the report."""
    return getattr(check, "__name__", "promise")


@promise
async def what_he_writes_is_read_as_he_wrote_it(ground: Ground) -> None:
    text = "Здравствуйте, ёлка! " + EMOJI
    one, *more = await ground.read(Said(text=text, name="Анна П."))
    assert (one.kind, one.text, more) == ("message.in", text, [])
    assert one.peer is not None and one.peer.ext_user == ground.person and one.account == ground.messenger.key
    assert one.message and one.ext_id
    assert one.at is None or (one.at.tzinfo is not None and abs(clock.now() - one.at) < timedelta(hours=1))


@promise
async def two_messages_are_two_and_one_posted_again_is_one(ground: Ground) -> None:
    hooks = [await ground.says(Said(text="yes")) for _ in range(3)]
    if not ground.hooked:
        return
    names = [[event.ext_id for hook in posted for event in ground.messenger.posted(hook).events] for posted in hooks]
    again = [[event.ext_id for hook in posted for event in ground.messenger.posted(hook).events] for posted in hooks]
    assert names == again and len({name for three in names for name in three}) == sum(map(len, names)) >= 3
    events = [event for posted in hooks for hook in posted for event in ground.messenger.posted(hook).events]
    assert len({event.peer for event in events}) == 1
    read = [one for event in events for one in ground.messenger.read(event.body, clock.now())]
    assert len({one.message for one in read}) == 3
    assert [one.ext_id for one in read] == [event.ext_id for event in events]
    orders = [one.order for one in read if one.order is not None]
    assert orders == sorted(set(orders)) and len(orders) in (0, 3)


@promise
async def reading_is_pure(ground: Ground) -> None:
    at = clock.now()
    for event in await ground.heard(Said(text="once", files=(SentFile(name="a.png", mime="image/png", content=PNG),))):
        assert ground.messenger.read(event.body, at) == ground.messenger.read(event.body, at)


@promise
async def strangers_are_told_nothing_and_nothing_is_kept_of_them(ground: Ground) -> None:
    if not ground.hooked:
        return
    for hook in await ground.says(Said(text="secret words")):
        strangers = ground.strange(hook)
        assert strangers
        for strange in strangers:
            with pytest.raises(Stranger) as told:
                ground.messenger.posted(strange)
            assert told.value.status in (401, 403, 404)
            assert "secret words" not in str(told.value)


@promise
async def an_altered_byte_is_refused_or_harmless(ground: Ground) -> None:
    if not ground.hooked:
        return
    for hook in await ground.says(Said(text="Привет")):
        for place in range(0, len(hook.raw), max(1, len(hook.raw) // 300)):
            altered = hook.raw[:place] + bytes([hook.raw[place] ^ 0x15]) + hook.raw[place + 1 :]
            try:
                posted = ground.messenger.posted(replace(hook, raw=altered))
            except Stranger:
                continue
            assert not ground.signed, place
            for event in posted.events:
                _reads_or_refuses(ground, event.body)


@promise
async def no_body_makes_it_fall(ground: Ground) -> None:
    if not ground.hooked:
        return
    hook = (await ground.says(Said(text="hello")))[0]
    bodies = [
        b"", b"{", b"null", b"[]", b"{}", b'"x"', b"\xff\xfe\x00", b"\x00" * 100, b'{"a":' * 20_000, b"[" * 200_000,
        b'{"update_type":' + b"9" * 5000 + b"}", b"NaN", b'{"type":{},"object":[]}', b'{"update_type":[]}',
        b'{"event":{"event":[]}}', b'{"message":"x"}', hook.raw[: len(hook.raw) // 2], hook.raw + b"x",
    ]  # fmt: skip
    for raw in bodies:
        try:
            posted = ground.messenger.posted(replace(hook, raw=raw))
        except Stranger as stranger:
            assert 400 <= stranger.status < 500
            continue
        for event in posted.events:
            _reads_or_refuses(ground, event.body)


def _reads_or_refuses(ground: Ground, body: bytes) -> None:
    try:
        ground.messenger.read(body, clock.now())
    except ValueError:
        return


@promise
async def a_type_nobody_knows_is_kept_and_said(ground: Ground) -> None:
    if not ground.hooked:
        return
    events = ground.messenger.posted(ground.unknown()).events
    assert len(events) == 1
    [one] = ground.messenger.read(events[0].body, clock.now())
    assert one.kind == "unsupported" and one.error


@promise
async def a_script_in_every_field_stays_words(ground: Ground) -> None:
    file = SentFile(name=SCRIPT.replace("\0", "") + ".png", mime="image/png", content=PNG)
    read = await ground.read(Said(text=SCRIPT, name=SCRIPT, files=(file,)))
    said = [one for one in read if one.text]
    assert said and said[0].text.rstrip("\0\ufffd") == SCRIPT.rstrip("\0")
    for one in read:
        assert "<script" not in one.html and one.peer is not None and one.peer.ext_user == ground.person
        for words in _strings(asdict(one)):
            assert "\0" not in words and words.encode() is not None


@promise
async def half_a_sign_is_kept_from_the_database(ground: Ground) -> None:
    if not ground.hooked:
        return
    for one in await ground.read(Said(text="a\ud800b\udfff", name="\udc00")):
        for words in _strings(asdict(one)):
            assert words.encode() is not None


def _strings(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        for one in (*tree, *tree.values()):
            yield from _strings(one)
    elif isinstance(tree, Sequence):
        for one in tree:
            yield from _strings(one)


@promise
async def a_name_of_pictures_only_is_a_name(ground: Ground) -> None:
    [one] = await ground.read(Said(text="ok", name=EMOJI))
    assert one.peer is not None and one.peer.name in (EMOJI, "")


@promise
async def an_album_of_ten_is_ten_pictures_of_one_person(ground: Ground) -> None:
    if not ground.files:
        return
    pictures = tuple(SentFile(name=f"{n}.png", mime="image/png", content=PNG + bytes([n])) for n in range(10))
    events = await ground.heard(Said(files=pictures))
    read = [one for event in events for one in ground.messenger.read(event.body, clock.now())]
    files = [file for one in read for file in one.files]
    assert [file.kind for file in files] == ["image"] * 10 and all(file.ref for file in files)
    assert len({event.peer for event in events}) == 1 and len({event.ext_id for event in events}) == len(events)
    assert len({one.group for one in read}) == 1


@promise
async def a_file_is_fetched_whole_and_one_that_is_gone_is_expired(ground: Ground) -> None:
    if not ground.files:
        return
    content = bytes(range(256)) * 3000
    document = SentFile(name="снимок.pdf", mime="application/pdf", content=content)
    [file] = [file for one in await ground.read(Said(files=(document,))) for file in one.files]
    assert file.kind == "file" and file.ref is not None
    got = b"".join([chunk async for chunk in await _content(ground, file.ref)])
    assert got == content
    lost = {name: f"{value}-lost" if isinstance(value, str) else value for name, value in file.ref.items()}
    with pytest.raises(Undelivered) as told:
        _ = [chunk async for chunk in await _content(ground, lost)]
    assert told.value.code in ("expired", "refused", "too_big")


async def _content(ground: Ground, ref: Mapping[str, Any]) -> Any:
    """A fetch is a generator, or a coroutine that returns one."""
    came = ground.messenger.fetch(ref)
    return await came if asyncio.iscoroutine(came) else came


@promise
async def what_we_write_arrives_once_as_written(ground: Ground) -> None:
    text = "Ответ: «да» " + SCRIPT.replace("\0", "").replace("\u202e", "")
    accepted = await ground.messenger.send(ground.message(text))
    assert accepted.provider_id and accepted.state in ("sent", "delivered", "read")
    assert [(one.to, one.text) for one in ground.arrived()] == [(ground.person, text)]


@promise
async def an_answer_names_what_it_answers(ground: Ground) -> None:
    if not ground.messenger.abilities.reply:
        return
    [one] = await ground.read(Said(text="question"))
    await ground.messenger.send(ground.message("answer", reply_to=one.message))
    assert ground.arrived()[-1].reply_to == one.message
    [answered] = await ground.read(Said(text="once more", reply_to=one.message))
    assert answered.reply_to == one.message


@promise
async def what_is_too_long_is_refused_before_the_wire(ground: Ground) -> None:
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message("я" * (ground.messenger.abilities.most_text + 1)))
    assert told.value.code == "too_long" and told.value.retry_after_s is None and ground.asked() == 0


@promise
async def files_of_ours_arrive(ground: Ground) -> None:
    abilities = ground.messenger.abilities
    if not abilities.most_file:
        return
    files = (
        SentFile(
            name="памятка.pdf",
            mime="application/pdf",
            content=b"%PDF-1.4 " + bytes(min(3 << 20, abilities.most_file // 2)),
        ),
        SentFile(name="a.png", mime="image/png", content=PNG),
    )[: abilities.files_at_once]
    await ground.messenger.send(ground.message("here", files=files))
    assert sum(len(one.files) for one in ground.arrived()) == len(files)
    assert any(one.text == "here" for one in ground.arrived())


@promise
async def a_file_too_large_is_refused_before_the_wire(ground: Ground) -> None:
    most = ground.messenger.abilities.most_file
    if not 0 < most <= 64 << 20:
        return
    big = SentFile(name="x.pdf", mime="application/pdf", content=bytes(most + 1))
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message("", files=(big,)))
    assert told.value.code == "too_big" and ground.asked() == 0


@promise
async def too_many_at_once_is_waited_for_and_is_no_attempt(ground: Ground) -> None:
    ground.trouble("busy")
    message = ground.message("patience")
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(message)
    assert told.value.code in ("rate", "flood") and not told.value.counts and not told.value.unreachable
    assert told.value.retry_after_s is not None and told.value.retry_after_s > 0
    assert ground.arrived() == []
    await ground.messenger.send(replace(message, attempt=2))
    assert len(ground.arrived()) == 1


@promise
async def a_connection_cut_after_the_request_is_unknown(ground: Ground) -> None:
    ground.trouble("reset")
    message = ground.message("did it go?")
    before = clock.now()
    with pytest.raises(Unknown) as told:
        await ground.messenger.send(message)
    assert ground.asked() == 1 and len(ground.arrived()) == 1
    _names_nobody(ground, told.value)
    match ground.messenger.abilities.resend:
        case "safe":
            accepted = await ground.messenger.send(replace(message, attempt=2))
            assert accepted.provider_id and len(ground.arrived()) == 1
        case "look":
            assert isinstance(ground.messenger, Seeking)
            found = await ground.messenger.look(message, before)
            assert found is not None and found.provider_id and ground.asked() == 1
            other = ground.message("this one never went")
            assert await ground.messenger.look(other, before) is None


@promise
async def who_blocked_us_cannot_be_reached(ground: Ground) -> None:
    ground.trouble("blocked")
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message())
    assert told.value.unreachable and told.value.retry_after_s is None and not told.value.account
    _names_nobody(ground, told.value)


@promise
async def a_revoked_credential_is_the_accounts_trouble(ground: Ground) -> None:
    ground.trouble("revoked")
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message())
    assert told.value.account and not told.value.unreachable and not told.value.counts
    _names_nobody(ground, told.value)
    assert ground.arrived() == []


@promise
async def nobody_there_is_undelivered_and_the_lamp_says_so(ground: Ground) -> None:
    assert (await ground.messenger.lamp()).colour in ("green", "amber")
    await ground.gone()
    with pytest.raises(Undelivered) as told:
        await ground.messenger.send(ground.message())
    assert told.value.retry_after_s is not None and not told.value.unreachable
    _names_nobody(ground, told.value)
    lamp = await ground.messenger.lamp()
    assert lamp.colour == "red" and lamp.why


@promise
async def another_who_answers_at_its_address_is_named_and_the_messages_wait(ground: Ground) -> None:
    if not ground.address:
        return
    await ground.gone()
    async with _somebody_else(ground.address, 404):
        lamp = await ground.messenger.lamp()
        assert (lamp.colour, lamp.why) == ("red", "stranger")
        with pytest.raises(Undelivered) as told:
            await ground.messenger.send(ground.message())
        assert told.value.account and not told.value.counts and told.value.retry_after_s
        _names_nobody(ground, told.value)
    async with _somebody_else(ground.address, 200):
        lamp = await ground.messenger.lamp()
        assert (lamp.colour, lamp.why) == ("red", "stranger")
        with pytest.raises(Unknown) as unknown:
            await ground.messenger.send(ground.message())
        _names_nobody(ground, unknown.value)


@asynccontextmanager
async def _somebody_else(address: str, status: int) -> AsyncIterator[None]:
    """Answer everything at an address as a web server does that knows nothing of the cloud."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(status=status, text="<html><body>nginx</body></html>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", urlsplit(address).port, reuse_address=True).start()
    try:
        yield
    finally:
        await runner.cleanup()


@promise
async def to_hear_no_more_cuts_nothing_that_is_said(ground: Ground) -> None:
    """Another process goes on hearing, for this one lost the database for a moment: it still says what it was saying."""
    cloud = getattr(ground, "cloud", None)
    if not isinstance(cloud, CloudServer):
        return
    hearing = asyncio.create_task(ground.messenger.run())
    await asyncio.sleep(0.2)
    cloud.goes_wrong(Fault(wait_s=0.5, times=20))  # slow, nothing else
    saying = asyncio.create_task(ground.messenger.send(ground.message("slowly")))
    await asyncio.sleep(0.2)
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    assert (await saying).provider_id
    assert [one.text for one in ground.arrived()] == ["slowly"]


@promise
async def what_it_says_it_can_do_it_does(ground: Ground) -> None:
    messenger = ground.messenger
    abilities = messenger.abilities
    if not (abilities.edit or abilities.delete or abilities.typing or abilities.read):
        return
    assert isinstance(messenger, Expressive)
    [one] = await ground.read(Said(text="hello"))
    message = ground.message("first words", last_in=one.message)
    accepted = await messenger.send(message)
    if abilities.typing:
        await messenger.typing(message)
    if abilities.read:
        await messenger.read_up_to(message)
    if abilities.edit:
        await messenger.edit(replace(message, text="other words"), accepted.provider_id)
        assert [one.text for one in ground.arrived()] == ["other words"]
    if abilities.delete:
        await messenger.delete(message, accepted.provider_id)
        assert ground.arrived() == []


@promise
async def what_it_says_of_itself_fits_together(ground: Ground) -> None:
    abilities = ground.messenger.abilities
    assert abilities.most_text > 0 and abilities.per_second > 0 and abilities.per_peer_s >= 0
    assert (abilities.resend == "look") == isinstance(ground.messenger, Seeking)
    assert isinstance(ground.messenger, Messenger)


def _names_nobody(ground: Ground, fault: Exception) -> None:
    told = f"{fault!s} {fault!r} {fault.__cause__!r}"
    for one in (ground.person, *ground.secrets):
        assert one not in told
