"""What a map may say is what its page says, to the last key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from mis.connectors.mapping import Options, load, shipped
from mis.connectors.mapping.format import (
    Auth,
    Condition,
    Dates,
    ErrorRule,
    FieldSpec,
    Map,
    Operation,
    OperationName,
    Request,
    Wrong,
)
from mis.connectors.mapping.questions import QUESTIONS

DOCS = Path(__file__).parents[4] / "docs" / "mis"
PAGE = (DOCS / "mapping.md").read_text()
ROWS = dict(re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| (.*)$", PAGE.partition("### What is asked")[2], re.M))


@pytest.mark.parametrize("model", [Map, Auth, Dates, Operation, Request, FieldSpec, Condition, ErrorRule])
def test_every_key_is_explained(model: type) -> None:
    names = {field.alias or name for name, field in model.model_fields.items()}  # type: ignore[attr-defined]
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_every_option_every_error_and_every_map_is_explained() -> None:
    assert {name for name in Options.model_fields if f"`options.{name}`" not in PAGE} == set()
    assert {name for name in get_args(Wrong) if f"`{name}`" not in PAGE} == set()
    assert {name for name in shipped() if f"| `{name}` |" not in PAGE} == set()


@pytest.mark.parametrize("name", get_args(OperationName))
def test_every_operation_and_what_it_is_asked_with(name: OperationName) -> None:
    row = next(text for names, text in ROWS.items() if f"`{name}`" in names)
    asked = row.partition(" | ")[0]
    same_and = {"reschedule": {"visit"}}  # "the same and …": as the row above
    wanted = same_and.get(name, set(QUESTIONS[name]))
    assert {one for one in wanted if f"`{one}`" not in asked} == set()


def test_the_example_is_a_map() -> None:
    example = PAGE.partition("## A map of your own")[2].partition("```yaml\n")[2].partition("```")[0]
    assert Map.model_validate(yaml.safe_load(example)).capabilities == {"search_phone", "directory"}


def test_the_agreement_names_every_view_its_map_reads() -> None:
    asked = " ".join(one.sql for one in load("smt_klinika").operations.values())
    views = set(re.findall(r"okno\.(\w+)", asked))
    made = set(re.findall(r"CREATE OR REPLACE VIEW okno\.(\w+)", (DOCS / "smt-views.sql").read_text()))
    assert views == made
    for page in ("smt-clinic.md", "smt-clinic.ru.md"):
        assert {view for view in made if f"`{view}`" not in (DOCS / page).read_text()} == set(), page


def test_both_languages_say_the_same_in_the_same_order() -> None:
    def shape(name: str) -> list[tuple[int, int]]:
        text = (DOCS / name).read_text()
        return [(len(part.split("\n")[0].split(" ")[0]), part.count("\n|")) for part in re.split(r"\n(?=## )", text)[1:]]

    assert shape("smt-clinic.ru.md")[: len(shape("smt-clinic.md"))] == shape("smt-clinic.md")
