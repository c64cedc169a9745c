"""The settings as the rooms want them."""

from __future__ import annotations

from engine.turns.configuration import configuration
from engine.world import PatientRoute
from okno import clock
from okno.settings import Settings


def test_each_part_of_the_settings_becomes_an_entity() -> None:
    settings = Settings.model_validate({
        "pbxes": [{"name": "main", "trunks": [{"name": "mango"}]}, {"name": "second", "ami": {"port": 5039}}],
        "queues": [{"name": "front", "title": {"ru": "Front", "en": "Front"}, "wrap_up_s": 7, "priority": 2}],
        "operators": [
            {"name": "orlova", "title": {"ru": "O", "en": "O"}, "extension": "1001", "queues": ["front"]},
            {"name": "klimov", "title": {"ru": "K", "en": "K"}, "extension": "1002", "pbx": "second"},
        ],
        "lines": [{"number": "+73430000001", "source": {"ru": "S", "en": "Site"}, "queue": "front"}],
        "pause_reasons": {"lunch": {"ru": "L", "en": "L"}}, "outcomes": {"booked": {"ru": "B", "en": "B"}},
    })  # fmt: skip
    loaded = configuration(settings, clock.now())
    assert [(one.key, one.interface, one.pbx, one.queues) for one in loaded.operators] == [
        ("orlova", "PJSIP/1001", "main", ("front",)), ("klimov", "PJSIP/1002", "second", ()),
    ]  # fmt: skip
    assert [(one.key, one.wrap_up_s, one.priority) for one in loaded.queues] == [("front", 7, 2)]
    assert [(one.key, one.trunks, one.area_code) for one in loaded.pbxes] == [
        ("main", ("mango",), "343"), ("second", ("trunk",), "343"),
    ]  # fmt: skip
    assert [(one.key, one.queue, one.source_en) for one in loaded.lines] == [("+73430000001", "front", "Site")]
    rules = loaded.rules
    assert rules is not None
    assert (rules.pause_reasons, rules.outcomes) == (("lunch",), ("booked",))
    assert (rules.work_of("chat").weight, rules.work_of("call").weight) == (25, 100)


def test_whether_numbers_are_looked_up_and_who_of_the_mis_goes_where() -> None:
    nothing = configuration(Settings(), clock.now()).rules
    assert nothing is not None and (nothing.patients, nothing.routes) == (False, ())
    rules = configuration(Settings.model_validate({"mis": {"connector": "fhir_r4", "routes": [
        {"flag": "vip", "operator": "orlova", "priority": 50}, {"doctor": "d7", "queue": "front"},
    ]}}), clock.now()).rules  # fmt: skip
    assert rules is not None and rules.patients
    assert rules.routes == (
        PatientRoute(flag="vip", operator="orlova", priority=50), PatientRoute(doctor="d7", queue="front"),
    )


def test_a_clinic_without_a_pbx_is_a_clinic() -> None:
    loaded = configuration(Settings(), clock.now())
    assert (loaded.operators, loaded.pbxes) == ((), ())
