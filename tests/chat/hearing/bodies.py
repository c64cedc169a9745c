"""Bodies as a stranger might write them: a cloud's own, with any value of it replaced by any other."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

_ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=8), one, max_size=3), max_leaves=6,
)  # fmt: skip


def _places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]


@st.composite
def altered(draw: st.DrawFn, trees: list[dict[str, Any]]) -> bytes:
    """Return one of these bodies with up to three values replaced."""
    tree = copy.deepcopy(draw(st.sampled_from(trees)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(_places(tree)))
        value = draw(_ANY)
        if not place:
            tree = value if isinstance(value, dict) else {}
            continue
        inner = tree
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
    return json.dumps(tree).encode()
