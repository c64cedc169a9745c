"""Every service has the same four doors, and its feed carries nothing but plain models."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest
from pydantic import BaseModel

SERVICES = ("engine", "chat", "mis", "web")


@pytest.mark.parametrize("service", SERVICES)
def test_the_four_doors(service: str) -> None:
    for door in ("service", "api", "client", "feed"):
        import_module(f"{service}.{door}")
    assert inspect.iscoroutinefunction(import_module(f"{service}.service").main)


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_feed_publishes_is_frozen(service: str) -> None:
    feed = import_module(f"{service}.feed")
    models = [one for one in vars(feed).values() if inspect.isclass(one) and issubclass(one, BaseModel)]
    own = [one for one in models if one.__module__ == feed.__name__]
    assert own
    assert [one.__name__ for one in own if not one.model_config.get("frozen")] == []
