"""What a mail's bytes hold, whatever wrote them: pure, and never at a loss. What cannot be read is shown as a file."""

from chat.mail.parsing.mail import Mail, Piece, parse

__all__ = ["Mail", "Piece", "parse"]
