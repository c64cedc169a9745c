"""The mail server, for all tests of mail."""

from tests.chat.mail.server import mail_server, post_office

__all__ = ["mail_server", "post_office"]
