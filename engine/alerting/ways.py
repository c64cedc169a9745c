"""The ways out: the clinic's mail server, and webhooks signed by HMAC. Each sends once and says what came of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Protocol

import aiohttp
import aiosmtplib

from engine.alerting.words import Told, Words
from okno import clock
from okno.errors import OknoError
from okno.settings.model import Mail, Webhook

SEND_S = 10.0
SIGNATURE = "Okno-Signature"
_BUSY = frozenset({408, 425, 429})


class NotSent(OknoError):
    """It may be tried again: the other side is away, busy, or did not say whether it took it."""


class NotWanted(OknoError):
    """The other side does not want it; trying again will not help."""


class Way(Protocol):
    """One way out. `name` is a word of ours: an address may hold a secret."""

    name: str

    async def send(self, told: Told) -> None:
        """Send it once.

        Raises:
            NotSent: it may be tried again.
            NotWanted: it need not.
        """

    async def close(self) -> None:
        """Let go of connections."""


class ByMail:
    """Mail to everybody in `mail.to`, over a connection of its own each time.

    Args:
        mail: the settings'.
        secret: reads the password when it is needed, so that a new one is found.
        words: says it.
    """

    name = "mail"

    def __init__(self, mail: Mail, secret: Callable[[str], str], words: Words) -> None:
        self._mail, self._secret, self._words = mail, secret, words

    async def send(self, told: Told) -> None:
        """Hand the letter to the server."""
        mail = self._mail
        try:
            await aiosmtplib.send(
                self._letter(told), hostname=mail.host, port=mail.port, timeout=SEND_S, use_tls=mail.tls == "tls",
                start_tls=mail.tls == "starttls", username=mail.user,
                password=self._secret(mail.secret) if mail.user else None,
            )
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            _judge(max((one.code for one in refusal.recipients), default=0))
        except aiosmtplib.SMTPResponseException as answer:
            _judge(answer.code)
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as trouble:
            raise NotSent(type(trouble).__name__) from None

    async def close(self) -> None:
        """Nothing is kept open."""

    def _letter(self, told: Told) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = self._mail.sender, ", ".join(self._mail.to)
        letter["Subject"] = self._words.subject(told)
        # The same letter sent twice, because nobody knew whether the first arrived, is one letter to a mail program.
        letter["Message-ID"] = f"<{told.id}@okno>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(self._words.text(told))
        return letter


class ByWebhook:
    """A POST of JSON to one address; redirects are not followed.

    Args:
        number: its place in the settings, from 1: the address itself stays out of logs and metrics.
        webhook: the settings'.
        secret: reads the key of the signature.
    """

    def __init__(self, number: int, webhook: Webhook, secret: Callable[[str], str]) -> None:
        self.name = f"webhook_{number}"
        self._webhook, self._secret = webhook, secret
        self._session: aiohttp.ClientSession | None = None

    async def send(self, told: Told) -> None:
        """Post it."""
        body = json.dumps(told.json(), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Okno-Event": told.id}
        if self._webhook.secret is not None:
            headers[SIGNATURE] = signature(self._secret(self._webhook.secret), body, int(clock.now().timestamp()))
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SEND_S))
        try:
            async with self._session.post(
                self._webhook.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as trouble:
            raise NotSent(type(trouble).__name__) from None
        if status >= 500 or status in _BUSY:
            raise NotSent(f"it answered {status}")
        if not 200 <= status < 300:
            raise NotWanted(f"it answered {status}")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def signature(secret: str, body: bytes, at: int) -> str:
    """Return `t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<body>`, so that an old letter cannot be sent again."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _judge(code: int) -> None:
    if code >= 500:
        raise NotWanted(f"it answered {code}") from None
    raise NotSent(f"it answered {code}") from None
