"""Paths into an answer: JSONPath (`$.data[*]`, with `^` for the parent and `~` for the key) and XPath (`/ACK/DOC`).

Only what maps need of either, over one kind of node, so that a fact of an item's parents can be had from the item: a
day stands above its hours in every schedule. A path that leads nowhere gives nothing; it is never an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from mis.connectors import BadOptions

_JSON_STEP = re.compile(
    r"\.(?P<name>[^.\[\]^~*]+)|\[(?P<index>\d+)\]|\['(?P<quoted>[^']*)'\]|(?P<word>\[\*\]|\.\*|\^|~)"
)
_XML_ROOT = re.compile(r"/([\w.*-]+)")
_XML_STEP = re.compile(r"(?P<deep>//)?(?P<step>\.\.|\.|\*|text\(\)|@[\w.:-]+|[\w.-]+)")


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of an answer: a JSON value or an XML element, with what it is in and under which name."""

    value: Any
    parent: Node | None = None
    key: str = ""


Step = Callable[[Node], Iterator[Node]]


def select(node: Node, path: str) -> list[Node]:
    """Return what a path leads to from a node, in the answer's order. Raises BadOptions when it is no path."""
    found = [_root(node) if path.startswith("/") else node]
    for step in compiled(path):
        found = [next_one for one in found for next_one in step(one)]
    return found


def scalar(node: Node) -> Any:
    """Return a node's plain value; None for an empty one and for an object or a list."""
    value = node.value
    if isinstance(value, Element):
        value = "" if len(value) else (value.text or "")
    if isinstance(value, str):
        return value.strip() or None
    return None if isinstance(value, dict | list) else value


@lru_cache(maxsize=2000)
def compiled(path: str) -> tuple[Step, ...]:
    """Return the steps of a path. Raises BadOptions when it is none."""
    if path.startswith("$"):
        return tuple(_steps(path, 1, _JSON_STEP, _json_step))
    first = _XML_ROOT.match(path)
    if first is not None:
        return (_named_root(first[1]), *_xml_steps(path, first.end()))
    return tuple(_xml_steps(path, 0))


def _steps(path: str, at: int, pattern: re.Pattern[str], make: Callable[[re.Match[str]], Step]) -> Iterator[Step]:
    while at < len(path):
        found = pattern.match(path, at)
        if found is None:
            raise BadOptions(f"mis.options.map: {path!r} is no path (from position {at} on)")
        yield make(found)
        at = found.end()


def _xml_steps(path: str, at: int) -> Iterator[Step]:
    while at < len(path):
        if at and not path.startswith("//", at):
            if path[at] != "/":
                raise BadOptions(f"mis.options.map: {path!r} is no path (from position {at} on)")
            at += 1
        found = _XML_STEP.match(path, at)
        if found is None:
            raise BadOptions(f"mis.options.map: {path!r} is no path (from position {at} on)")
        yield _xml_step(found["step"], found["deep"] is not None)
        at = found.end()


def _root(node: Node) -> Node:
    while node.parent is not None:
        node = node.parent
    return node


def _json_step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return _at(int(found["index"]))
    match found["word"]:
        case "[*]":
            return _items
        case ".*":
            return _values
        case "^":
            return _parent
        case "~":
            return _key
    return _named(found["name"] if found["name"] is not None else found["quoted"])


def _named(name: str) -> Step:
    def step(node: Node) -> Iterator[Node]:
        if isinstance(node.value, dict) and name in node.value:
            yield Node(node.value[name], node, name)

    return step


def _at(index: int) -> Step:
    def step(node: Node) -> Iterator[Node]:
        if isinstance(node.value, list) and index < len(node.value):
            yield Node(node.value[index], node, str(index))

    return step


def _items(node: Node) -> Iterator[Node]:
    """One where a list was promised is a list of one, and nothing is none (trap 9)."""
    if isinstance(node.value, list):
        yield from (Node(value, node, str(index)) for index, value in enumerate(node.value))
    elif isinstance(node.value, dict) and node.value:
        yield node


def _values(node: Node) -> Iterator[Node]:
    if isinstance(node.value, dict):
        yield from (Node(value, node, str(key)) for key, value in node.value.items())


def _parent(node: Node) -> Iterator[Node]:
    if node.parent is not None:
        yield node.parent


def _key(node: Node) -> Iterator[Node]:
    yield Node(node.key, node)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _named_root(name: str) -> Step:
    def step(node: Node) -> Iterator[Node]:
        if isinstance(node.value, Element) and name in ("*", _local(node.value)):
            yield node

    return step


def _xml_step(step: str, deep: bool) -> Step:
    if step == "..":
        return _parent
    if step in (".", "text()"):
        return lambda node: iter((node,))
    if step.startswith("@"):
        return _attribute(step[1:])
    return _descendants(step) if deep else _children(step)


def _attribute(name: str) -> Step:
    def step(node: Node) -> Iterator[Node]:
        if isinstance(node.value, Element) and name in node.value.attrib:
            yield Node(node.value.attrib[name], node, name)

    return step


def _children(name: str) -> Step:
    def step(node: Node) -> Iterator[Node]:
        if isinstance(node.value, Element):
            yield from (Node(child, node, _local(child)) for child in node.value if name in ("*", _local(child)))

    return step


def _descendants(name: str) -> Step:
    def step(node: Node) -> Iterator[Node]:
        for child in _children("*")(node):
            if name in ("*", child.key):
                yield child
            yield from step(child)

    return step
