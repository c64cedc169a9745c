"""Which sounds a PBX is to have, and putting them there: Asterisk plays `okno/ru/consent` from `sounds/okno/ru`.

Each is one of three: it came with Okno, it is a text of the directory spoken by the packaged voice, or somebody has
uploaded it. What of it is there already is known by a list beside them. Nothing is removed but what we put there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from engine.speech.shipped import ENDING, LANGUAGES, Shipped, mark
from engine.speech.sound import to_alaw
from engine.speech.voice import VOICES, Language, spoken
from okno.errors import OknoError, TheirFault
from okno.settings.directory import PromptSettings

LIST = ".okno-sounds.json"
_NAME = re.compile(r"(ru|en)/(say/)?[a-z0-9][a-z0-9_-]{0,39}")


class NoFile(TheirFault):
    """An uploaded sound cannot be had just now."""


class Uploads(Protocol):
    """Where uploaded sounds are."""

    def get(self, file: str) -> bytes:
        """Return the A-law bytes of the sound with this SHA-256. Raises NoFile."""


class NoUploads:
    """Where nobody can be asked for them."""

    def get(self, file: str) -> bytes:
        """Raise NoFile."""
        raise NoFile("an uploaded sound comes from the engine, through `okno serve pbx`")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sound: where it comes from, and `what` of it: a shipped sound's name, a text, an upload's SHA-256."""

    way: Literal["shipped", "text", "file"]
    what: str
    language: Language

    def key(self, shipped: Shipped) -> str:
        """What it is known by: another key is another sound."""
        if self.way == "shipped":
            return f"shipped:{self.what}:{shipped.texts[self.what]}"
        if self.way == "text":
            return f"text:{VOICES[self.language].name}:{mark(self.what)}"
        return f"file:{self.what}"


@dataclass(frozen=True, slots=True)
class Brought:
    """What was put there, and what of it could not be: reasons in words, one for each kind of trouble."""

    changed: tuple[str, ...]
    problems: tuple[str, ...] = ()


def wanted(prompts: Mapping[str, PromptSettings], shipped: Shipped) -> dict[str, Wanted]:
    """Return every sound a PBX is to have, by name (`ru/consent`): the shipped ones, and over them the directory's."""
    found = {
        sound: Wanted("shipped", sound, "ru" if sound.startswith("ru/") else "en")
        for sound in shipped.texts if _NAME.fullmatch(sound)
    }  # fmt: skip
    for name, prompt in prompts.items():
        for language in LANGUAGES:
            one = _of(prompt, language, shipped)
            if one is not None:
                found[f"{language}/{name}"] = one
    return found


def _of(prompt: PromptSettings, language: Language, shipped: Shipped) -> Wanted | None:
    if prompt.file is not None:
        return Wanted("file", prompt.file, language)
    text = prompt.text.get(language, "")
    if not text.strip():
        return None
    same = shipped.saying(text, language)
    return Wanted("shipped", same, language) if same is not None else Wanted("text", text, language)


def bring(
    want: Mapping[str, Wanted], into: Path, shipped: Shipped, uploads: Uploads, *, keep: bool = False
) -> Brought:
    """Put every sound that is not there yet into its place, whole. Blocks: a text takes a second to be spoken.

    Args:
        want: as `wanted` says.
        into: the folder `okno` of Asterisk's sounds.
        shipped: what came with Okno.
        uploads: has what people uploaded.
        keep: what is not wanted stays.

    Returns:
        What was put there, and what could not be; the others are there all the same.

    Raises:
        OSError: the folder cannot be written.
    """
    into.mkdir(parents=True, exist_ok=True, mode=0o755)
    known = _read(into / LIST)
    there = {name: key for name, key in known.items() if (into / f"{name}{ENDING}").is_file()}
    changed, problems = [], []
    for name, one in want.items():
        key = one.key(shipped)
        if there.get(name) == key:
            continue
        try:
            data = _data(one, shipped, uploads)
        except OknoError as fault:
            problems.append(f"{name}: {fault}")
            continue
        _write(into / f"{name}{ENDING}", data)
        there[name] = key
        changed.append(name)
    for name in () if keep else _stale(there, want, problems):
        (into / f"{name}{ENDING}").unlink(missing_ok=True)
        del there[name]
        changed.append(name)
    if there != known:
        _write(into / LIST, json.dumps(there, indent=1).encode())
    return Brought(tuple(changed), tuple(problems))


def _stale(there: Mapping[str, str], want: Mapping[str, Wanted], problems: list[str]) -> list[str]:
    """What was ours and is wanted no more; while something is in the way, nothing is taken from callers."""
    return [] if problems else [name for name in there if name not in want]


def _data(one: Wanted, shipped: Shipped, uploads: Uploads) -> bytes:
    if one.way == "shipped":
        return shipped.path(one.what).read_bytes()
    if one.way == "text":
        return to_alaw(spoken(one.what, one.language))
    return uploads.get(one.what)


def _read(path: Path) -> dict[str, str]:
    try:
        told = json.loads(path.read_text("utf-8"))
        return {str(name): str(key) for name, key in told.items() if _NAME.fullmatch(str(name))}
    except (OSError, ValueError, AttributeError):
        return {}  # then every sound is put there anew


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.chmod(0o644)
        _like_its_folder(draft)
        os.replace(draft, path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


def _like_its_folder(path: Path) -> None:
    """Asterisk's files belong to Asterisk's user."""
    if os.geteuid() == 0:
        owner = path.parent.parent.stat()
        os.chown(path.parent, owner.st_uid, owner.st_gid)
        os.chown(path, owner.st_uid, owner.st_gid)
