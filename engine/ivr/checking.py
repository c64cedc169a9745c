"""Looks through a flow before anybody hears it: ways that end nowhere, silence that goes round, names nobody knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.ivr.fields import Named, What, names
from engine.ivr.flow import BrokenFlow, Flow, read
from engine.ivr.steps import Step
from okno.settings.directory import Directory

# Facts every call has.
_GIVEN = frozenset({"phone", "line", "dialled", "language", "now"})
# Facts that steps of a kind set by themselves.
_SET_BY: dict[str, frozenset[str]] = {"visit": frozenset({"visit", "visit_at"})}
_SECTIONS = {"prompts", "queues", "hours", "operators"}
_NOBODY: dict[What, str] = {
    "queue": "there is no queue named {name!r}",
    "hours": "there are no hours named {name!r}",
    "extension": "no operator has the extension {name}",
    "http": "engine.http has no address named {name!r}",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a flow.

    Args:
        step: its name; empty when the flow itself is meant.
        field: of the step or the flow: `choices[2].next`; empty when all of it is meant.
        word: names the sentence: broken, no_start, no_step, unreachable, dead_end, loop, no_prompt, no_words,
            no_queue, no_hours, no_extension, no_http, no_fact, key_twice, name_twice, never_fits, no_question,
            unsayable.
        message: the sentence in English.
        more: fills the sentence of `word`.
        refuses: a caller would be lost or hear nothing; otherwise it is allowed, and hardly meant.
    """

    step: str
    field: str
    word: str
    message: str
    more: dict[str, Any] = dataclasses.field(default_factory=dict)
    refuses: bool = True

    @property
    def key(self) -> str:
        """Where in the flow: `steps.hello.prompts[0]`."""
        return ".".join(filter(None, ("steps" if self.step else "", self.step, self.field)))

    def row(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "step": self.step, "field": self.field, "word": self.word, "message": self.message, "more": self.more,
            "level": "error" if self.refuses else "warning",
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class There:
    """The names a flow may use: what of its directory, and of the settings, a flow stands on.

    Args:
        prompts: by name: the languages it can be heard in.
        queues, hours, extensions: of the directory.
        addresses: of `engine.http`.
    """

    prompts: Mapping[str, frozenset[str]]
    queues: frozenset[str]
    hours: frozenset[str]
    extensions: frozenset[str]
    addresses: frozenset[str] = frozenset()

    @classmethod
    def of(cls, directory: Directory, addresses: Iterable[str] = ()) -> There:
        """Return the names of a directory."""
        return cls.drafted(directory.model_dump(mode="json", include=_SECTIONS), addresses)

    @classmethod
    def drafted(cls, document: Mapping[str, Any], addresses: Iterable[str] = ()) -> There:
        """Return the names in a document that may be wrong in any way: what is no name is passed over."""
        prompts = document.get("prompts")
        hours = document.get("hours")
        return cls(
            prompts={str(name): _heard(one) for name, one in prompts.items()} if isinstance(prompts, Mapping) else {},
            queues=_column(document, "queues", "name"),
            hours=frozenset(map(str, hours)) if isinstance(hours, Mapping) else frozenset(),
            extensions=_column(document, "operators", "extension"),
            addresses=frozenset(addresses),
        )


def check(raw: object, there: There) -> list[Flaw]:
    """Return what is wrong with a flow, in the order of its steps; a flow that cannot be read is not looked into.

    Args:
        raw: as the directory has it.
        there: what it may name.
    """
    try:
        flow = read(raw)
    except BrokenFlow as broken:
        return [Flaw(step, place, "broken", words) for step, place, words in broken.flaws]
    found = [*_ways(flow), *_named(flow, there), *_facts(flow), *_doubts(flow)]
    order = {name: number for number, name in enumerate(flow.steps)}
    return sorted(found, key=lambda flaw: (order.get(flaw.step, -1), not flaw.refuses))


def check_all(directory: Directory, addresses: Iterable[str] = ()) -> list[tuple[str, Flaw]]:
    """Return (flow, what is wrong with it) of every flow of a directory; `addresses` are the names of `engine.http`."""
    there = There.of(directory, addresses)
    return [(name, flaw) for name, raw in directory.flows.items() for flaw in check(raw, there)]


def _heard(prompt: object) -> frozenset[str]:
    if not isinstance(prompt, Mapping):
        return frozenset()
    if prompt.get("file"):
        return frozenset({"ru", "en"})
    texts = prompt.get("text")
    return frozenset(
        str(language) for language, text in (texts.items() if isinstance(texts, Mapping) else ())
        if isinstance(text, str) and text.strip()
    )  # fmt: skip


def _column(document: Mapping[str, Any], section: str, field: str) -> frozenset[str]:
    rows = document.get(section)
    return frozenset(
        str(row[field]) for row in (rows if isinstance(rows, list) else ()) if isinstance(row, Mapping) and field in row
    )


def _ways(flow: Flow) -> Iterator[Flaw]:
    """Flaws of the drawing: from where to where."""
    if flow.start not in flow.steps:
        yield Flaw("", "start", "no_start", f"there is no step named {flow.start!r}", {"name": flow.start})
    ways = {name: [one for one in names(step) if one.ref.what == "step"] for name, step in flow.steps.items()}
    for name, leads in ways.items():
        for one in leads:
            if one.name not in flow.steps:
                yield Flaw(name, one.path, "no_step", f"there is no step named {one.name!r}", {"name": one.name})
    onward = {name: {one.name for one in leads} for name, leads in ways.items()}
    reached = _reached([flow.start], onward)
    if flow.start in flow.steps:
        for name in flow.steps:
            if name not in reached:
                yield Flaw(name, "", "unreachable", "nothing leads here", refuses=False)
    yield from _dead_ends(flow, onward, reached)
    silent = {name: {one.name for one in leads if not one.ref.chosen} for name, leads in ways.items()}
    for circle in _circles(silent):
        words = f"goes round without a choice of the caller: {' → '.join([*circle, circle[0]])}"
        yield Flaw(circle[0], "", "loop", words, {"steps": circle})


def _dead_ends(flow: Flow, onward: Mapping[str, set[str]], reached: set[str]) -> Iterator[Flaw]:
    """Steps from which no way leads to an end. A name of no step counts as an end: it has been named already."""
    back: dict[str, set[str]] = {}
    for name, leads in onward.items():
        for one in leads:
            back.setdefault(one, set()).add(name)
    ends = [name for name, step in flow.steps.items() if step.ends()]
    good = _reached([*ends, *(set(back) - set(flow.steps))], back)
    for name in flow.steps:
        if name not in good and name in reached:
            yield Flaw(name, "", "dead_end", "no way leads from here to an end of the call")


def _reached(begin: Iterable[str], onward: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    edge = list(begin)
    while edge:
        name = edge.pop()
        if name not in reached:
            reached.add(name)
            edge += onward.get(name, ())
    return reached


def _circles(onward: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Yield one circle through each step that is on one and on none yielded before, the shortest."""
    told: set[str] = set()
    for name in onward:
        if name in told:
            continue
        circle = _circle(name, onward)
        if circle and not told & set(circle):
            told |= set(circle)
            yield circle


def _circle(name: str, onward: Mapping[str, set[str]]) -> list[str]:
    """The shortest way from a step back to itself; empty when there is none."""
    paths, seen = [[name]], {name}
    for path in paths:
        for after in sorted(onward.get(path[-1], ())):
            if after == name:
                return path
            if after not in seen:
                seen.add(after)
                paths.append([*path, after])
    return []


def _named(flow: Flow, there: There) -> Iterator[Flaw]:
    """Names of things that are not there."""
    names_of: dict[What, Collection[str]] = {
        "queue": there.queues, "hours": there.hours, "extension": there.extensions, "http": there.addresses
    }  # fmt: skip
    spoken = _languages(flow)
    for name, step in flow.steps.items():
        for one in names(step):
            what = one.ref.what
            if what == "prompt":
                yield from _prompt(name, one, there, spoken)
            elif what in names_of and one.name not in names_of[what]:
                words = _NOBODY[what].format(name=one.name)
                yield Flaw(name, one.path, f"no_{what}", words, {"name": one.name})


def _prompt(step: str, named: Named, there: There, spoken: list[str]) -> Iterator[Flaw]:
    if named.name not in there.prompts:
        yield Flaw(step, named.path, "no_prompt", f"there is no prompt named {named.name!r}", {"name": named.name})
        return
    for language in spoken:
        if language not in there.prompts[named.name]:
            words = f"the prompt {named.name!r} has neither a file nor words in {language}"
            yield Flaw(step, named.path, "no_words", words, {"name": named.name, "language": language})


def _languages(flow: Flow) -> list[str]:
    """The languages callers of the flow may be spoken to in."""
    chosen = (step.model_dump().get("facts", {}).get("language") for step in _of_kind(flow, "set"))
    return sorted({flow.language, *(one for one in chosen if one in ("ru", "en"))})


def _facts(flow: Flow) -> Iterator[Flaw]:
    """Facts that are used and that nothing ever sets. What an address answers is its own affair."""
    if any(_of_kind(flow, "http")):
        return
    known = set(_GIVEN)
    for step in flow.steps.values():
        known |= _SET_BY.get(step.kind, frozenset())
        known |= {one.name for one in names(step) if one.ref.what == "fact"}
        known |= set(step.model_dump().get("facts", ())) if step.kind == "set" else set()
    for name, step in flow.steps.items():
        for place, value in _values(step.model_dump()):
            if value.startswith("$") and value[1:] not in known:
                yield Flaw(name, place, "no_fact", f"nothing sets {value}", {"name": value}, refuses=False)


def _values(dump: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for place in ("value", "born"):
        if isinstance(dump.get(place), str):
            yield place, dump[place]
    for place in ("facts", "fields"):
        yield from ((f"{place}.{name}", value) for name, value in (dump.get(place) or {}).items())


def _doubts(flow: Flow) -> Iterator[Flaw]:
    for name, step in flow.steps.items():
        for place, word, message in step.doubts():
            yield Flaw(name, place, word, message)


def _of_kind(flow: Flow, kind: str) -> Iterator[Step]:
    return (step for step in flow.steps.values() if step.kind == kind)
