"""An address that is none is named by where it stands, never by what it holds."""

from __future__ import annotations

import pytest

from okno.settings.servers import DATABASE, REDIS, BadAddress


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OKNO_REDIS_URL", raising=False)
    assert REDIS.given(None) is None
    assert REDIS.given("unix:///run/valkey.sock") == "unix:///run/valkey.sock"
    monkeypatch.setenv("OKNO_REDIS_URL", "rediss://:pw@cache:6379/0")
    assert REDIS.given("redis://other") == "rediss://:pw@cache:6379/0"


@pytest.mark.parametrize(
    "bad", ["s3cret", "mysql://u:s3cret@h", "postgresql://u:s3cret@h:port", "postgresql://u:s3cret@[h", "postgres://\ns3cret"]
)
def test_a_bad_one_is_named_without_its_words(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKNO_DATABASE_URL", bad)
    with pytest.raises(BadAddress, match="OKNO_DATABASE_URL must look like") as told:
        DATABASE.given(None)
    assert "s3cret" not in str(told.value)
    monkeypatch.delenv("OKNO_DATABASE_URL")
    with pytest.raises(BadAddress, match=r"^database_url must look like"):
        DATABASE.given(bad)


def test_sockets_and_queries_are_addresses() -> None:
    for good in ("postgresql:///?host=/run/postgresql", "postgres://u@h/x?sslmode=require", "postgresql://u:p%40@[::1]:5432"):
        assert DATABASE.flaw(good) == ""
