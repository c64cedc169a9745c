"""From the settings to messengers."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from chat import channels
from chat.accounts.making import Accounts, AccountWrong, NoSuchChannel, Running, abilities_of, made, wanted
from chat.channels import Account, Opening, Setup
from chat.conversations.sealing import Seals
from chat.receiving.raws import Raws
from okno.seal import Keyring
from okno.settings import AccountSettings, ChatSettings, Runtime, SecretMissing, SiteSettings, WidgetSettings
from tests.chat.clinic import Echo, Place, raw
from tests.fixtures import OpenDatabase


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Account]:
    """The accounts that are made of the only channel there is."""
    given: list[Account] = []

    def make(account: Account) -> Echo:
        given.append(account)
        return Echo(key=account.key)

    known = {"echo": Opening(make, ("token",), ("proxy_word",)), "widget": Opening(make)}
    monkeypatch.setattr("chat.accounts.making.messengers", lambda: known)
    return given


@pytest_asyncio.fixture
async def place(database: OpenDatabase, keyring: Keyring) -> Place:
    return Place(await database("chat"), keyring)


def setup(place: Place, runtime: Runtime, chat: ChatSettings) -> tuple[Setup, Raws, Seals]:
    settings = runtime.settings.model_copy(update={"chat": chat})
    bus = place.keyring.sealer("bus")
    one = Setup(Runtime(settings, runtime.state), place.database, bus, bus, CollectorRegistry())
    return one, place.raws, place.kept.seals


def secret(runtime: Runtime, name: str, value: str) -> None:
    file = runtime.path(runtime.settings.paths.secrets) / Path(name)
    file.touch(0o600)
    file.write_text(value)


def test_sites_have_accounts_of_their_own_when_there_is_a_channel_for_them() -> None:
    chat = ChatSettings(
        accounts=[AccountSettings(channel="max"), AccountSettings(channel="vk", on=False)],
        sites=[
            SiteSettings(key="clinic", title={"en": "North"}, queue="q", widget=WidgetSettings(title={"en": "Ask"})),
            SiteSettings(key="spa"),
        ],
    )
    assert [one.key for one in wanted(chat, ["max"])] == ["max:main"]
    found = {one.key: one for one in wanted(chat, ["max", "widget", "feedback"])}
    assert list(found) == ["max:main", "widget:clinic", "feedback:clinic", "feedback:spa"]
    assert (found["widget:clinic"].queue, found["widget:clinic"].title) == ("q", {"en": "North"})
    assert found["feedback:clinic"].title == {"en": "North"}, "what the widget calls itself is for visitors"
    off = chat.model_copy(update={"accounts": [AccountSettings(channel="feedback", name="spa", on=False)]})
    assert "feedback:spa" not in [one.key for one in wanted(off, ["feedback"])]


async def test_an_account_gets_its_secrets_its_address_and_where_it_keeps(
    place: Place, runtime: Runtime, opened: list[Account]
) -> None:
    secret(runtime, "echo.main.token", "a-token")
    secret(runtime, "other.secret", "b")
    accounts = [AccountSettings(channel="echo", secrets={"proxy_word": "file:other.secret"})]
    chat = ChatSettings(accounts=accounts, public_url="https://chat.clinic.example/")
    made(*setup(place, runtime, chat))
    (account,) = opened
    assert account.secrets == {"token": "a-token", "proxy_word": "b"}
    assert account.public_url == "https://chat.clinic.example/hook/echo/main"
    assert await account.cursor() == {}
    await account.set_cursor({"marker": 12345678901234567890})
    assert await account.cursor() == {"marker": 12345678901234567890}
    assert account.heard_at() is None
    assert await account.keep([raw({"id": "1", "peer": "5501", "text": "x"})]) == 1
    assert await account.keep([raw({"id": "1", "peer": "5501", "text": "x"})]) == 0
    assert account.heard_at() is not None
    await place.read()
    assert account.dialogs is not None
    assert await account.dialogs() == ["5501"]


async def test_what_is_missing_is_named(place: Place, runtime: Runtime, opened: list[Account]) -> None:
    with pytest.raises(SecretMissing, match=r"echo\.main\.token"):
        made(*setup(place, runtime, ChatSettings(accounts=[AccountSettings(channel="echo")])))
    with pytest.raises(NoSuchChannel, match="there is no channel pigeon"):
        made(*setup(place, runtime, ChatSettings(accounts=[AccountSettings(channel="pigeon")])))


def test_an_account_that_is_off_can_nothing() -> None:
    assert abilities_of(None)["most_text"] == 0


def test_every_channel_of_the_folder_can_be_read() -> None:
    assert all(opening.open for opening in channels.messengers().values())


@pytest.mark.parametrize(("options", "says"), [
    ({"group": "many"}, "options.group: "), ({}, "options.group: "), ({"group": 1, "mode": "both"}, "chat.public_url"),
])  # fmt: skip
async def test_a_setting_that_cannot_be_is_said_in_one_line(
    place: Place, runtime: Runtime, options: dict[str, object], says: str
) -> None:
    for name in ("token", "secret"):
        secret(runtime, f"vk.main.{name}", "a-secret-word")
    chat = ChatSettings(accounts=[AccountSettings(channel="vk", options=options)])
    with pytest.raises(AccountWrong) as told:
        made(*setup(place, runtime, chat))
    assert says in str(told.value) and str(told.value).startswith("chat.accounts vk:main: ")
    assert "\n" not in str(told.value) and "a-secret-word" not in str(told.value) and "many" not in str(told.value)


async def test_at_the_end_each_lets_go_and_one_that_breaks_keeps_no_other(place: Place) -> None:
    """Whichever process ran it: this one may have sent by it."""

    class Broken(Echo):
        async def close(self) -> None:
            raise RuntimeError("it broke")

    first, second = Broken(), Echo()
    named = {"echo:a": first, "echo:b": second}
    await Accounts({key: Running(key, place.settings, one) for key, one in named.items()}).close()
    assert second.closed
