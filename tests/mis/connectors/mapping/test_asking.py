"""How a number is written for a MIS, how far it is paged, and what a map is never asked."""

from __future__ import annotations

from typing import Any

import pytest

from mis.connectors.mapping.asking import PAGES, Asking, Unasked, compile_map, written
from mis.connectors.mapping.fields import Zones
from mis.connectors.mapping.format import Map
from mis.connectors.mapping.source import Wire
from mis.connectors.mapping.source.credentials import Credentials
from tests.mis.connectors.mapping.replay import CLINIC, ctx, vendor

PAGED = Map.model_validate({
    "format": 1, "name": "paged", "cut_at": 5000,
    "operations": {"branches": {
        "page": 10, "request": {"method": "GET", "path": "x", "query": {"from": "{{ offset }}", "n": "{{ page }}"}}}},
})  # fmt: skip


@pytest.mark.parametrize(
    ("phones", "patterns", "asked"),
    [
        (("+79990001873", "89990001873"), ("+7 (###) ###-##-##",), ("+7 (999) 000-18-73",)),
        (("89990001873",), ("8##########", "7##########"), ("89990001873", "79990001873")),
        (("89990001873", "+79990001873"), (), ("89990001873", "+79990001873")),
        (("998901234567", "+998901234567"), ("+7 (###) ###-##-##",), ("+998901234567",)),
        ((), ("8##########",), ()),
    ],
)
def test_a_number_as_the_mis_writes_it(
    phones: tuple[str, ...], patterns: tuple[str, ...], asked: tuple[str, ...]
) -> None:
    assert written(phones, patterns) == asked


def _asking(address: str, made: Map = PAGED) -> Asking:
    wire = Wire(address, made, Credentials(made.auth, ""))
    return Asking(made, Zones(CLINIC, {}), wire, None, {}, compile_map(made))


async def test_pages_end_somewhere_and_say_so() -> None:
    async with vendor() as mis:
        asking = _asking(mis.url)
        mis.on("x", [{"id": 1}] * 10)
        found = await asking.ask(ctx(), "branches", {})
        assert (len(found.items), found.complete, len(mis.asked)) == (10 * PAGES, False, PAGES)
        mis.asked.clear()
        mis.on("x", [{"id": 1}] * 10, [{"id": 1}] * 3)
        found = await asking.ask(ctx(), "branches", {})
        assert (len(found.items), found.complete) == (13, True)
        assert [one.query for one in mis.asked] == [{"from": "0", "n": "10"}, {"from": "10", "n": "10"}]
        await asking.close()


@pytest.mark.parametrize(("name", "about"), [("doctors", {}), ("branches", {"patient": "1"})])
async def test_what_a_map_is_not_asked(name: Any, about: dict[str, Any]) -> None:
    asking = _asking("http://127.0.0.1:9")
    with pytest.raises(Unasked):
        await asking.ask(ctx(), name, about)
    await asking.close()
