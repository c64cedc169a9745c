"""Rules that join several settings: names that must meet, things given twice. Read from plain data, even half-wrong."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from okno.settings import servers
from okno.settings.directory import FIGURES

Flaw = tuple[str, str]


def crossings(data: Mapping[str, Any]) -> Iterator[Flaw]:
    """Yield (key, words) for each broken rule; what has the wrong type is passed over, for the model names that."""
    yield from _clinic(data.get("clinic"))
    yield from _addresses(data)
    yield from _engines(data.get("engine"))
    queues = _names(data, "queues")
    hours = _keys(data, "hours")
    for index, line in _entries(data, "lines"):
        for field, there in (("queue", queues), ("hours", hours), ("flow", _keys(data, "flows"))):
            yield from _meets(f"lines[{index}].{field}", line.get(field), there, field)
    for index, operator in _entries(data, "operators"):
        yield from _meets(f"operators[{index}].pbx", operator.get("pbx"), _names(data, "pbxes"), "PBX")
        wanted = operator.get("queues")
        for number, queue in enumerate(wanted if isinstance(wanted, list | tuple) else ()):
            yield from _meets(f"operators[{index}].queues[{number}]", queue, queues, "queue")
    yield from _skills(data)
    for index, queue in _entries(data, "queues"):
        yield from _meets(f"queues[{index}].hours", queue.get("hours"), hours, "hours")
        yield from _meets(f"queues[{index}].survey", queue.get("survey"), _keys(data, "flows"), "flow")
    chat = data.get("chat")
    sites = chat if isinstance(chat, Mapping) else {}
    for index, site in _entries(sites, "sites"):
        yield from _meets(f"chat.sites[{index}].queue", site.get("queue") or None, queues, "queue")
    for index, account in _entries(sites, "accounts"):
        yield from _meets(f"chat.accounts[{index}].queue", account.get("queue") or None, queues, "queue")
    yield from (("chat." + key, words) for key, words in _twice(sites, "sites", "key"))
    yield from _written(data, queues)
    yield from _alerts(data, queues)
    yield from _titles(data)
    yield from _prompts(data.get("prompts"))
    for section, field in (
        ("alerts", "name"),
        ("holidays", "day"),
        ("queues", "name"),
        ("operators", "name"),
        ("operators", "extension"),
        ("pbxes", "name"),
        ("lines", "number"),
    ):
        yield from _twice(data, section, field)
    yield from _one_asterisk(data)


def _written(data: Mapping[str, Any], queues: set[str]) -> Iterator[Flaw]:
    """Rules and answers of conversations name queues; no account is given twice."""
    for name in _keys(data, "chats"):
        yield from _meets(f"chats.{name}", name, queues, "queue")
    answers = data.get("answers")
    for name, answer in answers.items() if isinstance(answers, Mapping) else ():
        wanted = answer.get("queues") if isinstance(answer, Mapping) else ()
        for number, queue in enumerate(wanted if isinstance(wanted, list | tuple) else ()):
            yield from _meets(f"answers.{name}.queues[{number}]", queue, queues, "queue")
    chat, seen = data.get("chat"), set[str]()
    for index, account in _entries(chat if isinstance(chat, Mapping) else {}, "accounts"):
        key = f"{account.get('channel')}:{account.get('name', 'main')}"
        if key in seen:
            yield f"chat.accounts[{index}].name", f"{key} is given twice"
        seen.add(key)


def _skills(data: Mapping[str, Any]) -> Iterator[Flaw]:
    skills = _keys(data, "skills")
    for section in ("queues", "operators"):
        for index, entry in _entries(data, section):
            wanted = entry.get("skills")
            for skill in wanted if isinstance(wanted, Mapping) else ():
                yield from _meets(f"{section}[{index}].skills.{skill}", skill, skills, "skill")


def _alerts(data: Mapping[str, Any], queues: set[Any]) -> Iterator[Flaw]:
    for index, alert in _entries(data, "alerts"):
        yield from _meets(f"alerts[{index}].queue", alert.get("queue"), queues, "queue")
        if (alert.get("above") is None) == (alert.get("below") is None):
            yield f"alerts[{index}].above", "give exactly one of above and below"
        figure = alert.get("figure")
        if isinstance(figure, str) and figure not in FIGURES:
            yield f"alerts[{index}].figure", f"there is no figure named {figure!r}; for example waiting, overdue"


def _clinic(clinic: object) -> Iterator[Flaw]:
    zone = clinic.get("timezone") if isinstance(clinic, Mapping) else None
    if isinstance(zone, str) and zone not in available_timezones():
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
            yield "clinic.timezone", "there is no such time zone; for example Asia/Yekaterinburg"


def _addresses(data: Mapping[str, Any]) -> Iterator[Flaw]:
    for server in (servers.DATABASE, servers.REDIS):
        value = data.get(server.field)
        if not isinstance(value, str):
            continue
        if words := server.flaw(value):
            yield server.field, words
        elif urlsplit(value).password is not None:
            yield server.field, f"a password does not belong in this file; set {server.variable} instead"


def _engines(engine: object) -> Iterator[Flaw]:
    standby = engine.get("standby") if isinstance(engine, Mapping) else None
    if isinstance(engine, Mapping) and isinstance(standby, Mapping):
        first = (engine.get("host", "127.0.0.1"), engine.get("port", 8081))
        if first == (standby.get("host", "127.0.0.1"), standby.get("port", 8086)):
            yield "engine.standby.port", "is the place of the first engine; the second one needs its own"


def _one_asterisk(data: Mapping[str, Any]) -> Iterator[Flaw]:
    """Refuse an address that two PBXs have: every call of that Asterisk would be there twice."""
    seen: dict[tuple[object, object], object] = {}
    for index, pbx in _entries(data, "pbxes"):
        ami = pbx.get("ami", {})
        if isinstance(ami, Mapping) and isinstance(ami.get("port", 5038), int) and isinstance(ami.get("host", ""), str):
            address = ami.get("host", "127.0.0.1"), ami.get("port", 5038)
            first = seen.setdefault(address, pbx.get("name"))
            if first != pbx.get("name"):
                yield f"pbxes[{index}].ami.port", f"is the Asterisk of {first!r}; every call would be there twice"


def _titles(data: Mapping[str, Any]) -> Iterator[Flaw]:
    """Whatever a screen shows has a name in a language: one is enough, an empty one is none."""
    named = {"queues": "title", "operators": "title", "lines": "source", "holidays": "title", "alerts": "title"}
    places = [(f"{at}[{n}].{field}", one.get(field)) for at, field in named.items() for n, one in _entries(data, at)]
    for section in ("skills", "pause_reasons", "outcomes"):
        words = data.get(section)
        places += [(f"{section}.{name}", title) for name, title in words.items()] if isinstance(words, Mapping) else []
    for key, title in places:
        if isinstance(title, Mapping) and not any(_said(title)):
            yield key, "must have a name in ru or en"


def _prompts(prompts: object) -> Iterator[Flaw]:
    """A prompt has a name people find it by, and something to be heard."""
    for name, prompt in prompts.items() if isinstance(prompts, Mapping) else ():
        if not isinstance(prompt, Mapping):
            continue
        label, text = prompt.get("label"), prompt.get("text")
        if isinstance(label, Mapping) and not any(_said(label)):
            yield f"prompts.{name}.label", "must have a name in ru or en"
        if prompt.get("file") is None and not (isinstance(text, Mapping) and any(_said(text))):
            yield f"prompts.{name}.text", "give the words in ru or en, or upload a recording"


def _said(texts: Mapping[str, object]) -> Iterator[bool]:
    return (isinstance(text, str) and bool(text.strip()) for text in texts.values())


def _meets(key: str, name: object, names: set[Any], what: str) -> Iterator[Flaw]:
    if isinstance(name, str) and name not in names:
        yield key, f"there {'are no' if what == 'hours' else 'is no'} {what} named {name!r}"


def _names(data: Mapping[str, Any], section: str) -> set[Any]:
    return {entry["name"] for _, entry in _entries(data, section) if isinstance(entry.get("name"), str)}


def _keys(data: Mapping[str, Any], section: str) -> set[Any]:
    return set(data[section]) if isinstance(data.get(section), Mapping) else set()


def _twice(data: Mapping[str, Any], section: str, field: str) -> Iterator[Flaw]:
    seen: set[object] = set()
    for index, entry in _entries(data, section):
        value = entry.get(field)
        if value is None or not isinstance(value, Hashable):
            continue
        if field == "number" and isinstance(value, str):
            value = value.removeprefix("+")  # a provider sends the same number with it or without
        if value in seen:
            yield f"{section}[{index}].{field}", "is given twice"
        seen.add(value)


def _entries(data: Mapping[str, Any], section: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    entries = data.get(section)
    for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        if isinstance(entry, Mapping):
            yield index, entry
