"""Directories as Hypothesis makes them: right ones, with everything a page can change in them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from okno.settings.directory import Directory

NAMES = st.sampled_from(["anna", "boris", "front", "lab", "night", "x-1", "y_2"])
TITLES = st.fixed_dictionaries({"ru": st.sampled_from(["Анна", "Ночь; [1]", 'a "b" <c>']), "en": st.just("A")})
SPANS = st.lists(st.sampled_from(["08:00-12:00", "13:00-20:00", "00:00-24:00"]), max_size=2)
WEEKS = st.dictionaries(st.sampled_from(["mon", "tue", "sun"]), SPANS, max_size=3)


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    """A directory whose names meet."""
    skills = draw(st.dictionaries(NAMES, TITLES, max_size=2))
    hours = draw(st.dictionaries(NAMES, st.fixed_dictionaries({"week": WEEKS}), max_size=2))
    some_hours = st.none() | st.sampled_from(sorted(hours)) if hours else st.none()
    levels = st.dictionaries(st.sampled_from(sorted(skills)), st.integers(1, 5)) if skills else st.just({})
    queues: list[dict[str, Any]] = draw(st.lists(st.fixed_dictionaries({
        "name": NAMES, "title": TITLES, "hours": some_hours, "skills": levels, "ring_s": st.integers(3, 120),
    }), max_size=3, unique_by=lambda one: one["name"]))  # fmt: skip
    some = st.lists(st.sampled_from([one["name"] for one in queues]), unique=True) if queues else st.just([])
    operators = draw(st.lists(st.fixed_dictionaries({
        "name": NAMES, "title": TITLES, "extension": st.integers(1000, 1009).map(str), "queues": some, "skills": levels,
        "penalty": st.integers(0, 20), "web_phone": st.booleans(),
    }), max_size=4, unique_by=(lambda one: one["name"], lambda one: one["extension"])))  # fmt: skip
    lines = draw(st.lists(st.fixed_dictionaries({
        "number": st.integers(0, 9).map(lambda last: f"+7999000000{last}"), "source": TITLES, "hours": some_hours,
        "queue": st.sampled_from([one["name"] for one in queues]),
    }), max_size=2, unique_by=lambda one: one["number"])) if queues else []  # fmt: skip
    return Directory.model_validate({
        "skills": skills, "hours": hours, "queues": queues, "operators": operators, "lines": lines,
        "outcomes": draw(st.dictionaries(NAMES, TITLES, max_size=3)),
        "work": draw(st.dictionaries(st.sampled_from(["call", "chat"]), st.fixed_dictionaries({"weight": st.integers(1, 400)}))),
        "holidays": [{"day": day, "title": {"ru": "x"}} for day in draw(st.sets(st.sampled_from(["2026-12-31", "2027-01-01"])))],
    })  # fmt: skip
