"""What the clinic's own people say of those who reach it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactName:
    """What an operator said a contact is called; empty when he took it back. Key: the contact.

    It is written and leaves the open world at once: `Contact.name` is what the open world reads.
    """

    DURABLE: ClassVar[bool] = True
    INDEX: ClassVar[tuple[str, ...]] = ()

    key: str
    name: str
    actor: str
    at: datetime
