"""Mail handed over: to a real Postfix, and to servers that refuse, wait and go away at each step."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from chat.mail.options import Server, trust
from chat.mail.outgoing.composing import Letter
from chat.mail.outgoing.delivery import Delivery
from chat.wire import Undelivered, Unknown
from okno.command.processes import ports
from tests.chat.mail.letters import letter
from tests.chat.mail.server import ANNA, CLINIC, FULL, MOST_BYTES, MailServer

MAIL = letter("hello from the clinic", sender=CLINIC, to=ANNA)
SECRET = "a-password-nobody-may-see"


@dataclass
class Moody:
    """A server of mail that answers each command as it is told; `!` closes the line, `…` never answers.

    `once` are answers given one time only, `mails` what was written to it up to the last dot.
    """

    answers: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    port: int = 0
    once: dict[str, str] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client."""
        body, mail = False, b""
        try:
            if not await self.say(writer, "hello", "220 moody"):
                return
            while line := await reader.readline():
                word = "." if body and line == b".\r\n" else "" if body else line.split()[0].decode().upper()
                if not word:
                    mail += line[1:] if line.startswith(b".") else line
                    continue
                self.heard.append(word)
                if body:
                    self.mails.append(mail)
                    mail = b""
                body = word == "DATA" and not self.answers.get("DATA")
                usual = {
                    "EHLO": "250-moody\r\n250-AUTH PLAIN\r\n250 SIZE 60000000", "AUTH": "235 ok", "DATA": "354 go on",
                    "QUIT": "221 bye",
                }.get(word, "250 ok")  # fmt: skip
                if not await self.say(writer, word, usual):
                    return
        except ConnectionError:
            self.heard.append("gone")
        finally:
            writer.close()

    async def say(self, writer: asyncio.StreamWriter, word: str, usual: str) -> bool:
        """Answer as told; say whether the talk goes on."""
        answer = self.once.pop(word, "") or self.answers.get(word, usual)
        if answer == "!":
            return False
        if answer == "…":
            await asyncio.sleep(60)
        writer.write(answer.encode() + b"\r\n")
        await writer.drain()
        return True


@asynccontextmanager
async def moody(**answers: str) -> AsyncIterator[Moody]:
    """Run such a server."""
    one = Moody({{"DOT": "."}.get(name, name): answer for name, answer in answers.items()}, port=ports.free())
    tasks: set[asyncio.Task[None]] = set()

    def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.get_running_loop().create_task(one.talk(reader, writer)))

    server = await asyncio.start_server(talk, "127.0.0.1", one.port)
    try:
        yield one
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def delivery(port: int, *, tls: str = "none", user: str = "", password: str = SECRET, proof: ssl.SSLContext | None = None) -> Delivery:
    """What hands over."""
    server = Server(host="127.0.0.1", port=port, tls=tls)  # type: ignore[arg-type]
    return Delivery(server, user, password, proof or trust(None))


async def refused(port: int, attempt: int = 1, content: bytes = MAIL) -> Undelivered:
    """Hand over and return why it was not taken."""
    with pytest.raises(Undelivered) as error:
        await delivery(port).hand_over(Letter("a@b", ANNA, content), CLINIC, attempt)
    assert ANNA not in str(error.value) and SECRET not in str(error.value)
    return error.value


async def test_postfix_takes_it_and_it_arrives(post_office: MailServer) -> None:
    await delivery(post_office.smtp).hand_over(Letter("a@b", ANNA, MAIL), CLINIC, 1)
    [came] = await asyncio.to_thread(post_office.until, ANNA, 1)
    assert came["From"] == CLINIC and "hello from the clinic" in str(came.get_payload())


async def test_a_password_goes_under_tls_and_a_wrong_one_is_the_accounts_illness(post_office: MailServer) -> None:
    proof = trust(post_office.ca)
    good = delivery(post_office.smtp, tls="starttls", user=CLINIC, password=post_office.password, proof=proof)
    await good.hand_over(Letter("a@b", ANNA, MAIL), CLINIC, 1)
    assert await good.look() == ""
    whole = delivery(post_office.smtps, tls="tls", user=CLINIC, password=post_office.password, proof=proof)
    await whole.hand_over(Letter("a@b", ANNA, MAIL), CLINIC, 1)
    wrong = delivery(post_office.smtp, tls="starttls", user=CLINIC, proof=proof)
    with pytest.raises(Undelivered) as error:
        await wrong.hand_over(Letter("a@b", ANNA, MAIL), CLINIC, 1)
    assert (error.value.code, error.value.account) == ("smtp_login", True)
    assert await wrong.look() == "smtp_login"
    stranger = delivery(post_office.smtp, tls="starttls", user=CLINIC, password=post_office.password)
    with pytest.raises(Undelivered) as error:
        await stranger.hand_over(Letter("a@b", ANNA, MAIL), CLINIC, 1)
    assert (error.value.code, error.value.account) == ("smtp_tls", True)
    await asyncio.to_thread(post_office.until, ANNA, 2)


async def test_postfix_knows_no_such_box_and_a_full_one(post_office: MailServer) -> None:
    for address, code, gone in (("nobody@patients.example", "unreachable", True), (FULL, "refused", False)):
        with pytest.raises(Undelivered) as error:
            await delivery(post_office.smtp).hand_over(Letter("a@b", address, MAIL), CLINIC, 1)
        assert (error.value.code, error.value.unreachable, error.value.retry_after_s) == (code, gone, None)


async def test_a_mail_bigger_than_the_server_takes_is_not_sent(post_office: MailServer) -> None:
    with pytest.raises(Undelivered) as error:
        await delivery(post_office.smtp).hand_over(Letter("a@b", ANNA, b"x" * (MOST_BYTES + 1)), CLINIC, 1)
    assert error.value.code == "too_big"


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
async def test_a_server_that_says_later_is_asked_after_1_5_15_and_60_minutes(step: str) -> None:
    async with moody(**{step: "451 4.7.1 greylisted"}) as server:
        waits = [(await refused(server.port, attempt)).retry_after_s for attempt in (1, 2, 3, 4, 5)]
    assert waits == [60, 300, 900, 3600, None]


@pytest.mark.parametrize(("step", "answer", "code", "gone"), [
    ("RCPT", "550 5.1.1 nobody", "unreachable", True), ("RCPT", "554 5.7.1 spam", "refused", False),
    ("DOT", "554 5.7.1 spam", "refused", False), ("MAIL", "552 too big", "too_big", False), ("DOT", "552 5.3.4", "too_big", False),
])  # fmt: skip
async def test_a_refusal_for_ever_is_final(step: str, answer: str, code: str, gone: bool) -> None:
    async with moody(**{step: answer}) as server:
        error = await refused(server.port)
    assert (error.code, error.unreachable, error.retry_after_s) == (code, gone, None)


@pytest.mark.parametrize("step", ["hello", "EHLO", "MAIL", "RCPT"])
async def test_a_line_that_is_cut_before_the_words_is_tried_again_and_counts_for_nothing(step: str) -> None:
    async with moody(**{step: "!"}) as server:
        error = await refused(server.port)
    assert (error.code, error.counts, bool(error.retry_after_s)) == ("offline", False, True)


@pytest.mark.parametrize("step", ["DATA", "DOT"])
async def test_a_line_that_is_cut_after_the_words_began_is_not_known(step: str) -> None:
    async with moody(**{step: "!"}) as server:
        with pytest.raises(Unknown):
            await delivery(server.port).hand_over(Letter("a@b", ANNA, MAIL), CLINIC, 1)
    assert server.heard.count("MAIL") == 1


async def test_a_server_that_never_answers_after_the_words_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.mail.outgoing.delivery._STEP_S", 0.5)
    async with moody(DOT="…") as server:
        with pytest.raises(Unknown):
            await delivery(server.port).hand_over(Letter("a@b", ANNA, MAIL), CLINIC, 1)


async def test_a_server_that_hangs_up_instead_of_goodbye_has_taken_it() -> None:
    async with moody(QUIT="!") as server:
        await delivery(server.port).hand_over(Letter("a@b", ANNA, MAIL), CLINIC, 1)
    assert "." in server.heard


async def test_nobody_there() -> None:
    port = ports.free()
    error = await refused(port)
    assert (error.code, error.counts) == ("offline", False)
    assert await delivery(port).look() == "smtp_away"


