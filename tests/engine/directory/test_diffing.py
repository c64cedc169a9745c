"""What differs: nothing when nothing does, everything that does, in entries and fields people know."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from engine.directory.diffing import SECTIONS, Difference, diff
from engine.directory.document import Document, document_of, read, text_of
from okno.settings.directory import Directory
from tests.engine.directory.directories import directories


def applied(was: Document, differences: list[Difference]) -> Document:
    """The document a list of differences leads to: what the page's history promises, done."""
    made: Document = {}
    for section, field in SECTIONS.items():
        entries = was[section]
        named: dict[str, Any] = {one[field]: dict(one) for one in entries} if field else dict(entries)
        order: list[str] | None = None
        for one in [one for one in differences if one.section == section]:
            if one.what == "moved":
                order = one.now
            elif one.what == "removed":
                del named[one.name]
            elif one.what == "added" or (one.field == "title" and not field):
                named[one.name] = one.now
            else:
                named[one.name] = named[one.name] | {one.field: one.now}
        names = order or list(named)
        made[section] = [named[name] for name in names] if field else {name: named[name] for name in names}
    return {section: made[section] for section in was}


@given(directories(), directories())
def test_it_is_empty_exactly_when_the_documents_are_equal(one: Directory, other: Directory) -> None:
    was, now = document_of(one), document_of(other)
    assert diff(was, was) == []
    assert (diff(was, now) == []) == (text_of(was) == text_of(now))


@given(directories(), directories())
def test_the_differences_tell_the_whole_change(one: Directory, other: Directory) -> None:
    was, now = document_of(one), document_of(other)
    assert text_of(applied(was, diff(was, now))) == text_of(now)


@given(directories(), directories())
def test_going_back_is_the_same_list_the_other_way_round(one: Directory, other: Directory) -> None:
    was, now = document_of(one), document_of(other)
    there = {(item.path, repr(item.was), repr(item.now)) for item in diff(was, now)}
    back = {(item.path, repr(item.now), repr(item.was)) for item in diff(now, was)}
    moved = {section for section in SECTIONS}  # an order is told only where names alone do not say it
    assert {item for item in there if item[0] not in moved} == {item for item in back if item[0] not in moved}


@given(directories(), directories())
def test_an_undone_change_leaves_what_was(one: Directory, other: Directory) -> None:
    kept = text_of(document_of(one))
    changed = text_of(document_of(other))
    undone = text_of(document_of(read(kept)))
    assert undone == kept and diff(document_of(read(undone)), document_of(one)) == []
    assert (changed == kept) == (diff(document_of(read(changed)), document_of(read(undone))) == [])


def test_one_more_operator_in_front_of_a_thousand_is_told_in_two_lines() -> None:
    def clinic(names: list[str]) -> Document:
        return document_of(Directory.model_validate({"operators": [
            {"name": name, "title": {"ru": name}, "extension": str(1000 + at)} for at, name in enumerate(names)
        ]}))  # fmt: skip

    many = [f"op{n}" for n in range(1000)]
    was = clinic(many)
    now = clinic(many)
    now["operators"].insert(0, {**now["operators"][0], "name": "new", "extension": "99"})
    told = diff(was, now)
    assert [(one.path, one.what) for one in told] == [("operators[new]", "added"), ("operators", "moved")]
    assert told[0].words == "operator new: added"


def test_fields_come_in_the_order_of_the_settings() -> None:
    def clinic(**more: Any) -> Document:
        return document_of(Directory.model_validate({
            "skills": {"english": {"en": "English"}},
            "operators": [{"name": "anna", "title": {"ru": "Анна"}, "extension": "1001", **more}],
        }))  # fmt: skip

    told = diff(clinic(), clinic(extension="1002", penalty=3, skills={"english": 2}))
    assert [(one.field, one.was, one.now) for one in told] == [
        ("extension", "1001", "1002"), ("penalty", 0, 3), ("skills", {}, {"english": 2})
    ]
    assert told[0].words == "operator anna: extension changed"
    assert told[0].row()["path"] == "operators[anna].extension"
