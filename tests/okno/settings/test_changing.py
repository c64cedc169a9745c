"""Another directory for the same settings: the words and keys of the YAML's checker."""

from __future__ import annotations

from typing import Any

import pytest

from okno.settings import Settings
from okno.settings.changing import changed

SETTINGS = Settings.model_validate({"pbxes": [{"name": "main"}]})
OPERATOR = {"name": "anna", "title": {"ru": "Анна; [1]"}, "extension": "1001"}


def test_a_right_one_replaces_the_whole_directory_and_nothing_else() -> None:
    made, flaws = changed(SETTINGS, {"operators": [OPERATOR | {"pbx": "main"}]})
    assert flaws == [] and made is not None
    assert [one.name for one in made.operators] == ["anna"] and made.pbxes == SETTINGS.pbxes


@pytest.mark.parametrize(("document", "flaws"), [
    ([], [("", "must be settings, one `key: value` a line")]),
    ({"operators": [OPERATOR | {"pbx": "gone"}]}, [("operators[0].pbx", "there is no PBX named 'gone'")]),
    ({"operators": [OPERATOR, OPERATOR | {"name": "boris"}]}, [("operators[1].extension", "is given twice")]),
    ({"operators": [OPERATOR | {"title": {}}]}, [("operators[0].title", "must have a name in ru or en")]),
    ({"operators": [OPERATOR | {"extension": 1001}]}, [("operators[0].extension", "must be a text; put it in quotes")]),
    ({"pbxes": []}, [("pbxes", "is no part of the directory")]),
    ({"lines": [{"number": "+79990000001", "source": {"ru": "x"}, "queue": "gone"}]},
     [("lines[0].queue", "there is no queue named 'gone'")]),
    ({"queues": [{"name": "q", "title": {"en": "Q"}}], "lines": [
        {"number": number, "source": {"ru": "x"}, "queue": "q"} for number in ("+79990000001", "79990000001")]},
     [("lines[1].number", "is given twice")]),
    ({"holidays": [{"day": "2030-02-30", "title": {"ru": "x"}}]}, None),
])  # fmt: skip
def test_every_mistake_is_named(document: Any, flaws: list[tuple[str, str]] | None) -> None:
    made, found = changed(SETTINGS, document)
    assert made is None
    assert found == flaws if flaws is not None else [key for key, _ in found] == ["holidays[0].day"]


def test_a_thousand_operators_are_checked() -> None:
    many = [OPERATOR | {"name": f"op{n}", "extension": str(10000 + n)} for n in range(1000)]
    made, flaws = changed(SETTINGS, {"operators": many})
    assert flaws == [] and made is not None and len(made.operators) == 1000


def test_a_flood_of_mistakes_is_cut_short() -> None:
    made, flaws = changed(SETTINGS, {"operators": [1] * 1_000})
    assert made is None and len(flaws) == 200
