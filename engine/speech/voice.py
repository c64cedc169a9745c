"""The packaged voices speak a text: Festival on this machine, no network (decision 0041)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.speech.sound import RATE, levelled, resampled, trimmed
from engine.speech.wav import NotWav, read
from okno.errors import Refused, TheirFault

Language = Literal["ru", "en"]
PROGRAM = "text2wave"
# A minute of speech is made in 4 s; more than this is a machine in trouble.
PATIENCE_S = 60
LONGEST = 1500
# What a voice reads as sounds or pauses; anything else it would spell, or fall silent at. The first of Russian are its
# letters, the last of both are quotation marks and dashes.
_SIGNS = r" ,.!?;:()\"'\-\n\u00ab\u00bb\u2013\u2014\u2018\u2019\u201c\u201d\u201e"
SPOKEN: dict[Language, re.Pattern[str]] = {
    "ru": re.compile(rf"[\u0410-\u044f\u0401\u0451A-Za-z0-9{_SIGNS}]+"),
    "en": re.compile(rf"[A-Za-z0-9{_SIGNS}]+"),
}
_ENGLISH = re.compile(r"[A-Za-z](?:[A-Za-z0-9 ,.'\-]*[A-Za-z0-9.])?")
# Between two voices.
_PAUSE = RATE // 5
# Typography it does not know, in signs it does.
_PLAIN = str.maketrans({
    "\u00ab": "", "\u00bb": "", "\u201c": "", "\u201d": "", "\u201e": "", "\u2018": "'", "\u2019": "'",
    '"': "",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of Festival: what it is called there, the Debian package, where its files are."""

    name: str
    package: str
    folder: str


VOICES: dict[Language, Voice] = {
    "ru": Voice("voice_msu_ru_nsh_clunits", "festvox-ru", "russian/msu_ru_nsh_clunits"),
    "en": Voice("voice_cmu_us_slt_arctic_hts", "festvox-us-slt-hts", "us/cmu_us_slt_arctic_hts"),
}
HOME = Path("/usr/share/festival/voices")


class NoVoice(TheirFault):
    """The voice is not on this machine; the words say which packages to install."""


class CannotSpeak(Refused):
    """The voice cannot read this text: it is empty, too long, or has letters of another language in it."""


def missing(language: Language, home: Path = HOME) -> str | None:
    """Say what is to be installed before this language can be spoken; None when all is there."""
    voice = VOICES[language]
    if shutil.which(PROGRAM) is None or not (home / voice.folder).is_dir():
        return f"the {language} voice is not installed beside this PBX: apt-get install festival {voice.package}"
    return None


def readable(text: str, language: Language) -> bool:
    """Whether the voice of this language can read the text."""
    known = len(text) <= LONGEST and SPOKEN[language].fullmatch(text) is not None
    return known and any(sign.isalnum() for sign in text)


def spoken(text: str, language: Language) -> array[int]:
    """Return the text spoken: a telephone's samples at a prompt's level, without silence around. Blocks for seconds.

    English words in a Russian text are spoken by the English voice.

    Raises:
        CannotSpeak: the text is not for this voice.
        NoVoice: it is not installed, or failed.
    """
    if not readable(text, language):
        raise CannotSpeak
    whole = array("h")
    for number, (part, own) in enumerate(_parts(text, language)):
        whole += (array("h", bytes(2 * _PAUSE)) if number else array("h")) + _said(part, own)
    return whole


def _parts(text: str, language: Language) -> list[tuple[str, Language]]:
    """The text in pieces of one language each."""
    if language == "en":
        return [(text, "en")]
    pieces: list[tuple[str, Language]] = []
    end = 0
    for match in _ENGLISH.finditer(text):
        pieces += [(text[end : match.start()], "ru"), (match[0], "en")]
        end = match.end()
    pieces.append((text[end:], "ru"))
    return [(piece, own) for piece, own in pieces if any(sign.isalnum() for sign in piece)]


def _said(text: str, language: Language) -> array[int]:
    lacking = missing(language)
    if lacking is not None:
        raise NoVoice(lacking)
    with tempfile.TemporaryDirectory(prefix="okno-voice-") as folder:
        said, made = Path(folder) / "said.txt", Path(folder) / "made.wav"
        said.write_text(_plain(text), "utf-8")
        _run([PROGRAM, "-eval", f"({VOICES[language].name})", "-o", str(made), str(said)])
        try:
            wav = read(made.read_bytes())
        except (OSError, NotWav) as fault:
            raise NoVoice(f"{PROGRAM} said nothing") from fault
    samples = levelled(trimmed(resampled(wav.samples, wav.rate)))
    if not samples:
        raise CannotSpeak
    return samples


def _plain(text: str) -> str:
    """The text as the voice knows how to read it: a sign that stands alone is a word to it, and it falls silent."""
    text = re.sub(r"\s*[\u2013\u2014]\s*|\s+-\s+", ", ", text.translate(_PLAIN))
    text = re.sub(r"(?<=\d):(?=\d)", " ", text)  # 9:30 is two numbers
    text = re.sub(r"([,.!?;:])[\s,.!?;:]*(?=[,.!?;:])", "", re.sub(r"\s+(?=[,.!?;:])", "", text))
    return text.strip(" ,.!?;:-\n") + ("?" if text.rstrip().endswith("?") else ".") + "\n"


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PATIENCE_S, check=False, env={"PATH": os.environ.get("PATH", "")}
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise NoVoice(f"{PROGRAM} did not run: {type(fault).__name__}") from fault
    if done.returncode != 0:
        raise NoVoice(f"{PROGRAM} failed with {done.returncode}")
