"""YAML read with the line of every key, so that a mistake can be pointed at."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import yaml

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """A YAML document: its data, the line of each place in it, and the flaws YAML itself forgives."""

    data: object
    lines: dict[Place, int] = field(default_factory=dict)
    flaws: list[tuple[Place, int, str]] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest one around it that was written."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


class NotYaml(Exception):
    """The text is not YAML: `line` and `problem` say where and why."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


class _Loader(yaml.SafeLoader):
    """Reads keys as they are written: `on:` is a key of ours, where YAML 1.1 would read «true:»."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Return a mapping whose keys of yes and no are words."""
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and key.tag == "tag:yaml.org,2002:bool":
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


def read(text: str) -> Marked:
    """Return the document in `text`.

    Raises:
        NotYaml: it cannot be parsed at all.
    """
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        marked = Marked(None if node is None else loader.construct_document(node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(mark.line + 1 if mark else 1, error.problem or error.context or "is not YAML") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NotYaml(_line_of(error, text), "holds something that is not YAML") from None
    finally:
        if loader is not None:
            loader.dispose()
    if node is not None:
        _walk(node, (), marked, frozenset())
    return marked


def _walk(node: yaml.Node, place: Place, marked: Marked, above: frozenset[int]) -> None:
    marked.lines.setdefault(place, node.start_mark.line + 1)
    if id(node) in above:
        return
    above |= {id(node)}
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in seen and key != "<<":
                marked.flaws.append(((*place, key), line, "is given twice"))
            seen.add(key)
            marked.lines[(*place, key)] = line
            _walk(value_node, (*place, key), marked, above)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*place, index), marked, above)


def _line_of(error: Exception, text: str) -> int:
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
