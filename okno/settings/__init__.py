"""One YAML file, checked whole before anything starts; every mistake is named by file, line and key."""

from okno.settings.load import SettingsError, load_settings, parse_settings, runtime
from okno.settings.model import (
    Ami,
    Clinic,
    Demo,
    EngineSettings,
    Hours,
    Line,
    OperatorSettings,
    Paths,
    PbxSettings,
    Prompts,
    QueueSettings,
    Settings,
    Standby,
    Trunk,
    WebSettings,
)
from okno.settings.services import MisRoute, MisSettings, ServiceSettings
from okno.settings.surroundings import Runtime, SecretMissing, default_state

__all__ = [
    "Ami",
    "Clinic",
    "Demo",
    "EngineSettings",
    "Hours",
    "Line",
    "MisRoute",
    "MisSettings",
    "OperatorSettings",
    "Paths",
    "PbxSettings",
    "Prompts",
    "QueueSettings",
    "Runtime",
    "SecretMissing",
    "ServiceSettings",
    "Settings",
    "SettingsError",
    "Standby",
    "Trunk",
    "WebSettings",
    "default_state",
    "load_settings",
    "parse_settings",
    "runtime",
]
