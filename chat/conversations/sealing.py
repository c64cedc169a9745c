"""What `chat` keeps sealed, and by which fingerprints it is found again."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from okno.seal import Sealer

Place = tuple[str, str]
"""The table and the column where something is sealed; the row is its id."""

RAW: Place = ("raw_event", "body")
PERSON: Place = ("identity", "person")
SUBJECT: Place = ("conversation", "subject")
ENTRY: Place = ("conversation", "entry")
EXTRA: Place = ("conversation", "extra")
BODY: Place = ("message", "body")  # also in message_version, with the message's id
EXT: Place = ("message", "ext")
NAME: Place = ("attachment", "name")
REF: Place = ("attachment", "ref")
WORDS: Place = ("attachment", "words")
ADDRESS: Place = ("consent", "address")
AGENT: Place = ("consent", "agent")


class Seals:
    """Seals and opens the fields of `chat`.

    Args:
        own: the sealer of `chat`.
    """

    def __init__(self, own: Sealer) -> None:
        self._own = own

    def put(self, place: Place, row: UUID, value: Any) -> bytes:
        """Return `value` (what JSON holds) sealed for its place."""
        table, column = place
        return self._own.seal(json.dumps(value, ensure_ascii=False), table=table, column=column, row=str(row))

    def get(self, place: Place, row: UUID, blob: bytes | None) -> Any:
        """Return what is sealed in `blob`; None for None. Raises SealBroken."""
        if blob is None:
            return None
        table, column = place
        return json.loads(self._own.open(blob, table=table, column=column, row=str(row)))

    def put_bytes(self, place: Place, row: UUID, content: bytes) -> bytes:
        """Return bytes, whatever they are, sealed for their place."""
        table, column = place
        return self._own.seal_bytes(content, table=table, column=column, row=str(row))

    def get_bytes(self, place: Place, row: UUID, blob: bytes) -> bytes:
        """Return the bytes sealed in `blob`. Raises SealBroken."""
        table, column = place
        return self._own.open_bytes(blob, table=table, column=column, row=str(row))

    def event(self, account: str, ext_id: str) -> bytes:
        """Return the fingerprint of an event's id."""
        return self._own.blind(f"{account} {ext_id}", purpose="chat_event")

    def peer(self, account: str, ext_user: str) -> bytes:
        """Return the fingerprint of a person."""
        return self._own.blind(f"{account} {ext_user}", purpose="chat_peer")

    def message(self, account: str, ext_id: str) -> bytes:
        """Return the fingerprint of a message's id at the channel."""
        return self._own.blind(f"{account} {ext_id}", purpose="chat_message")
