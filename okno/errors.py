"""What can go wrong, in three branches: we broke a rule of ours, they failed us, or the wish was refused."""

from __future__ import annotations

import inspect
import re
from typing import ClassVar


class OknoError(Exception):
    """Something went wrong in Okno.

    The docstring of an error is its default message, so that no error can be undocumented; `key` is the
    i18n key of the words a person sees. A message never holds a phone number, a name or a message's text.

    Args:
        message: one line that replaces the docstring's first one.
    """

    key: ClassVar[str] = "error.okno"

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Give each error the key `error.<its_name>` unless it names its own."""
        super().__init_subclass__(**kwargs)
        if "key" not in cls.__dict__:
            cls.key = "error." + re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, message: str | None = None) -> None:
        doc = inspect.cleandoc(type(self).__doc__ or "")
        super().__init__(message if message is not None else doc.partition("\n")[0])


class OurFault(OknoError):
    """An invariant of ours is broken: a mistake in Okno that must raise an alarm."""


class TheirFault(OknoError):
    """Something outside failed (Asterisk, MIS, messenger, database): retry and degrade."""


class Refused(OknoError):
    """The wish was understood and refused."""
