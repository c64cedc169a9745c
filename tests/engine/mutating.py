"""Damage to real AMI blocks and journal rows, from a seed: what a broken peer, a torn write or a person's name can do."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

# What a header or a column may suddenly hold. Control bytes, quotes, separators, no UTF-8, numbers beyond every bound.
VALUES: tuple[bytes, ...] = (
    b"", b"\0", b"<unknown>", b"-1", b"0", b"nan", b"inf", b"-inf", b"1e309", b"9" * 40, b"1795247241", b"-1.5e300",
    b"1795247241.", b".5", b"bench-", b"bench-1795247241.", b"bench-99999999999999.1", b"bench--5.1", b"99999999999.9",
    b"253402300800.1", b"\xff\xfe", b"\xed\xa0\x80", "Ё😀".encode(), b"a" * 5000, b"|||||", b'"', b'""', b'","', b"\\",
    b"O\\'Brien \\\" \\", b"PJSIP/", b"PJSIP/1001", b"Local/1001@x-1;1", b"Local/1001@x-1;2", b"{", b'{"a":', b"[[[[",
    b"{}" * 300, b"%s%n", b"${EXTEN}", b"../../etc", b"'; DROP TABLE calls; --", b"<script>", b"\x1b[31m", b"\t", b" ",
    b"true", b"None", b"+7999000", b"\xd9\xa1\xd9\xa2\xd9\xa3",
)  # fmt: skip
NUMBER = re.compile(rb"\d+")
# `system-epoch.serial`, as Uniqueid and Linkedid are written, but no time with its microseconds; a bridge is a UUID,
# a channel's name ends in a counter.
IDS = re.compile(rb'(?<!Timestamp: )\b\d\d(\d{7,}\.)(?!\d{6}")(\d+)')
BRIDGES = re.compile(rb"\b[0-9a-f]{8}(?=(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)")
CHANNELS = re.compile(rb"-[0-9a-f]{2}([0-9a-f]{6})\b(?!-)")
PHONES = re.compile(rb"PJSIP/1(\d{3})\b")

Mutation = Callable[[random.Random, bytes], bytes]


def flip(dice: random.Random, data: bytes) -> bytes:
    """Some bytes become others."""
    damaged = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        if damaged:
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    return bytes(damaged)


def cut(dice: random.Random, data: bytes) -> bytes:
    """It ends too early."""
    return data[: dice.randint(0, len(data))]


def lose(dice: random.Random, data: bytes) -> bytes:
    """A piece in the middle is missing."""
    start = dice.randint(0, len(data))
    return data[:start] + data[start + dice.randint(1, 200) :]


def insert(dice: random.Random, data: bytes) -> bytes:
    """Something stands in it that does not belong there."""
    place = dice.randint(0, len(data))
    return data[:place] + dice.choice(VALUES) + data[place:]


def renumber(dice: random.Random, data: bytes) -> bytes:
    """One of its numbers is another one."""
    found = list(NUMBER.finditer(data))
    if not found:
        return data
    number = dice.choice(found)
    other = str(dice.choice((0, 1, 7, 255, 2**31, 2**63, 10**18, dice.randrange(10**10)))).encode()
    return data[: number.start()] + other + data[number.end() :]


def parts(separator: bytes, lead: bytes = b"") -> tuple[Mutation, ...]:
    """Mutations of what stands between separators; `lead` ends a name inside a part (an AMI header's `: `)."""

    def swap(dice: random.Random, data: bytes) -> bytes:
        pieces = data.split(separator)
        dice.shuffle(pieces)
        return separator.join(pieces)

    def drop(dice: random.Random, data: bytes) -> bytes:
        pieces = data.split(separator)
        del pieces[dice.randrange(len(pieces))]
        return separator.join(pieces)

    def repeat(dice: random.Random, data: bytes) -> bytes:
        pieces = data.split(separator)
        pieces.insert(dice.randint(0, len(pieces)), dice.choice(pieces))
        return separator.join(pieces)

    def set_value(dice: random.Random, data: bytes) -> bytes:
        pieces = data.split(separator)
        place = dice.randrange(len(pieces))
        name, between, _ = pieces[place].partition(lead) if lead else (b"", b"", b"")
        pieces[place] = name + between + dice.choice(VALUES)
        return separator.join(pieces)

    return swap, drop, repeat, set_value, set_value, set_value


AMI: tuple[Mutation, ...] = (flip, cut, lose, insert, renumber, renumber, *parts(b"\r\n", b": "))
CEL: tuple[Mutation, ...] = (flip, cut, lose, insert, renumber, renumber, *parts(b'","'))
QUEUE_LOG: tuple[Mutation, ...] = (flip, cut, lose, insert, renumber, renumber, *parts(b"|"))


def mutated(dice: random.Random, pieces: Sequence[bytes], mutations: Sequence[Mutation], count: int) -> Iterator[bytes]:
    """So many pieces, each one of the given with one to three mutations."""
    for _ in range(count):
        piece = dice.choice(pieces)
        for _ in range(dice.choice((1, 1, 2, 3))):
            piece = dice.choice(mutations)(dice, piece)
        yield piece


def foreign(data: bytes) -> bytes:
    """The same of channels and bridges that the recording does not know: whatever it says, it is of other calls.

    They are of other phones too: an operator who talks and makes another call consults. And they are older than the
    recorded ones: a younger one with a higher serial, followed by a lower, is a restart.
    """
    data = IDS.sub(rb"16\1\2", data)
    data = BRIDGES.sub(b"ffffffff", data)
    data = CHANNELS.sub(rb"-ff\1", data)
    return PHONES.sub(rb"PJSIP/9\1", data)


def damaged_plays(
    dice: random.Random, plays: Sequence[Sequence[bytes]], mutations: Sequence[Mutation], count: int
) -> Iterator[bytes]:
    """Whole plays, each time of other channels, in which every other piece is damaged: `count` damaged ones in all."""
    copy = 0
    while True:
        copy += 1
        for piece in dice.choice(plays):
            fresh = IDS.sub(b"17\\g<1>%d\\2" % copy, BRIDGES.sub(b"%08x" % copy, piece))
            if dice.random() < 0.5:
                yield fresh
                continue
            yield from mutated(dice, [fresh], mutations, 1)
            count -= 1
            if not count:
                return
