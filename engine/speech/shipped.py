"""The sounds that come with Okno, so that a fresh install speaks before anybody has installed a voice.

They are the callers' words of `engine/i18n` (`prompt.…`), the prompts of the demo clinic, and the pieces of which
numbers, dates and times are said. `python -m engine.speech.shipped` makes them anew where a text has changed; it needs
the packaged voices. `sounds/index.json` names the text each was made of, by its SHA-256.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import get_args

import yaml

from engine.ivr import saying
from engine.speech.sound import from_alaw, seconds, to_alaw
from engine.speech.voice import VOICES, Language, spoken
from okno.i18n import Catalogue
from okno.resources import folder

FOLDER = "sounds"
INDEX = "index.json"
ENDING = ".alaw"
PREFIX = "prompt."
LANGUAGES: tuple[Language, ...] = get_args(Language)
_HOME = Path(__file__).parent.parent
_DEMO = "demo/okno.demo.yaml"


@dataclass(frozen=True, slots=True)
class Shipped:
    """The sounds that came with this installation.

    Args:
        home: their folder.
        texts: of each sound (`ru/consent`) the mark of its text.
    """

    home: Path
    texts: Mapping[str, str]

    def path(self, sound: str) -> Path:
        """Where the file of a sound is."""
        return self.home / f"{sound}{ENDING}"

    def saying(self, text: str, language: Language) -> str | None:
        """Return the sound that says exactly this; None when there is none."""
        return self._by_text.get((language, mark(text)))

    @property
    def _by_text(self) -> Mapping[tuple[str, str], str]:
        return _by_text(tuple(self.texts.items()))


@cache
def _by_text(texts: tuple[tuple[str, str], ...]) -> Mapping[tuple[str, str], str]:
    return {(sound.partition("/")[0], text): sound for sound, text in reversed(texts)}


def mark(text: str) -> str:
    """What a text is known by."""
    return sha256(" ".join(text.split()).encode()).hexdigest()


@cache
def shipped() -> Shipped:
    """Return what came with this installation. Raises ResourceMissing."""
    home = folder(FOLDER)
    index = json.loads((home / INDEX).read_text("utf-8"))
    return Shipped(home, index["texts"])


def texts(demo: Path | None = None) -> dict[str, str]:
    """Return what is to be said by each shipped sound: `ru/consent` and its text.

    Args:
        demo: the demo clinic's settings, whose prompts are shipped too; that of the checkout by default.
    """
    words = Catalogue.load(_HOME / "i18n")
    said: dict[str, str] = {}
    for language in LANGUAGES:
        for key in sorted(words.keys(language)):
            if key.startswith(PREFIX):
                said[f"{language}/{key.removeprefix(PREFIX)}"] = words.t(key, language)
        said |= {sound.removeprefix("okno/"): text for sound, text in saying.pieces(language).items()}
    return said | _of_demo(demo or _HOME.parent / _DEMO)


def _of_demo(settings: Path) -> dict[str, str]:
    """The demo clinic's own words, apart: a PBX gets them when its directory says the same (`Shipped.saying`)."""
    prompts = (yaml.safe_load(settings.read_text("utf-8")).get("prompts") or {}) if settings.is_file() else {}
    return {
        f"{language}/demo/{name}": prompt["text"][language]
        for name, prompt in prompts.items() for language in LANGUAGES if language in prompt.get("text", {})
    }  # fmt: skip


def make(home: Path, said: Mapping[str, str]) -> list[str]:
    """Make every sound whose text is not the one it was made of; remove those nobody wants. Returns what was made.

    Args:
        home: the folder of the sounds.
        said: each sound and its text.

    Raises:
        NoVoice: a voice is not installed.
        CannotSpeak: a text is not for its voice.
    """
    known = _known(home / INDEX)
    made = []
    for sound, text in sorted(said.items()):
        path = home / f"{sound}{ENDING}"
        if known.get(sound) == mark(text) and path.is_file():
            continue
        samples = spoken(text, "ru" if sound.startswith("ru/") else "en")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_alaw(samples))
        made.append(sound)
    for path in home.rglob(f"*{ENDING}"):
        if str(path.relative_to(home)).removesuffix(ENDING) not in said:
            path.unlink()
    index = {
        "voices": {language: voice.name for language, voice in VOICES.items()},
        "texts": {sound: mark(text) for sound, text in sorted(said.items())},
    }
    (home / INDEX).write_text(json.dumps(index, indent=1) + "\n", "utf-8")
    return made


def _known(index: Path) -> dict[str, str]:
    return dict(json.loads(index.read_text("utf-8"))["texts"]) if index.is_file() else {}


def main() -> None:
    """Make the checkout's sounds, and say how many and how long they are."""
    home = folder(FOLDER)
    made = make(home, texts())
    files = sorted(home.rglob(f"*{ENDING}"))
    length = sum(seconds(from_alaw(file.read_bytes())) for file in files)
    size = sum(file.stat().st_size for file in files)
    sys.stdout.write(f"{len(made)} made, {len(files)} sounds, {length:.0f} s, {size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
