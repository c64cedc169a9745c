"""The kept text of a directory, and when the YAML becomes a version."""

from __future__ import annotations

import json

from hypothesis import given

from engine.directory.document import document_of, must_import, read, text_of
from okno.settings.directory import Directory
from tests.engine.directory.directories import directories


@given(directories())
def test_what_is_kept_is_what_is_read(directory: Directory) -> None:
    assert text_of(document_of(read(text_of(document_of(directory))))) == text_of(document_of(directory))


def test_the_order_inside_an_entry_means_nothing_and_that_of_entries_does() -> None:
    one = Directory.model_validate({"outcomes": {"a": {"ru": "1", "en": "2"}, "b": {"ru": "3"}}})
    same = Directory.model_validate({"outcomes": {"a": {"en": "2", "ru": "1"}, "b": {"ru": "3"}}})
    other = Directory.model_validate({"outcomes": {"b": {"ru": "3"}, "a": {"ru": "1", "en": "2"}}})
    assert text_of(document_of(one)) == text_of(document_of(same)) != text_of(document_of(other))


def test_the_yaml_counts_when_it_is_new_or_was_changed() -> None:
    yaml = Directory.model_validate({"skills": {"english": {"en": "English"}}})
    assert must_import(yaml, None)
    assert not must_import(yaml, yaml)
    assert must_import(yaml, Directory())


def test_a_field_that_a_newer_okno_adds_is_no_change_of_the_file() -> None:
    yaml = Directory.model_validate({"queues": [{"name": "front", "title": {"en": "Front"}}]})
    kept = json.loads(text_of(document_of(yaml)))
    del kept["queues"][0]["sticky_s"], kept["alerts"]
    assert not must_import(yaml, read(json.dumps(kept)))
