"""How channels, calls and numbers are named: what an Asterisk name or id tells by itself."""

from datetime import UTC, datetime

from engine.world import Channel, Line, Pbx, View
from okno import phones
from okno.ids import uuid7_of

# A PJSIP display name is cut by Asterisk at 79 bytes (ami.md 4.14); longer ones are somebody's joke.
NAME_LENGTH = 80
# Kinds of channels on which nobody speaks: a Redirect's stand-in keeps the name and the context of whom it replaces.
NOBODY = ("Local/", "AsyncGoto/", "Surrogate/", "Snoop/", "Message/", "Announcer/", "Recorder/", "CBAnn/", "Bridge/")


def channel_key(pbx: str, uniqueid: str) -> str:
    """The key of a `Channel`."""
    return f"{pbx}/{uniqueid}"


def interface_of(name: str) -> str:
    """The interface a channel's name tells: `PJSIP/1001` of `PJSIP/1001-0000002a`."""
    return name.rsplit("-", 1)[0]


def endpoint_of(name: str) -> str:
    """The endpoint a channel's name tells: `1001` of `PJSIP/1001-0000002a`."""
    return interface_of(name).split("/", 1)[-1]


def is_nobody(name: str) -> bool:
    """Whether no person speaks on such a channel: Asterisk makes it to move others about."""
    return name.startswith(NOBODY)


def is_local(name: str) -> bool:
    """Whether the channel is half of a Local pair: nobody's phone, only a way through the dialplan."""
    return name.startswith("Local/")


def born(uniqueid: str) -> datetime:
    """When a channel was made, by its Uniqueid `[system-]epoch.serial`.

    An id given by an Originate may tell no time; then it is 1970: a time of our own would differ between AMI, a list
    of channels and the journal, and the same channel must give the same call.
    """
    epoch = uniqueid.rsplit("-", 1)[-1].split(".", 1)[0]
    told = epoch.isascii() and epoch.isdigit() and 9 <= len(epoch) <= 11
    return datetime.fromtimestamp(int(epoch) if told else 0, UTC)


def call_id(pbx: str, uniqueid: str) -> str:
    """The id of the call whose outside channel this is: same channel, same id (DESIGN §2)."""
    return str(uuid7_of(born(uniqueid), pbx, uniqueid))


def clean(text: str, length: int = NAME_LENGTH) -> str:
    """Text of a stranger made fit for a database and a screen: no control characters, no broken UTF-8, not endless."""
    if text.isascii() and text.isprintable():
        return text[:length]
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter for letter in text if letter.isprintable())[:length].strip()


def number_of(raw: str, pbx: Pbx | None, area_code: str = "") -> str:
    """A caller's number as E.164; one that cannot be read stays as its digits; empty when there is none."""
    if phones.is_anonymous(raw):
        return ""
    country = pbx.country if pbx else "RU"
    phone = phones.parse(raw, country=country, area_code=area_code or (pbx.area_code if pbx else "343"))
    if phone is not None:
        return phone.e164
    return "".join(letter for letter in raw if letter.isascii() and letter.isdigit())[:20]


def line_of(world: View, dialled: str) -> Line | None:
    """The line a dialled number belongs to, with or without its plus."""
    bare = dialled.lstrip("+")
    return world.get(Line, dialled) or world.get(Line, bare) or world.get(Line, f"+{bare}")


def channel(world: View, pbx: str, uniqueid: str) -> Channel | None:
    """The living channel with this Uniqueid; None when unknown or gone."""
    found = world.get(Channel, channel_key(pbx, uniqueid))
    return found if found is not None and found.gone_at is None else None
