"""A file of people, read: whatever its encoding and delimiter, row by row, with a word for each row that is no good.

Spreadsheets of Windows save CSV with semicolons and in an old code page; both are found out. Nothing of a cell is ever
said again but in what is shown to whoever sent it: a fault names the row and the kind.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from okno import phones

# So many people has a list at most, so many rows a file; more are several lists.
MOST_PEOPLE, MOST_ROWS, MOST_COLUMNS = 3000, 20_000, 50
NAME, NOTE, REF = 100, 300, 64
_DELIMITERS = ";,\t"
_LOOK = 20


class NoTable(Exception):
    """What was sent cannot be read as a table. The word: `spreadsheet`, `binary`, `empty`, `too_long`, `wide`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what, counted from 0; None: none does.

    `agreed`: the words of the column `consent` mean that he may be called; else they mean that he may not.
    """

    phone: int
    name: int | None = None
    note: int | None = None
    ref: int | None = None
    consent: int | None = None
    agreed: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom to call; `place` is his row in the file, counted from 1 as a spreadsheet does."""

    place: int
    phone: str
    name: str = ""
    note: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is no good: `no_phone`, `bad_phone`, `not_callable`, `twice` (`of` is the row that has it first),
    `refused` (his own word in the file), `over` (more people than a list has).
    """

    row: int
    word: str
    of: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file with their numbers, and what its columns are called, if it says so."""

    head: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    titled: bool

    def sample(self, column: int, most: int = 3) -> list[str]:
        """The first cells of a column that hold something."""
        return [row[column] for _, row in self.rows[:_LOOK] if column < len(row) and row[column]][:most]


@dataclass(slots=True)
class People:
    """What was made of a table."""

    good: list[Person] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have which fault."""
        return dict(Counter(one.word for one in self.faults))


def table_of(raw: bytes, rules: Mapping[str, str]) -> Table:
    """Read a file.

    Args:
        raw: as it was sent.
        rules: country and area code that complete a number: a first row with a number in it is no title.

    Raises:
        NoTable: it is none.
    """
    text = _text(raw)
    delimiter = max(_DELIMITERS, key=text.split("\n", 1)[0].count)
    rows: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, 1):
            row = tuple(" ".join(cell.split()) for cell in cells)
            if len(row) > MOST_COLUMNS:
                raise NoTable("wide")
            if any(row):
                rows.append((number, row))
            if len(rows) > MOST_ROWS:
                raise NoTable("too_long")
    except csv.Error:
        raise NoTable("binary") from None
    if not rows:
        raise NoTable("empty")
    titled = not any(phones.parse(cell, **rules) for cell in rows[0][1])
    head = rows[0][1] if titled else ()
    wide = max(len(row) for _, row in rows)
    return Table(head + ("",) * (wide - len(head)), tuple(rows[1:] if titled else rows), titled)


def phone_column(table: Table, rules: Mapping[str, str]) -> int | None:
    """The column in which most of the first rows have a number; None when no column has any."""
    found = Counter(
        column for _, row in table.rows[:_LOOK] for column, cell in enumerate(row) if phones.parse(cell, **rules)
    )
    return min(found, key=lambda column: (-found[column], column)) if found else None


def people_of(table: Table, columns: Columns, rules: Mapping[str, str]) -> People:
    """Return whom the rows name; who stands in two rows is called once, for the first of them."""
    people, first = People(), dict[str, int]()
    for number, row in table.rows:
        phone, word = _phone(_cell(row, columns.phone), rules)
        if word:
            people.faults.append(Fault(number, word))
        elif phone in first:
            people.faults.append(Fault(number, "twice", first[phone]))
        elif _refused(row, columns):
            people.faults.append(Fault(number, "refused"))
        elif len(people.good) >= MOST_PEOPLE:
            people.faults.append(Fault(number, "over"))
        else:
            first[phone] = number
            people.good.append(Person(
                place=number, phone=phone, name=_cell(row, columns.name)[:NAME], note=_cell(row, columns.note)[:NOTE],
                ref=_cell(row, columns.ref)[:REF],
            ))  # fmt: skip
    return people


def _text(raw: bytes) -> str:
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NoTable("spreadsheet")
    for encoding in _encodings(raw):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise NoTable("binary")
        return text
    raise NoTable("binary")


def _encodings(raw: bytes) -> Iterator[str]:
    """UTF with its mark, UTF-8, and the code page of Russian Windows, which nearly any bytes are."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield "utf-16"
    yield from ("utf-8-sig", "cp1251")


def _cell(row: Sequence[str], column: int | None) -> str:
    """A cell without what no line of text holds."""
    cell = row[column] if column is not None and column < len(row) else ""
    return "".join(letter for letter in cell if letter.isprintable())


def _phone(raw: str, rules: Mapping[str, str]) -> tuple[str, str]:
    if not raw:
        return "", "no_phone"
    phone = phones.parse(raw, **rules)
    if phone is None:
        return "", "bad_phone"
    return (phone.e164, "") if phone.callable_back else ("", "not_callable")


def _refused(row: Sequence[str], columns: Columns) -> bool:
    """Whether his row says that he is not to be called. Where consent is asked for, silence is none."""
    if columns.consent is None:
        return False
    said = _cell(row, columns.consent).casefold() in {word.strip().casefold() for word in columns.words}
    return said != columns.agreed
