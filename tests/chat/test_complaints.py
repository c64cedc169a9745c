"""What users of other systems complain of (channels.md 5): each promise names tests that are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| (T\d+)? ?\| (.+?) \| (`tests/.+`) \|$", (ROOT / "docs/chats.md").read_text("utf-8"), re.M)
NAMED = re.findall(r"`(tests/[^:`]+)::([^`]+)`", "\n".join(row[2] for row in ROWS))


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_complaint_has_its_row() -> None:
    assert [row[0] for row in ROWS if row[0]] == [f"T{number}" for number in range(1, 15)]
    assert len(NAMED) > len(ROWS) >= 20


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_test_that_is_named_is_there(file: str, name: str) -> None:
    assert name in functions(file)
