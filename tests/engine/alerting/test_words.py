"""What is told outside of an alert: titles, counts and the clinic's clock."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.alerting.words import Told, Words, told_of
from engine.effects import TellAlert
from engine.world import AlertRule, Put, Rules
from okno.i18n import Catalogue
from tests.engine.clinic import T, clinic

CATALOGUE = Catalogue.load(Path(str(files("engine"))) / "i18n")
EFFECT = TellAlert(alert="late/front", rule="late", queue="front", state="raised", value=3.0, at=T)
RULE = AlertRule(name="late", title_ru="Просрочено", title_en="Late", figure="overdue", above=2.0)


def told(language: str = "ru", rule: AlertRule | None = RULE) -> Told:
    world = clinic()
    world.apply([Put(Rules(alerts=(rule,) if rule else ()))])
    return told_of(EFFECT, world, language)


def words(language: str) -> Words:
    return Words(CATALOGUE, language, "Здоровье+", ZoneInfo("Asia/Yekaterinburg"))


@pytest.mark.parametrize(("language", "subject", "line"), [
    ("ru", "Здоровье+: тревога — Просрочено, Регистратура", "Значение: 3, порог: 2"),
    ("en", "Здоровье+: alert — Late, Front desk", "Value: 3, threshold: 2"),
])  # fmt: skip
def test_a_letter_in_the_clinics_language(language: str, subject: str, line: str) -> None:
    made = told(language)
    assert words(language).subject(made) == subject
    assert line in words(language).text(made)
    assert T.astimezone(ZoneInfo("Asia/Yekaterinburg")).strftime("%H:%M:%S") in words(language).text(made)


def test_the_same_change_has_the_same_id_and_another_has_its_own() -> None:
    world = clinic()
    assert told().id == told().id
    assert told_of(replace(EFFECT, state="cleared"), world, "ru").id != told().id


def test_a_rule_that_is_no_more_goes_by_its_name() -> None:
    made = told(rule=None)
    assert (made.title, made.limit, made.figure) == ("late", None, "")
    assert "порог" not in words("ru").text(made)


def test_a_title_cannot_write_headers() -> None:
    made = replace(told(), title="Late\r\nBcc: everybody@clinic.example")
    assert "\n" not in words("en").subject(made)


def test_json_has_counts_and_names_of_queues() -> None:
    assert told("en").json() == {
        "id": told().id, "alert": "late/front", "rule": "late", "title": "Late", "figure": "overdue", "queue": "front",
        "queue_title": "Front desk", "state": "raised", "value": 3.0, "limit": 2.0, "at": T.isoformat(),
    }

