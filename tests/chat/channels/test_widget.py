"""The widget as a channel: nobody posts for it, what is sent is sent once it is kept, files come from what was uploaded."""

from __future__ import annotations

from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from chat.channels import Account, Expressive, Hook, Messenger, Setup, Stranger
from chat.channels.widget import WidgetAccount, widget
from chat.conversations.live import Hub
from chat.conversations.sealing import Seals
from chat.widget.uploads import Uploads
from chat.widget.visitors import Person, Visitors, new_token
from chat.wire import Outgoing, Peer
from okno.database import Database
from okno.seal import Keyring
from okno.settings import AccountSettings, ChatSettings, Runtime, SiteSettings, WidgetSettings
from tests.chat.clinic import listening
from tests.fixtures import OpenDatabase


def setup(runtime: Runtime, database: Database, keyring: Keyring) -> Setup:
    """What it is made with."""
    return Setup(runtime, database, keyring.sealer("chat"), keyring.sealer("bus"), CollectorRegistry())


def account(made: Setup) -> WidgetAccount:
    """The account of a site."""

    async def nothing(*_: object) -> int:
        return 0

    async def none() -> dict[str, object]:
        return {}

    return WidgetAccount(Account(
        key="widget:clinic", settings=AccountSettings(channel="widget", name="clinic"), secrets={}, setup=made,
        keep=nothing, cursor=none, set_cursor=nothing, heard_at=lambda: None,  # type: ignore[arg-type]
    ))  # fmt: skip


def outgoing() -> Outgoing:
    """A message of ours."""
    return Outgoing(id=str(uuid4()), conversation=str(uuid4()), peer=Peer(ext_user="p"), text="Hello")


async def test_it_is_a_messenger_without_a_cloud(runtime: Runtime, database: OpenDatabase, keyring: Keyring) -> None:
    one = account(setup(runtime, await database("chat"), keyring))
    assert isinstance(one, Messenger)
    assert isinstance(one, Expressive)
    with pytest.raises(Stranger):
        one.posted(Hook(method="POST", headers={}, query={}, raw=b"{}"))
    message = outgoing()
    first, again = await one.send(message), await one.send(message)
    assert first == again
    assert (first.provider_id, first.state) == (message.id, "sent")


async def test_a_file_is_what_was_uploaded(runtime: Runtime, database: OpenDatabase, keyring: Keyring) -> None:
    db, own = await database("chat"), keyring.sealer("chat")
    visitor = await Visitors(db, own, Seals(own)).start(new_token(), "clinic", Person(), address="192.0.2.1")
    kept = await Uploads(db, Seals(own)).keep(visitor.id, "a.txt", "text/plain", b"content")
    one = account(setup(runtime, db, keyring))
    assert b"".join([piece async for piece in one.fetch({"upload": str(kept.id)})]) == b"content"


async def test_that_we_type_and_have_read_is_said_live(runtime: Runtime, database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("chat")
    one, message = account(setup(runtime, db, keyring)), outgoing()
    async with listening(Hub(db)) as said:
        await one.typing(message)
        await one.read_up_to(message)
        while len(said) < 3:
            await db.fetchval("SELECT 1")
    assert [each["what"] for each in said] == ["begun", "answering", "conversation"]
    assert {each["conversation"] for each in said[1:]} == {message.conversation}


async def test_its_lamp_is_this_services_own(runtime: Runtime, database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("chat")
    one, message = account(setup(runtime, db, keyring)), outgoing()
    assert (await one.lamp()).colour == "green"
    await db.close()
    await one.typing(message)  # shown or not, nothing hangs on it


async def test_only_a_site_with_a_widget_switches_it_on(runtime: Runtime, database: OpenDatabase, keyring: Keyring) -> None:
    db = await database("chat")
    bare = ChatSettings(sites=[SiteSettings(key="clinic")])
    without = Runtime(runtime.settings.model_copy(update={"chat": bare}), runtime.state)
    assert widget(setup(without, db, keyring)) is None
    has = ChatSettings(sites=[SiteSettings(key="clinic", widget=WidgetSettings())])
    with_one = Runtime(runtime.settings.model_copy(update={"chat": has}), runtime.state)
    with pytest.raises(ValueError, match="hear"):
        widget(setup(with_one, db, keyring))
