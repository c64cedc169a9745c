"""Which word a lamp says of a call that failed, and when it is tried again."""

from __future__ import annotations

from chat.wire import Undelivered, Unknown
from okno.database import DatabaseDown


def why(error: Undelivered | Unknown | DatabaseDown) -> str:
    """Return a word below `chat.lamp.`.

    What answers and is not the cloud (a wrong address, a proxy's own page) is told apart from what does not answer.
    """
    if isinstance(error, Undelivered):
        return error.code
    if isinstance(error, DatabaseDown):
        return "database"
    return "stranger" if str(error) == "answer" else "offline"


def wait_s(error: Undelivered | Unknown | DatabaseDown, least: float) -> float:
    """Return after how many seconds to try again: `least`, or longer when the cloud asks for it."""
    asked = error.retry_after_s if isinstance(error, Undelivered) else None
    return max(least, asked or 0.0)
