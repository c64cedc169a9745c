"""Mail over a real SMTP server, webhooks to a real receiver, with what goes wrong on both."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket

import pytest

from engine.alerting import ways
from engine.alerting.ways import SIGNATURE, ByMail, ByWebhook, NotSent, NotWanted, signature
from okno.settings import SecretMissing
from okno.settings.model import Mail, Webhook
from tests.engine.alerting.receivers import MailServer, Receiver, mail_server, receiver
from tests.engine.alerting.test_words import told, words


def nobody() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def secret(ref: str) -> str:
    if ref == "file:gone":
        raise SecretMissing("it is not there")
    return "kettle"


def by_mail(port: int, **more: str) -> ByMail:
    settings = Mail(**{"port": port, "tls": "none", "to": ["head@clinic.example", "it@clinic.example"], **more})  # type: ignore[arg-type]
    return ByMail(settings, secret, words("ru"))


async def test_a_letter_arrives_whole() -> None:
    async with mail_server() as server:
        await by_mail(server.port).send(told())
    (letter,) = server.letters
    assert letter["Subject"] == "Здоровье+: тревога — Просрочено, Регистратура"
    assert server.recipients == [["head@clinic.example", "it@clinic.example"]]
    assert (letter["Message-ID"], letter["Auto-Submitted"]) == (f"<{told().id}@okno>", "auto-generated")
    assert "Значение: 3, порог: 2" in letter.get_content()


async def test_a_server_that_wants_a_password_gets_it() -> None:
    async with mail_server(login=True) as server:
        await by_mail(server.port, user="okno").send(told())
        assert server.logins == [(b"okno", b"kettle")] and len(server.letters) == 1
        with pytest.raises(NotWanted, match="530"):
            await by_mail(server.port).send(told())


@pytest.mark.parametrize(("answer", "error"), [("451 busy", NotSent), ("554 no", NotWanted)])
async def test_a_server_that_is_busy_and_one_that_does_not_want_it(answer: str, error: type[Exception]) -> None:
    async with mail_server() as server:
        server.answers = [answer]
        with pytest.raises(error, match=answer[:3]):
            await by_mail(server.port).send(told())


async def test_no_server_no_starttls_and_no_secret() -> None:
    with pytest.raises(NotSent):
        await by_mail(nobody()).send(told())
    async with mail_server() as server:
        with pytest.raises(NotSent):
            await by_mail(server.port, tls="starttls").send(told())
        with pytest.raises(SecretMissing):
            await by_mail(server.port, user="okno", secret="file:gone").send(told())
        assert server.letters == [], "nothing goes in clear text that should not"


async def test_a_webhook_is_signed_and_can_be_checked() -> None:
    async with receiver() as there:
        way = ByWebhook(1, Webhook(url=there.url, secret="file:webhook"), secret)
        await way.send(told("en"))
        await way.close()
    ((body, headers),) = there.came
    assert json.loads(body) == told("en").json()
    stamp, _, digest = headers[SIGNATURE].partition(",v1=")
    wanted = hmac.new(b"kettle", f"{stamp.removeprefix('t=')}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(digest, wanted)
    assert headers["Okno-Event"] == told().id
    assert signature("kettle", body, 1) != signature("kettle", body, 2)


async def test_without_a_secret_there_is_no_signature() -> None:
    async with receiver() as there:
        way = ByWebhook(1, Webhook(url=there.url), secret)
        await way.send(told())
        await way.close()
    assert SIGNATURE not in there.came[0][1]


@pytest.mark.parametrize(("status", "error"), [(500, NotSent), (429, NotSent), (404, NotWanted), (302, NotWanted)])
async def test_what_a_receiver_answers(status: int, error: type[Exception]) -> None:
    async with receiver() as there:
        there.answers = [status]
        way = ByWebhook(2, Webhook(url=there.url), secret)
        with pytest.raises(error) as told_why:
            await way.send(told())
        await way.close()
    assert "secret" not in str(told_why.value) and way.name == "webhook_2"


async def test_a_receiver_that_never_answers_and_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "SEND_S", 0.2)
    async with receiver() as there:
        there.answers = [0]
        way = ByWebhook(1, Webhook(url=there.url), secret)
        with pytest.raises(NotSent):
            await way.send(told())
        await way.close()
    gone = ByWebhook(1, Webhook(url=f"http://127.0.0.1:{nobody()}/"), secret)
    with pytest.raises(NotSent):
        await gone.send(told())
    await gone.close()


__all__ = ["MailServer", "Receiver"]
