"""Each way goes by itself, tries again, and gives up in words; nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from engine.alerting.outside import KEPT, Outside
from engine.alerting.ways import ByMail, ByWebhook, Way
from engine.alerting.words import Told
from okno.settings.model import Mail, Webhook
from tests.engine.alerting.receivers import mail_server, receiver
from tests.engine.alerting.test_ways import by_mail, nobody, secret
from tests.engine.alerting.test_words import told, words


class House:
    """What sends, and its metrics."""

    def __init__(self, *ways: Way, again_s: tuple[float, ...] = (0.01, 0.01)) -> None:
        self.sure = True
        self.registry = CollectorRegistry()
        self.outside = Outside(ways, lambda: self.sure, self.registry, again_s)

    def ended(self, way: str, end: str) -> float:
        """How many ended so."""
        return self.registry.get_sample_value("okno_alerts_sent_total", {"way": way, "end": end}) or 0.0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Outside]:
        """Run it."""
        task = asyncio.create_task(self.outside.run())
        try:
            yield self.outside
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.outside.close()


async def until(so: Callable[[], object]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(10):
        while not so():
            await asyncio.sleep(0.01)


async def test_one_dead_way_does_not_hold_up_the_other() -> None:
    async with receiver() as there:
        house = House(by_mail(nobody()), ByWebhook(1, Webhook(url=there.url), secret))
        async with house.open() as outside:
            outside.tell(told())
            await until(lambda: house.ended("webhook_1", "sent") and house.ended("mail", "failed"))
            assert house.ended("mail", "again") == 2
            mail, hook = outside.status()
            assert (mail["way"], mail["waiting"], bool(mail["trouble"])) == ("mail", 0, True)
            assert hook == {"way": "webhook_1", "waiting": 0, "trouble": ""}


async def test_raised_and_cleared_go_in_order_after_a_server_came_back() -> None:
    async with mail_server() as server:
        server.answers = ["451 later", "421 later"]
        house = House(by_mail(server.port))
        async with house.open() as outside:
            outside.tell(told())
            outside.tell(replace(told(), state="cleared", id="another"))
            await until(lambda: len(server.letters) == 2)
            assert ["тревога" in letter["Subject"] for letter in server.letters] == [True, False]
            await until(lambda: outside.status()[0]["trouble"] == "")


async def test_what_is_not_wanted_is_not_sent_again() -> None:
    async with receiver() as there:
        there.answers = [410]
        house = House(ByWebhook(1, Webhook(url=there.url), secret))
        async with house.open() as outside:
            outside.tell(told())
            await until(lambda: house.ended("webhook_1", "refused"))
            assert len(there.came) == 1 and outside.status()[0]["trouble"] == "it answered 410"


async def test_a_secret_that_is_not_there_is_said(caplog: pytest.LogCaptureFixture) -> None:
    house = House(ByMail(Mail(port=1, user="okno", secret="file:gone", to=["a@clinic.example"]), secret, words("ru")))
    async with house.open() as outside:
        outside.tell(told())
        await until(lambda: house.ended("mail", "failed"))
        assert outside.status()[0]["trouble"] == "error.secret_missing"


class Broken:
    """A way with a mistake in it."""

    name = "broken"

    async def send(self, told: Told) -> None:
        """Make the mistake."""
        raise ZeroDivisionError

    async def close(self) -> None:
        """Nothing is kept open."""


async def test_a_mistake_of_ours_ends_one_alert_and_no_way() -> None:
    async with receiver() as there:
        house = House(Broken(), ByWebhook(1, Webhook(url=there.url), secret))
        async with house.open() as outside:
            for number in range(2):
                outside.tell(replace(told(), id=str(number)))
            await until(lambda: house.ended("webhook_1", "sent") == 2 and house.ended("broken", "failed") == 2)
            assert outside.status()[0] == {"way": "broken", "waiting": 0, "trouble": "ZeroDivisionError"}


async def test_who_no_longer_leads_sends_nothing() -> None:
    async with receiver() as there:
        house = House(ByWebhook(1, Webhook(url=there.url), secret))
        house.sure = False
        async with house.open() as outside:
            outside.tell(told())
            await asyncio.sleep(0.3)
            assert there.came == []
            house.sure = True
            await until(lambda: len(there.came) == 1)


async def test_a_row_that_grows_too_long_drops_the_oldest() -> None:
    house = House(by_mail(nobody()))
    for number in range(KEPT + 2):
        house.outside.tell(replace(told(), id=str(number)))
    assert house.ended("mail", "dropped") == 2
    assert house.outside.status()[0]["waiting"] == KEPT
