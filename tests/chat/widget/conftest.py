"""A site that runs, and visitors of it."""

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
import pytest_asyncio

from okno.settings import Runtime
from tests.chat.widget.site import Site, Visitor, running
from tests.fixtures import MakeUrl


@pytest_asyncio.fixture
async def site(
    runtime: Runtime, new_database_url: MakeUrl, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Site]:
    """`chat` with a widget that asks for a name, a number and a topic."""
    (runtime.state / "secrets").mkdir(exist_ok=True)
    secret = runtime.path(runtime.settings.paths.secrets) / "widget.secret"
    secret.write_text("0123456789abcdef0123456789abcdef")
    secret.chmod(0o600)
    url = await new_database_url("chat")
    async with running(
        runtime, url, redis_url, monkeypatch, origins=("https://clinic.example",), required=("name",),
        secret="file:widget.secret", deep_links={"max": "okno_bot", "vk": "okno_clinic"}, deny=["203.0.113.0/24"],
    ) as one:  # fmt: skip
        yield one


@pytest_asyncio.fixture
async def visitors(site: Site) -> AsyncIterator[Callable[[], Visitor]]:
    """`visitors()` makes one more."""
    made: list[Visitor] = []
    async with aiohttp.ClientSession() as http:

        def make() -> Visitor:
            made.append(Visitor(site, http))
            return made[-1]

        yield make
        for one in made:
            await one.leave()


@pytest_asyncio.fixture
async def visitor(visitors: Callable[[], Visitor]) -> Visitor:
    """One visitor."""
    return visitors()
