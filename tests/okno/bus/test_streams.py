"""How Redis is reached."""

import pytest
from redis.exceptions import RedisError

from okno.bus import connect, redis_url_for
from okno.bus.streams import TROUBLES, confirmations_of
from okno.settings import Settings


def test_the_environment_wins_then_the_settings_then_our_own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OKNO_REDIS_URL", raising=False)
    assert redis_url_for(Settings(redis_port=6400)) == "redis://127.0.0.1:6400/0"
    assert redis_url_for(Settings(redis_url="redis://cache:1/2")) == "redis://cache:1/2"
    monkeypatch.setenv("OKNO_REDIS_URL", "redis://:pw@h:2/0")
    assert redis_url_for(Settings()) == "redis://:pw@h:2/0"


async def test_it_decodes_what_it_reads(redis_url: str) -> None:
    redis = connect(redis_url)
    await redis.set("t:streams", "ё")
    assert await redis.get("t:streams") == "ё"
    await redis.aclose()


async def test_nobody_there_is_one_of_the_troubles() -> None:
    redis = connect("redis://127.0.0.1:1/0")
    with pytest.raises(TROUBLES) as caught:
        await redis.get("x")
    assert isinstance(caught.value, RedisError)
    await redis.aclose()


def test_where_consumers_confirm() -> None:
    assert confirmations_of("engine.calls") == "engine.calls:confirmed"
