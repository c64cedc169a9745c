"""All calls that a PBX's files tell of, read from the beginning: what `okno journal check` compares with history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from engine.journal.parts import FileName, Part, part_of
from engine.journal.reading import Reader
from engine.journal.tail import Tail
from engine.world import Call, Entity

# Whatever clock the PBX has: all that will be written of what is over has been written.
END = datetime(9000, 1, 1, tzinfo=UTC)


def calls_of(
    files: Mapping[FileName, Path], pbx: str, entities: Iterable[Entity], since: datetime, until: datetime
) -> list[Call]:
    """The calls that began in [since, until) and have ended, by the files as they and their rotated kin now are.

    Args: where Asterisk writes each of the two; name of the PBX; rows of Pbx, Operator, Line and Queue; the interval.
    """
    reader = Reader(pbx, entities)
    calls: dict[str, Call] = {}
    with ExitStack() as open_files:
        tails = {file: open_files.enter_context(closing(Tail(file, path, grace_s=0))) for file, path in files.items()}
        for part in parts(tails):
            taken = reader.take(part, END)
            while True:
                calls.update((call.key, call) for call in taken.ended if since <= call.started_at < until)
                if not taken.more:
                    break
                taken = reader.go_on()
    return sorted(calls.values(), key=lambda call: (call.started_at, call.key))


def parts(tails: Mapping[FileName, Tail]) -> Iterator[Part]:
    """All that is written now, queue_log first: nothing of CEL has to wait for it then."""
    for file in sorted(tails, key=lambda file: file != "queue_log"):
        while True:
            batch = tails[file].read()
            yield part_of(file, batch)
            if batch.at_end:
                break
