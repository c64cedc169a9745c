"""The defaults are whole, and rules hold for settings made in code as well."""

import pydantic
import pytest

from okno.settings import Settings


def test_an_empty_file_is_a_whole_installation() -> None:
    settings = Settings()
    assert settings.clinic.timezone == "Asia/Yekaterinburg" and settings.engine.port == 8081


def test_ports_of_one_machine_do_not_meet() -> None:
    settings = Settings()
    services = ("engine", "chat", "chat_public", "mis", "web", "pbx_service")
    ports = [getattr(settings, name).port for name in services] + [settings.database_port, settings.redis_port]
    assert len(set(ports)) == len(ports)


def test_names_must_meet_in_code_too() -> None:
    with pytest.raises(pydantic.ValidationError, match=r"lines\[0\]\.queue: there is no queue named 'x'"):
        Settings.model_validate({"lines": [{"number": "123", "source": {"ru": "a"}, "queue": "x"}]})


@pytest.mark.parametrize(
    ("span", "good"),
    [
        ("08:00-20:00", True),
        ("00:00-24:00", True),
        ("08:00-24:30", False),
        ("8:00-9:00", False),
        ("25:00-26:00", False),
    ],
)
def test_spans_of_hours(span: str, good: bool) -> None:
    data = {"hours": {"day": {"week": {"mon": [span]}}}}
    if good:
        assert Settings.model_validate(data).hours["day"].week["mon"] == [span]
    else:
        with pytest.raises(pydantic.ValidationError):
            Settings.model_validate(data)


def test_settings_do_not_change() -> None:
    with pytest.raises(pydantic.ValidationError):
        Settings().clinic.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://crm.example/okno", True),
        ("http://127.0.0.1:8000/okno", True),
        ("http://crm.example/okno", False),
        ("http://127.0.0.1.crm.example/", False),
    ],
)
def test_what_a_caller_keyed_in_leaves_the_machine_by_https_only(url: str, good: bool) -> None:
    data = {"engine": {"http": {"crm": {"url": url}}}}
    if good:
        assert Settings.model_validate(data).engine.http["crm"].url == url
    else:
        with pytest.raises(pydantic.ValidationError, match="https"):
            Settings.model_validate(data)
