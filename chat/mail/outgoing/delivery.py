"""A mail handed to a mail server once: taken, refused now, refused for ever, or not known (P2)."""

from __future__ import annotations

import ssl
from contextlib import suppress

import aiosmtplib
from aiosmtplib import errors

from chat.mail.options import Server
from chat.mail.outgoing.composing import Letter
from chat.wire import Undelivered, Unknown

_STEP_S = 60.0
# A server that says «later» is asked again after these; then it is given up.
_LATER_S = (60.0, 300.0, 900.0, 3600.0)
_OFFLINE_S, _LOGIN_AGAIN_S = 30.0, 300.0
_TOO_BIG, _BUSY = 552, 421
# Of a refused recipient: there is no such box or no such domain (RFC 3463), not «we do not want your mail».
_NOBODY = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")


class Delivery:
    """Hands mails over.

    Args:
        server: the mail server.
        user: who logs in there; empty: nobody does.
        password: his.
        trust: what proves the server is who it says.
    """

    def __init__(self, server: Server, user: str, password: str, trust: ssl.SSLContext) -> None:
        self._server, self._user, self._password, self._trust = server, user, password, trust

    async def hand_over(self, letter: Letter, sender: str, attempt: int) -> None:
        """Hand a mail over. Raises Undelivered, Unknown: the connection went after its words had begun."""
        client = self._client()
        begun = False
        try:
            await self._enter(client)
            await client.mail(sender, options=self._size(client, letter))
            await client.rcpt(letter.to)
            begun = True
            await client.data(letter.content)
        except errors.SMTPResponseException as error:
            raise _refused(error, attempt) from None
        except (errors.SMTPException, OSError, ValueError) as error:
            if begun:
                raise Unknown("no_answer") from None
            raise _offline(error) from None
        finally:
            await _leave(client)

    async def look(self) -> str:
        """Return what is wrong with the server: a word below `chat.lamp.`; empty when nothing is."""
        client = self._client()
        try:
            await self._enter(client)
        except errors.SMTPAuthenticationError:
            return "smtp_login"
        except (errors.SMTPException, OSError, ValueError) as error:
            return "smtp_tls" if isinstance(error.__cause__ or error, ssl.SSLError) else "smtp_away"
        finally:
            await _leave(client)
        return ""

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._server.host, port=self._server.port, timeout=_STEP_S, use_tls=self._server.tls == "tls",
            start_tls=self._server.tls == "starttls", tls_context=self._trust if self._server.tls != "none" else None,
        )  # fmt: skip

    async def _enter(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        if self._user:
            await client.login(self._user, self._password)

    def _size(self, client: aiosmtplib.SMTP, letter: Letter) -> list[str]:
        """What the server is told beforehand. Raises Undelivered: it says that it takes none so big."""
        if not client.supports_extension("size"):
            return []
        most = str(client.esmtp_extensions.get("size", "")).strip()
        if most.isdigit() and 0 < int(most) < len(letter.content):
            raise Undelivered("too_big")
        return [f"SIZE={len(letter.content)}"]


async def _leave(client: aiosmtplib.SMTP) -> None:
    """Say goodbye if there is anybody; what was taken stays taken whatever comes of it."""
    if client.is_connected:
        with suppress(errors.SMTPException, OSError, TimeoutError):
            await client.quit(timeout=2)
    client.close()


def _offline(error: Exception) -> Undelivered:
    if isinstance(error.__cause__ or error, ssl.SSLError):
        return Undelivered("smtp_tls", retry_after_s=_LOGIN_AGAIN_S, counts=False, account=True)
    return Undelivered("offline", retry_after_s=_OFFLINE_S, counts=False)


def _refused(error: errors.SMTPResponseException, attempt: int) -> Undelivered:
    """What a server's refusal means. Its own words may name people: only its codes are looked at."""
    if isinstance(error, errors.SMTPAuthenticationError):
        return Undelivered("smtp_login", retry_after_s=_LOGIN_AGAIN_S, counts=False, account=True)
    if error.code == _TOO_BIG:
        return Undelivered("too_big")
    if error.code == _BUSY:
        return Undelivered("rate", retry_after_s=_LATER_S[0], counts=False)
    if error.code < 500:
        later = _LATER_S[attempt - 1] if 0 < attempt <= len(_LATER_S) else None
        return Undelivered("later", retry_after_s=later)
    if isinstance(error, errors.SMTPRecipientRefused):
        nobody = error.message.lstrip().startswith(_NOBODY)
        return Undelivered("unreachable" if nobody else "refused", unreachable=nobody)
    return Undelivered("refused")


