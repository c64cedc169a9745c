"""Asterisk's configuration from the settings. Pure: the same settings give the same files, byte for byte."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from engine.asterisk.layout import Layout
from engine.asterisk.lists import CODES, EVENTS, MODULES, OUTSIDE, REQUIRED, WEB_MODULES
from engine.world.reading import penalty_in
from okno.errors import OurFault
from okno.hours import goto_if_time
from okno.resources import folder
from okno.settings.model import EngineSettings, Line, OperatorSettings, PbxSettings, Settings

# What an attached PBX includes by hand; the rest is a private Asterisk's own.
INCLUDES = ("okno-manager.conf", "okno-pjsip.conf", "okno-queues.conf", "okno-extensions.conf")
# Templates that stand in others.
PARTS = frozenset({"inbound.conf", "queue.conf", "flow.conf", "phones.conf", "orders.conf"})
# app_queue only has to hold an operator until the engine's own pause arrives (DESIGN 5).
REACTION_S = 3
COLLEAGUE_RING_S = 45
OUTSIDE_RING_S = 90
BEGIN_S = 8
AGAIN_S = 2
# So often those who wait are told that they may be called back.
OFFER_FIRST_S, OFFER_S = 20, 45
# A caller who hangs up sooner has left no message.
MESSAGE_S = 2
# Asterisk reads 8 KB of a line; a few values of this length fit into one.
LONGEST = 1000
# The operator's phone in the page is an endpoint of its own: PJSIP/web-<extension>.
WEB_PHONE = "web-{extension}"


class CannotRender(OurFault):
    """The settings hold something that Asterisk's configuration cannot say."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The passwords that stand in the files; never in a log or an exception."""

    events: str = field(repr=False)
    actions: str = field(repr=False)
    watch: str = field(repr=False)
    phones: Mapping[str, str] = field(default_factory=dict, repr=False)


def render(settings: Settings, pbx: PbxSettings, layout: Layout, secrets: Secrets) -> dict[str, str]:
    """Every file of one PBX's configuration.

    Args: the settings; the one of `settings.pbxes` to render; where that Asterisk keeps its files; its passwords.
    Returns file name -> text. Raises CannotRender when a value cannot stand in a file.
    """
    values = _values(settings, pbx, layout, secrets)
    environment = _environment()
    files = {}
    for name in sorted(environment.list_templates(filter_func=lambda name: name.endswith(".conf.j2"))):
        file = name.removesuffix(".j2")
        if file not in PARTS:
            files[file] = environment.get_template(name).render(values)
    return files


def attached(files: Mapping[str, str]) -> dict[str, str]:
    """The part a clinic's own PBX includes by hand: none of its own files is replaced."""
    return {name: text for name, text in files.items() if name in INCLUDES}


def _values(settings: Settings, pbx: PbxSettings, layout: Layout, secrets: Secrets) -> dict[str, Any]:
    first = settings.pbxes[0].name if settings.pbxes else pbx.name
    mine = [operator for operator in settings.operators if (operator.pbx or first) == pbx.name]
    lines = [_line(settings, line) for line in settings.lines]
    return {
        "pbx": pbx, "layout": layout, "secrets": secrets, "prompts": _sounds(settings, pbx), "clinic": settings.clinic,
        "queues": settings.queues, "lines": lines, "required": REQUIRED,
        "modules": MODULES + (WEB_MODULES if pbx.websocket_port else ()),
        "events": EVENTS, "codes": CODES,
        "operators": [_phone(settings, pbx, operator, secrets) for operator in mine],
        "permit": _permit(pbx.ami.host),
        "inbound": pbx.inbound_contexts[0], "phones": pbx.phone_contexts[0],
        "trunk": pbx.trunks[0].name if pbx.trunks else None,
        "callerid": lines[0]["key"] if lines else "", "outside": OUTSIDE,
        "unlisted_queue": settings.queues[0].name if settings.queues else None,
        "flows": sorted(settings.flows), "offers": [one for one in settings.queues if one.callbacks.offer],
        "surveys": sorted({one.survey for one in settings.queues if one.survey}), "agi": _agi(settings.engine),
        "wrapuptime": REACTION_S, "ring_s": COLLEAGUE_RING_S, "outside_ring_s": OUTSIDE_RING_S,
    }  # fmt: skip


def _agi(engine: EngineSettings) -> dict[str, Any]:
    """Where flows are run, the engine's time for its first word, the pause before a second try, what is a message."""
    address = f"{engine.agi_host}:{engine.agi_port}"
    return {
        "address": address, "begin_s": BEGIN_S, "again_s": AGAIN_S, "message_s": MESSAGE_S, "offer_s": OFFER_S,
        "offer_first_s": OFFER_FIRST_S,
    }  # fmt: skip


def _sounds(settings: Settings, pbx: PbxSettings) -> dict[str, str | None]:
    """What callers hear, in the clinic's language."""
    named: dict[str, str | None] = pbx.prompts.model_dump()
    return {name: one and one.replace("{language}", settings.clinic.language) for name, one in named.items()}


def _line(settings: Settings, line: Line) -> dict[str, Any]:
    key = line.number.removeprefix("+")
    hours = settings.hours[line.hours] if line.hours is not None else None
    spellings = {key, f"+{key}"}
    if len(key) == 11 and key.startswith("7"):
        spellings |= {f"8{key[1:]}", key[1:]}
    return {
        "key": key, "number": line.number, "title": line.source.get("ru") or line.source.get("en") or key,
        "queue": line.queue, "flow": line.flow, "spellings": sorted(spellings), "always": hours is None,
        "rules": goto_if_time(hours, settings.clinic.timezone) if hours is not None else [],
    }  # fmt: skip


def _phone(settings: Settings, pbx: PbxSettings, operator: OperatorSettings, secrets: Secrets) -> dict[str, Any]:
    secret = secrets.phones.get(operator.extension)
    acl = None if secret else _address(operator.contact)
    if secret is None and acl is None:
        raise CannotRender(f"operators: the phone {operator.name} has neither a password nor a contact with an address")
    language = settings.clinic.language
    name = WEB_PHONE.format(extension=operator.extension)
    web = {"name": name, "secret": secrets.phones.get(name)} if operator.web_phone and pbx.websocket_port else None
    if web is not None and not web["secret"]:
        raise CannotRender(f"operators: the page phone of {operator.name} has no password")
    return {
        "web": web, "name": operator.name, "extension": operator.extension, "penalty": operator.penalty,
        "queues": operator.queues, "contact": operator.contact, "secret": secret, "acl": acl,
        "memberships": [
            (queue.name, penalty_in(operator.penalty, operator.skills, queue.skills))
            for queue in settings.queues if queue.name in operator.queues
        ],
        "title": operator.title.get(language) or next(iter(operator.title.values()), operator.name),
    }  # fmt: skip


def _address(contact: str | None) -> str | None:
    """The numeric address of a SIP URI, with its netmask; None for a name."""
    match = re.search(r"@([0-9.]+)(?::\d+)?", contact or "")
    if match is None:
        return None
    try:
        return f"{ipaddress.IPv4Address(match[1])}/255.255.255.255"
    except ValueError:
        return None


def _permit(host: str) -> list[str]:
    """Who may log in to AMI: this machine, and the address it listens on when that is another."""
    nets = ["127.0.0.1/255.255.255.255"]
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        return nets
    if not address.is_loopback and not address.is_unspecified:
        nets.append(f"{address}/255.255.255.255")
    return nets


def _conf(text: object) -> str:
    """A free text made harmless: Asterisk's comment sign is escaped, quotes and brackets are dropped."""
    return re.sub(r"[\x00-\x1f\x7f\"\\<>\[\]]", "", str(text)).replace(";", "\\;")


def _one_line(value: object) -> object:
    """A value never begins a new line of a configuration file, and never ends where Asterisk would cut one."""
    if isinstance(value, str) and re.search(r"[\r\n\x00]", value):
        raise CannotRender("a value for Asterisk's configuration has a line break in it")
    if isinstance(value, str) and len(value) > LONGEST:
        raise CannotRender(f"a value for Asterisk's configuration is longer than {LONGEST} letters")
    return value


@cache
def _environment() -> Environment:
    loaders = [FileSystemLoader(folder(name)) for name in ("asterisk-conf", "dialplan")]
    environment = Environment(  # noqa: S701 - Asterisk's configuration is no HTML; `conf` and `_one_line` guard it
        loader=ChoiceLoader(loaders), undefined=StrictUndefined, finalize=_one_line,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["conf"] = _conf
    return environment

