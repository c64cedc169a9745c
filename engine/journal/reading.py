"""Parts of a PBX's journal in, calls that have ended out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from engine.journal.parts import Batch, FileName, OutOfPlace, Part, Position, Problem, Taken
from engine.world import Entity

__all__ = ["Batch", "OutOfPlace", "Part", "Position", "Problem", "Reader", "Taken"]


class Reader:
    """The journal of one PBX.

    Args: name of the PBX in the settings; what the calls room must know of the clinic: rows of Pbx, Operator, Line
    and Queue.
    """

    def __init__(self, pbx: str, entities: Iterable[Entity]) -> None:
        raise NotImplementedError

    def refresh(self, entities: Iterable[Entity]) -> None:
        """The clinic's settings have changed; open calls go on."""
        raise NotImplementedError

    def begin(self, offsets: Mapping[str, Position | None]) -> None:
        """Forget everything and go on from these positions; a file not named is taken from wherever it comes."""
        raise NotImplementedError

    def position(self, file: FileName) -> Position | None:
        """Where the next part of a file must begin; None when any place will do."""
        raise NotImplementedError

    def accepts(self, part: Part) -> bool:
        """Whether this part is the next of its file."""
        raise NotImplementedError

    def take(self, part: Part, now: datetime, offset: timedelta = timedelta()) -> Taken:
        """Read a part.

        Args: the part; the PBX's wall clock when it was sent; what to add to the PBX's times to get ours.
        Raises OutOfPlace for a part that is not the next one; nothing is changed then.
        """
        raise NotImplementedError

    @property
    def open(self) -> int:
        """Calls that go on, as far as the journal was read."""
        raise NotImplementedError
