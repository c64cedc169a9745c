"""Rules that join settings, read from data however wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.settings.crossings import crossings

KEYS = st.sampled_from(
    [
        "queues",
        "flows",
        "prompts",
        "label",
        "text",
        "lines",
        "operators",
        "pbxes",
        "name",
        "queue",
        "hours",
        "number",
        "pbx",
        "clinic",
        "timezone",
        "redis_url",
    ]
)
TREES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def test_names_must_meet() -> None:
    data = {
        "queues": [{"name": "reg"}],
        "hours": {"day": {}},
        "pbxes": [{"name": "main"}],
        "lines": [{"number": "1", "queue": "reg", "hours": "day"}, {"number": "2", "queue": "x", "hours": "night"}],
        "operators": [{"name": "a", "queues": ["reg", "y"], "pbx": "main"}, {"name": "b", "pbx": "other"}],
    }
    assert list(crossings(data)) == [
        ("lines[1].queue", "there is no queue named 'x'"),
        ("lines[1].hours", "there are no hours named 'night'"),
        ("operators[0].queues[1]", "there is no queue named 'y'"),
        ("operators[1].pbx", "there is no PBX named 'other'"),
    ]


def test_a_line_s_flow_must_be_there() -> None:
    data = {
        "flows": {"main": {}},
        "lines": [{"number": "1", "flow": "main"}, {"number": "2", "flow": "night"}],
        "queues": [{"name": "a", "survey": "main"}, {"name": "b", "survey": "rating"}],
    }
    assert list(crossings(data)) == [
        ("lines[1].flow", "there is no flow named 'night'"),
        ("queues[1].survey", "there is no flow named 'rating'"),
    ]


def test_a_prompt_has_a_name_and_something_to_be_heard() -> None:
    prompts = {
        "good": {"label": {"ru": "Привет"}, "text": {"ru": "Здравствуйте"}},
        "loud": {"label": {"en": "Loud"}, "file": "0" * 64},
        "nameless": {"label": {"en": " "}, "text": {"en": "Hello"}},
        "mute": {"label": {"en": "Mute"}, "text": {"en": ""}},
        "odd": 5,
    }
    assert list(crossings({"prompts": prompts})) == [
        ("prompts.nameless.label", "must have a name in ru or en"),
        ("prompts.mute.text", "give the words in ru or en, or upload a recording"),
    ]


@pytest.mark.parametrize(
    ("section", "field"),
    [("queues", "name"), ("operators", "name"), ("operators", "extension"), ("lines", "number")],
)
def test_what_must_not_be_given_twice(section: str, field: str) -> None:
    assert list(crossings({section: [{field: "a"}, {field: "b"}, {field: "a"}]})) == [
        (f"{section}[2].{field}", "is given twice")
    ]


def test_time_zones() -> None:
    assert list(crossings({"clinic": {"timezone": "Asia/Yekaterinburg"}})) == []
    for zone in ("Mars/Olympus", "", "../../etc/passwd", "/etc/passwd", "a\x00b"):
        assert [key for key, _ in crossings({"clinic": {"timezone": zone}})] == ["clinic.timezone"]


def test_addresses_hold_no_password() -> None:
    assert list(crossings({"database_url": "postgresql://okno@db:5432", "redis_url": "redis://cache:6379/0"})) == []
    assert list(crossings({"database_url": "postgresql://okno:pw@db", "redis_url": "redis://:pw@cache"})) == [
        ("database_url", "a password does not belong in this file; set OKNO_DATABASE_URL instead"),
        ("redis_url", "a password does not belong in this file; set OKNO_REDIS_URL instead"),
    ]
    for bad in ("http://[bad", "mysql://db", "postgresql://db:port", "db", "postgresql://d b", "postgresql://db:0"):
        assert list(crossings({"database_url": bad})) == [
            ("database_url", "must look like postgresql://user:password@host:5432")
        ]


@given(st.dictionaries(KEYS, TREES))
def test_data_of_any_shape_is_taken(data: dict[str, object]) -> None:
    assert all(isinstance(key, str) and words for key, words in crossings(data))


def test_two_pbxes_at_one_address_are_one_asterisk() -> None:
    data = {"pbxes": [{"name": "a"}, {"name": "b", "ami": {"port": 5039}}, {"name": "c", "ami": {"host": "127.0.0.1"}}]}
    assert list(crossings(data)) == [("pbxes[2].ami.port", "is the Asterisk of 'a'; every call would be there twice")]
    data = {"pbxes": [{"name": "a"}, {"name": "a", "ami": {"port": 5039}}]}
    assert list(crossings(data)) == [("pbxes[1].name", "is given twice")]
    for broken in ({"name": "b", "ami": 7}, {"name": "b", "ami": {"port": "x"}}, {"name": [], "ami": {}}):
        list(crossings({"pbxes": [{"name": "a", "ami": {"port": 1}}, broken]}))


def test_a_standby_has_a_place_of_its_own() -> None:
    [(key, words)] = crossings({"engine": {"port": 1, "standby": {"port": 1}}})
    assert (key, words[:34]) == ("engine.standby.port", "is the place of the first engine; ")
    for engine in (None, 7, {}, {"standby": None}, {"standby": {}}, {"port": 1, "standby": {"port": 2}}):
        assert list(crossings({"engine": engine})) == []
