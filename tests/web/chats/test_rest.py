"""Messages by REST: whose token reads what, a page at a time, silence of the services."""

from __future__ import annotations

from datetime import timedelta

from tests.web.chats.conftest import chat_row
from tests.web.house import House
from tests.web.scripted import REQUEST, ScriptedEngine, request_row
from tests.web.scripted_chat import ScriptedChat, Talk
from web.accounts.tokens import Tokens

PATH = f"/api/v1/requests/{REQUEST}/messages"


async def bearer(house: House, role: str, operator: str | None = None) -> dict[str, str]:
    """A token's header."""
    _, token = await Tokens(house.database).create(f"{role}-{operator}", role=role, operator=operator, lifetime=timedelta(days=1))  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {token}"}


async def test_a_supervisors_token_reads_a_page_and_the_one_before(house: House, chat: ScriptedChat, engine: ScriptedEngine, talk: Talk) -> None:
    for number in range(70):
        talk.put(f"текст {number}", attachments=[chat.keep(b"1", "a.pdf", "application/pdf")] if number == 69 else [])
    engine.answers[f"requests/{REQUEST}"] = chat_row(talk)
    headers = await bearer(house, "supervisor")
    async with house.visitor() as program:
        first = await (await program.get(PATH, headers=headers | {"Okno-Reason": "complaint"})).json()
        assert [one["text"] for one in first["items"]][:2] == ["текст 69", "текст 68"] and len(first["items"]) == 50
        assert first["items"][0]["attachments"] == [{"name": "a.pdf", "mime": "application/pdf", "size": 1, "state": "ready"}]
        again = await (await program.get(f"{PATH}?before={first['items'][-1]['seq']}", headers=headers)).json()
        assert len(again["items"]) == 21 and again["items"][-1]["text"] == "Здравствуйте, хочу записаться"
    who = chat.asked_of("open")[0]["who"]
    assert (who["role"], who["purpose"], who["request"]) == ("supervisor", "complaint", REQUEST)


async def test_others_read_their_own_or_nothing(house: House, chat: ScriptedChat, engine: ScriptedEngine, talk: Talk) -> None:
    engine.answers[f"requests/{REQUEST}"] = chat_row(talk)
    async with house.visitor() as program:
        assert (await program.get(PATH, headers=await bearer(house, "operator", "orlova"))).status == 200
        assert (await program.get(PATH, headers=await bearer(house, "operator", "klimov"))).status == 403
        assert (await program.get(PATH, headers=await bearer(house, "auditor"))).status == 403
        assert (await program.get(PATH)).status == 401
        headers = await bearer(house, "supervisor")
        chat.away = True
        assert (await program.get(PATH, headers=headers)).status == 503
        engine.answers[f"requests/{REQUEST}"] = request_row()
        assert (await program.get(PATH, headers=headers)).status == 404
        engine.answers[f"requests/{REQUEST}"] = chat_row(talk)
        own = await (await program.get(f"/api/v1/requests/{REQUEST}", headers=await bearer(house, "operator", "orlova"))).json()
        assert own["phone"] == ""
